//! Moves recovery points into another repository, under keys of its own: every chunk is opened,
//! checked against its id, named anew, and sealed there.
//!
//! ```text
//! freeze the source → item by item, point by point: copy what the point before does not hold
//!   → commit the point in the new chain → `transfer_proof.rs` → the caller switches, the gate closed
//! ```
//!
//! A point that is committed in the new chain is durable, so a run that was cut short goes on
//! behind it. Points are numbered from 1 again: what expired leaves no trace in the new chain.

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::path::Path;

use crate::engine::blobs::{Blobs, Scratch};
use crate::engine::error::AtPath;
use crate::engine::filling::Filling;
use crate::engine::format::{ID_BYTES, SALT_BYTES};
use crate::engine::index::Index;
use crate::engine::index_upkeep::{self, merge_if_many};
use crate::engine::intent::{self, Intent};
use crate::engine::layout::Layout;
use crate::engine::pack_check::{is_damage, list_packs};
use crate::engine::pipeline::Pipeline;
use crate::engine::point::Point;
use crate::engine::point_format::{PointDisk, PointHeader};
use crate::engine::points::{self, chain_in};
use crate::engine::repository::Repository;
use crate::engine::run::Run;
use crate::engine::transfer_reader::PointReader;
use crate::engine::verify::all_items;
use crate::engine::{Error, Observer, gate};

/// A repository whose packs and index stay as they are until this is dropped. Points may still be
/// added to it: see [`Frozen::close`].
pub struct Frozen<'a> {
    pub(crate) repository: &'a Repository,
    /// All points there were, in authentic chains, by item.
    pub(crate) chains: BTreeMap<[u8; 16], Vec<PointHeader>>,
    _lock: File,
    _intent: Option<Intent>,
}

/// While this lives no recovery point is committed in the repository it came from.
#[must_use = "dropping it lets commits go on"]
pub struct Closed(#[expect(dead_code, reason = "held for its lock")] File);

/// What to move.
#[derive(Debug, Clone)]
pub struct TransferRequest {
    /// Leave out points that are damaged; else they end the transfer.
    pub skip_damaged: bool,
    /// zstd level, 1 to 19.
    pub level: i32,
    /// Fresh id of this run.
    pub writer: [u8; 16],
}

/// A recovery point that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// It, as it is in the repository it stays in.
    pub point: PointHeader,
    /// What is wrong with it.
    pub problem: String,
}

/// What a transfer did.
#[derive(Debug, Default)]
pub struct TransferReport {
    /// Points in the new chains.
    pub points: u64,
    /// Of those, points that an earlier run had copied.
    pub reused: u64,
    /// Bytes of chunks that were opened.
    pub bytes_read: u64,
    /// Bytes written: packs, index segments, recovery points.
    pub bytes_written: u64,
    /// Points that were left out.
    pub left_out: Vec<LeftOut>,
    /// The newest point of each new chain, by item: its sequence and its digest.
    pub heads: BTreeMap<[u8; 16], (u64, [u8; 32])>,
}

/// A point and its copy.
pub(crate) struct Pair {
    pub(crate) old: Point,
    pub(crate) new: Point,
}

