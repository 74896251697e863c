//! Garbage collection: what no recovery point needs goes, without stopping anybody.
//!
//! ```text
//! list points → load the index → mark → plan → copy what is needed out of packs that are mostly waste
//!   → gate: look at points committed since → publish the index without the candidates → gate open
//!   → wait, a while, for whoever reads an older index → still in no index? → remove the packs
//! ```
//!
//! Whatever is not finished is taken up by the next run: a pack that is in no index, and whose
//! writer does not live, is an orphan. Anything that cannot be authenticated ends the collection
//! before anything is removed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::crypto::{TAG_BYTES, random};
use crate::engine::blobs::Blobs;
use crate::engine::bytes::{hex, id_text, round_up};
use crate::engine::copier::Copier;
use crate::engine::error::AtPath;
use crate::engine::format::{
    PACK_ALIGN, PACK_FOOTER_BYTES, PACK_HEADER_BYTES, PACK_RECORD_BYTES, SALT_BYTES,
};
use crate::engine::gate;
use crate::engine::index::{self, Index};
use crate::engine::index_upkeep::{self, merge_without, next_era, next_name};
use crate::engine::intent::{self, Live};
use crate::engine::leftovers::Leftovers;
use crate::engine::mark::{Marks, Needed};
use crate::engine::pack_check::list_packs;
use crate::engine::pack_reader::{Location, PackReader, read_contents};
use crate::engine::repository::Repository;
use crate::engine::segment::Segment;
use crate::engine::segment_cache::SegmentCache;
use crate::engine::segment_format::PackRow;
use crate::engine::{Error, Observer, files};

/// How long a run waits for readers of the index before; the next run removes what was left.
const PATIENCE: Duration = Duration::from_secs(3);
/// Commits that may come in between before a run gives up; each keeps at least one pack.
const ATTEMPTS_MAX: usize = 32;
/// Entries read from a segment at a time: 64 KiB.
const READ_ENTRIES: u32 = 1260;

/// What to collect.
#[derive(Debug, Clone, Default)]
pub struct CollectRequest {
    /// Packs of which less is needed, in percent, are copied and removed; 0: none, 100: all that
    /// hold any waste.
    pub minimum_fill: u8,
    /// Only look.
    pub dry_run: bool,
    /// Points that would have expired by now, and do not count; for a dry run.
    pub going: HashSet<[u8; 16]>,
    /// Items that would have been removed by now; for a dry run.
    pub going_items: HashSet<[u8; 16]>,
}

/// One thing that goes or stays, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Such as `pack 12ab…`.
    pub object: String,
    /// Its bytes.
    pub bytes: u64,
    /// Why.
    pub reason: String,
}

/// What a collection did, or would do.
#[derive(Debug, Default)]
pub struct CollectReport {
    /// Packs before.
    pub packs: u64,
    /// Their bytes.
    pub pack_bytes: u64,
    /// Packs that went, or would.
    pub removed: Vec<Decision>,
    /// Packs whose needed blobs were copied into new packs; they are among the removed ones.
    pub repacked: u64,
    /// Bytes of the new packs, estimated in a dry run.
    pub written: u64,
    /// What stays although nothing needs it, or what has to be looked at.
    pub left: Vec<Decision>,
    /// Superseded index segments and temporary files of dead processes that went.
    pub leftovers: u64,
}

impl CollectReport {
    /// Bytes that the repository is smaller now.
    #[must_use]
    pub fn freed(&self) -> u64 {
        let removed: u64 = self.removed.iter().map(|d| d.bytes).sum();
        removed.saturating_sub(self.written)
    }
}

/// What is to be done with the packs; sizes by salt.
#[derive(Default)]
struct Plan {
    /// Listed, but not needed as they are.
    dropped: BTreeMap<[u8; SALT_BYTES], u64>,
    /// Those of them that hold something needed.
    repacked: BTreeSet<[u8; SALT_BYTES]>,
    /// In no index.
    orphans: BTreeMap<[u8; SALT_BYTES], u64>,
    reasons: HashMap<[u8; SALT_BYTES], String>,
}

