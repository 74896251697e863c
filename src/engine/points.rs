//! An item's chain of recovery points, as anyone can read it without a key, and its one commit.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread;

use crate::crypto::{ReadAt, digest};
use crate::engine::Error;
use crate::engine::bytes::{id_from_text, id_text};
use crate::engine::error::AtPath;
use crate::engine::files::{self, TempFile};
use crate::engine::format::{LABEL_BYTES_MAX, POINT_BODY_MAX, TOMBSTONE_BYTES};
use crate::engine::keys::KeySet;
use crate::engine::layout::Layout;
use crate::engine::point_format::PointHeader;
use crate::engine::run::workers;
use crate::engine::stored::OuterKey;
use crate::engine::tombstone::{self, Tombstone};

/// Bytes read to find a header: fixed fields and the longest label.
const HEADER_BYTES_MAX: u64 = 256 + LABEL_BYTES_MAX as u64;
/// Bytes read first: usual labels end before.
const HEADER_BYTES_USUAL: u64 = 2048;
/// A thread reads at least this many headers.
const HEADERS_PER_THREAD: usize = 512;
/// What the last check before the commit answers.
pub type CommitCheck = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// An item's chain: its recovery points, and what stands for those that expired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// The recovery points there are, oldest first.
    pub points: Vec<PointHeader>,
    /// The runs of points that expired, oldest first. Without a key nobody can say whether they
    /// are authentic.
    pub tombstones: Vec<Tombstone>,
}

impl Chain {
    /// The sequence number the chain starts with; 1 unless somebody removed what was before.
    #[must_use]
    pub fn start(&self) -> Option<u64> {
        let points = self.points.first().map(|p| p.sequence);
        let tombstones = self.tombstones.first().map(|t| t.first);
        points.into_iter().chain(tombstones).min()
    }

    /// The tombstone that stands for the point with this sequence number.
    #[must_use]
    pub fn expired(&self, sequence: u64) -> Option<&Tombstone> {
        let covers = |t: &&Tombstone| (t.first..=t.last).contains(&sequence);
        self.tombstones.iter().find(covers)
    }
}

/// The recovery points of an item in the repository at `dir`, oldest first.
///
/// # Errors
/// As [`chain`].
pub fn points(
    dir: &Path,
    outer: Option<&OuterKey>,
    item: &[u8; 16],
) -> Result<Vec<PointHeader>, Error> {
    chain(dir, outer, item).map(|chain| chain.points)
}

/// The chain of an item in the repository at `dir`. No key is needed but that of the second layer,
/// `outer`, where the repository has one.
///
/// It is verified: sequences count up by one and each entry names the digest of the one before; a
/// tombstone is an entry for a run of sequences. The last entry is a point. The caller compares
/// the last digest with the head it keeps.
///
/// # Errors
/// [`Error::Damaged`] naming the file at which the chain breaks, or I/O.
pub fn chain(dir: &Path, outer: Option<&OuterKey>, item: &[u8; 16]) -> Result<Chain, Error> {
    steady_chain(&Layout::under(dir, outer.cloned()), item)
}

/// As [`chain`]; whether tombstones are authentic is not asked.
pub(crate) fn steady_chain(layout: &Layout, item: &[u8; 16]) -> Result<Chain, Error> {
    let folder = layout.item(item);
    let mut before = files::names(&folder)?;
    loop {
        let read = listed(&folder).and_then(|listed| chain_of(layout, item, listed));
        if !matches!(&read, Err(Error::NotFound(_) | Error::Damaged { .. })) {
            return read;
        }
        // Points may expire while they are listed: only what two looks agree on is wrong.
        let now = files::names(&folder)?;
        if now == before {
            return read;
        }
        before = now;
    }
}

/// One entry of a chain: the sequences it stands for, and the digests it links.
pub(crate) struct Link {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) previous: [u8; 32],
    pub(crate) digest: [u8; 32],
    /// Key epoch; a tombstone's is that of the newest point it stands for, or a later one.
    epoch: u32,
    pub(crate) is_point: bool,
    path: PathBuf,
}

/// The chain that these files make.
pub(crate) fn chain_of(layout: &Layout, item: &[u8; 16], listed: Listed) -> Result<Chain, Error> {
    let (chain, links) = links_of(layout, item, listed)?;
    check_links(&links)?;
    let newest = chain.points.last().map(|p| p.sequence);
    match links.last() {
        Some(link) if newest != Some(link.last) => Err(Error::damaged(
            link.path.display().to_string(),
            "is not followed by a recovery point: the newest one, which never expires, is gone",
        )),
        _ => Ok(chain),
    }
}

