//! An index segment: an immutable, sorted, sealed table from chunk ids to places in packs.
//!
//! Plaintext of its stream: pack table, entries sorted by id, fan-out table, tail. Only the
//! fan-out table is held in memory; everything else is read where a lookup needs it.

use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::crypto::{STREAM_CHUNK_BYTES, StreamReader, canonical};
use crate::engine::bytes::{Cursor, Problem, id_from_text, id_text};
use crate::engine::error::AtPath;
use crate::engine::format::{
    ID_BYTES, INDEX_BUCKET_MAX, INDEX_ENTRY_BYTES, INDEX_FAN_BITS_MAX, INDEX_PACK_BYTES,
    INDEX_SUPERSEDES_MAX, INDEX_TAIL_BYTES, MAGIC_INDEX, PACK_BYTES_MAX, SALT_BYTES, TYPE_INDEX,
    VERSION,
};
use crate::engine::keys::{KeySet, RepositoryKeys};
use crate::engine::pack_format::BlobRecord;
use crate::engine::segment_cache::SegmentCache;
use crate::engine::{Error, files};

/// Who wrote a segment, and when in the order of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SegmentName {
    pub(crate) generation: u64,
    pub(crate) writer: [u8; 16],
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016}", id_text(&self.writer), self.generation)
    }
}

impl SegmentName {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (writer, generation) = text.split_at_checked(36)?;
        let name = Self {
            writer: id_from_text(writer)?,
            generation: generation.strip_prefix('-')?.parse().ok()?,
        };
        (name.to_string() == text).then_some(name)
    }
}

/// The clear start of a segment.
#[derive(Debug, Clone)]
pub(crate) struct SegmentHeader {
    pub(crate) class: u8,
    pub(crate) epoch: u32,
    pub(crate) owner: [u8; 16],
    pub(crate) domain: [u8; 16],
    pub(crate) name: SegmentName,
    pub(crate) supersedes: Vec<SegmentName>,
}

/// Bytes of the header before the list of superseded segments.
const FIXED: usize = 8 + 4 + 4 + 16 + 16 + 16 + 8 + 4;

impl SegmentHeader {
    pub(crate) fn new(
        keys: &RepositoryKeys,
        name: SegmentName,
        supersedes: Vec<SegmentName>,
    ) -> Self {
        let RepositoryKeys {
            class,
            epoch,
            owner,
            domain,
            ..
        } = *keys;
        Self {
            class,
            epoch,
            owner,
            domain,
            name,
            supersedes,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC_INDEX.to_vec();
        out.extend_from_slice(&[TYPE_INDEX, VERSION, self.class, 0]);
        out.extend_from_slice(&self.epoch.to_be_bytes());
        for id in [&self.owner, &self.domain, &self.name.writer] {
            out.extend_from_slice(id);
        }
        out.extend_from_slice(&self.name.generation.to_be_bytes());
        out.extend_from_slice(&(self.supersedes.len() as u32).to_be_bytes());
        for name in &self.supersedes {
            out.extend_from_slice(&name.writer);
            out.extend_from_slice(&name.generation.to_be_bytes());
        }
        out
    }

    fn read(file: &File, path: &Path, size: u64) -> Result<Self, Error> {
        let object = || path.display().to_string();
        let mut bytes = vec![0; FIXED];
        if size < FIXED as u64 {
            return Err(Error::damaged(object(), "is cut short"));
        }
        file.read_exact_at(&mut bytes, 0).at("read", path)?;
        let mut header = Self::decode_fixed(&bytes).map_err(|p| p.in_object(object()))?;
        let count = Cursor::new(&bytes[FIXED - 4..])
            .u32()
            .map_err(|p| p.in_object(object()))?;
        let list = u64::from(count) * 24;
        if count > INDEX_SUPERSEDES_MAX || list > size - FIXED as u64 {
            return Err(Error::damaged(object(), "holds an impossible length"));
        }
        let mut bytes = vec![0; list as usize];
        file.read_exact_at(&mut bytes, FIXED as u64)
            .at("read", path)?;
        let mut fields = Cursor::new(&bytes);
        for _ in 0..count {
            let name = superseded(&mut fields).map_err(|p| p.in_object(object()))?;
            header.supersedes.push(name);
        }
        Ok(header)
    }

    fn decode_fixed(bytes: &[u8]) -> Result<Self, Problem> {
        let mut fields = Cursor::new(bytes);
        fields.start(MAGIC_INDEX, TYPE_INDEX)?;
        let class = fields.u8()?;
        fields.zeros(1)?;
        let epoch = fields.u32()?;
        let (owner, domain, writer) = (fields.array()?, fields.array()?, fields.array()?);
        let name = SegmentName {
            generation: fields.u64()?,
            writer,
        };
        Ok(Self {
            class,
            epoch,
            owner,
            domain,
            name,
            supersedes: Vec::new(),
        })
    }

    /// canonical("rsv/v1/index-segment", the header, which holds owner, domain, writer,
    /// generation and type).
    pub(crate) fn context(&self) -> Vec<u8> {
        canonical(&[b"rsv/v1/index-segment", &self.encode()])
    }
}

fn superseded(fields: &mut Cursor<'_>) -> Result<SegmentName, Problem> {
    let writer = fields.array()?;
    Ok(SegmentName {
        generation: fields.u64()?,
        writer,
    })
}

/// One pack in a segment's pack table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackRow {
    pub(crate) salt: [u8; SALT_BYTES],
    /// BLAKE3 of the stored bytes, for checks without a key.
    pub(crate) hash: [u8; 32],
    pub(crate) size: u32,
}

