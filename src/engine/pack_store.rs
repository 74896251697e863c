//! The packs being filled, shared by all workers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use crossbeam_channel::{Receiver, Sender};

use crate::engine::Error;
use crate::engine::buffer::PageBuffer;
use crate::engine::keys::RepositoryKeys;
use crate::engine::pack_format::BlobRecord;
use crate::engine::pack_writer::{PackBuilder, SaltSource, SealedPack};
use crate::engine::run::closed;

/// Packs open at once: sealing is a small part of a worker's time, so three serve eight workers.
pub(crate) const PACKS_OPEN_MAX: usize = 3;

/// A worker takes the first pack that is free. Until one pack was filled there is no other, so
/// that a small backup makes one pack, not several small ones.
pub(crate) struct PackStore<'a> {
    keys: &'a RepositoryKeys,
    salts: SaltSource,
    open: Vec<Mutex<Option<PackBuilder>>>,
    filled_one: AtomicBool,
    buffers: Receiver<PageBuffer>,
    full: Sender<SealedPack>,
}

impl<'a> PackStore<'a> {
    pub(crate) fn new(
        keys: &'a RepositoryKeys,
        salts: SaltSource,
        packs: usize,
        buffers: Receiver<PageBuffer>,
        full: Sender<SealedPack>,
    ) -> Self {
        let open = (0..packs.max(1)).map(|_| Mutex::new(None)).collect();
        Self {
            keys,
            salts,
            open,
            filled_one: AtomicBool::new(false),
            buffers,
            full,
        }
    }

    /// Seals a blob into one of the open packs; waits while the writing thread is behind.
    pub(crate) fn store(&self, record: BlobRecord, stored: &[u8]) -> Result<(), Error> {
        let mut slot = self.free_slot(usize::from(record.id[0]));
        if slot.as_ref().is_some_and(|pack| !pack.fits(stored.len())) {
            self.send(slot.take())?;
            self.filled_one.store(true, Ordering::Relaxed);
        }
        let pack = match &mut *slot {
            Some(pack) => pack,
            empty => {
                let buffer = self.buffers.recv().map_err(closed)?;
                empty.insert(PackBuilder::create(self.keys, &self.salts, buffer)?)
            }
        };
        pack.push(record, stored)
    }

    /// Sends what is open to the writing thread. Dropping the store ends that thread.
    pub(crate) fn finish(self) -> Result<(), Error> {
        for slot in &self.open {
            let pack = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.send(pack)?;
        }
        Ok(())
    }

    fn send(&self, pack: Option<PackBuilder>) -> Result<(), Error> {
        pack.map_or(Ok(()), |pack| {
            self.full.send(pack.finish()?).map_err(closed)
        })
    }

    fn free_slot(&self, fallback: usize) -> MutexGuard<'_, Option<PackBuilder>> {
        let usable = if self.filled_one.load(Ordering::Relaxed) {
            self.open.len()
        } else {
            1
        };
        let open = &self.open[..usable];
        for slot in open {
            match slot.try_lock() {
                Ok(guard) => return guard,
                Err(TryLockError::Poisoned(e)) => return e.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let slot = &open[fallback % usable];
        slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