impl Repository {
    /// Lists all points but those of the items in `omit`, and keeps collections, merges of the
    /// index and repairs away.
    ///
    /// # Errors
    /// [`Error::Busy`] while another process does one of these; damage, when a chain is not
    /// authentic; I/O.
    pub fn freeze(&self, omit: &HashSet<[u8; 16]>) -> Result<Frozen<'_>, Error> {
        let Some(lock) = index_upkeep::lock(&self.layout)? else {
            return Err(Error::Busy("the index".into()));
        };
        let intent = self.hold()?;
        Ok(Frozen {
            repository: self,
            chains: self.chains_but(omit)?,
            _lock: lock,
            _intent: intent,
        })
    }

    fn chains_but(
        &self,
        omit: &HashSet<[u8; 16]>,
    ) -> Result<BTreeMap<[u8; 16], Vec<PointHeader>>, Error> {
        let items = all_items(self)?.into_iter();
        let items = items.filter(|item| !omit.contains(item));
        let chain = |item: [u8; 16]| Ok((item, chain_in(&self.layout, &item, &self.keys)?.points));
        items.map(chain).collect()
    }

    /// Points in authentic chains, and the stored bytes that they need; nothing is kept away.
    ///
    /// # Errors
    /// Damage, or I/O.
    pub fn needed(
        &self,
        omit: &HashSet<[u8; 16]>,
        observer: &dyn Observer,
    ) -> Result<(u64, u64), Error> {
        let _intent = self.hold()?;
        let points: Vec<_> = self.chains_but(omit)?.into_values().flatten().collect();
        let index = Index::load(&self.layout, &self.keys)?;
        let blobs = Blobs::new(&self.layout, &self.keys, index);
        let marks = self.mark(&points, &blobs, observer)?;
        let bytes = marks.packs.values().map(|needed| needed.bytes).sum();
        Ok((points.len() as u64, bytes))
    }

    /// Bytes of all packs in the folder.
    ///
    /// # Errors
    /// I/O.
    pub fn pack_bytes(&self) -> Result<u64, Error> {
        let size =
            |salt: &[u8; SALT_BYTES]| self.layout.pack(salt).metadata().map_or(0, |m| m.len());
        Ok(list_packs(&self.layout)?.0.iter().map(size).sum())
    }

    /// Copies all chains of `source` into this repository, and drops what is not in them.
    ///
    /// # Errors
    /// Damage; [`Error::Cancelled`]; I/O. What was committed by then is found by the next call.
    pub fn transfer(
        &self,
        source: &Frozen<'_>,
        request: &TransferRequest,
        observer: &dyn Observer,
    ) -> Result<TransferReport, Error> {
        self.list_unlisted()?;
        let (_intent, _) = self.intend(&request.writer)?;
        let mut report = TransferReport::default();
        for item in all_items(self)? {
            if !source.chains.contains_key(&item) {
                self.remove_item(&item)?;
            }
        }
        for (item, points) in &source.chains {
            let transfer = Transfer {
                source: source.repository,
                target: self,
                request,
                observer,
            };
            transfer.chain(item, points, &mut report)?;
        }
        Ok(report)
    }

    /// Lists packs that a run which was cut short made durable, but not known.
    fn list_unlisted(&self) -> Result<(), Error> {
        let (salts, _) = list_packs(&self.layout)?;
        let is_whole = match Index::load(&self.layout, &self.keys).and_then(|i| i.packs()) {
            Ok(listed) => salts.iter().all(|salt| listed.contains_key(salt)),
            Err(error) if is_damage(&error) => false,
            Err(error) => return Err(error),
        };
        if !is_whole {
            self.rebuild_index()?;
        }
        Ok(())
    }
}

