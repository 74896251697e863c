//! Keeps the index small in files: merges segments, and rebuilds all of them from the packs.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::fs::File;
use std::sync::Arc;

use crate::engine::error::AtPath;
use crate::engine::format::{GENERATION_MAX, INDEX_ERA, INDEX_SEGMENTS_MAX, SALT_BYTES};
use crate::engine::gate;
use crate::engine::index::{self, Index};
use crate::engine::keys::KeySet;
use crate::engine::layout::Layout;
use crate::engine::pack_check::{is_damage, list_packs};
use crate::engine::pack_reader::read_contents;
use crate::engine::segment::Segment;
use crate::engine::segment_cache::SegmentCache;
use crate::engine::segment_format::{Entry, SegmentHeader, SegmentName};
use crate::engine::segment_writer::{SealedSegment, SegmentDraft, SegmentWriter};
use crate::engine::{Error, files};

/// Entries read from a segment at a time while merging: 64 KiB.
const READ_ENTRIES: u32 = 1260;
/// Entries gathered while rebuilding before a segment is written: about 64 MiB.
const DRAFT_ENTRIES: usize = 1 << 20;

/// What a rebuild found.
#[derive(Debug, Default)]
pub struct RebuildReport {
    /// Packs listed in the new index.
    pub packs: u64,
    /// Blobs in them.
    pub blobs: u64,
    /// Packs that could not be read, and why; their chunks are missing from the new index.
    pub damaged: Vec<Error>,
    /// Names in the pack folder that are no packs; left alone.
    pub unknown: Vec<String>,
}

/// Merges segments when there are too many. Skipped while another process does it.
pub(crate) fn merge_if_many(
    layout: &Layout,
    keys: &KeySet,
    writer: &[u8; 16],
) -> Result<(), Error> {
    if index::listed(layout)?.len() <= INDEX_SEGMENTS_MAX {
        return Ok(());
    }
    let Some(_lock) = lock(layout)? else {
        return Ok(());
    };
    let index = Index::load(layout, keys)?;
    let mut segments = index.segments().to_vec();
    if segments.len() > INDEX_SEGMENTS_MAX {
        segments.sort_by_key(|segment| segment.entries);
        segments.truncate(worth_merging(&segments));
        merge(layout, keys, writer, &segments)?;
    }
    Ok(())
}

/// How many of the smallest segments to merge: half the limit remains at most, and a segment
/// joins when it is no larger than all smaller ones together, so that each entry is copied a
/// logarithmic number of times.
fn worth_merging(ascending: &[Arc<Segment>]) -> usize {
    let least = ascending.len() - INDEX_SEGMENTS_MAX / 2;
    let mut sum = 0;
    for (count, segment) in ascending.iter().enumerate() {
        let entries = u64::from(segment.entries);
        if count >= least && entries > sum {
            return count;
        }
        sum += entries;
    }
    ascending.len()
}

/// Held by whoever merges, rebuilds or collects; `None` when somebody else holds it.
pub(crate) fn lock(layout: &Layout) -> Result<Option<File>, Error> {
    let path = layout.index().join(".lock");
    let file = match files::create_new(&path) {
        Err(Error::Exists(_)) => files::open(&path),
        other => other,
    }?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(e)) => Err(e).at("lock", &path),
    }
}

/// A read position in a segment that is merged.
struct Source {
    segment: Arc<Segment>,
    /// New row of each old row of the pack table; `None`: the pack is left out.
    rows: Vec<Option<u32>>,
    next: u32,
    batch: std::vec::IntoIter<Entry>,
    head: Option<Entry>,
}

impl Source {
    fn advance(&mut self) -> Result<(), Error> {
        loop {
            if self.batch.as_slice().is_empty() {
                let batch = self.segment.entries_from(self.next, READ_ENTRIES)?;
                self.next += batch.len() as u32;
                self.batch = batch.into_iter();
            }
            self.head = self.batch.next();
            let Some(entry) = &mut self.head else {
                return Ok(());
            };
            let row = self.rows.get(entry.pack as usize).copied();
            let unlisted = || Error::damaged("the index", "names a pack it does not list");
            if let Some(row) = row.ok_or_else(unlisted)? {
                entry.pack = row;
                return Ok(());
            }
        }
    }
}

/// Writes one segment with the entries of several, then removes those.
fn merge(
    layout: &Layout,
    keys: &KeySet,
    writer: &[u8; 16],
    segments: &[Arc<Segment>],
) -> Result<(), Error> {
    let name = next_name(layout, writer)?;
    let merged = merge_without(layout, keys, name, segments, &HashSet::new())?;
    merged.segment.publish()?;
    remove(layout, &merged.superseded)
}

/// A merged segment, and the names of those it takes the place of.
pub(crate) struct Merged {
    pub(crate) segment: SealedSegment,
    pub(crate) superseded: Vec<SegmentName>,
}

