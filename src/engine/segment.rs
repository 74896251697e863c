//! An index segment: an immutable, sorted, sealed table from chunk ids to places in packs.
//!
//! Plaintext of its stream: pack table, entries sorted by id, fan-out table, tail. Only the
//! fan-out table is held in memory; everything else is read where a lookup needs it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::crypto::{STREAM_CHUNK_BYTES, StreamReader};
use crate::engine::Error;
use crate::engine::bytes::{Cursor, Problem};
use crate::engine::format::{
    ID_BYTES, INDEX_BUCKET_MAX, INDEX_ENTRY_BYTES, INDEX_FAN_BITS_MAX, INDEX_PACK_BYTES,
    INDEX_TAIL_BYTES,
};
use crate::engine::keys::KeySet;
use crate::engine::layout::Layout;
use crate::engine::segment_cache::SegmentCache;
use crate::engine::segment_format::{Entry, PackRow, SegmentHeader, SegmentName, bucket};
use crate::engine::stored::StoredFile;

/// An opened segment.
pub(crate) struct Segment {
    pub(crate) header: SegmentHeader,
    pub(crate) packs: u32,
    pub(crate) entries: u32,
    stream: StreamReader<StoredFile>,
    fan_bits: u8,
    /// Where each bucket ends, counted in entries.
    fan: Vec<u32>,
    object: String,
    serial: u64,
}

/// Tells segments apart in a cache; names could repeat after a rebuild.
static SERIAL: AtomicU64 = AtomicU64::new(0);

impl Segment {
    pub(crate) fn open(layout: &Layout, name: SegmentName, keys: &KeySet) -> Result<Self, Error> {
        let path = &layout.index().join(name.to_string());
        Self::read(layout.open_stored(path)?, path, name, keys)
    }

    /// Opens a segment from its file, whatever that is called; `path` is for errors.
    pub(crate) fn read(
        file: StoredFile,
        path: &Path,
        name: SegmentName,
        keys: &KeySet,
    ) -> Result<Self, Error> {
        let object = path.display().to_string();
        let size = file.len(path)?;
        let header = SegmentHeader::read(&file, path, size)?;
        let keys = keys.epoch(header.epoch).filter(|keys| {
            header.owner == keys.owner
                && header.domain == keys.domain
                && header.class == keys.class
                && header.name == name
        });
        let keys = keys.ok_or_else(|| Error::damaged(&object, "belongs elsewhere"))?;
        let start = header.encode().len() as u64;
        let stream = StreamReader::open(
            file,
            start,
            size.saturating_sub(start),
            &keys.stream,
            &header.context(),
            "the index segment",
        )
        .map_err(|e| Error::crypto(&object, e))?;
        let mut segment = Self {
            header,
            packs: 0,
            entries: 0,
            stream,
            fan_bits: 0,
            fan: Vec::new(),
            object,
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
        };
        segment.read_tables()?;
        Ok(segment)
    }

    /// Reads the tail and the fan-out table.
    fn read_tables(&mut self) -> Result<(), Error> {
        let bad = |this: &Self| Error::damaged(&this.object, "has tables that do not fit");
        let len = self.stream.len();
        let tail_start = len
            .checked_sub(INDEX_TAIL_BYTES as u64)
            .ok_or_else(|| bad(self))?;
        let mut tail = [0; INDEX_TAIL_BYTES];
        self.read_direct(tail_start, &mut tail)?;
        let mut fields = Cursor::new(&tail);
        let parsed = (|| Ok((fields.u32()?, fields.u64()?, fields.u8()?)))();
        let (packs, entries, bits) = parsed.map_err(|p: Problem| p.in_object(&self.object))?;
        self.packs = packs;
        self.entries = u32::try_from(entries).map_err(|_| bad(self))?;
        self.fan_bits = bits;
        let fan_bytes = 4u64 << bits.min(INDEX_FAN_BITS_MAX);
        if bits > INDEX_FAN_BITS_MAX
            || self.entry_start(self.entries) + fan_bytes + INDEX_TAIL_BYTES as u64 != len
        {
            return Err(bad(self));
        }
        let mut table = vec![0; fan_bytes as usize];
        self.read_direct(self.entry_start(self.entries), &mut table)?;
        let (ends, _) = table.as_chunks::<4>();
        self.fan = ends.iter().map(|end| u32::from_be_bytes(*end)).collect();
        let mut last = 0;
        for end in &self.fan {
            if *end < last || end - last > INDEX_BUCKET_MAX {
                return Err(bad(self));
            }
            last = *end;
        }
        if last == self.entries {
            Ok(())
        } else {
            Err(bad(self))
        }
    }

