//! Verifies a repository with its keys: the index against the packs, every recovery point
//! against the index, and as many packs as asked for to their last byte.
//!
//! Damage is reported from the bytes upwards: chunk → disk → item → recovery point.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::engine::bytes::{hex, id_from_text};
use crate::engine::format::{ID_BYTES, ID_HOLE, SALT_BYTES};
use crate::engine::index::Index;
use crate::engine::pack_check::{PackCheck, check_blobs, check_pack, is_damage};
use crate::engine::pack_reader::Location;
use crate::engine::point_format::PointHeader;
use crate::engine::repository::Repository;
use crate::engine::run::{Run, workers};
use crate::engine::segment_cache::SegmentCache;
use crate::engine::segment_format::PackRow;
use crate::engine::verify_points::{PointCheck, PointList};
use crate::engine::{Error, Observer, files};

/// Entries read from a segment at a time: 64 KiB.
const READ_ENTRIES: u32 = 1260;

/// What to verify.
#[derive(Debug, Clone, Default)]
pub struct VerifyRequest {
    /// Percent of the packs' bytes to read, 0 to 100; those checked longest ago come first.
    pub percent: u8,
    /// When a pack was last read whole and found intact, by its salt; any growing number.
    pub checked: BTreeMap<[u8; SALT_BYTES], u64>,
}

/// One thing that is damaged, and whom that hurts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Such as `chunk 12ab…` or `pack 34cd…`.
    pub object: String,
    /// What is wrong with it.
    pub problem: String,
    /// The recovery points it is missing from; empty: none.
    pub affected: Vec<Affected>,
}

impl Damage {
    pub(crate) fn of(object: &str, error: &Error, affected: Vec<Affected>) -> Self {
        Self {
            object: object.to_owned(),
            problem: error.to_string(),
            affected,
        }
    }
}

/// A recovery point that something is missing from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    /// The item.
    pub item: [u8; 16],
    /// The recovery point.
    pub point: [u8; 16],
    /// Its place in the item's chain.
    pub sequence: u64,
    /// The disk's role and logical unit number; absent: the whole recovery point.
    pub disk: Option<(u8, u16)>,
    /// First byte of the image that is missing.
    pub offset: u64,
    /// Missing bytes from there on.
    pub bytes: u64,
}

impl Affected {
    /// All of a point.
    pub(crate) fn point(header: &PointHeader) -> Self {
        Self {
            item: header.item,
            point: header.point,
            sequence: header.sequence,
            disk: None,
            offset: 0,
            bytes: 0,
        }
    }
}

/// What a verification found.
#[derive(Debug, Default)]
pub struct VerifyReport {
    /// Recovery points that were followed to their last chunk.
    pub points: u64,
    /// All listed packs with their bytes.
    pub packs: BTreeMap<[u8; SALT_BYTES], u32>,
    /// Packs read whole and found intact.
    pub intact: Vec<[u8; SALT_BYTES]>,
    /// Packs read whole and found damaged.
    pub broken: Vec<[u8; SALT_BYTES]>,
    /// Bytes of both.
    pub bytes_read: u64,
    /// What is wrong.
    pub damage: Vec<Damage>,
}

/// What is wrong with packs and single blobs.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) packs: BTreeMap<[u8; SALT_BYTES], String>,
    /// Packs of which nothing can be read.
    pub(crate) lost: HashSet<[u8; SALT_BYTES]>,
    /// By id and pack: the same blob may be intact in another one.
    pub(crate) blobs: HashMap<([u8; ID_BYTES], [u8; SALT_BYTES]), String>,
}

