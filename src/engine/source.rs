//! Reads disk images: regular files with holes, and block devices.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom as StdSeekFrom};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::{OFlags, SeekFrom};
use rustix::io::Errno;

use crate::engine::Error;
use crate::engine::format::IMAGE_BYTES_MAX;

/// Local file systems that keep every time of a file to the nanosecond: ext2-4, XFS, Btrfs.
const KEEP_TIMES: [u64; 3] = [0xef53, 0x5846_5342, 0x9123_683e];

/// What tells a file that was not written from one that was. Times are since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: Duration,
    changed: Duration,
    born: Duration,
}

impl Stamp {
    /// The later of the times of content and of attributes; the second one cannot be set.
    pub(crate) fn last_write(&self) -> Duration {
        self.modified.max(self.changed)
    }
}

/// One word; two stamps are equal when their words are.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = |time: Duration| time.as_nanos();
        write!(
            f,
            "{:x}:{}:{}:{}:{}:{}",
            self.device,
            self.inode,
            self.size,
            nanos(self.modified),
            nanos(self.changed),
            nanos(self.born)
        )
    }
}

/// An opened image.
pub(crate) struct Source {
    file: File,
    path: PathBuf,
    size: u64,
    has_holes: bool,
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |problem: &str, source| Error::Source {
            path: path.to_owned(),
            problem: problem.into(),
            source,
        };
        // Opening a FIFO would wait for a writer; images and devices do not care.
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
        let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
        let mut file = match opened {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NotFound(format!(
                    "source image '{}'",
                    path.display()
                )));
            }
            other => other.map_err(|e| failed("cannot be opened", Some(e)))?,
        };
        let kind = file
            .metadata()
            .map_err(|e| failed("cannot be read", Some(e)))?
            .file_type();
        if !kind.is_file() && !kind.is_block_device() {
            return Err(failed("is neither a file nor a block device", None));
        }
        let end = file.seek(StdSeekFrom::End(0));
        let size = end.map_err(|e| failed("has no size", Some(e)))?;
        if size > IMAGE_BYTES_MAX {
            return Err(failed("is larger than 256 TiB", None));
        }
        Ok(Self {
            file,
            path: path.to_owned(),
            size,
            has_holes: kind.is_file(),
        })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// What the file is now, while nobody has it open for writing. `None` when that cannot be
    /// told: block devices, file systems that lose times, other people's files.
    pub(crate) fn quiet_stamp(&self) -> Option<Stamp> {
        let kind = u64::try_from(rustix::fs::fstatfs(&self.file).ok()?.f_type).ok()?;
        if !self.has_holes || !KEEP_TIMES.contains(&kind) {
            return None;
        }
        let found = read_lease::while_unwritten(&self.file, || self.file.metadata())?.ok()?;
        let time = |seconds: i64, nanos: i64| {
            Some(Duration::new(
                seconds.try_into().ok()?,
                nanos.try_into().ok()?,
            ))
        };
        Some(Stamp {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            modified: time(found.mtime(), found.mtime_nsec())?,
            changed: time(found.ctime(), found.ctime_nsec())?,
            born: found.created().ok()?.duration_since(UNIX_EPOCH).ok()?,
        })
    }

    /// The next stretch that may hold data, from `offset` on; `None` when only a hole is left.
    pub(crate) fn next_data(&self, offset: u64) -> Result<Option<(u64, u64)>, Error> {
        if offset >= self.size {
            return Ok(None);
        }
        if !self.has_holes {
            return Ok(Some((offset, self.size)));
        }
        let start = match rustix::fs::seek(&self.file, SeekFrom::Data(offset)) {
            Ok(start) => start,
            Err(Errno::NXIO) => return Ok(None),
            // This file system knows no holes.
            Err(Errno::INVAL | Errno::NOTSUP) => return Ok(Some((offset, self.size))),
            Err(e) => return Err(self.failed(e.into())),
        };
        let hole = rustix::fs::seek(&self.file, SeekFrom::Hole(start));
        let end = hole.map_err(|e| self.failed(e.into()))?;
        Ok(Some((start, end.min(self.size))).filter(|(start, end)| start < end))
    }

    /// Fills `buf`; an image that ends early has changed.
    pub(crate) fn read(&self, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        match self.file.read_exact_at(buf, offset) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Err(self.changed()),
            other => other.map_err(|e| self.failed(e)),
        }
    }

    /// After the last read: the size must still be the one at the start. A hole found in a file
    /// that was cut meanwhile would pass for data otherwise.
    pub(crate) fn check_unchanged(&self) -> Result<(), Error> {
        let end = (&self.file)
            .seek(StdSeekFrom::End(0))
            .map_err(|e| self.failed(e))?;
        if end == self.size {
            Ok(())
        } else {
            Err(self.changed())
        }
    }

    fn changed(&self) -> Error {
        let problem = "changed its size while it was read".into();
        Error::Source {
            path: self.path.clone(),
            problem,
            source: None,
        }
    }

    fn failed(&self, source: io::Error) -> Error {
        let problem = "cannot be read".into();
        Error::Source {
            path: self.path.clone(),
            problem,
            source: Some(source),
        }
    }
}

/// True when every byte is zero. Folds words, thirty times as fast as looking at bytes.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(4096).all(|block| {
        let (words, rest) = block.as_chunks::<8>();
        let folded = words
            .iter()
            .fold(0, |fold, word| fold | u64::from_ne_bytes(*word));
        folded == 0 && rest.iter().all(|byte| *byte == 0)
    })
}
