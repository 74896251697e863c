//! Gathers chunk ids, which arrive in any order, into pages.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::engine::format::{ID_BYTES, ID_HOLE, PAGE_IDS};

/// A page all of whose chunks are known.
pub(crate) struct FullPage {
    pub(crate) disk: usize,
    pub(crate) page: u64,
    pub(crate) ids: Vec<u8>,
}

struct OpenPage {
    ids: Vec<u8>,
    awaited: u64,
    closed: bool,
}

/// The pages of all disks. Only pages with data are ever opened, and only those whose chunks
/// are on their way are held, so memory does not grow with the disks.
pub(crate) struct PageTable {
    open: Mutex<HashMap<(usize, u64), OpenPage>>,
    done: Mutex<Vec<Vec<[u8; ID_BYTES]>>>,
}

impl PageTable {
    /// `chunks` of each disk.
    pub(crate) fn new(chunks: impl Iterator<Item = u64>) -> Self {
        let pages = chunks.map(|count| vec![ID_HOLE; count.div_ceil(PAGE_IDS) as usize]);
        Self {
            open: Mutex::default(),
            done: Mutex::new(pages.collect()),
        }
    }

    /// A chunk with data was read; `ids` is how many its page holds.
    pub(crate) fn await_chunk(&self, disk: usize, chunk: u64, ids: u64) {
        let mut open = locked(&self.open);
        let page = open
            .entry((disk, chunk / PAGE_IDS))
            .or_insert_with(|| OpenPage {
                ids: vec![0; ids as usize * ID_BYTES],
                awaited: 0,
                closed: false,
            });
        page.awaited += 1;
    }

    /// No more chunks of this page will come.
    pub(crate) fn close(&self, disk: usize, page: u64) -> Option<FullPage> {
        let mut open = locked(&self.open);
        open.get_mut(&(disk, page))?.closed = true;
        take_if_full(&mut open, disk, page)
    }

    /// The id of an awaited chunk; gives the page once it is complete.
    pub(crate) fn put(&self, disk: usize, chunk: u64, id: &[u8; ID_BYTES]) -> Option<FullPage> {
        let mut open = locked(&self.open);
        let page = open.get_mut(&(disk, chunk / PAGE_IDS))?;
        let start = (chunk % PAGE_IDS) as usize * ID_BYTES;
        page.ids
            .get_mut(start..start + ID_BYTES)?
            .copy_from_slice(id);
        page.awaited -= 1;
        take_if_full(&mut open, disk, chunk / PAGE_IDS)
    }

    /// The id of a complete page.
    pub(crate) fn set(&self, disk: usize, page: u64, id: [u8; ID_BYTES]) {
        if let Some(place) = locked(&self.done)
            .get_mut(disk)
            .and_then(|d| d.get_mut(page as usize))
        {
            *place = id;
        }
    }

    /// The page ids of every disk.
    pub(crate) fn finish(self) -> Vec<Vec<[u8; ID_BYTES]>> {
        debug_assert!(locked(&self.open).is_empty(), "all pages are complete");
        self.done
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn take_if_full(
    open: &mut HashMap<(usize, u64), OpenPage>,
    disk: usize,
    page: u64,
) -> Option<FullPage> {
    let full = open
        .get(&(disk, page))
        .is_some_and(|p| p.closed && p.awaited == 0);
    let taken = full.then(|| open.remove(&(disk, page)))??;
    Some(FullPage {
        disk,
        page,
        ids: taken.ids,
    })
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