impl Repository {
    /// Verifies the repository; nothing is changed.
    ///
    /// # Errors
    /// [`Error::Cancelled`] or I/O; damage is in the report.
    pub fn verify(
        &self,
        request: &VerifyRequest,
        observer: &dyn Observer,
    ) -> Result<VerifyReport, Error> {
        let _intent = self.hold()?;
        let mut report = VerifyReport::default();
        let list = PointList::read(self)?;
        let index = match Index::load(&self.layout, &self.keys) {
            Ok(index) => index,
            Err(error) if is_damage(&error) => {
                // Without the index nobody can say which points that hurts: all of them.
                let damage = Damage::of("the index", &error, Vec::new());
                report.damage.push(damage);
                return Ok(report);
            }
            Err(error) => return Err(error),
        };
        let mut findings = Findings::default();
        let rows = self.list_packs(&index, &mut report, &mut findings)?;
        let chosen = choose(request, &rows, &findings);
        self.read_packs(&index, &rows, &chosen, observer, &mut findings, &mut report)?;
        let mut points = PointCheck::new(self, index, &findings);
        report.points = points.run(list)?;
        report.damage.extend(points.finish());
        // What hurts no recovery point is still to be told.
        for (salt, problem) in &findings.packs {
            let object = format!("pack {}", hex(salt));
            let told = report.damage.iter().any(|d| d.problem.contains(&hex(salt)));
            if !told {
                report.damage.push(Damage {
                    object,
                    problem: problem.clone(),
                    affected: Vec::new(),
                });
            }
        }
        Ok(report)
    }

    /// Reads all segments to their end, and compares sizes of packs with what they list.
    fn list_packs(
        &self,
        index: &Index,
        report: &mut VerifyReport,
        findings: &mut Findings,
    ) -> Result<BTreeMap<[u8; SALT_BYTES], PackRow>, Error> {
        let mut rows = BTreeMap::new();
        let cache = SegmentCache::new();
        for segment in index.segments() {
            let mut read = || -> Result<(), Error> {
                for row in 0..segment.packs {
                    let pack = segment.pack(row, &cache)?;
                    rows.insert(pack.salt, pack);
                }
                let mut first = 0;
                while first < segment.entries {
                    first += segment.entries_from(first, READ_ENTRIES)?.len() as u32;
                }
                Ok(())
            };
            match read() {
                Err(error) if is_damage(&error) => {
                    let object = format!("index segment {}", segment.header.name);
                    report.damage.push(Damage::of(&object, &error, Vec::new()));
                }
                other => other?,
            }
        }
        for (salt, row) in &rows {
            let bytes = self.layout.stored_len(u64::from(row.size));
            report.packs.insert(*salt, bytes as u32);
            let path = self.layout.pack(salt);
            let problem = match path.metadata() {
                Ok(found) if found.len() == bytes => continue,
                Ok(_) => "has another size than was written",
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => "is missing",
                Err(_) => "cannot be read",
            };
            if problem == "is missing" {
                findings.lost.insert(*salt);
            }
            findings.packs.insert(*salt, problem.into());
        }
        Ok(rows)
    }

    /// Reads the chosen packs whole, on all cores.
    fn read_packs(
        &self,
        index: &Index,
        rows: &BTreeMap<[u8; SALT_BYTES], PackRow>,
        chosen: &[PackRow],
        observer: &dyn Observer,
        findings: &mut Findings,
        report: &mut VerifyReport,
    ) -> Result<(), Error> {
        let salts: Vec<_> = chosen.iter().map(|row| row.salt).collect();
        let mut checks = self.check_packs(&salts, rows, observer)?;
        match self.ask_index(index, &mut checks) {
            // A damaged segment was told of already.
            Err(error) if is_damage(&error) => {}
            other => other?,
        }
        for (salt, check) in checks {
            let list = if check.is_intact() {
                &mut report.intact
            } else {
                &mut report.broken
            };
            list.push(salt);
            report.bytes_read += report.packs.get(&salt).map_or(0, |size| u64::from(*size));
            if let Some(problem) = check.problem {
                findings.packs.entry(salt).or_insert(problem);
            }
            for (location, problem) in check.blobs {
                if let Some(problem) = problem {
                    findings.blobs.insert((location.record.id, salt), problem);
                }
            }
        }
        Ok(())
    }

