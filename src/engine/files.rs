//! Durable files: created once, private, synced before they are named, never overwritten.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FallocateFlags, OFlags, RenameFlags};

use crate::crypto::open_regular;
use crate::engine::Error;
use crate::engine::error::AtPath;
use crate::engine::format::{FILE_MODE, FOLDER_MODE};

/// What a write past the page cache must be aligned to, in memory and in the file.
const PAGE_BYTES: usize = 4096;
/// Below this size the page cache is faster: it gathers small writes.
const DIRECT_MIN: usize = 1 << 20;

/// Creates a private file that must not exist yet (O_EXCL), for reading and writing.
pub(crate) fn create_new(path: &Path) -> Result<File, Error> {
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path);
    match opened {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(Error::Exists(path.to_owned())),
        other => other.at("create", path),
    }
}

/// Creates a private folder; true when it was not there yet. Its parent must be synced by then.
pub(crate) fn create_folder(path: &Path) -> Result<bool, Error> {
    match DirBuilder::new().mode(FOLDER_MODE).create(path) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(false),
        Err(e) => Err(e).at("create folder", path),
    }
}

/// Creates a folder and makes its name durable.
pub(crate) fn create_folder_durably(path: &Path) -> Result<(), Error> {
    if create_folder(path)? {
        sync_folder(parent(path))?;
    }
    Ok(())
}

/// The folder a path lies in; a bare name lies in the current one.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Error> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .at("sync folder", path)
}

/// Opens a stored file for reading; links are not followed, and pipes are not waited for.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    let object = || path.display().to_string();
    match open_regular(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            Err(Error::NotFound(format!("file '{}'", object())))
        }
        Err(e) if e.kind() == io::ErrorKind::InvalidInput => {
            Err(Error::damaged(object(), "is not a regular file"))
        }
        other => other.at("open", path),
    }
}

/// Reads a whole stored file of at most `max` bytes.
pub(crate) fn read(path: &Path, max: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    open(path)?
        .take(max + 1)
        .read_to_end(&mut bytes)
        .at("read", path)?;
    if bytes.len() as u64 > max {
        return Err(Error::damaged(
            path.display().to_string(),
            "is larger than it can be",
        ));
    }
    Ok(bytes)
}

/// Gives a file its final name, unless that name is taken ([`Error::Exists`]).
pub(crate) fn rename_new(from: &Path, to: &Path) -> Result<(), Error> {
    use rustix::io::Errno;
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => Err(Error::Exists(to.to_owned())),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => rename_by_link(from, to),
        Err(e) => Err(e).at("rename to", to),
    }
}

/// For file systems without an exclusive rename: a hard link is exclusive as well.
fn rename_by_link(from: &Path, to: &Path) -> Result<(), Error> {
    if from.is_dir() {
        if to.symlink_metadata().is_ok() {
            return Err(Error::Exists(to.to_owned()));
        }
        return fs::rename(from, to).at("rename to", to);
    }
    match fs::hard_link(from, to) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(Error::Exists(to.to_owned())),
        other => other
            .and_then(|()| fs::remove_file(from))
            .at("rename to", to),
    }
}

/// Writes a part of a large file at its place.
///
/// Whole pages go past the page cache where the file system can do that (`O_DIRECT`): they are
/// copied once less, and a sync finds nothing left of them. The rest is handed to the kernel for
/// writing at once. `bytes` best starts on a page boundary, as [`PageBuffer`]s do.
///
/// [`PageBuffer`]: crate::engine::buffer::PageBuffer
pub(crate) fn write_large(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    let direct = write_direct(file, bytes, offset)?;
    let (rest, offset) = (&bytes[direct..], offset + direct as u64);
    file.write_all_at(rest, offset)?;
    start_writing(file, offset, rest.len() as u64);
    Ok(())
}