/// The entries of a chain in their order; whether each follows the one before it is not asked.
pub(crate) fn links_of(
    layout: &Layout,
    item: &[u8; 16],
    listed: Listed,
) -> Result<(Chain, Vec<Link>), Error> {
    let (mut chain, mut links) = (Chain::default(), Vec::new());
    for (first, last, path) in listed.tombstones {
        let tombstone = read_tombstone(&path, item, (first, last))?;
        links.push(Link {
            first,
            last,
            previous: tombstone.previous,
            digest: tombstone.digest,
            epoch: tombstone.epoch,
            is_point: false,
            path,
        });
        chain.tombstones.push(tombstone);
    }
    let headers = read_headers(layout, &listed.points);
    for ((sequence, point, path), found) in listed.points.into_iter().zip(headers) {
        let (header, digest) = found?;
        if header.item != *item || header.point != point || header.sequence != sequence {
            let problem = "is not the recovery point its name says";
            return Err(Error::damaged(path.display().to_string(), problem));
        }
        links.push(Link {
            first: sequence,
            last: sequence,
            previous: header.previous,
            digest,
            epoch: header.epoch,
            is_point: true,
            path,
        });
        chain.points.push(header);
    }
    links.sort_by_key(|link| link.first);
    Ok((chain, links))
}

/// A header and its digest.
type Found = Result<(PointHeader, [u8; 32]), Error>;