    fn entry_start(&self, entry: u32) -> u64 {
        u64::from(self.packs) * INDEX_PACK_BYTES as u64
            + u64::from(entry) * INDEX_ENTRY_BYTES as u64
    }

    /// The entry of an id, if it is in this segment.
    pub(crate) fn find(
        &self,
        id: &[u8; ID_BYTES],
        cache: &SegmentCache,
    ) -> Result<Option<Entry>, Error> {
        let bucket = bucket(id, self.fan_bits);
        let end = self.fan.get(bucket).copied().unwrap_or(0);
        let start = bucket
            .checked_sub(1)
            .and_then(|b| self.fan.get(b))
            .copied()
            .unwrap_or(0);
        let mut bytes = vec![0; end.saturating_sub(start) as usize * INDEX_ENTRY_BYTES];
        self.read_cached(self.entry_start(start), &mut bytes, cache)?;
        let (entries, _) = bytes.as_chunks::<INDEX_ENTRY_BYTES>();
        let Ok(place) = entries.binary_search_by(|entry| entry[..ID_BYTES].cmp(id)) else {
            return Ok(None);
        };
        let entry = Entry::decode(&entries[place]).map_err(|p| p.in_object(&self.object))?;
        Ok(Some(entry))
    }

    /// A row of the pack table.
    pub(crate) fn pack(&self, row: u32, cache: &SegmentCache) -> Result<PackRow, Error> {
        if row >= self.packs {
            return Err(Error::damaged(
                &self.object,
                "names a pack it does not list",
            ));
        }
        let mut bytes = [0; INDEX_PACK_BYTES];
        self.read_cached(u64::from(row) * INDEX_PACK_BYTES as u64, &mut bytes, cache)?;
        PackRow::decode(&bytes).map_err(|p| p.in_object(&self.object))
    }

    /// Reads the next entries of a run through the whole segment, up to `count`.
    pub(crate) fn entries_from(&self, first: u32, count: u32) -> Result<Vec<Entry>, Error> {
        let count = count.min(self.entries.saturating_sub(first));
        let mut bytes = vec![0; count as usize * INDEX_ENTRY_BYTES];
        self.read_direct(self.entry_start(first), &mut bytes)?;
        let (entries, _) = bytes.as_chunks::<INDEX_ENTRY_BYTES>();
        let decoded = entries.iter().map(|entry| Entry::decode(entry));
        decoded
            .collect::<Result<_, _>>()
            .map_err(|p: Problem| p.in_object(&self.object))
    }

    fn read_direct(&self, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        self.stream
            .read_at(offset, buf)
            .map_err(|e| Error::crypto(&self.object, e))
    }

    fn read_cached(
        &self,
        mut offset: u64,
        mut buf: &mut [u8],
        cache: &SegmentCache,
    ) -> Result<(), Error> {
        while !buf.is_empty() {
            let index = offset / STREAM_CHUNK_BYTES as u64;
            let chunk = cache.get(self.serial, index, |chunk| {
                let read = self.stream.read_chunk(index, chunk);
                read.map_err(|e| Error::crypto(&self.object, e))
            })?;
            let within = (offset % STREAM_CHUNK_BYTES as u64) as usize;
            let found = chunk.get(within..).filter(|found| !found.is_empty());
            let found = found.ok_or_else(|| Error::damaged(&self.object, "is cut short"))?;
            let count = found.len().min(buf.len());
            let (now, later) = buf.split_at_mut(count);
            now.copy_from_slice(&found[..count]);
            buf = later;
            offset += count as u64;
        }
        Ok(())
    }
}
