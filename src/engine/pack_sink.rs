//! The thread that writes packs: one large write each, one round of syncs for many of them,
//! and only then their names and their index segment.

use std::collections::BTreeSet;

use crossbeam_channel::{Receiver, Sender};

use crate::engine::Error;
use crate::engine::buffer::PageBuffer;
use crate::engine::dedup::Dedup;
use crate::engine::error::AtPath;
use crate::engine::files::{self, TempFile};
use crate::engine::format::SALT_BYTES;
use crate::engine::index_upkeep::next_name;
use crate::engine::keys::KeySet;
use crate::engine::layout::Layout;
use crate::engine::pack_format::BlobRecord;
use crate::engine::pack_writer::SealedPack;
use crate::engine::run::Run;
use crate::engine::segment::Segment;
use crate::engine::segment_writer::SegmentDraft;

/// Packs synced together: 2 GiB of them. Each holds a file open until then.
const PENDING_PACKS: usize = 128;
/// Blobs after which packs are synced early, to bound memory with small chunks.
const PENDING_BLOBS: usize = 1 << 16;
/// Blobs after which a segment is published in the middle of a backup: 64 GiB of data at the
/// default chunk size, 8 MiB of memory.
const DRAFT_BLOBS: usize = 1 << 17;

/// What was written.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct SinkStats {
    pub(crate) packs: u64,
    /// Bytes of packs and index segments.
    pub(crate) bytes: u64,
}

/// A written pack whose content may still be in memory only.
struct PendingPack {
    temp: TempFile,
    salt: [u8; SALT_BYTES],
    hash: [u8; 32],
    size: u32,
    records: Vec<BlobRecord>,
}

/// Owns the packs from sealed to listed.
pub(crate) struct PackSink<'a> {
    layout: &'a Layout,
    keys: &'a KeySet,
    writer: [u8; 16],
    dedup: &'a Dedup,
    pending: Vec<PendingPack>,
    pending_blobs: usize,
    draft: SegmentDraft,
    stats: SinkStats,
}

impl<'a> PackSink<'a> {
    pub(crate) fn new(
        layout: &'a Layout,
        keys: &'a KeySet,
        writer: [u8; 16],
        dedup: &'a Dedup,
    ) -> Self {
        Self {
            layout,
            keys,
            writer,
            dedup,
            pending: Vec::new(),
            pending_blobs: 0,
            draft: SegmentDraft::default(),
            stats: SinkStats::default(),
        }
    }

    /// Writes packs until no more come, then makes all of them durable and listed.
    ///
    /// When the run stops, packs that are durable already are still listed, so that the next
    /// backup need not store their chunks again; the others are removed.
    pub(crate) fn run(
        mut self,
        run: &Run<'_>,
        full: &Receiver<SealedPack>,
        buffers: &Sender<PageBuffer>,
    ) -> Result<SinkStats, Error> {
        let written = self.take(run, full, buffers);
        if written.is_err() || run.stopped() {
            // Dropping them removes them.
            self.pending.clear();
            let _ = self.publish();
            return written.and(Err(Error::Cancelled));
        }
        self.settle()?;
        self.publish()?;
        Ok(self.stats)
    }

    fn take(
        &mut self,
        run: &Run<'_>,
        full: &Receiver<SealedPack>,
        buffers: &Sender<PageBuffer>,
    ) -> Result<(), Error> {
        for pack in full {
            if run.stopped() {
                return Err(Error::Cancelled);
            }
            self.write(&pack)?;
            let _ = buffers.send(pack.buffer);
            if self.pending.len() >= PENDING_PACKS || self.pending_blobs >= PENDING_BLOBS {
                self.settle()?;
            }
            if self.draft.entries.len() >= DRAFT_BLOBS {
                self.publish()?;
            }
        }
        Ok(())
    }

    fn write(&mut self, pack: &SealedPack) -> Result<(), Error> {
        let name = format!("pack-{}", self.stats.packs);
        let temp = TempFile::create(self.layout.tmp_file(&self.writer, &name))?;
        let bytes = self
            .layout
            .seal_stored(&self.layout.pack(&pack.salt), pack.bytes())?;
        files::reserve(temp.file(), 0, bytes.len() as u64);
        files::write_large(temp.file(), &bytes, 0).at("write", temp.path())?;
        self.stats.packs += 1;
        self.stats.bytes += bytes.len() as u64;
        self.pending_blobs += pack.records.len();
        let (salt, hash, size) = (pack.salt, pack.hash, pack.size as u32);
        self.pending.push(PendingPack {
            temp,
            salt,
            hash,
            size,
            records: pack.records.clone(),
        });
        Ok(())
    }

    /// Syncs all pending packs, then names them, then syncs each folder once. Only then they
    /// may be listed: an index that names a pack a crash can still undo would lose chunks.
    fn settle(&mut self) -> Result<(), Error> {
        self.pending_blobs = 0;
        let pending = std::mem::take(&mut self.pending);
        for pack in &pending {
            pack.temp.file().sync_data().at("sync", pack.temp.path())?;
        }
        let (mut named, mut folders) = (Vec::new(), BTreeSet::new());
        let mut made_folder = false;
        for PendingPack {
            temp,
            salt,
            hash,
            size,
            records,
        } in pending
        {
            let path = self.layout.pack(&salt);
            let folder = files::parent(&path).to_owned();
            if !folders.contains(&folder) {
                made_folder |= files::create_folder(&folder)?;
                folders.insert(folder);
            }
            temp.name(&path)?;
            named.push((salt, hash, size, records));
        }
        for folder in &folders {
            files::sync_folder(folder)?;
        }
        if made_folder {
            files::sync_folder(&self.layout.packs())?;
        }
        for (salt, hash, size, records) in named {
            self.draft.add(salt, hash, size, &records);
        }
        Ok(())
    }

    /// Lists the durable packs in a segment of their own.
    fn publish(&mut self) -> Result<(), Error> {
        if self.draft.is_empty() {
            return Ok(());
        }
        let draft = std::mem::take(&mut self.draft);
        let ids: Vec<_> = draft.entries.iter().map(|entry| entry.record.id).collect();
        let name = next_name(self.layout, &self.writer)?;
        self.stats.bytes += draft.publish(self.layout, &self.keys.current, name, Vec::new())?;
        self.dedup
            .published(Segment::open(self.layout, name, self.keys)?, &ids);
        Ok(())
    }
}
