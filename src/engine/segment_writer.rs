//! Writes index segments: from a draft in memory, or entry by entry when merging.

use std::io::Write;

use crate::crypto::{Gather, StreamWriter};
use crate::engine::Error;
use crate::engine::error::AtPath;
use crate::engine::files::{self, TempFile};
use crate::engine::format::{
    INDEX_BUCKET_TARGET, INDEX_FAN_BITS_MAX, PACK_HEADER_BYTES, SALT_BYTES,
};
use crate::engine::keys::RepositoryKeys;
use crate::engine::layout::Layout;
use crate::engine::pack_format::BlobRecord;
use crate::engine::segment_format::{Entry, PackRow, SegmentHeader, SegmentName, bucket};
use crate::engine::stored::StoredWriter;

/// Packs that are durable but in no segment yet.
#[derive(Default)]
pub(crate) struct SegmentDraft {
    pub(crate) packs: Vec<PackRow>,
    pub(crate) entries: Vec<Entry>,
}

impl SegmentDraft {
    /// Adds a pack and all its blobs.
    pub(crate) fn add(
        &mut self,
        salt: [u8; SALT_BYTES],
        hash: [u8; 32],
        size: u32,
        records: &[BlobRecord],
    ) {
        let pack = self.packs.len() as u32;
        self.packs.push(PackRow { salt, hash, size });
        let mut offset = PACK_HEADER_BYTES as u32;
        for (number, record) in (0u16..).zip(records) {
            self.entries.push(Entry {
                record: *record,
                pack,
                offset,
                number,
            });
            offset += record.stored_len + crate::crypto::TAG_BYTES as u32;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.packs.is_empty()
    }

    /// Sorts and publishes the draft, and gives the segment's size in bytes.
    pub(crate) fn publish(
        mut self,
        layout: &Layout,
        keys: &RepositoryKeys,
        name: SegmentName,
        supersedes: Vec<SegmentName>,
    ) -> Result<u64, Error> {
        self.entries.sort_unstable_by_key(|entry| entry.record.id);
        self.entries.dedup_by_key(|entry| entry.record.id);
        let header = SegmentHeader::new(keys, name, supersedes);
        let count = self.entries.len() as u64;
        let mut writer = SegmentWriter::create(layout, keys, &header, &self.packs, count)?;
        for entry in &self.entries {
            writer.push(entry)?;
        }
        writer.finish()
    }
}

/// A segment being written; entries come sorted and without repetition.
pub(crate) struct SegmentWriter {
    stream: StreamWriter<Gather<StoredWriter>>,
    temp: TempFile,
    to: std::path::PathBuf,
    packs: u32,
    entries: u64,
    fan_bits: u8,
    fan: Vec<u32>,
    scratch: Vec<u8>,
}

impl SegmentWriter {
    /// `entries_max` is an upper bound, to size the fan-out table.
    pub(crate) fn create(
        layout: &Layout,
        keys: &RepositoryKeys,
        header: &SegmentHeader,
        packs: &[PackRow],
        entries_max: u64,
    ) -> Result<Self, Error> {
        let name = header.name.to_string();
        let generation = header.name.generation;
        let temp_name = format!("index-{generation}");
        let temp = TempFile::create(layout.tmp_file(&header.name.writer, &temp_name))?;
        let file = temp.file().try_clone().at("open", temp.path())?;
        let to = layout.index().join(name);
        let mut stored = layout.write_stored(file, &to)?;
        stored
            .write_all(&header.encode())
            .at("write", temp.path())?;
        let stream = StreamWriter::create(Gather::new(stored), &keys.stream, &header.context())
            .map_err(|e| Error::crypto(temp.path().display().to_string(), e))?;
        let fan_bits = fan_bits(entries_max);
        let mut writer = Self {
            stream,
            temp,
            to,
            packs: packs.len() as u32,
            entries: 0,
            fan_bits,
            fan: vec![0; 1 << fan_bits],
            scratch: Vec::new(),
        };
        for pack in packs {
            writer.write(&pack.encode())?;
        }
        Ok(writer)
    }

    pub(crate) fn push(&mut self, entry: &Entry) -> Result<(), Error> {
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.clear();
        entry.encode(&mut bytes);
        self.write(&bytes)?;
        self.scratch = bytes;
        self.entries += 1;
        if let Some(count) = self.fan.get_mut(bucket(&entry.record.id, self.fan_bits)) {
            *count += 1;
        }
        Ok(())
    }

    /// Writes the tables, syncs and names the segment; gives its size in bytes.
    pub(crate) fn finish(self) -> Result<u64, Error> {
        self.seal()?.publish()
    }

    /// Writes the tables and syncs; the segment still has no name.
    pub(crate) fn seal(mut self) -> Result<SealedSegment, Error> {
        let mut tables = Vec::with_capacity(self.fan.len() * 4);
        let mut end = 0u32;
        for count in &self.fan {
            end += count;
            tables.extend_from_slice(&end.to_be_bytes());
        }
        tables.extend_from_slice(&self.packs.to_be_bytes());
        tables.extend_from_slice(&self.entries.to_be_bytes());
        tables.push(self.fan_bits);
        self.write(&tables)?;
        let Self {
            stream, temp, to, ..
        } = self;
        let object = || temp.path().display().to_string();
        let ended = stream.finish().and_then(|gather| gather.finish()?.finish());
        ended.map_err(|e| Error::crypto(object(), e))?;
        temp.sync()?;
        let size = temp.file().metadata().at("read", temp.path())?.len();
        Ok(SealedSegment { temp, to, size })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.stream.write_all(bytes).at("write", self.temp.path())
    }
}

/// A segment that is durable but not in the index yet.
pub(crate) struct SealedSegment {
    temp: TempFile,
    to: std::path::PathBuf,
    size: u64,
}

impl SealedSegment {
    /// Names the segment; gives its size in bytes.
    pub(crate) fn publish(self) -> Result<u64, Error> {
        self.temp.name(&self.to)?;
        files::sync_folder(files::parent(&self.to))?;
        Ok(self.size)
    }
}

/// Enough buckets for about [`INDEX_BUCKET_TARGET`] entries each.
fn fan_bits(entries: u64) -> u8 {
    let buckets = (entries / INDEX_BUCKET_TARGET).max(1).next_power_of_two();
    (buckets.trailing_zeros() as u8).min(INDEX_FAN_BITS_MAX)
}
