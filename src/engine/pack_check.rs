//! Checks a pack to its last byte: what it says of itself, and every blob in it.

use crate::crypto::TAG_BYTES;
use crate::engine::bytes::from_hex;
use crate::engine::compress::Decompressor;
use crate::engine::format::{PACK_HEADER_BYTES, SALT_BYTES};
use crate::engine::keys::KeySet;
use crate::engine::layout::Layout;
use crate::engine::pack_format::BlobRecord;
use crate::engine::pack_reader::{Location, PackReader, read_contents};
use crate::engine::segment_format::PackRow;
use crate::engine::{Error, Fault, files};

/// What a check of a pack found.
#[derive(Default)]
pub(crate) struct PackCheck {
    /// What is wrong with the pack as a whole.
    pub(crate) problem: Option<String>,
    /// True when the pack cannot say which blobs it holds.
    pub(crate) opaque: bool,
    /// The blobs, each with what is wrong with it.
    pub(crate) blobs: Vec<(Location, Option<String>)>,
}

impl PackCheck {
    pub(crate) fn is_intact(&self) -> bool {
        self.problem.is_none() && self.blobs.iter().all(|(_, problem)| problem.is_none())
    }
}

/// The salts of all packs in the folder, and the names in it that are no packs'.
pub(crate) fn list_packs(layout: &Layout) -> Result<(Vec<[u8; SALT_BYTES]>, Vec<String>), Error> {
    let (mut salts, mut unknown) = (Vec::new(), Vec::new());
    for folder in files::names(&layout.packs())? {
        let path = layout.packs().join(&folder);
        if !path.is_dir() {
            unknown.push(folder);
            continue;
        }
        for name in files::names(&path)? {
            match from_hex(&name).filter(|_| folder.len() == 2 && name.starts_with(&folder)) {
                Some(salt) => salts.push(salt),
                None => unknown.push(format!("{folder}/{name}")),
            }
        }
    }
    Ok((salts, unknown))
}

/// True when stored bytes are wrong; a failing disk or a full table of files is something else.
pub(crate) fn is_damage(error: &Error) -> bool {
    matches!(error.fault(), Fault::Damaged | Fault::Unsupported)
}

/// Checks header, index, padding and footer, the bytes against the index's digest, and opens
/// every blob. Errors are those of the operating system only.
pub(crate) fn check_pack(
    layout: &Layout,
    keys: &KeySet,
    salt: &[u8; SALT_BYTES],
    expected: Option<&PackRow>,
) -> Result<PackCheck, Error> {
    let contents = match read_contents(layout, salt, keys) {
        Ok(contents) => contents,
        Err(error) if is_damage(&error) => {
            return Ok(PackCheck {
                problem: Some(error.to_string()),
                opaque: true,
                blobs: Vec::new(),
            });
        }
        Err(error) => return Err(error),
    };
    let changed = expected.is_some_and(|row| row.hash != contents.hash);
    Ok(PackCheck {
        problem: changed.then(|| "has bytes that are not those that were written".into()),
        opaque: false,
        blobs: check_blobs(layout, keys, salt, &locations(salt, &contents.records))?,
    })
}

/// Opens these blobs of a pack one by one.
pub(crate) fn check_blobs(
    layout: &Layout,
    keys: &KeySet,
    salt: &[u8; SALT_BYTES],
    locations: &[Location],
) -> Result<Vec<(Location, Option<String>)>, Error> {
    let path = layout.pack(salt);
    let pack = match PackReader::open(layout, salt, keys) {
        Ok(pack) => pack,
        Err(error) if is_damage(&error) => {
            let all = |location: &Location| (*location, Some(error.to_string()));
            return Ok(locations.iter().map(all).collect());
        }
        Err(error) => return Err(error),
    };
    let mut decompressor = Decompressor::new()?;
    let (mut checked, mut sealed, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for location in locations {
        sealed.resize(location.sealed_len(), 0);
        plain.resize(location.record.plain_len as usize, 0);
        let opened = pack
            .read(&path, u64::from(location.offset), &mut sealed)
            .and_then(|()| pack.open_blob(location, &mut sealed, &mut plain, &mut decompressor));
        let problem = match opened {
            Ok(()) => None,
            Err(error) if is_damage(&error) => Some(error.to_string()),
            Err(error) => return Err(error),
        };
        checked.push((*location, problem));
    }
    Ok(checked)
}

/// Where the blobs of a pack lie, as its own index lists them.
fn locations(salt: &[u8; SALT_BYTES], records: &[BlobRecord]) -> Vec<Location> {
    let mut offset = PACK_HEADER_BYTES as u32;
    (0u16..)
        .zip(records)
        .map(|(number, record)| {
            let location = Location {
                salt: *salt,
                offset,
                number,
                record: *record,
            };
            offset += record.stored_len + TAG_BYTES as u32;
            location
        })
        .collect()
}
