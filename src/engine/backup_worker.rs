//! The computing threads of a backup: name, look up, compress, seal.

use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender};

use crate::engine::Error;
use crate::engine::backup_reader::{Chunk, Work};
use crate::engine::buffer::PageBuffer;
use crate::engine::compress::Compressor;
use crate::engine::dedup::Dedup;
use crate::engine::format::{ID_BYTES, KIND_DATA, KIND_PAGE};
use crate::engine::keys::RepositoryKeys;
use crate::engine::pack_format::BlobRecord;
use crate::engine::pack_store::PackStore;
use crate::engine::pages::{FullPage, PageTable};
use crate::engine::run::Run;

/// What was found on one disk.
#[derive(Debug, Default)]
pub(crate) struct DiskCounts {
    pub(crate) data_bytes: AtomicU64,
    pub(crate) new_bytes: AtomicU64,
    pub(crate) stored_bytes: AtomicU64,
    pub(crate) new_chunks: AtomicU64,
    pub(crate) known_chunks: AtomicU64,
}

/// A repository that is being filled.
pub(crate) struct Target<'a> {
    pub(crate) keys: &'a RepositoryKeys,
    pub(crate) dedup: &'a Dedup,
    pub(crate) packs: &'a PackStore<'a>,
    pub(crate) pages: &'a PageTable,
    pub(crate) counts: &'a [DiskCounts],
}

/// What one worker works with.
pub(crate) struct Worker<'a> {
    pub(crate) run: &'a Run<'a>,
    /// All are filled with what is read once.
    pub(crate) targets: &'a [Target<'a>],
    pub(crate) compressor: Compressor,
    pub(crate) work: Receiver<Work>,
    /// Emptied buffers go back to the reader.
    pub(crate) buffers: Sender<PageBuffer>,
}

impl Worker<'_> {
    /// Works until the reader is done.
    pub(crate) fn work(&mut self) -> Result<(), Error> {
        while let Ok(work) = self.work.recv() {
            if self.run.stopped() {
                return Err(Error::Cancelled);
            }
            match work {
                Work::Chunk(chunk) => self.chunk(chunk)?,
                Work::Page(target, page) => self.page(target, &page)?,
            }
        }
        Ok(())
    }

    fn chunk(&mut self, chunk: Chunk) -> Result<(), Error> {
        let mut ids = Vec::with_capacity(self.targets.len());
        for target in self.targets {
            let id = target.keys.id.id(chunk.bytes());
            ids.push((id, target.dedup.claim(&id)?));
        }
        // Compressed once, sealed for each repository that does not have it yet.
        if ids.iter().any(|(_, new)| *new) {
            let (codec, stored) = self.compressor.compress(chunk.bytes())?;
            for (target, (id, _)) in self.targets.iter().zip(&ids).filter(|(_, (_, new))| *new) {
                let record = record(*id, KIND_DATA, chunk.len, codec, stored);
                target.packs.store(record, stored)?;
                if let Some(counts) = target.counts.get(chunk.disk) {
                    counts.add_new(chunk.len as u64, stored.len() as u64);
                }
            }
        }
        self.run.observer.advance(chunk.len as u64);
        let mut full = Vec::new();
        for (number, (target, (id, new))) in self.targets.iter().zip(&ids).enumerate() {
            if let Some(counts) = target.counts.get(chunk.disk) {
                counts
                    .data_bytes
                    .fetch_add(chunk.len as u64, Ordering::Relaxed);
                counts
                    .known_chunks
                    .fetch_add(u64::from(!new), Ordering::Relaxed);
            }
            full.extend(
                target
                    .pages
                    .put(chunk.disk, chunk.number, id)
                    .map(|page| (number, page)),
            );
        }
        // The reader is gone once it has read everything; then nobody needs the buffer.
        let _ = self.buffers.send(chunk.buffer);
        full.iter()
            .try_for_each(|(target, page)| self.page(*target, page))
    }

    fn page(&mut self, target: usize, page: &FullPage) -> Result<(), Error> {
        let Some(target) = self.targets.get(target) else {
            return Ok(());
        };
        let id = target.keys.id.id(&page.ids);
        if target.dedup.claim(&id)? {
            let (codec, stored) = self.compressor.compress(&page.ids)?;
            let record = record(id, KIND_PAGE, page.ids.len(), codec, stored);
            target.packs.store(record, stored)?;
        }
        target.pages.set(page.disk, page.page, id);
        Ok(())
    }
}

impl DiskCounts {
    fn add_new(&self, len: u64, stored: u64) {
        self.new_chunks.fetch_add(1, Ordering::Relaxed);
        self.new_bytes.fetch_add(len, Ordering::Relaxed);
        self.stored_bytes.fetch_add(stored, Ordering::Relaxed);
    }
}

fn record(id: [u8; ID_BYTES], kind: u8, plain: usize, codec: u8, stored: &[u8]) -> BlobRecord {
    BlobRecord {
        id,
        stored_len: stored.len() as u32,
        plain_len: plain as u32,
        codec,
        kind,
    }
}