/// Reads all headers, in order.
fn read_headers(layout: &Layout, listed: &[(u64, [u8; 16], PathBuf)]) -> Vec<Found> {
    let read_all = |part: &[(u64, [u8; 16], PathBuf)]| -> Vec<Found> {
        let read = |(_, _, path): &(u64, [u8; 16], PathBuf)| {
            let header = read_header(layout, path)?;
            let digest = header.digest();
            Ok((header, digest))
        };
        part.iter().map(read).collect()
    };
    let threads = workers().min(listed.len() / HEADERS_PER_THREAD);
    if threads < 2 {
        return read_all(listed);
    }
    thread::scope(|scope| {
        let parts = listed.chunks(listed.len().div_ceil(threads));
        let running: Vec<_> = parts
            .map(|part| scope.spawn(move || read_all(part)))
            .collect();
        let joined = running.into_iter().flat_map(|part| {
            part.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        joined.collect()
    })
}

/// Each entry follows the one before it.
fn check_links(links: &[Link]) -> Result<(), Error> {
    // Whoever knows an epoch's key must not be able to add to what a newer one began.
    let mut newest = 0;
    for link in links {
        if link.epoch < newest {
            return Err(Error::damaged(
                link.path.display().to_string(),
                "is of an older key epoch than the recovery point before it",
            ));
        }
        if link.is_point {
            newest = link.epoch;
        }
    }
    for pair in links.windows(2) {
        let [before, link] = pair else { continue };
        let problem = if link.first <= before.last {
            "repeats a sequence number of the chain"
        } else if Some(link.first) != before.last.checked_add(1) {
            "follows a gap in the chain"
        } else if link.previous != before.digest {
            "does not follow the recovery point before it"
        } else {
            continue;
        };
        return Err(Error::damaged(link.path.display().to_string(), problem));
    }
    Ok(())
}

/// As [`points`], for whoever has the keys.
pub(crate) fn points_in(
    layout: &Layout,
    item: &[u8; 16],
    keys: &KeySet,
) -> Result<Vec<PointHeader>, Error> {
    chain_in(layout, item, keys).map(|chain| chain.points)
}

/// As [`chain`], for whoever has the keys: tombstones have to be authentic, and no entry is of an
/// epoch that had ended by then.
pub(crate) fn chain_in(layout: &Layout, item: &[u8; 16], keys: &KeySet) -> Result<Chain, Error> {
    let chain = steady_chain(layout, item)?;
    check_keys(&chain, keys)?;
    Ok(chain)
}

/// What of a chain only whoever has the keys can tell.
pub(crate) fn check_keys(chain: &Chain, keys: &KeySet) -> Result<(), Error> {
    chain.tombstones.iter().try_for_each(|t| t.verify(keys))?;
    let late = |point: &&PointHeader| {
        let known = keys.epoch(point.epoch);
        known.is_some_and(|keys| !keys.reaches(&point.item, point.sequence))
    };
    match chain.points.iter().find(late) {
        None => Ok(()),
        Some(point) => Err(Error::damaged(
            format!("recovery point {}", id_text(&point.point)),
            "is of a key epoch that had ended before it was made",
        )),
    }
}

/// The ids of all items that have a folder in the repository at `dir`.
///
/// # Errors
/// I/O.
pub fn items(dir: &Path) -> Result<Vec<[u8; 16]>, Error> {
    let names = files::names(&Layout::new(dir).points())?;
    Ok(names.iter().filter_map(|name| id_from_text(name)).collect())
}

/// What an item's folder holds, in the order of the sequences.
#[derive(Default)]
pub(crate) struct Listed {
    points: Vec<(u64, [u8; 16], PathBuf)>,
    tombstones: Vec<(u64, u64, PathBuf)>,
    /// Files that a tombstone stands for already, left by a process that ended before it could
    /// remove them.
    pub(crate) leftovers: Vec<PathBuf>,
}

/// Lists a folder. A name that is no entry's is damage: ignoring it could hide a point.
pub(crate) fn listed(folder: &Path) -> Result<Listed, Error> {
    sorted_out(folder, &files::names(folder)?)
}

/// As [`listed`], as if these names were all.
pub(crate) fn sorted_out(folder: &Path, names: &[String]) -> Result<Listed, Error> {
    let (mut points, mut runs) = (Vec::new(), Vec::new());
    for name in names {
        let path = folder.join(name);
        if let Some((first, last)) = tombstone::parse_name(name) {
            runs.push((first, last, path));
        } else if let Some((sequence, point)) = parse_name(name) {
            points.push((sequence, point, path));
        } else {
            return Err(Error::damaged(
                path.display().to_string(),
                "is not a recovery point",
            ));
        }
    }
    let mut found = Listed::default();
    let covers = |wide: &(u64, u64, PathBuf), first: u64, last: u64| {
        wide.0 <= first && last <= wide.1 && (wide.0, wide.1) != (first, last)
    };
    for run in &runs {
        if runs.iter().any(|wide| covers(wide, run.0, run.1)) {
            found.leftovers.push(run.2.clone());
        } else {
            found.tombstones.push(run.clone());
        }
    }
    for (sequence, point, path) in points {
        let gone = |run: &(u64, u64, PathBuf)| (run.0..=run.1).contains(&sequence);
        if found.tombstones.iter().any(gone) {
            found.leftovers.push(path);
        } else {
            found.points.push((sequence, point, path));
        }
    }
    Ok(found)
}

fn file_name(header: &PointHeader) -> String {
    format!("{:016}-{}", header.sequence, id_text(&header.point))
}

pub(crate) fn parse_name(name: &str) -> Option<(u64, [u8; 16])> {
    let (sequence, point) = name.split_at_checked(16)?;
    let digits = sequence.bytes().all(|b| b.is_ascii_digit());
    let sequence = sequence.parse().ok().filter(|_| digits)?;
    Some((sequence, id_from_text(point.strip_prefix('-')?)?))
}

/// Reads the tombstone of an item and a run; it is not authenticated yet.
pub(crate) fn read_tombstone(
    path: &Path,
    item: &[u8; 16],
    run: (u64, u64),
) -> Result<Tombstone, Error> {
    let object = || path.display().to_string();
    let bytes = files::read(path, TOMBSTONE_BYTES)?;
    let tombstone = Tombstone::decode(&bytes).map_err(|p| p.in_object(object()))?;
    if tombstone.item != *item || (tombstone.first, tombstone.last) != run {
        return Err(Error::damaged(
            object(),
            "is not the tombstone its name says",
        ));
    }
    Ok(tombstone)
}

/// Reads the clear header of a point, and checks that the file is as long as it says.
fn read_header(layout: &Layout, path: &Path) -> Result<PointHeader, Error> {
    let object = || path.display().to_string();
    let file = layout.open_stored(path)?;
    let size = file.len(path)?;
    let mut front = vec![0; size.min(HEADER_BYTES_USUAL) as usize];
    let read = |front: &mut [u8]| {
        file.read_exact_at(front, 0)
            .map_err(|e| Error::crypto(object(), e.into()))
    };
    read(&mut front)?;
    if PointHeader::decode(&front).is_err() && size > HEADER_BYTES_USUAL {
        front.resize(size.min(HEADER_BYTES_MAX) as usize, 0);
        read(&mut front)?;
    }
    let (header, rest) = PointHeader::decode(&front).map_err(|p| p.in_object(object()))?;
    let header_len = (front.len() - rest.len()) as u64;
    if header_len + header.body_len != size {
        return Err(Error::damaged(
            object(),
            "is cut short or has bytes after its end",
        ));
    }
    Ok(header)
}

/// Reads a whole point: its header, and its sealed body once that has the header's digest.
pub(crate) fn read_point(
    layout: &Layout,
    item: &[u8; 16],
    point: &[u8; 16],
) -> Result<(PointHeader, Vec<u8>), Error> {
    let found = listed(&layout.item(item))?
        .points
        .into_iter()
        .find(|(_, id, _)| id == point);
    let (sequence, _, path) =
        found.ok_or_else(|| Error::NotFound(format!("recovery point {}", id_text(point))))?;
    read_point_at(layout, &path, item, (sequence, *point))
}

/// As [`read_point`], from the file whose name says sequence and id.
pub(crate) fn read_point_at(
    layout: &Layout,
    path: &Path,
    item: &[u8; 16],
    name: (u64, [u8; 16]),
) -> Result<(PointHeader, Vec<u8>), Error> {
    let object = || path.display().to_string();
    let file = layout.read_stored(path, POINT_BODY_MAX + HEADER_BYTES_MAX)?;
    let (header, body) = PointHeader::decode(&file).map_err(|p| p.in_object(object()))?;
    let named = header.item == *item && (header.sequence, header.point) == name;
    if !named {
        return Err(Error::damaged(
            object(),
            "is not the recovery point its name says",
        ));
    }
    if body.len() as u64 != header.body_len || digest(body) != header.body_digest {
        return Err(Error::damaged(
            object(),
            "has a body that is not the one it was sealed with",
        ));
    }
    let body = body.to_vec();
    Ok((header, body))
}

/// Commits a recovery point: everything it names must be durable already.
///
/// The point is written and synced, the chain's end checked, `check` asked, and then the file
/// renamed: that rename, once its folder is synced, is the commit.
pub(crate) fn commit(
    layout: &Layout,
    writer: &[u8; 16],
    header: &PointHeader,
    body: &[u8],
    check: impl FnOnce(&PointHeader) -> CommitCheck,
) -> Result<u64, Error> {
    let not_committed = |e| Error::NotCommitted(Box::new(e));
    let folder = layout.item(&header.item);
    let prepared = prepare(layout, writer, &folder, header, body).map_err(not_committed)?;
    let (temp, _lock, stored) = prepared;
    check(header).map_err(Error::Refused)?;
    let path = folder.join(file_name(header));
    temp.name(&path).map_err(not_committed)?;
    match files::sync_folder(&folder) {
        Err(Error::Io { source, .. }) => Err(Error::OutcomeUnknown { path, source }),
        other => other.map(|()| stored),
    }
}

/// Everything that can be done before the last check. The lock keeps the chain's end in place.
fn prepare(
    layout: &Layout,
    writer: &[u8; 16],
    folder: &Path,
    header: &PointHeader,
    body: &[u8],
) -> Result<(TempFile, File, u64), Error> {
    files::create_folder_durably(folder)?;
    let mut temp = TempFile::create(layout.tmp_file(writer, "point"))?;
    let bytes = [&header.encode(), body].concat();
    let bytes = layout.seal_stored(&folder.join(file_name(header)), &bytes)?;
    temp.write_all(&bytes)?;
    temp.sync()?;
    let lock = File::open(folder).at("open", folder)?;
    lock.lock().at("lock", folder)?;
    check_chain(layout, header)?;
    Ok((temp, lock, bytes.len() as u64))
}

/// A new point must follow the last one; the first may start anywhere, after the caller's floor.
pub(crate) fn check_chain(layout: &Layout, header: &PointHeader) -> Result<(), Error> {
    let Some((sequence, _, path)) = listed(&layout.item(&header.item))?.points.pop() else {
        return Ok(());
    };
    let last = read_header(layout, &path)?;
    if Some(header.sequence) == sequence.checked_add(1) && header.previous == last.digest() {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "recovery point {} does not follow '{}', the last one of its item",
        header.sequence,
        path.display()
    )))
}