impl PackRow {
    pub(crate) fn encode(&self) -> [u8; INDEX_PACK_BYTES] {
        let mut out = [0; INDEX_PACK_BYTES];
        out[..SALT_BYTES].copy_from_slice(&self.salt);
        out[SALT_BYTES..SALT_BYTES + 32].copy_from_slice(&self.hash);
        out[SALT_BYTES + 32..].copy_from_slice(&self.size.to_be_bytes());
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Problem> {
        let mut fields = Cursor::new(bytes);
        let row = Self {
            salt: fields.array()?,
            hash: fields.array()?,
            size: fields.u32()?,
        };
        if u64::from(row.size) > PACK_BYTES_MAX {
            return Err("lists a pack that cannot be".into());
        }
        Ok(row)
    }
}

/// One blob in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) record: BlobRecord,
    /// Row of the pack table.
    pub(crate) pack: u32,
    pub(crate) offset: u32,
    pub(crate) number: u16,
}

impl Entry {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.record.id);
        let BlobRecord {
            stored_len,
            plain_len,
            codec,
            kind,
            ..
        } = self.record;
        for field in [self.pack, self.offset, stored_len, plain_len] {
            out.extend_from_slice(&field.to_be_bytes());
        }
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&[codec, kind]);
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Problem> {
        let mut fields = Cursor::new(bytes);
        let id = fields.array()?;
        let (pack, offset) = (fields.u32()?, fields.u32()?);
        let (stored_len, plain_len) = (fields.u32()?, fields.u32()?);
        let number = fields.u16()?;
        let record = BlobRecord {
            id,
            stored_len,
            plain_len,
            codec: fields.u8()?,
            kind: fields.u8()?,
        };
        record.check()?;
        Ok(Self {
            record,
            pack,
            offset,
            number,
        })
    }
}

/// The bucket of an id: its first `bits` bits.
pub(crate) fn bucket(id: &[u8; ID_BYTES], bits: u8) -> usize {
    let [a, b, c, d, ..] = *id;
    (u64::from(u32::from_be_bytes([a, b, c, d])) >> (32 - u32::from(bits))) as usize
}

/// An opened segment.
pub(crate) struct Segment {
    pub(crate) header: SegmentHeader,
    pub(crate) packs: u32,
    pub(crate) entries: u32,
    stream: StreamReader<File>,
    fan_bits: u8,
    /// Where each bucket ends, counted in entries.
    fan: Vec<u32>,
    object: String,
    serial: u64,
}

/// Tells segments apart in a cache; names could repeat after a rebuild.
static SERIAL: AtomicU64 = AtomicU64::new(0);

impl Segment {
    pub(crate) fn open(path: &Path, name: SegmentName, keys: &KeySet) -> Result<Self, Error> {
        let object = path.display().to_string();
        let file = files::open(path)?;
        let size = file.metadata().at("read", path)?.len();
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