impl Frozen<'_> {
    /// Waits for commits that are under way and keeps others away.
    ///
    /// # Errors
    /// [`Error::Busy`] when points came or went since the repository was frozen; damage; I/O.
    pub fn close(&self, omit: &HashSet<[u8; 16]>) -> Result<Closed, Error> {
        let gate = gate::alone(&self.repository.layout)?;
        if self.repository.chains_but(omit)? != self.chains {
            return Err(Error::Busy("the chain of recovery points".into()));
        }
        Ok(Closed(gate))
    }

    /// Bytes of the images of all points, holes included.
    ///
    /// # Errors
    /// As opening a point; damaged ones count nothing.
    pub fn image_bytes(&self) -> Result<u64, Error> {
        let mut sum = 0;
        for point in self.chains.values().flatten() {
            match self.repository.read_disks(&point.item, &point.point) {
                Ok((_, disks)) => sum += disks.iter().map(|disk| disk.size).sum::<u64>(),
                Err(error) if is_damage(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(sum)
    }
}

/// True while some process reads or fills the repository at `dir`.
///
/// # Errors
/// I/O.
pub fn is_in_use(dir: &Path) -> Result<bool, Error> {
    Ok(!intent::living(&Layout::new(dir), &[0; 16])?.is_empty())
}

/// Bytes that may still be written to the file system of `dir`.
///
/// # Errors
/// I/O.
pub fn free_bytes(dir: &Path) -> Result<u64, Error> {
    let found = rustix::fs::statvfs(dir).at("look at", dir)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Why a point was not copied.
enum Stopped {
    /// The source of it is damaged.
    Damaged(Error),
    Other(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

struct Transfer<'a> {
    source: &'a Repository,
    target: &'a Repository,
    request: &'a TransferRequest,
    observer: &'a dyn Observer,
}

impl Transfer<'_> {
    /// Copies one chain, from where an earlier run stopped.
    fn chain(
        &self,
        item: &[u8; 16],
        points: &[PointHeader],
        report: &mut TransferReport,
    ) -> Result<(), Error> {
        let there = self.go_on_behind(item, points)?;
        report.reused += there.len() as u64;
        let mut head = there.last().map(|new| (new.sequence, new.digest()));
        let mut before = None;
        if let Some(last) = there.last() {
            // A damaged old point only means that more is read.
            if let Ok(old) = self.source.open_point(item, &last.point) {
                let new = self.target.open_point(item, &last.point)?;
                before = Some(Pair { old, new });
            }
        }
        report.points += there.len() as u64;
        for old in points.iter().skip(there.len()) {
            match self.point(old, before.as_ref(), head, report) {
                Ok((pair, link)) => {
                    (before, head) = (Some(pair), Some(link));
                    report.points += 1;
                }
                Err(Stopped::Damaged(error)) if self.request.skip_damaged => {
                    report.left_out.push(LeftOut {
                        point: old.clone(),
                        problem: error.to_string(),
                    });
                }
                Err(Stopped::Damaged(error) | Stopped::Other(error)) => return Err(error),
            }
        }
        if let Some(head) = head {
            report.heads.insert(*item, head);
        }
        Ok(())
    }

    /// The points of the new chain, if they are the first of the old one; any other chain goes,
    /// and its chunks are found again.
    fn go_on_behind(
        &self,
        item: &[u8; 16],
        points: &[PointHeader],
    ) -> Result<Vec<PointHeader>, Error> {
        let there = match chain_in(&self.target.layout, item, &self.target.keys) {
            Ok(chain) => chain.points,
            Err(error) if is_damage(&error) => Vec::new(),
            Err(error) => return Err(error),
        };
        let is_copy = |(new, old): (&PointHeader, &PointHeader)| {
            (new.point, new.created_ms, &new.label) == (old.point, old.created_ms, &old.label)
        };
        if there.len() <= points.len() && there.iter().zip(points).all(is_copy) {
            let opens = |point: &PointHeader| self.target.check_manifest(item, &point.point);
            if there.iter().all(|point| opens(point).is_ok()) {
                return Ok(there);
            }
        }
        self.target.remove_item(item)?;
        Ok(Vec::new())
    }

    /// Copies one point; `before` is the one before it with its copy, `head` the end of the new
    /// chain.
    fn point(
        &self,
        old: &PointHeader,
        before: Option<&Pair>,
        head: Option<(u64, [u8; 32])>,
        report: &mut TransferReport,
    ) -> Result<(Pair, (u64, [u8; 32])), Stopped> {
        let damaged = |error: Error| match is_damage(&error) {
            true => Stopped::Damaged(error),
            false => Stopped::Other(error),
        };
        let point = self.source.open_point(&old.item, &old.point);
        let point = point.map_err(damaged)?;
        let disks = self.fill(&point, before, report)?;
        let (sequence, previous) = head.unwrap_or((0, [0; 32]));
        let keys = &self.target.keys.current;
        let draft = PointHeader {
            class: keys.class,
            epoch: keys.epoch,
            owner: keys.owner,
            sequence: sequence + 1,
            previous,
            body_digest: [0; 32],
            body_len: 0,
            ..old.clone()
        };
        let (header, body) = self.target.seal_point(draft, &disks)?;
        let writer = &self.request.writer;
        let layout = &self.target.layout;
        report.bytes_written += points::commit(layout, writer, &header, &body, |_| Ok(()))?;
        merge_if_many(layout, &self.target.keys, writer)?;
        let new = self.target.open_point(&old.item, &old.point)?;
        Ok((Pair { old: point, new }, (header.sequence, header.digest())))
    }

    /// Stores the chunks of a point that are not there yet; gives its disks as the copy lists them.
    fn fill(
        &self,
        point: &Point,
        before: Option<&Pair>,
        report: &mut TransferReport,
    ) -> Result<Vec<PointDisk>, Stopped> {
        let chunk_log2 = self.target.chunk_log2();
        if point.disks().iter().any(|d| d.chunk_log2 != chunk_log2) {
            let text = "the two repositories have chunks of different sizes".into();
            return Err(Error::Invalid(text).into());
        }
        let index = Index::load(&self.target.layout, &self.target.keys)?;
        let sizes = point.disks().iter().map(|disk| disk.size);
        let filling = Filling::new(self.target, self.request.writer, index, sizes);
        let run = Run::new(self.observer);
        let (read, is_damaged) = (Cell::new(0), Cell::new(false));
        let pipeline = Pipeline {
            run: &run,
            fillings: std::slice::from_ref(&filling),
            point: point.header().point,
            level: self.request.level,
            chunk_bytes: 1 << chunk_log2,
        };
        let written = pipeline.run(&mut |feed| {
            let mut reader = PointReader {
                point,
                before,
                feed,
                scratch: Scratch::new()?,
                read: &read,
                is_damaged: &is_damaged,
            };
            reader.read()
        });
        report.bytes_read += read.get();
        let stats = written.into_iter().flatten();
        report.bytes_written += stats.map(|stats| stats.bytes).sum::<u64>();
        if let Err(error) = run.finish() {
            return Err(match is_damaged.get() {
                true => Stopped::Damaged(error),
                false => Stopped::Other(error),
            });
        }
        run.go_on()?;
        let disks = point.disks().iter().zip(filling.pages.finish());
        let copied = |(disk, pages): (&PointDisk, Vec<[u8; ID_BYTES]>)| PointDisk {
            pages,
            ..disk.clone()
        };
        Ok(disks.map(copied).collect())
    }
}