impl Repository {
    /// Removes what no recovery point needs; with `dry_run` only says what that is.
    ///
    /// # Errors
    /// [`Error::Busy`] while another process merges or collects; damage, before anything is
    /// removed; [`Error::Cancelled`]; I/O.
    pub fn collect(
        &self,
        request: &CollectRequest,
        observer: &dyn Observer,
    ) -> Result<CollectReport, Error> {
        self.check_writable()?;
        let Some(_lock) = index_upkeep::lock(&self.layout)? else {
            return Err(Error::Busy("the index".into()));
        };
        let writer = random::<16>().map_err(|e| Error::crypto("writer id", e))?;
        let _intent = self.intend(&writer)?;
        let mut points = self.all_points()?;
        points.retain(|point| {
            !request.going.contains(&point.point) && !request.going_items.contains(&point.item)
        });
        // The folder before the index before the intents: see `plan`.
        let (folder, unknown) = list_packs(&self.layout)?;
        let blobs = Blobs::new(
            &self.layout,
            &self.keys,
            Index::load(&self.layout, &self.keys)?,
        );
        let marks = self.mark(&points, &blobs, observer)?;
        let mut report = CollectReport::default();
        let mut plan = self.plan(request, &blobs, &marks, &folder, &writer, &mut report)?;
        let leftovers = Leftovers::find(&self.layout, blobs.index())?;
        leftovers.report(unknown, &mut report);
        if request.dry_run {
            self.foresee(&plan, &marks, &mut report);
            return Ok(report);
        }
        self.repack(&plan, blobs.index(), &marks, &writer, observer, &mut report)?;
        self.publish(&mut plan, blobs.index(), &marks, &writer)?;
        self.unlink(&plan, &writer, &mut report)?;
        report.repacked = plan.repacked.len() as u64;
        report.leftovers = leftovers.remove(&self.layout)?;
        Ok(report)
    }

    /// Decides about every pack.
    ///
    /// A pack that `folder` names is in the index loaded after, or its writer still lived after
    /// that, or it was listed in between: what is removed is looked up once more before.
    fn plan(
        &self,
        request: &CollectRequest,
        blobs: &Blobs,
        marks: &Marks,
        folder: &[[u8; SALT_BYTES]],
        own: &[u8; 16],
        report: &mut CollectReport,
    ) -> Result<Plan, Error> {
        let rows = blobs.index().packs()?;
        let living: HashSet<[u8; 16]> = writers(&intent::living(&self.layout, own)?);
        let mut plan = Plan::default();
        for (salt, row) in &rows {
            report.packs += 1;
            report.pack_bytes += u64::from(row.size);
            let needed = marks.packs.get(salt).copied();
            self.check_present(row, needed.is_some())?;
            let Some(reason) = decide(row, needed, request.minimum_fill) else {
                continue;
            };
            if self.is_written(salt, &living)? {
                let why = "a running job wrote it and may need it yet";
                report.left.push(pack_decision(salt, row.size.into(), why));
                continue;
            }
            plan.dropped.insert(*salt, u64::from(row.size));
            plan.reasons.insert(*salt, reason);
            if needed.is_some() {
                plan.repacked.insert(*salt);
            }
        }
        for salt in folder.iter().filter(|salt| !rows.contains_key(*salt)) {
            let contents = match read_contents(&self.layout, salt, &self.keys) {
                Err(Error::Damaged { problem, .. }) if problem == "is missing" => continue,
                other => other?,
            };
            let size = u64::from(contents.size);
            report.packs += 1;
            report.pack_bytes += size;
            if self.is_written(salt, &living)? {
                let why = "a running job is writing it";
                report.left.push(pack_decision(salt, size, why));
                continue;
            }
            let why =
                "it is in no index: the job that wrote it died, or an earlier run took it out";
            plan.reasons.insert(*salt, why.into());
            plan.orphans.insert(*salt, size);
        }
        Ok(plan)
    }

