//! Writes a sparse raw image that has its name only once it is complete.

use std::fs::{self, TryLockError};
use std::path::{Path, PathBuf};

use crate::engine::Error;
use crate::engine::error::AtPath;
use crate::engine::files::{self, TempFile};

/// Extents from this size on get their space reserved before they are written.
const RESERVE_MIN: u64 = 1 << 20;

/// An image under `.<name>.rsv-partial`, beside its final name.
pub(crate) struct RawImage {
    temp: TempFile,
    to: PathBuf,
    overwrite: bool,
}

impl RawImage {
    /// Starts an image of `size` bytes, all hole.
    pub(crate) fn create(to: &Path, size: u64, overwrite: bool) -> Result<Self, Error> {
        let Some(name) = to.file_name() else {
            return Err(Error::Invalid(format!("'{}' names no file", to.display())));
        };
        match to.symlink_metadata() {
            Ok(found) if !overwrite || !found.is_file() => {
                return Err(Error::Exists(to.to_owned()));
            }
            _ => {}
        }
        let mut partial = std::ffi::OsString::from(".");
        partial.push(name);
        partial.push(".rsv-partial");
        let partial = to.with_file_name(partial);
        remove_stale(&partial)?;
        let temp = TempFile::create(partial)?;
        temp.file()
            .try_lock()
            .map_err(|e| refused(e, temp.path()))?;
        temp.file().set_len(size).at("extend", temp.path())?;
        Ok(Self {
            temp,
            to: to.to_owned(),
            overwrite,
        })
    }

    /// Announces that this stretch will be written.
    pub(crate) fn reserve(&self, offset: u64, len: u64) {
        if len >= RESERVE_MIN {
            files::reserve(self.temp.file(), offset, len);
        }
    }

    pub(crate) fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        files::write_large(self.temp.file(), bytes, offset).at("write", self.temp.path())
    }

    /// Makes the image durable and gives it its name.
    pub(crate) fn finish(self) -> Result<(), Error> {
        self.temp.sync()?;
        if self.overwrite {
            self.temp.replace(&self.to)?;
        } else {
            self.temp.name(&self.to)?;
        }
        files::sync_folder(files::parent(&self.to))
    }
}

/// Removes what a killed process left; a live one holds a lock on it.
fn remove_stale(partial: &Path) -> Result<(), Error> {
    let file = match files::open(partial) {
        Err(Error::NotFound(_)) => return Ok(()),
        other => other?,
    };
    file.try_lock().map_err(|e| refused(e, partial))?;
    fs::remove_file(partial).at("remove", partial)
}

fn refused(error: TryLockError, path: &Path) -> Error {
    match error {
        TryLockError::WouldBlock => Error::Busy(format!("'{}'", path.display())),
        TryLockError::Error(source) => Error::Io {
            action: "lock",
            path: path.to_owned(),
            source,
        },
    }
}
