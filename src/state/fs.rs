//! Every call that changes a file or folder, in one place: durable writes, 0600 files, 0700
//! folders. An [`Observer`] sees each call before it is made and can refuse it.

use std::fmt;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::OFlags;

use crate::state::Error;

/// A call that is about to change the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call<'a> {
    /// Make a folder.
    CreateFolder(&'a Path),
    /// Make a file that did not exist.
    CreateFile(&'a Path),
    /// Open a file for locking or appending, making it if it is not there.
    OpenFile(&'a Path),
    /// Write bytes at the end of a file.
    Write(&'a Path, &'a [u8]),
    /// Cut a file to this many bytes.
    Truncate(&'a Path, u64),
    /// Flush a file's bytes to the disk.
    SyncFile(&'a Path),
    /// Flush a folder's names to the disk.
    SyncFolder(&'a Path),
    /// Give the file behind the first path the second name too.
    Link(&'a Path, &'a Path),
    /// Give the file behind the first path the second name instead.
    Rename(&'a Path, &'a Path),
    /// Take a name away.
    Remove(&'a Path),
}

impl<'a> Call<'a> {
    /// The verb for an error message, and the path it is about.
    fn words(&self) -> (&'static str, &'a Path) {
        match *self {
            Self::CreateFolder(path) => ("create folder", path),
            Self::CreateFile(path) => ("create", path),
            Self::OpenFile(path) => ("open", path),
            Self::Write(path, _) => ("write", path),
            Self::Truncate(path, _) => ("truncate", path),
            Self::SyncFile(path) => ("flush", path),
            Self::SyncFolder(path) => ("flush folder", path),
            Self::Link(_, path) => ("link", path),
            Self::Rename(_, path) => ("replace", path),
            Self::Remove(path) => ("remove", path),
        }
    }
}

/// Sees every call before it is made; an error from here takes the place of the call.
pub trait Observer: Send + Sync {
    /// Decides about one call.
    ///
    /// # Errors
    /// Whatever the call shall fail with; it is then not made.
    fn before(&self, call: &Call<'_>) -> io::Result<()>;
}

/// The file system as this layer uses it.
#[derive(Clone, Default)]
pub struct Files {
    observer: Option<Arc<dyn Observer>>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Files(observed: {})", self.observer.is_some())
    }
}

impl Files {
    /// The real file system, with every change shown to `observer` first.
    pub fn observed(observer: Arc<dyn Observer>) -> Self {
        let observer = Some(observer);
        Self { observer }
    }

    /// Makes a call unless the observer refuses it; the error carries verb and path.
    fn call<T>(&self, call: &Call<'_>, make: impl FnOnce() -> io::Result<T>) -> Result<T, Error> {
        let allowed = match &self.observer {
            Some(observer) => observer.before(call),
            None => Ok(()),
        };
        allowed.and_then(|()| make()).map_err(|source| {
            let (action, path) = call.words();
            Error::io(action, path, source)
        })
    }

    /// Makes a folder (0700) and those above it, and flushes the folder each one is listed in.
    pub(crate) fn create_folder(&self, path: &Path) -> Result<(), Error> {
        if path.is_dir() {
            return Ok(());
        }
        let parent = path.parent().unwrap_or(path);
        if parent != path {
            self.create_folder(parent)?;
        }
        let made = self.call(&Call::CreateFolder(path), || {
            std::fs::DirBuilder::new().mode(0o700).create(path)?;
            // An umask can only have taken bits away.
            std::fs::set_permissions(path, Permissions::from_mode(0o700))
        });
        match made {
            // Another process was faster; it may not have flushed the name yet.
            Err(Error::Io { source, .. })
                if source.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            other => other?,
        }
        self.sync_folder(parent)
    }

    /// Makes a file (0600) that must not exist.
    pub(crate) fn create_new_0600(&self, path: &Path) -> Result<File, Error> {
        self.call(&Call::CreateFile(path), || {
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            restore_mode(&file)?;
            Ok(file)
        })
    }

    /// Opens a file for locking, reading and appending; makes it (0600) if it is not there.
    pub(crate) fn open_or_create_0600(&self, path: &Path) -> Result<File, Error> {
        self.call(&Call::OpenFile(path), || {
            let no_follow = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0);
            let mut options = OpenOptions::new();
            options
                .read(true)
                .append(true)
                .mode(0o600)
                .custom_flags(no_follow);
            match options.clone().create_new(true).open(path) {
                Ok(file) => {
                    restore_mode(&file)?;
                    Ok(file)
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path),
                Err(error) => Err(error),
            }
        })
    }

    /// Writes all bytes at the file's position.
    pub(crate) fn write(&self, file: &File, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        self.call(&Call::Write(path, bytes), || {
            let mut file = file;
            file.write_all(bytes)
        })
    }

    /// Cuts a file to `len` bytes.
    pub(crate) fn truncate(&self, file: &File, path: &Path, len: u64) -> Result<(), Error> {
        self.call(&Call::Truncate(path, len), || file.set_len(len))
    }

    /// Flushes a file with its mode (fsync). Never tried twice: after an error Linux marks the
    /// pages clean and a second try would lie.
    fn sync_file(&self, file: &File, path: &Path) -> Result<(), Error> {
        self.call(&Call::SyncFile(path), || file.sync_all())
    }

    /// Flushes a file's bytes and length (fdatasync). Never tried twice either.
    pub(crate) fn sync_data(&self, file: &File, path: &Path) -> Result<(), Error> {
        self.call(&Call::SyncFile(path), || file.sync_data())
    }

    /// Flushes the names in a folder.
    pub(crate) fn sync_folder(&self, path: &Path) -> Result<(), Error> {
        self.call(&Call::SyncFolder(path), || File::open(path)?.sync_all())
    }

    /// Makes a new file (0600) with these bytes and flushes it; on an error it is gone again.
    /// Its name is durable only once the folder is flushed too.
    pub(crate) fn write_durable(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let file = self.create_new_0600(path)?;
        let written = self
            .write(&file, path, bytes)
            .and_then(|()| self.sync_file(&file, path));
        if written.is_err() {
            self.remove(path).ok();
        }
        written
    }

    /// Gives `from` a second name that must be free.
    pub(crate) fn link(&self, from: &Path, to: &Path) -> Result<(), Error> {
        self.call(&Call::Link(from, to), || std::fs::hard_link(from, to))
    }

    /// Puts `from` in the place of `to`; durable only once the folder is flushed too.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> Result<(), Error> {
        self.call(&Call::Rename(from, to), || std::fs::rename(from, to))
    }

    /// Removes a name; one that is not there is fine.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), Error> {
        self.call(&Call::Remove(path), || match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
    }
}

/// Gives back the bits an umask took away from a file just made with mode 0600.
fn restore_mode(file: &File) -> io::Result<()> {
    if file.metadata()?.mode() & 0o777 == 0o600 {
        return Ok(());
    }
    file.set_permissions(Permissions::from_mode(0o600))
}

/// Reads a whole file; `None` when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path, error)),
    }
}

/// Whether `path` still names the file that is open.
pub(crate) fn is_same_file(file: &File, path: &Path) -> Result<bool, Error> {
    let open = file
        .metadata()
        .map_err(|source| Error::io("look at", path, source))?;
    match std::fs::symlink_metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("look at", path, error)),
    }
}
