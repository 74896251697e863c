//! Decides, once per chunk, who stores it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError, RwLock};

use crate::engine::Error;
use crate::engine::format::ID_BYTES;
use crate::engine::index::Index;
use crate::engine::segment::Segment;

/// The index as of the start, and what this backup has stored since.
pub(crate) struct Dedup {
    index: RwLock<Index>,
    /// Chunks claimed that no opened segment lists yet; bounded, as segments are published.
    fresh: Mutex<HashSet<[u8; ID_BYTES]>>,
}

impl Dedup {
    pub(crate) fn new(index: Index) -> Self {
        Self {
            index: RwLock::new(index),
            fresh: Mutex::default(),
        }
    }

    /// True when the chunk is new and the caller is the one to store it: two equal chunks met at
    /// once are stored once.
    pub(crate) fn claim(&self, id: &[u8; ID_BYTES]) -> Result<bool, Error> {
        // Held throughout, so that a chunk never is between `fresh` and the index.
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        if !self.fresh().insert(*id) {
            return Ok(false);
        }
        let known = index.contains(id)?;
        if known {
            self.fresh().remove(id);
        }
        Ok(!known)
    }

    /// Chunks of `ids` are found in `segment` from now on.
    pub(crate) fn published(&self, segment: Segment, ids: &[[u8; ID_BYTES]]) {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        index.add(segment);
        let mut fresh = self.fresh();
        for id in ids {
            fresh.remove(id);
        }
    }

    /// The index as it was loaded, with the segments published since.
    pub(crate) fn into_index(self) -> Index {
        self.index
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self) -> std::sync::MutexGuard<'_, HashSet<[u8; ID_BYTES]>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
