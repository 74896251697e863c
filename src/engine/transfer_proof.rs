//! Proves a transfer before anybody relies on it: every chunk of every copied point is read from the
//! new repository, and its content hashed under the old key has to be the id that the old point
//! names at that place. No data of the old repository is read for it.

use std::collections::{BTreeSet, HashSet};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::engine::blobs::{Blobs, Scratch, Want};
use crate::engine::format::{ID_BYTES, ID_HOLE, KIND_DATA, PAGE_IDS};
use crate::engine::index::Index;
use crate::engine::point::{Page, Point};
use crate::engine::point_format::{PointDisk, PointHeader};
use crate::engine::points::chain_in;
use crate::engine::repository::Repository;
use crate::engine::run::{Run, closed, workers};
use crate::engine::transfer::{Frozen, Pair, TransferReport};
use crate::engine::verify::all_items;
use crate::engine::{Error, Observer};

/// Chunks handed to a thread at once: 16 MiB of content at the default chunk size.
const BATCH_CHUNKS: usize = 32;

/// What was compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransferProof {
    /// Chunks read from the new repository; one that many points share is read once.
    pub chunks: u64,
    /// Bytes of their content.
    pub bytes: u64,
}

/// A chunk to read and compare.
struct Task {
    /// As the old point names it.
    old: [u8; ID_BYTES],
    /// As the copy does.
    new: [u8; ID_BYTES],
    len: usize,
    /// The old point's key epoch.
    epoch: u32,
    place: Place,
}

/// Where a chunk is, for a message.
#[derive(Clone, Copy)]
struct Place {
    sequence: u64,
    lun: u16,
    offset: u64,
}

fn differs(place: Place) -> Error {
    Error::damaged(
        format!(
            "copy of recovery point {}: disk {} at offset {}",
            place.sequence, place.lun, place.offset
        ),
        "is not what was copied",
    )
}

impl Repository {
    /// Compares all that was transferred with what `source` names.
    ///
    /// # Errors
    /// [`Error::Damaged`] naming what differs; [`Error::Cancelled`]; I/O.
    pub fn prove_transfer(
        &self,
        source: &Frozen<'_>,
        report: &TransferReport,
        observer: &dyn Observer,
    ) -> Result<TransferProof, Error> {
        let pairs = self.pairs(source, report)?;
        let index = Index::load(&self.layout, &self.keys)?;
        let blobs = Blobs::new(&self.layout, &self.keys, index);
        let run = Run::new(observer);
        let (tasks_in, tasks_out) = bounded(workers() * 2);
        let mut walk = Walk {
            run: &run,
            tasks: tasks_in,
            batch: Vec::new(),
            pages: HashSet::new(),
            chunks: HashSet::new(),
            proof: TransferProof::default(),
        };
        let proof = thread::scope(|scope| {
            for _ in 0..workers() {
                let (tasks, blobs, run) = (tasks_out.clone(), &blobs, &run);
                scope.spawn(move || run.settle(compare(source.repository, blobs, run, &tasks)));
            }
            drop(tasks_out);
            let walked = pairs.iter().try_for_each(|(old, new)| {
                let pair = Pair {
                    old: source.repository.open_point(&old.item, &old.point)?,
                    new: self.open_point(&new.item, &new.point)?,
                };
                walk.point(&pair)
            });
            run.settle(walked.and_then(|()| walk.send()));
            let proof = walk.proof;
            // Without the sender the threads come to an end.
            drop(walk);
            proof
        });
        run.finish()?;
        Ok(proof)
    }

    /// Every point of the source that was not left out, with its copy; in order, and no others.
    fn pairs(
        &self,
        source: &Frozen<'_>,
        report: &TransferReport,
    ) -> Result<Vec<(PointHeader, PointHeader)>, Error> {
        let left_out: BTreeSet<_> = report
            .left_out
            .iter()
            .map(|left| left.point.point)
            .collect();
        let mut pairs = Vec::new();
        for (item, points) in &source.chains {
            let copies = chain_in(&self.layout, item, &self.keys)?.points;
            let moved = points.iter().filter(|p| !left_out.contains(&p.point));
            let moved: Vec<_> = moved.cloned().collect();
            let same = |(old, new): (&PointHeader, &PointHeader)| {
                (old.point, old.created_ms, &old.label) == (new.point, new.created_ms, &new.label)
            };
            let head = copies.last().map(|p| (p.sequence, p.digest()));
            let whole = moved.len() == copies.len()
                && moved.iter().zip(&copies).all(same)
                && head == report.heads.get(item).copied();
            if !whole {
                let object = format!(
                    "copied chain of item {}",
                    crate::engine::bytes::id_text(item)
                );
                return Err(Error::damaged(object, "is not the one that was copied"));
            }
            pairs.extend(moved.into_iter().zip(copies));
        }
        let known = |item: &[u8; 16]| source.chains.contains_key(item);
        match all_items(self)?.iter().all(known) {
            true => Ok(pairs),
            false => Err(Error::damaged(
                "the copy",
                "holds an item that was not copied",
            )),
        }
    }
}

