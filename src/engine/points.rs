//! An item's chain of recovery points, as anyone can read it without a key, and its one commit.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::crypto::digest;
use crate::engine::Error;
use crate::engine::bytes::{id_from_text, id_text};
use crate::engine::error::AtPath;
use crate::engine::files::{self, TempFile};
use crate::engine::format::{LABEL_BYTES_MAX, POINT_BODY_MAX};
use crate::engine::keys::KeySet;
use crate::engine::layout::Layout;
use crate::engine::point_format::PointHeader;

/// Bytes read to find a header: fixed fields and the longest label.
const HEADER_BYTES_MAX: u64 = 256 + LABEL_BYTES_MAX as u64;
/// What the last check before the commit answers.
pub type CommitCheck = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// The recovery points of an item in the repository at `dir`, oldest first; no key is needed.
///
/// The chain is verified: sequences count up by one and each point names the digest of the one
/// before. The caller compares the last digest with the head it keeps, and the first point's
/// `previous` with its floor.
///
/// # Errors
/// [`Error::Damaged`] naming the file at which the chain breaks, or I/O.
pub fn points(dir: &Path, item: &[u8; 16]) -> Result<Vec<PointHeader>, Error> {
    let folder = Layout::new(dir).item(item);
    let mut chain: Vec<PointHeader> = Vec::new();
    for (sequence, point, path) in listed(&folder)? {
        let header = read_header(&path)?;
        let damaged = |problem: &str| Error::damaged(path.display().to_string(), problem);
        if header.item != *item || header.point != point || header.sequence != sequence {
            return Err(damaged("is not the recovery point its name says"));
        }
        if let Some(before) = chain.last() {
            if sequence == before.sequence {
                return Err(damaged("repeats a sequence number of the chain"));
            }
            if Some(sequence) != before.sequence.checked_add(1) {
                return Err(damaged("follows a gap in the chain"));
            }
            if header.previous != before.digest() {
                return Err(damaged("does not follow the recovery point before it"));
            }
        }
        chain.push(header);
    }
    Ok(chain)
}

/// As [`points`], for whoever has the keys.
pub(crate) fn points_in(
    layout: &Layout,
    item: &[u8; 16],
    _keys: &KeySet,
) -> Result<Vec<PointHeader>, Error> {
    points(layout.root(), item)
}

/// The ids of all items that have a folder in the repository at `dir`.
///
/// # Errors
/// I/O.
pub fn items(dir: &Path) -> Result<Vec<[u8; 16]>, Error> {
    let names = files::names(&Layout::new(dir).points())?;
    Ok(names.iter().filter_map(|name| id_from_text(name)).collect())
}

/// The points of a folder in the order of their sequence. A name that is no point's is damage:
/// ignoring it could hide a point.
fn listed(folder: &Path) -> Result<Vec<(u64, [u8; 16], PathBuf)>, Error> {
    let mut found = Vec::new();
    for name in files::names(folder)? {
        let path = folder.join(&name);
        let Some((sequence, point)) = parse_name(&name) else {
            return Err(Error::damaged(
                path.display().to_string(),
                "is not a recovery point",
            ));
        };
        found.push((sequence, point, path));
    }
    Ok(found)
}

fn file_name(header: &PointHeader) -> String {
    format!("{:016}-{}", header.sequence, id_text(&header.point))
}

fn parse_name(name: &str) -> Option<(u64, [u8; 16])> {
    let (sequence, point) = name.split_at_checked(16)?;
    let digits = sequence.bytes().all(|b| b.is_ascii_digit());
    let sequence = sequence.parse().ok().filter(|_| digits)?;
    Some((sequence, id_from_text(point.strip_prefix('-')?)?))
}

/// Reads the clear header of a point, and checks that the file is as long as it says.
fn read_header(path: &Path) -> Result<PointHeader, Error> {
    let object = || path.display().to_string();
    let file = files::open(path)?;
    let size = file.metadata().at("read", path)?.len();
    let mut front = Vec::new();
    (&file)
        .take(HEADER_BYTES_MAX)
        .read_to_end(&mut front)
        .at("read", path)?;
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
        .into_iter()
        .find(|(_, id, _)| id == point);
    let (sequence, _, path) =
        found.ok_or_else(|| Error::NotFound(format!("recovery point {}", id_text(point))))?;
    let object = || path.display().to_string();
    let file = files::read(&path, POINT_BODY_MAX + HEADER_BYTES_MAX)?;
    let (header, body) = PointHeader::decode(&file).map_err(|p| p.in_object(object()))?;
    let named = header.item == *item && header.point == *point && header.sequence == sequence;
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
    let (temp, _lock) = prepared;
    check(header).map_err(Error::Refused)?;
    let path = folder.join(file_name(header));
    temp.name(&path).map_err(not_committed)?;
    match files::sync_folder(&folder) {
        Err(Error::Io { source, .. }) => Err(Error::OutcomeUnknown { path, source }),
        other => other.map(|()| (header.encode().len() + body.len()) as u64),
    }
}

/// Everything that can be done before the last check. The lock keeps the chain's end in place.
fn prepare(
    layout: &Layout,
    writer: &[u8; 16],
    folder: &Path,
    header: &PointHeader,
    body: &[u8],
) -> Result<(TempFile, File), Error> {
    files::create_folder_durably(folder)?;
    let mut temp = TempFile::create(layout.tmp_file(writer, "point"))?;
    temp.write_all(&header.encode())?;
    temp.write_all(body)?;
    temp.sync()?;
    let lock = File::open(folder).at("open", folder)?;
    lock.lock().at("lock", folder)?;
    check_chain(folder, header)?;
    Ok((temp, lock))
}

/// A new point must follow the last one; the first may start anywhere, after the caller's floor.
pub(crate) fn check_chain(folder: &Path, header: &PointHeader) -> Result<(), Error> {
    let Some((sequence, _, path)) = listed(folder)?.pop() else {
        return Ok(());
    };
    let last = read_header(&path)?;
    if Some(header.sequence) == sequence.checked_add(1) && header.previous == last.digest() {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "recovery point {} does not follow '{}', the last one of its item",
        header.sequence,
        path.display()
    )))
}
