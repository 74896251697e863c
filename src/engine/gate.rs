//! The gate between commits, collections and ends of key epochs – a lock of the index folder – and a backup's last look at the index.
//!
//! A backup commits with the gate held in common, a collection publishes with it held alone. So a
//! commit is either seen by the collection, which then keeps what the new point needs; or it comes
//! after, and finds out here what the collection took out of the index. Those packs are still
//! there, for the backup's intent is older than the collection: it lists them again.

use std::collections::{HashMap, HashSet};
use std::fs::File;

use crate::engine::Error;
use crate::engine::blobs::{Blobs, Scratch};
use crate::engine::error::AtPath;
use crate::engine::format::{ID_BYTES, INDEX_ERA};
use crate::engine::index::{self, Index};
use crate::engine::index_upkeep::next_name;
use crate::engine::layout::Layout;
use crate::engine::point_format::PointDisk;
use crate::engine::repository::Repository;
use crate::engine::segment_format::PackRow;
use crate::engine::segment_writer::SegmentDraft;
use crate::engine::verify::is_stored;

/// Held by whoever commits a recovery point or puts a tombstone in its place; a moment.
pub(crate) fn in_common(layout: &Layout) -> Result<File, Error> {
    let folder = layout.index();
    let gate = File::open(&folder).at("open", &folder)?;
    gate.lock_shared().at("lock", &folder)?;
    Ok(gate)
}

/// Held by a collection while it makes sure of what it takes out, and publishes; a moment.
pub(crate) fn alone(layout: &Layout) -> Result<File, Error> {
    let folder = layout.index();
    let gate = File::open(&folder).at("open", &folder)?;
    gate.lock().at("lock", &folder)?;
    Ok(gate)
}

/// Keeps recovery points from being committed, and from expiring, until dropped.
pub struct CommitsHeld {
    _gate: File,
}

impl Repository {
    /// Waits for commits that are under way and keeps others waiting: for a moment, since their
    /// backups stand still.
    ///
    /// # Errors
    /// I/O.
    pub fn hold_commits(&self) -> Result<CommitsHeld, Error> {
        Ok(CommitsHeld {
            _gate: alone(&self.layout)?,
        })
    }

    /// Lists again what a new point needs and a collection took out of the index since the backup
    /// began at `since`. `known` is the backup's own index; the gate is held.
    pub(crate) fn relist(
        &self,
        known: Index,
        since: u64,
        writer: &[u8; 16],
        disks: &[PointDisk],
    ) -> Result<(), Error> {
        if index::generation(&self.layout)? / INDEX_ERA == since / INDEX_ERA {
            return Ok(());
        }
        let now = Index::load(&self.layout, &self.keys)?;
        let blobs = Blobs::new(&self.layout, &self.keys, known);
        let (mut pages, mut missing) = (HashSet::new(), HashSet::new());
        let mut scratch = Scratch::new()?;
        for disk in disks {
            for (page, id) in (0u64..).zip(&disk.pages) {
                if !is_stored(id) || !pages.insert(*id) {
                    continue;
                }
                let chunks = blobs.page(id, disk.page_ids(page), &mut scratch)?;
                for id in chunks.iter().chain([id]).filter(|id| is_stored(id)) {
                    if !missing.contains(id) && !now.contains(id)? {
                        missing.insert(*id);
                    }
                }
            }
        }
        self.list_again(blobs.index(), &missing, writer)
    }

    /// Publishes a segment with the entries that these blobs have in `known`.
    fn list_again(
        &self,
        known: &Index,
        missing: &HashSet<[u8; ID_BYTES]>,
        writer: &[u8; 16],
    ) -> Result<(), Error> {
        let mut draft = SegmentDraft::default();
        let mut rows = HashMap::new();
        for id in missing {
            let mut found = known.entries(id)?.into_iter();
            let Some((pack, mut entry)) = found.find(|(pack, _)| self.is_there(pack)) else {
                let what = "a repair set aside what the backup relied on: nothing was backed up";
                return Err(Error::Repairing(what.into()));
            };
            entry.pack = *rows.entry(pack.salt).or_insert_with(|| {
                draft.packs.push(pack);
                draft.packs.len() as u32 - 1
            });
            draft.entries.push(entry);
        }
        if !draft.is_empty() {
            let name = next_name(&self.layout, writer)?;
            draft.publish(&self.layout, &self.keys.current, name, Vec::new())?;
        }
        Ok(())
    }

    /// True while the file of a pack is in its place.
    fn is_there(&self, pack: &PackRow) -> bool {
        let found = self.layout.pack(&pack.salt).symlink_metadata();
        found.is_ok_and(|file| file.len() == self.layout.stored_len(pack.size.into()))
    }
}