/// Walks over points and their copies, and hands out what was not compared yet.
struct Walk<'a> {
    run: &'a Run<'a>,
    tasks: Sender<Vec<Task>>,
    batch: Vec<Task>,
    /// Old and new ids of pages that were walked.
    pages: HashSet<([u8; ID_BYTES], [u8; ID_BYTES])>,
    /// Halves of the old and the new ids of chunks that were handed out: 32 bytes each.
    chunks: HashSet<(u128, u128)>,
    proof: TransferProof,
}

fn half(id: &[u8; ID_BYTES]) -> u128 {
    let mut half = [0; 16];
    half.copy_from_slice(&id[..16]);
    u128::from_be_bytes(half)
}

impl Walk<'_> {
    fn point(&mut self, pair: &Pair) -> Result<(), Error> {
        let sequence = pair.new.header().sequence;
        let (old, new) = (pair.old.disks(), pair.new.disks());
        let shape = |disk: &PointDisk| PointDisk {
            pages: vec![ID_HOLE; disk.pages.len()],
            ..disk.clone()
        };
        if old.iter().map(shape).ne(new.iter().map(shape)) {
            let object = format!("copy of recovery point {sequence}");
            return Err(Error::damaged(object, "lists other disks"));
        }
        for (number, (old, new)) in old.iter().zip(new).enumerate() {
            for (page, ids) in (0u64..).zip(old.pages.iter().zip(&new.pages)) {
                self.run.go_on()?;
                let (offset, length) = old.page_range(page);
                let place = Place {
                    sequence,
                    lun: old.lun,
                    offset,
                };
                if (*ids.0 == ID_HOLE) != (*ids.1 == ID_HOLE) {
                    return Err(differs(place));
                }
                if *ids.0 != ID_HOLE && self.pages.insert((*ids.0, *ids.1)) {
                    let read = |point: &Point| point.page(number, page);
                    let pages = (read(&pair.old)?, read(&pair.new)?);
                    self.page(old, page, pages, pair.old.header().epoch, place)?;
                }
                self.run.observer.advance(length);
            }
        }
        Ok(())
    }

    fn page(
        &mut self,
        disk: &PointDisk,
        page: u64,
        pages: (Option<Page>, Option<Page>),
        epoch: u32,
        place: Place,
    ) -> Result<(), Error> {
        let (Some(old), Some(new)) = pages else {
            return Err(differs(place));
        };
        if old.len() != new.len() {
            return Err(differs(place));
        }
        let numbered = (page * PAGE_IDS..).zip(old.iter().zip(new.iter()));
        for (number, (old, new)) in numbered {
            let place = Place {
                offset: number << disk.chunk_log2,
                ..place
            };
            if (*old == ID_HOLE) != (*new == ID_HOLE) {
                return Err(differs(place));
            }
            if *old == ID_HOLE || !self.chunks.insert((half(old), half(new))) {
                continue;
            }
            let len = disk.chunk_len(number);
            self.proof.chunks += 1;
            self.proof.bytes += len as u64;
            self.batch.push(Task {
                old: *old,
                new: *new,
                len,
                epoch,
                place,
            });
            if self.batch.len() >= BATCH_CHUNKS {
                self.send()?;
            }
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), Error> {
        let batch = std::mem::take(&mut self.batch);
        self.tasks.send(batch).map_err(closed)
    }
}

/// Reads chunks of the copy, which checks them against their new ids, and hashes them under the
/// old key.
fn compare(
    source: &Repository,
    copy: &Blobs,
    run: &Run<'_>,
    tasks: &Receiver<Vec<Task>>,
) -> Result<(), Error> {
    let (mut scratch, mut plain) = (Scratch::new()?, Vec::new());
    for batch in tasks {
        for task in batch {
            run.go_on()?;
            plain.resize(task.len, 0);
            let want = [Want {
                id: task.new,
                start: 0,
                len: task.len,
            }];
            copy.fetch(KIND_DATA, &want, &mut plain, &mut scratch)
                .map_err(|(_, error)| error)?;
            let keys = source.keys.epoch(task.epoch);
            if keys.is_none_or(|keys| keys.id.id(&plain) != task.old) {
                return Err(differs(task.place));
            }
        }
    }
    Ok(())
}
