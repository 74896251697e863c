//! The index: all segments that no other segment supersedes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::error::AtPath;
use crate::engine::format::{ID_BYTES, KIND_PAGE, SALT_BYTES};
use crate::engine::keys::KeySet;
use crate::engine::layout::Layout;
use crate::engine::pack_check::is_damage;
use crate::engine::pack_reader::Location;
use crate::engine::segment::Segment;
use crate::engine::segment_cache::SegmentCache;
use crate::engine::segment_format::{Entry, PackRow, SegmentName};
use crate::engine::{Error, files};

/// A listing races with merges at most this often before something else must be wrong.
const LISTINGS_MAX: usize = 100;

/// The segments of a repository, as of one listing.
pub(crate) struct Index {
    /// Largest first: most lookups end there.
    segments: Vec<Arc<Segment>>,
    cache: SegmentCache,
    layout: Layout,
    /// Whether a pack's file is there, by segment and row; each is looked for once.
    there: Mutex<HashMap<(usize, u32), bool>>,
}

impl Index {
    /// Opens all segments; milliseconds, whatever their size.
    pub(crate) fn load(layout: &Layout, keys: &KeySet) -> Result<Self, Error> {
        for _ in 0..LISTINGS_MAX {
            match open_all(layout, keys) {
                // A merge removed a listed segment; its successor is in the next listing.
                Err(Error::NotFound(_)) => {}
                other => {
                    return Ok(Self {
                        segments: other?,
                        cache: SegmentCache::new(),
                        layout: layout.clone(),
                        there: Mutex::default(),
                    });
                }
            }
        }
        Err(Error::Busy(format!(
            "the index '{}'",
            layout.index().display()
        )))
    }

    pub(crate) fn segments(&self) -> &[Arc<Segment>] {
        &self.segments
    }

    /// Adds a segment published since.
    pub(crate) fn add(&mut self, segment: Segment) {
        self.segments.push(Arc::new(segment));
    }

