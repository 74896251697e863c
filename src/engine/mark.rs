//! Which blobs the recovery points need: every point is opened, every page of it read.
//!
//! A chunk is remembered by half of its id: 128 bits of a keyed hash, 16 bytes of memory each.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::engine::blobs::{Blobs, Scratch};
use crate::engine::format::{ID_BYTES, KIND_DATA, KIND_PAGE, SALT_BYTES};
use crate::engine::index::Index;
use crate::engine::point_format::{PointDisk, PointHeader};
use crate::engine::points::chain_in;
use crate::engine::repository::Repository;
use crate::engine::verify::{all_items, is_stored};
use crate::engine::{Error, ItemEnd, Observer};

/// What of one pack is needed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needed {
    pub(crate) blobs: u64,
    /// Their bytes in the pack, tags included.
    pub(crate) bytes: u64,
}

/// What some recovery points need.
#[derive(Default)]
pub(crate) struct Marks {
    points: HashSet<[u8; 16]>,
    pages: HashSet<[u8; ID_BYTES]>,
    live: HashSet<u128>,
    /// By the pack a read goes to; a copy elsewhere is not needed.
    pub(crate) packs: HashMap<[u8; SALT_BYTES], Needed>,
}

impl Marks {
    /// True when some point needs the blob.
    pub(crate) fn needs(&self, id: &[u8; ID_BYTES]) -> bool {
        self.live.contains(&half(id))
    }

    fn note(&mut self, index: &Index, id: &[u8; ID_BYTES], kind: u8) -> Result<(), Error> {
        if self.live.insert(half(id)) {
            let location = index.locate(id, kind)?;
            let needed = self.packs.entry(location.salt).or_default();
            needed.blobs += 1;
            needed.bytes += location.sealed_len() as u64;
        }
        Ok(())
    }
}

fn half(id: &[u8; ID_BYTES]) -> u128 {
    let mut half = [0; 16];
    half.copy_from_slice(&id[..16]);
    u128::from_be_bytes(half)
}

impl Repository {
    /// All recovery points, in chains that are authentic.
    pub(crate) fn all_points(&self) -> Result<Vec<PointHeader>, Error> {
        let mut all = Vec::new();
        for item in all_items(self)? {
            all.extend(chain_in(&self.layout, &item, &self.keys)?.points);
        }
        Ok(all)
    }

    /// Checks that every chain links and that its tombstones are authentic.
    ///
    /// # Errors
    /// [`Error::Damaged`], or I/O.
    pub fn check_chains(&self) -> Result<(), Error> {
        self.all_points().map(drop)
    }

    /// What there is of every item: its newest recovery point, which is authentic, and with it the
    /// digests of all before it, and its tombstones.
    ///
    /// # Errors
    /// [`Error::Damaged`], or I/O.
    pub fn ends(&self) -> Result<BTreeMap<[u8; 16], ItemEnd>, Error> {
        let mut ends = BTreeMap::new();
        for item in all_items(self)? {
            let mut chain = chain_in(&self.layout, &item, &self.keys)?;
            let Some(newest) = chain.points.pop() else {
                continue;
            };
            match self.check_manifest(&item, &newest.point) {
                // The item was removed meanwhile.
                Err(Error::NotFound(_)) => {}
                other => {
                    other?;
                    let runs = chain.tombstones.iter().map(|t| (t.first, t.last));
                    let end = ItemEnd {
                        newest: newest.sequence,
                        expired: Some(runs.collect()),
                    };
                    ends.insert(item, end);
                }
            }
        }
        Ok(ends)
    }

    /// Marks what these points need. The index has to be younger than the list of points.
    pub(crate) fn mark(
        &self,
        points: &[PointHeader],
        blobs: &Blobs,
        observer: &dyn Observer,
    ) -> Result<Marks, Error> {
        let mut marks = Marks::default();
        let mut scratch = Scratch::new()?;
        for point in points {
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            marks.points.insert(point.point);
            for disk in self.disks_of(point)? {
                for (page, id) in (0u64..).zip(&disk.pages) {
                    if !is_stored(id) || !marks.pages.insert(*id) {
                        continue;
                    }
                    marks.note(blobs.index(), id, KIND_PAGE)?;
                    let chunks = blobs.page(id, disk.page_ids(page), &mut scratch)?;
                    for chunk in chunks.into_iter().filter(is_stored) {
                        marks.note(blobs.index(), &chunk, KIND_DATA)?;
                    }
                }
            }
        }
        Ok(marks)
    }

    /// The packs among `candidates` that points need which were committed since `marks` were made.
    pub(crate) fn newly_needed(
        &self,
        marks: &Marks,
        index: &Index,
        candidates: &BTreeMap<[u8; SALT_BYTES], u64>,
    ) -> Result<HashSet<[u8; SALT_BYTES]>, Error> {
        let mut found = HashSet::new();
        let mut new = self.all_points()?;
        new.retain(|point| !marks.points.contains(&point.point));
        if new.is_empty() {
            return Ok(found);
        }
        let blobs = Blobs::new(
            &self.layout,
            &self.keys,
            Index::load(&self.layout, &self.keys)?,
        );
        let mut scratch = Scratch::new()?;
        for point in &new {
            for disk in self.disks_of(point)? {
                for (page, id) in (0u64..).zip(&disk.pages).filter(|(_, id)| is_stored(id)) {
                    let chunks = blobs.page(id, disk.page_ids(page), &mut scratch)?;
                    let needed = chunks.iter().filter(|id| is_stored(id)).chain([id]);
                    for id in needed.filter(|id| !marks.needs(id)) {
                        let entries = index.entries(id)?.into_iter();
                        let packs = entries.map(|(pack, _)| pack.salt);
                        found.extend(packs.filter(|salt| candidates.contains_key(salt)));
                    }
                }
            }
        }
        Ok(found)
    }

    /// The disks of a point; none when it expired meanwhile.
    fn disks_of(&self, point: &PointHeader) -> Result<Vec<PointDisk>, Error> {
        match self.read_disks(&point.item, &point.point) {
            Ok((_, disks)) => Ok(disks),
            Err(Error::NotFound(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
