//! A small cache of opened segment chunks, shared by the threads that look up.

use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::Error;

/// 1,024 slots of 16 KiB: at most 16 MiB, and a lookup of neighbours finds its chunk there.
const SLOTS: usize = 1024;

struct Slot {
    segment: u64,
    chunk: u64,
    bytes: Arc<Vec<u8>>,
}

/// Every chunk has one slot it can be in, so there is no list to keep in order.
pub(crate) struct SegmentCache {
    slots: Vec<Mutex<Option<Slot>>>,
}

impl SegmentCache {
    pub(crate) fn new() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| Mutex::new(None)).collect(),
        }
    }

    /// The bytes of a chunk; `read` fills them when they are not here.
    pub(crate) fn get(
        &self,
        segment: u64,
        chunk: u64,
        read: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<Arc<Vec<u8>>, Error> {
        // Neighbouring chunks of one segment lie in different slots; segments start apart.
        let place = (segment.wrapping_mul(331).wrapping_add(chunk) % SLOTS as u64) as usize;
        let slot = &self.slots[place];
        if let Some(found) = &*slot.lock().unwrap_or_else(PoisonError::into_inner)
            && found.segment == segment
            && found.chunk == chunk
        {
            return Ok(Arc::clone(&found.bytes));
        }
        let mut bytes = Vec::new();
        read(&mut bytes)?;
        let bytes = Arc::new(bytes);
        let filled = Slot {
            segment,
            chunk,
            bytes: Arc::clone(&bytes),
        };
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(filled);
        Ok(bytes)
    }
}