    /// Checks packs to their last byte, on all cores. Of intact ones no blobs are kept.
    pub(crate) fn check_packs(
        &self,
        salts: &[[u8; SALT_BYTES]],
        rows: &BTreeMap<[u8; SALT_BYTES], PackRow>,
        observer: &dyn Observer,
    ) -> Result<Vec<([u8; SALT_BYTES], PackCheck)>, Error> {
        let size = |salt| self.layout.pack(salt).metadata().map_or(0, |m| m.len());
        observer.total(salts.iter().map(size).sum());
        let run = Run::new(observer);
        let (next, checks) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let work = || -> Result<(), Error> {
            while let Some(salt) = salts.get(next.fetch_add(1, Ordering::Relaxed)) {
                run.go_on()?;
                let mut check = check_pack(&self.layout, &self.keys, salt, rows.get(salt))?;
                if check.is_intact() {
                    check.blobs = Vec::new();
                }
                let mut all = checks.lock().unwrap_or_else(PoisonError::into_inner);
                all.push((*salt, check));
                drop(all);
                observer.advance(size(salt));
            }
            Ok(())
        };
        thread::scope(|scope| {
            for _ in 0..workers() {
                scope.spawn(|| run.settle(work()));
            }
        });
        run.finish()?;
        Ok(checks.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// For packs that cannot say what they hold: the index can, and restores go by it.
    pub(crate) fn ask_index(
        &self,
        index: &Index,
        checks: &mut [([u8; SALT_BYTES], PackCheck)],
    ) -> Result<(), Error> {
        if checks.iter().all(|(_, check)| !check.opaque) {
            return Ok(());
        }
        let mut listed: HashMap<[u8; SALT_BYTES], Vec<Location>> = HashMap::new();
        for (salt, _) in checks.iter().filter(|(_, check)| check.opaque) {
            listed.insert(*salt, Vec::new());
        }
        let cache = SegmentCache::new();
        for segment in index.segments() {
            let mut wanted = HashMap::new();
            for row in 0..segment.packs {
                let salt = segment.pack(row, &cache)?.salt;
                if listed.contains_key(&salt) {
                    wanted.insert(row, salt);
                }
            }
            let mut first = 0;
            while !wanted.is_empty() && first < segment.entries {
                let batch = segment.entries_from(first, READ_ENTRIES)?;
                first += batch.len() as u32;
                for entry in batch {
                    let Some(salt) = wanted.get(&entry.pack) else {
                        continue;
                    };
                    listed.entry(*salt).or_default().push(Location {
                        salt: *salt,
                        offset: entry.offset,
                        number: entry.number,
                        record: entry.record,
                    });
                }
            }
        }
        for (salt, check) in checks.iter_mut().filter(|(_, check)| check.opaque) {
            let locations = listed.remove(salt).unwrap_or_default();
            check.blobs = check_blobs(&self.layout, &self.keys, salt, &locations)?;
        }
        Ok(())
    }
}

/// The packs to read: whatever looks wrong already, then those not checked for longest.
fn choose(
    request: &VerifyRequest,
    rows: &BTreeMap<[u8; SALT_BYTES], PackRow>,
    findings: &Findings,
) -> Vec<PackRow> {
    if request.percent == 0 {
        return Vec::new();
    }
    let total: u64 = rows.values().map(|row| u64::from(row.size)).sum();
    let wanted = (total * u64::from(request.percent)).div_ceil(100);
    let mut order: Vec<&PackRow> = rows
        .values()
        .filter(|row| !findings.lost.contains(&row.salt))
        .collect();
    // Salts are random, so among equals this is a random order.
    order.sort_by_key(|row| {
        let suspect = findings.packs.contains_key(&row.salt);
        (!suspect, request.checked.get(&row.salt).copied())
    });
    let mut bytes = 0;
    let mut chosen = Vec::new();
    for row in order {
        if bytes >= wanted {
            break;
        }
        bytes += u64::from(row.size);
        chosen.push(*row);
    }
    chosen
}

/// True for an id that names something stored.
pub(crate) fn is_stored(id: &[u8; ID_BYTES]) -> bool {
    *id != ID_HOLE
}

/// The items of a repository; a folder that is no item's could hide recovery points.
pub(crate) fn all_items(repository: &Repository) -> Result<Vec<[u8; 16]>, Error> {
    let mut items = Vec::new();
    for name in files::names(&repository.layout.points())? {
        let Some(item) = id_from_text(&name) else {
            return Err(Error::damaged(
                format!("points/{name}"),
                "is not the folder of an item",
            ));
        };
        items.push(item);
    }
    Ok(items)
}