    /// What is needed has to be there: a collection of a damaged repository could make it worse.
    fn check_present(&self, row: &PackRow, needed: bool) -> Result<(), Error> {
        let path = self.layout.pack(&row.salt);
        let problem = match path.symlink_metadata() {
            Ok(found) if found.len() == self.layout.stored_len(row.size.into()) => return Ok(()),
            Ok(_) => "has another size than was written",
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !needed => return Ok(()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => "is missing",
            Err(e) => return Err(e).at("look at", &path),
        };
        Err(Error::damaged(format!("pack {}", hex(&row.salt)), problem))
    }

    /// True when the run that wrote the pack still lives. The pack has to be ours.
    fn is_written(
        &self,
        salt: &[u8; SALT_BYTES],
        living: &HashSet<[u8; 16]>,
    ) -> Result<bool, Error> {
        let path = self.layout.pack(salt);
        if path.symlink_metadata().is_err() {
            return Ok(false);
        }
        let pack = PackReader::open(&self.layout, salt, &self.keys)?;
        Ok(living.contains(&pack.writer(&self.layout)?))
    }

    /// Says what a run would do.
    fn foresee(&self, plan: &Plan, marks: &Marks, report: &mut CollectReport) {
        for (salt, size) in plan.dropped.iter().chain(&plan.orphans) {
            let reason = plan.reasons.get(salt).map_or("", String::as_str);
            report.removed.push(pack_decision(salt, *size, reason));
        }
        report.repacked = plan.repacked.len() as u64;
        let needed = plan.repacked.iter().filter_map(|s| marks.packs.get(s));
        report.written = needed.map(|needed| pack_bytes(*needed)).sum();
    }

    /// Copies what is needed out of packs that hold too little of it, and lists the copies.
    fn repack(
        &self,
        plan: &Plan,
        index: &Index,
        marks: &Marks,
        writer: &[u8; 16],
        observer: &dyn Observer,
        report: &mut CollectReport,
    ) -> Result<(), Error> {
        let bytes = |salt: &[u8; SALT_BYTES]| marks.packs.get(salt).map_or(0, |n| n.bytes);
        observer.total(plan.repacked.iter().map(bytes).sum());
        let mut copier = Copier::new(self, *writer);
        for (salt, locations) in needed_in(&plan.repacked, index, marks)? {
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            copier.copy(&salt, &locations)?;
            observer.advance(bytes(&salt));
        }
        let draft = copier.finish()?;
        report.written = draft.packs.iter().map(|pack| u64::from(pack.size)).sum();
        if !draft.is_empty() {
            let name = next_name(&self.layout, writer)?;
            draft.publish(&self.layout, &self.keys.current, name, Vec::new())?;
        }
        Ok(())
    }

    /// Publishes the index without the dropped packs; those that a point needs which was committed
    /// meanwhile stay.
    fn publish(
        &self,
        plan: &mut Plan,
        index: &Index,
        marks: &Marks,
        writer: &[u8; 16],
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS_MAX {
            if plan.dropped.is_empty() {
                return Ok(());
            }
            let dropped: HashSet<_> = plan.dropped.keys().copied().collect();
            let segments = listing(index, &dropped)?;
            let name = next_era(&self.layout, writer)?;
            let merged = merge_without(&self.layout, &self.keys, name, &segments, &dropped)?;
            let gate = gate::alone(&self.layout)?;
            let needed = self.newly_needed(marks, index, &plan.dropped)?;
            if needed.is_empty() && index::generation(&self.layout)? < name.generation {
                merged.segment.publish()?;
                drop(gate);
                return index_upkeep::remove(&self.layout, &merged.superseded);
            }
            drop(gate);
            for salt in needed {
                plan.dropped.remove(&salt);
                plan.repacked.remove(&salt);
            }
        }
        Err(Error::Busy("the index".into()))
    }

    /// Removes packs that are in no index, once nobody reads an index that had them.
    fn unlink(&self, plan: &Plan, own: &[u8; 16], report: &mut CollectReport) -> Result<(), Error> {
        let victims: BTreeMap<_, _> = plan.dropped.iter().chain(&plan.orphans).collect();
        if victims.is_empty() {
            return Ok(());
        }
        let waiting = self.wait_for_readers(own)?;
        if let Some(first) = waiting.first() {
            let why = format!(
                "{} running jobs read the index from before (such as {}); run it again later",
                waiting.len(),
                id_text(&first.writer)
            );
            let left = victims
                .iter()
                .map(|(salt, size)| pack_decision(salt, **size, &why));
            report.left.extend(left);
            return Ok(());
        }
        // Nobody rebuilds the index meanwhile, and no backup that is older than it is left.
        let listed = Index::load(&self.layout, &self.keys)?.packs()?;
        let mut folders = BTreeSet::new();
        for (salt, size) in victims {
            if listed.contains_key(salt) {
                let why = "a job that ended meanwhile needs it again";
                report.left.push(pack_decision(salt, *size, why));
                continue;
            }
            let path = self.layout.pack(salt);
            match fs::remove_file(&path) {
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                other => other.at("remove", &path)?,
            }
            folders.insert(files::parent(&path).to_owned());
            let reason = plan.reasons.get(salt).map_or("", String::as_str);
            report.removed.push(pack_decision(salt, *size, reason));
        }
        folders
            .iter()
            .try_for_each(|folder| files::sync_folder(folder))
    }

    /// Waits a while until nobody reads an index older than the newest segment; gives who still
    /// does. Whoever comes after this call reads the index as it is now.
    fn wait_for_readers(&self, own: &[u8; 16]) -> Result<Vec<Live>, Error> {
        let barrier = index::generation(&self.layout)?;
        let mut waiting = intent::living(&self.layout, own)?;
        waiting.retain(|live| live.generation < barrier);
        let started = Instant::now();
        while !waiting.is_empty() && started.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(50));
            let living = writers(&intent::living(&self.layout, own)?);
            waiting.retain(|live| living.contains(&live.writer));
        }
        Ok(waiting)
    }
}