/// Writes one segment with the entries of several, but for those in the packs of `dropped`; it is
/// not in the index yet.
pub(crate) fn merge_without(
    layout: &Layout,
    keys: &KeySet,
    name: SegmentName,
    segments: &[Arc<Segment>],
    dropped: &HashSet<[u8; SALT_BYTES]>,
) -> Result<Merged, Error> {
    let (cache, mut packs) = (SegmentCache::new(), Vec::new());
    let mut known: HashMap<[u8; SALT_BYTES], u32> = HashMap::new();
    let mut sources = Vec::new();
    for segment in segments {
        let mut rows = Vec::new();
        for row in 0..segment.packs {
            let pack = segment.pack(row, &cache)?;
            let kept = !dropped.contains(&pack.salt);
            rows.push(kept.then(|| {
                *known.entry(pack.salt).or_insert_with(|| {
                    packs.push(pack);
                    packs.len() as u32 - 1
                })
            }));
        }
        let batch = Vec::new().into_iter();
        let mut source = Source {
            segment: Arc::clone(segment),
            rows,
            next: 0,
            batch,
            head: None,
        };
        source.advance()?;
        sources.push(source);
    }
    let superseded = superseded(layout, segments)?;
    let header = SegmentHeader::new(&keys.current, name, superseded.clone());
    let most = segments.iter().map(|s| u64::from(s.entries)).sum();
    let mut out = SegmentWriter::create(layout, &keys.current, &header, &packs, most)?;
    while let Some(least) = sources
        .iter()
        .filter_map(|s| s.head)
        .min_by_key(|e| e.record.id)
    {
        out.push(&least)?;
        for source in &mut sources {
            while source
                .head
                .is_some_and(|entry| entry.record.id == least.record.id)
            {
                source.advance()?;
            }
        }
    }
    let segment = out.seal()?;
    Ok(Merged {
        segment,
        superseded,
    })
}

/// The segments, and those that they superseded but that a crash kept in the folder: without
/// their successor they would count again, and list packs that may be gone by then.
fn superseded(layout: &Layout, segments: &[Arc<Segment>]) -> Result<Vec<SegmentName>, Error> {
    let listed: HashSet<SegmentName> = index::listed(layout)?.into_iter().collect();
    let before = segments.iter().flat_map(|s| s.header.supersedes.iter());
    let left = before.filter(|name| listed.contains(name)).copied();
    let mut names: Vec<_> = segments.iter().map(|s| s.header.name).chain(left).collect();
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// The name of a collection's segment: its generation is the first of a new era, so that whatever
/// is published before it has a smaller one, and whatever comes after has seen it.
pub(crate) fn next_era(layout: &Layout, writer: &[u8; 16]) -> Result<SegmentName, Error> {
    name(
        layout,
        (index::generation(layout)? / INDEX_ERA + 1) * INDEX_ERA,
        writer,
    )
}

/// The name of a segment newer than all others.
pub(crate) fn next_name(layout: &Layout, writer: &[u8; 16]) -> Result<SegmentName, Error> {
    name(layout, index::generation(layout)? + 1, writer)
}

/// The last generation could only be somebody else's.
fn name(layout: &Layout, generation: u64, writer: &[u8; 16]) -> Result<SegmentName, Error> {
    if generation > GENERATION_MAX {
        let object = layout.index().display().to_string();
        let problem = "has a file of the last generation there can be, which is no segment of ours";
        return Err(Error::damaged(object, problem));
    }
    Ok(SegmentName {
        generation,
        writer: *writer,
    })
}

/// Removes superseded segments. Whoever has them open keeps reading them.
pub(crate) fn remove(layout: &Layout, names: &[SegmentName]) -> Result<(), Error> {
    for name in names {
        files::remove(&layout.index().join(name.to_string()))?;
    }
    files::sync_folder(&layout.index())
}

/// Makes a new index from the packs alone and lets it supersede the old one.
pub(crate) fn rebuild(
    layout: &Layout,
    keys: &KeySet,
    writer: &[u8; 16],
) -> Result<RebuildReport, Error> {
    let lock = lock(layout)?;
    if lock.is_none() {
        return Err(Error::Busy("the index".into()));
    }
    // Segments published from here on stay; the packs of those listed are all in the folder.
    let superseded = index::listed(layout)?;
    let (mut report, mut draft) = (RebuildReport::default(), SegmentDraft::default());
    let (salts, unknown) = list_packs(layout)?;
    report.unknown = unknown;
    for salt in salts {
        match read_contents(layout, &salt, keys) {
            Ok(pack) => {
                report.packs += 1;
                report.blobs += pack.records.len() as u64;
                draft.add(salt, pack.hash, pack.size, &pack.records);
            }
            Err(error) if is_damage(&error) => report.damaged.push(error),
            // A pack that only cannot be read now must not drop out of the index.
            Err(error) => return Err(error),
        }
        if draft.entries.len() >= DRAFT_ENTRIES {
            let name = next_name(layout, writer)?;
            std::mem::take(&mut draft).publish(layout, &keys.current, name, Vec::new())?;
        }
    }
    // A backup that read the index before sees another era when it commits, and looks again
    // whether what it relies on is still there.
    let gate = gate::alone(layout)?;
    let name = next_era(layout, writer)?;
    draft.publish(layout, &keys.current, name, superseded.clone())?;
    drop(gate);
    remove(layout, &superseded)?;
    drop(lock);
    merge_if_many(layout, keys, writer)?;
    Ok(report)
}
