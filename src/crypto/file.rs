//! Opens files in folders that somebody else may write to.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;
use zeroize::Zeroizing;

/// Opens a regular file for reading. Links are not followed, and a pipe or a device in its place
/// is refused instead of waited for.
///
/// # Errors
/// I/O; `InvalidInput` for what is no regular file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "it is not a regular file",
    ))
}

/// Reads a whole file of at most `max` bytes, opened as [`open_regular`] does; wiped when dropped.
///
/// # Errors
/// I/O; `FileTooLarge` above `max`.
pub fn read_regular(path: &Path, max: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    // One page more than is asked for most often: growing would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    open_regular(path)?.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}