fn writers(living: &[Live]) -> HashSet<[u8; 16]> {
    living.iter().map(|live| live.writer).collect()
}

fn pack_decision(salt: &[u8; SALT_BYTES], bytes: u64, reason: &str) -> Decision {
    Decision {
        object: format!("pack {}", hex(salt)),
        bytes,
        reason: reason.to_owned(),
    }
}

/// Why a pack should go; `None`: it stays.
fn decide(row: &PackRow, needed: Option<Needed>, minimum_fill: u8) -> Option<String> {
    let Some(needed) = needed else {
        return Some("no recovery point needs it".into());
    };
    let waste = u64::from(row.size).saturating_sub(pack_bytes(needed));
    let fill = needed.bytes * 100 / (needed.bytes + waste).max(1);
    let goes = waste > 0 && fill < u64::from(minimum_fill);
    goes.then(|| format!("only {fill} % of it are needed; those were copied"))
}

/// The size of a pack that holds just this.
fn pack_bytes(needed: Needed) -> u64 {
    let index = needed.blobs * PACK_RECORD_BYTES as u64 + TAG_BYTES as u64;
    let ends = (PACK_HEADER_BYTES + PACK_FOOTER_BYTES) as u64;
    round_up((ends + needed.bytes + index) as usize, PACK_ALIGN) as u64
}

/// The segments that list one of these packs.
fn listing(index: &Index, packs: &HashSet<[u8; SALT_BYTES]>) -> Result<Vec<Arc<Segment>>, Error> {
    let (cache, mut found) = (SegmentCache::new(), Vec::new());
    for segment in index.segments() {
        for row in 0..segment.packs {
            if packs.contains(&segment.pack(row, &cache)?.salt) {
                found.push(Arc::clone(segment));
                break;
            }
        }
    }
    Ok(found)
}

/// The needed blobs of these packs, each where a read would go.
fn needed_in(
    packs: &BTreeSet<[u8; SALT_BYTES]>,
    index: &Index,
    marks: &Marks,
) -> Result<BTreeMap<[u8; SALT_BYTES], Vec<Location>>, Error> {
    let (cache, mut found) = (SegmentCache::new(), BTreeMap::new());
    if packs.is_empty() {
        return Ok(found);
    }
    for segment in index.segments() {
        let mut rows = Vec::new();
        for row in 0..segment.packs {
            let salt = segment.pack(row, &cache)?.salt;
            rows.push(packs.contains(&salt).then_some(salt));
        }
        let mut first = 0;
        while rows.iter().any(Option::is_some) && first < segment.entries {
            let batch = segment.entries_from(first, READ_ENTRIES)?;
            first += batch.len() as u32;
            for entry in batch {
                let id = &entry.record.id;
                let Some(salt) = rows.get(entry.pack as usize).copied().flatten() else {
                    continue;
                };
                if !marks.needs(id) {
                    continue;
                }
                let location = index.locate(id, entry.record.kind)?;
                if location.salt == salt {
                    found.entry(salt).or_insert_with(Vec::new).push(location);
                }
            }
        }
    }
    for locations in found.values_mut() {
        locations.sort_by_key(|location: &Location| location.offset);
        locations.dedup();
    }
    Ok(found)
}