    /// True when a blob is listed in a pack that is there: what went with its pack is stored anew.
    pub(crate) fn contains(&self, id: &[u8; ID_BYTES]) -> Result<bool, Error> {
        for (number, segment) in self.segments.iter().enumerate() {
            if let Some(entry) = segment.find(id, &self.cache)?
                && self.is_there(number, entry.pack)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_there(&self, segment: usize, row: u32) -> Result<bool, Error> {
        let place = (segment, row);
        let known = || self.there.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = known().get(&place) {
            return Ok(*there);
        }
        let salt = self.segments[segment].pack(row, &self.cache)?.salt;
        let path = self.layout.pack(&salt);
        let there = path.try_exists().at("look for", &path)?;
        known().insert(place, there);
        Ok(there)
    }

    /// Where a blob is, in a pack that is there if there is one; `kind` decides what it is called
    /// when it is nowhere.
    pub(crate) fn locate(&self, id: &[u8; ID_BYTES], kind: u8) -> Result<Location, Error> {
        let mut gone = None;
        for (number, segment) in self.segments.iter().enumerate() {
            let Some(entry) = segment.find(id, &self.cache)? else {
                continue;
            };
            let pack = segment.pack(entry.pack, &self.cache)?;
            let end = u64::from(entry.offset) + u64::from(entry.record.stored_len);
            if end > u64::from(pack.size) {
                return Err(Error::damaged(
                    "the index",
                    "names a place outside of a pack",
                ));
            }
            let location = Location {
                salt: pack.salt,
                offset: entry.offset,
                number: entry.number,
                record: entry.record,
            };
            if self.is_there(number, entry.pack)? {
                return Ok(location);
            }
            gone.get_or_insert(location);
        }
        if let Some(location) = gone {
            return Ok(location);
        }
        let what = if kind == KIND_PAGE { "page" } else { "chunk" };
        let name = crate::engine::bytes::hex(id);
        Err(Error::damaged(
            format!("{what} {name}"),
            "is in no index segment",
        ))
    }
}

impl Index {
    /// The entries of a blob in all segments, each with its pack; the first is where reads go.
    pub(crate) fn entries(&self, id: &[u8; ID_BYTES]) -> Result<Vec<(PackRow, Entry)>, Error> {
        let (mut found, mut gone) = (Vec::new(), Vec::new());
        for (number, segment) in self.segments.iter().enumerate() {
            if let Some(entry) = segment.find(id, &self.cache)? {
                let place = (segment.pack(entry.pack, &self.cache)?, entry);
                match self.is_there(number, place.1.pack)? {
                    true => found.push(place),
                    false => gone.push(place),
                }
            }
        }
        found.append(&mut gone);
        Ok(found)
    }

    /// All packs that some segment lists.
    pub(crate) fn packs(&self) -> Result<BTreeMap<[u8; SALT_BYTES], PackRow>, Error> {
        let mut rows = BTreeMap::new();
        for segment in &self.segments {
            for row in 0..segment.packs {
                let pack = segment.pack(row, &self.cache)?;
                rows.insert(pack.salt, pack);
            }
        }
        Ok(rows)
    }
}

/// The names of all segments in the folder, superseded ones too.
pub(crate) fn listed(layout: &Layout) -> Result<Vec<SegmentName>, Error> {
    let names = files::names(&layout.index())?;
    Ok(names
        .iter()
        .filter_map(|name| SegmentName::parse(name))
        .collect())
}

/// The newest generation of an authentic segment; 0 when there is none. An intent names it: a name
/// alone could be anybody's, and whoever claimed too new an index would not be waited for.
pub(crate) fn proved_generation(layout: &Layout, keys: &KeySet) -> Result<u64, Error> {
    let mut names = listed(layout)?;
    names.sort_unstable();
    for name in names.into_iter().rev() {
        match Segment::open(layout, name, keys) {
            Ok(_) => return Ok(name.generation),
            Err(Error::NotFound(_)) => {}
            Err(error) if is_damage(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(0)
}

/// The newest generation that some name in the folder has; 0 when there is none.
pub(crate) fn generation(layout: &Layout) -> Result<u64, Error> {
    Ok(listed(layout)?
        .iter()
        .map(|name| name.generation)
        .max()
        .unwrap_or(0))
}

/// A superseded segment a crash left in the folder may be damaged without harm.
fn open_all(layout: &Layout, keys: &KeySet) -> Result<Vec<Arc<Segment>>, Error> {
    let (mut segments, mut failed) = (Vec::new(), Vec::new());
    for name in listed(layout)? {
        match Segment::open(layout, name, keys) {
            Ok(segment) => segments.push(segment),
            Err(error) => failed.push((name, error)),
        }
    }
    let segments = only_older_go(segments, keys.current.epoch);
    let gone: HashSet<SegmentName> = segments
        .iter()
        .flat_map(|segment| segment.header.supersedes.iter().copied())
        .collect();
    let mut segments: Vec<_> = segments.into_iter().map(Arc::new).collect();
    failed.retain(|(name, _)| !gone.contains(name));
    if let Some((_, error)) = failed.into_iter().next() {
        return Err(error);
    }
    segments.retain(|segment| !gone.contains(&segment.header.name));
    segments.sort_by_key(|segment| std::cmp::Reverse(segment.entries));
    Ok(segments)
}

/// Leaves of each segment's list of superseded ones those of its own epoch or older ones: whoever
/// has an old epoch's key takes nothing out of the index that a newer one listed. One that cannot
/// be opened counts as of the newest epoch, `current`.
fn only_older_go(mut segments: Vec<Segment>, current: u32) -> Vec<Segment> {
    let epochs: HashMap<SegmentName, u32> = segments
        .iter()
        .map(|segment| (segment.header.name, segment.header.epoch))
        .collect();
    for segment in &mut segments {
        let epoch = segment.header.epoch;
        let goes = |name: &SegmentName| *epochs.get(name).unwrap_or(&current) <= epoch;
        segment.header.supersedes.retain(goes);
    }
    segments
}
