//! Wrap records beside the data they open: opaque bytes named by their SHA-256.
//!
//! They are read before any key is there, so these functions need no open repository.

use std::path::Path;

use crate::crypto::{digest, random};
use crate::engine::bytes::{from_hex, hex};
use crate::engine::files::TempFile;
use crate::engine::format::WRAP_BYTES_MAX;
use crate::engine::layout::Layout;
use crate::engine::{Error, files};

/// Stores wrap bytes durably in the repository at `dir` and gives their SHA-256.
///
/// Storing the same bytes again is no error.
///
/// # Errors
/// [`Error::Invalid`] above 64 KiB, or I/O.
pub fn put_wrap(dir: &Path, bytes: &[u8]) -> Result<[u8; 32], Error> {
    if bytes.len() as u64 > WRAP_BYTES_MAX {
        return Err(Error::Invalid("a wrap record is longer than 64 KiB".into()));
    }
    let layout = Layout::new(dir);
    files::create_folder_durably(&layout.wraps())?;
    let name = digest(bytes);
    let path = layout.wraps().join(hex(&name));
    // Hidden names are skipped by the listing, whatever a crash leaves of them.
    let unique = random::<8>().map_err(|e| Error::crypto("temporary name", e))?;
    let temp = layout.wraps().join(format!(".{}", hex(&unique)));
    match files::publish(temp, &path, bytes) {
        Err(Error::Exists(_)) => get_wrap(dir, &name).map(|_| name),
        other => other.map(|()| name),
    }
}

/// The wrap bytes of a digest.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Damaged`] when they do not have that digest, or I/O.
pub fn get_wrap(dir: &Path, name: &[u8; 32]) -> Result<Vec<u8>, Error> {
    let path = Layout::new(dir).wraps().join(hex(name));
    let bytes = files::read(&path, WRAP_BYTES_MAX)?;
    if digest(&bytes) != *name {
        return Err(Error::damaged(
            path.display().to_string(),
            "is not what its name says",
        ));
    }
    Ok(bytes)
}

/// The digests of all wraps, sorted.
///
/// # Errors
/// I/O.
pub fn list_wraps(dir: &Path) -> Result<Vec<[u8; 32]>, Error> {
    let names = files::names(&Layout::new(dir).wraps())?;
    Ok(names.iter().filter_map(|name| from_hex(name)).collect())
}

/// Removes a wrap that nothing refers to any more. One that is gone already is no error.
///
/// # Errors
/// I/O.
pub fn remove_wrap(dir: &Path, name: &[u8; 32]) -> Result<(), Error> {
    let folder = Layout::new(dir).wraps();
    files::remove(&folder.join(hex(name)))?;
    files::sync_folder(&folder)
}

/// Stores a wrap under a fixed name in `folder`, replacing the one before atomically.
///
/// # Errors
/// [`Error::Invalid`] above 64 KiB, or I/O.
pub fn replace_wrap(folder: &Path, name: &str, wrap: &[u8]) -> Result<(), Error> {
    if wrap.len() as u64 > WRAP_BYTES_MAX {
        return Err(Error::Invalid("a wrap record is longer than 64 KiB".into()));
    }
    let unique = random::<8>().map_err(|e| Error::crypto("temporary name", e))?;
    let mut temp = TempFile::create(folder.join(format!(".wrap-{}", hex(&unique))))?;
    temp.write_all(wrap)?;
    temp.sync()?;
    temp.replace(&folder.join(name))?;
    files::sync_folder(folder)
}

/// A wrap with a fixed name.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Damaged`] when too long, or I/O.
pub fn read_wrap(folder: &Path, name: &str) -> Result<Vec<u8>, Error> {
    files::read(&folder.join(name), WRAP_BYTES_MAX)
}
