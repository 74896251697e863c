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

/// What one worker works with.
pub(crate) struct Worker<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) keys: &'a RepositoryKeys,
    pub(crate) dedup: &'a Dedup,
    pub(crate) packs: &'a PackStore<'a>,
    pub(crate) pages: &'a PageTable,
    pub(crate) counts: &'a [DiskCounts],
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
                Work::Page(page) => self.page(&page)?,
            }
        }
        Ok(())
    }

    fn chunk(&mut self, chunk: Chunk) -> Result<(), Error> {
        let len = chunk.len as u64;
        let (id, stored) = self.store(KIND_DATA, chunk.bytes())?;
        if let Some(counts) = self.counts.get(chunk.disk) {
            counts.data_bytes.fetch_add(len, Ordering::Relaxed);
            match stored {
                Some(stored) => {
                    counts.new_chunks.fetch_add(1, Ordering::Relaxed);
                    counts.new_bytes.fetch_add(len, Ordering::Relaxed);
                    counts.stored_bytes.fetch_add(stored, Ordering::Relaxed);
                }
                None => {
                    counts.known_chunks.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        self.run.observer.advance(len);
        let full = self.pages.put(chunk.disk, chunk.number, &id);
        // The reader is gone once it has read everything; then nobody needs the buffer.
        let _ = self.buffers.send(chunk.buffer);
        full.map_or(Ok(()), |full| self.page(&full))
    }

    fn page(&mut self, page: &FullPage) -> Result<(), Error> {
        let (id, _) = self.store(KIND_PAGE, &page.ids)?;
        self.pages.set(page.disk, page.page, id);
        Ok(())
    }

    /// Gives the blob's id and, if it was new, the bytes it takes.
    fn store(&mut self, kind: u8, plain: &[u8]) -> Result<([u8; ID_BYTES], Option<u64>), Error> {
        let id = self.keys.id.id(plain);
        if !self.dedup.claim(&id)? {
            return Ok((id, None));
        }
        let (codec, stored) = self.compressor.compress(plain)?;
        let (stored_len, plain_len) = (stored.len() as u32, plain.len() as u32);
        let record = BlobRecord {
            id,
            stored_len,
            plain_len,
            codec,
            kind,
        };
        self.packs.store(record, stored)?;
        Ok((id, Some(u64::from(stored_len))))
    }
}
