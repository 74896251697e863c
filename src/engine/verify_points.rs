//! Follows every recovery point through the index to the packs, and says what is missing.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::engine::Error;
use crate::engine::blobs::{Blobs, Scratch, Want};
use crate::engine::bytes::{hex, id_text};
use crate::engine::format::{ID_BYTES, KIND_DATA, PAGE_IDS};
use crate::engine::index::Index;
use crate::engine::pack_check::is_damage;
use crate::engine::point_format::{PointDisk, PointHeader};
use crate::engine::points::points_in;
use crate::engine::repository::Repository;
use crate::engine::verify::{Affected, Damage, Findings, all_items, is_stored};

/// A chunk of a page that cannot be had: its place in the page, its id, and why.
type Missing = (u64, [u8; ID_BYTES], String);

/// Damage by object and problem, with whom it hurts.
type Found = BTreeMap<(String, String), Vec<Affected>>;

fn note(damage: &mut Found, object: &str, error: &Error, affected: Option<Affected>) {
    let key = (object.to_owned(), error.to_string());
    damage.entry(key).or_default().extend(affected);
}

/// The recovery points in authentic chains, and what is wrong with the others. Listed before the
/// index is loaded: it holds then whatever they need, also of backups that end meanwhile.
#[derive(Default)]
pub(crate) struct PointList {
    points: Vec<PointHeader>,
    damage: Found,
}

impl PointList {
    pub(crate) fn read(repository: &Repository) -> Result<Self, Error> {
        let mut list = Self::default();
        let items = match all_items(repository) {
            Err(error) if is_damage(&error) => {
                note(&mut list.damage, "the recovery points", &error, None);
                return Ok(list);
            }
            other => other?,
        };
        for item in items {
            match points_in(&repository.layout, &item, &repository.keys) {
                Ok(chain) => list.points.extend(chain),
                Err(error) if is_damage(&error) => {
                    let object = format!("recovery points of item {}", id_text(&item));
                    note(&mut list.damage, &object, &error, None);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(list)
    }
}

/// One walk over all recovery points.
pub(crate) struct PointCheck<'a> {
    repository: &'a Repository,
    findings: &'a Findings,
    blobs: Blobs,
    /// Pages seen before without a missing chunk: most points share most pages.
    clean: HashSet<[u8; ID_BYTES]>,
    flawed: HashMap<[u8; ID_BYTES], Vec<Missing>>,
    damage: Found,
}

impl<'a> PointCheck<'a> {
    pub(crate) fn new(repository: &'a Repository, index: Index, findings: &'a Findings) -> Self {
        Self {
            repository,
            findings,
            blobs: Blobs::new(&repository.layout, &repository.keys, index),
            clean: HashSet::new(),
            flawed: HashMap::new(),
            damage: BTreeMap::new(),
        }
    }

    /// Follows these points; gives how many.
    pub(crate) fn run(&mut self, chains: PointList) -> Result<u64, Error> {
        let mut scratch = Scratch::new()?;
        self.damage = chains.damage;
        for header in &chains.points {
            self.point(header, &mut scratch)?;
        }
        Ok(chains.points.len() as u64)
    }

    pub(crate) fn finish(self) -> Vec<Damage> {
        let damage = self.damage.into_iter();
        damage
            .map(|((object, problem), affected)| Damage {
                object,
                problem,
                affected,
            })
            .collect()
    }

    fn note(&mut self, object: &str, error: &Error, affected: Option<Affected>) {
        note(&mut self.damage, object, error, affected);
    }

    fn point(&mut self, header: &PointHeader, scratch: &mut Scratch) -> Result<(), Error> {
        let object = format!("recovery point {}", id_text(&header.point));
        let disks = match self.repository.read_disks(&header.item, &header.point) {
            Ok((_, disks)) => disks,
            // Expired meanwhile.
            Err(Error::NotFound(_)) => return Ok(()),
            Err(error) if is_damage(&error) => {
                self.note(&object, &error, Some(Affected::point(header)));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for disk in &disks {
            for (page, id) in (0u64..).zip(&disk.pages) {
                if is_stored(id) && !self.clean.contains(id) {
                    self.page(header, disk, page, id, scratch)?;
                }
            }
        }
        Ok(())
    }

    fn page(
        &mut self,
        header: &PointHeader,
        disk: &PointDisk,
        page: u64,
        id: &[u8; ID_BYTES],
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let first = page * PAGE_IDS;
        if !self.flawed.contains_key(id) {
            let ids = match self.blobs.page(id, disk.page_ids(page), scratch) {
                Ok(ids) => ids,
                Err(error) if is_damage(&error) => {
                    // All chunks of the page are out of reach.
                    let last = first + disk.page_ids(page) - 1;
                    let end = (last << disk.chunk_log2) + disk.chunk_len(last) as u64;
                    let offset = first << disk.chunk_log2;
                    let affected = place(header, disk, offset, end - offset);
                    self.note(&format!("page {}", hex(id)), &error, Some(affected));
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            let missing = self.missing(disk, first, &ids)?;
            if missing.is_empty() {
                self.clean.insert(*id);
                return Ok(());
            }
            self.flawed.insert(*id, missing);
        }
        for (at, chunk, problem) in self.flawed.get(id).into_iter().flatten() {
            let number = first + at;
            let offset = number << disk.chunk_log2;
            let affected = place(header, disk, offset, disk.chunk_len(number) as u64);
            let key = (format!("chunk {}", hex(chunk)), problem.clone());
            self.damage.entry(key).or_default().push(affected);
        }
        Ok(())
    }

    /// The chunks of a page that a restore would not get, as far as is known.
    fn missing(
        &self,
        disk: &PointDisk,
        first: u64,
        ids: &[[u8; ID_BYTES]],
    ) -> Result<Vec<Missing>, Error> {
        let mut order: Vec<(u64, &[u8; ID_BYTES])> =
            (0u64..).zip(ids).filter(|(_, id)| is_stored(id)).collect();
        // In the order of the index: neighbours are looked up in the same piece of it.
        order.sort_unstable_by_key(|(_, id)| **id);
        let mut missing = Vec::new();
        for (at, id) in order {
            let len = disk.chunk_len(first + at);
            let want = Want {
                id: *id,
                start: 0,
                len,
            };
            match self.blobs.locate(KIND_DATA, &want) {
                Ok(location) => {
                    let salt = location.salt;
                    let blob = self.findings.blobs.get(&(*id, salt)).cloned();
                    let lost = self.findings.lost.contains(&salt);
                    let lost = lost.then(|| format!("pack {} is missing", hex(&salt)));
                    missing.extend(blob.or(lost).map(|problem| (at, *id, problem)));
                }
                Err(error) if is_damage(&error) => missing.push((at, *id, error.to_string())),
                Err(error) => return Err(error),
            }
        }
        missing.sort_unstable_by_key(|(at, ..)| *at);
        Ok(missing)
    }
}

fn place(header: &PointHeader, disk: &PointDisk, offset: u64, bytes: u64) -> Affected {
    Affected {
        disk: Some((disk.role, disk.lun)),
        offset,
        bytes,
        ..Affected::point(header)
    }
}