/// Writes what can go past the page cache; gives how many bytes that were.
#[cfg(target_os = "linux")]
fn write_direct(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    let whole = &bytes[..bytes.len() - bytes.len() % PAGE_BYTES];
    let aligned =
        bytes.as_ptr().align_offset(PAGE_BYTES) == 0 && offset.is_multiple_of(PAGE_BYTES as u64);
    if whole.len() < DIRECT_MIN || !aligned {
        return Ok(0);
    }
    let flags = rustix::fs::fcntl_getfl(file)?;
    if rustix::fs::fcntl_setfl(file, flags | OFlags::DIRECT).is_err() {
        return Ok(0);
    }
    let mut done = 0;
    let mut outcome = Ok(());
    while done < whole.len() && done % PAGE_BYTES == 0 {
        match file.write_at(&whole[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            // A file system that wants it otherwise; the page cache takes everything.
            Err(e) if e.kind() == io::ErrorKind::InvalidInput => break,
            Err(e) => {
                outcome = Err(e);
                break;
            }
        }
    }
    rustix::fs::fcntl_setfl(file, flags)?;
    outcome.map(|()| done)
}

/// Other systems have other ways.
#[cfg(not(target_os = "linux"))]
fn write_direct(_: &File, _: &[u8], _: u64) -> io::Result<usize> {
    Ok(0)
}

/// Starts writing to the disk what was just written to the file, so that the sync at the end
/// finds little left to do. Only a hint: Linux writes dirty pages it is told nobody needs.
#[cfg(target_os = "linux")]
fn start_writing(file: &File, offset: u64, bytes: u64) {
    if let Some(bytes) = std::num::NonZeroU64::new(bytes) {
        let _ = rustix::fs::fadvise(file, offset, Some(bytes), rustix::fs::Advice::DontNeed);
    }
}

/// Other systems have no such call.
#[cfg(not(target_os = "linux"))]
fn start_writing(_: &File, _: u64, _: u64) {}

/// Reserves space, so that large writes need no allocation each. Only a hint: not every file
/// system can, and a full disk shows at the write.
pub(crate) fn reserve(file: &File, offset: u64, bytes: u64) {
    if bytes > 0 {
        let _ = rustix::fs::fallocate(file, FallocateFlags::empty(), offset, bytes);
    }
}

/// A file that is removed unless it is given its final name.
pub(crate) struct TempFile {
    path: PathBuf,
    file: File,
    named: bool,
}

impl TempFile {
    pub(crate) fn create(path: PathBuf) -> Result<Self, Error> {
        let file = create_new(&path)?;
        Ok(Self {
            path,
            file,
            named: false,
        })
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).at("write", &self.path)
    }

    pub(crate) fn sync(&self) -> Result<(), Error> {
        self.file.sync_all().at("sync", &self.path)
    }

    /// The file must be synced before, its new folder afterwards.
    pub(crate) fn name(mut self, to: &Path) -> Result<(), Error> {
        rename_new(&self.path, to)?;
        self.named = true;
        Ok(())
    }

    /// As [`TempFile::name`], but takes the name from a file that has it.
    pub(crate) fn replace(mut self, to: &Path) -> Result<(), Error> {
        fs::rename(&self.path, to).at("rename to", to)?;
        self.named = true;
        Ok(())
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.named {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes a small immutable file: temporary, synced, named, folder synced.
pub(crate) fn publish(temp: PathBuf, to: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = TempFile::create(temp)?;
    file.write_all(bytes)?;
    file.sync()?;
    file.name(to)?;
    sync_folder(parent(to))
}

/// The names in a folder, sorted; none when the folder is missing. Names that are not UTF-8
/// are nobody's, and are shown with replacement characters.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let listing = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.at("list", folder)?,
    };
    let mut names = Vec::new();
    for entry in listing {
        names.push(
            entry
                .at("list", folder)?
                .file_name()
                .to_string_lossy()
                .into_owned(),
        );
    }
    names.sort_unstable();
    Ok(names)
}

/// Removes a file. One that is gone already is no error.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e).at("remove", path),
        _ => Ok(()),
    }
}
