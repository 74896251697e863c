//! The second layer: packs, index segments and recovery points of a repository with
//! infrastructure encryption lie inside one sealed stream each, under a key of the platform.
//!
//! ```text
//! file = salt(24) ‖ commitment(32) ‖ chunks of 64 KiB + 16, ChaCha20-Poly1305; the last is shorter
//! key  = derive(platform key, "rsv/v1/infrastructure", owner)
//! context = canonical("rsv/v1/outer", path of the file in the repository folder)
//! ```
//!
//! It is the structure of Cobblestone-256 with the other cipher: a chunk's number is in its nonce,
//! the file's path in the derived key, and the one short chunk is the last. Whoever reads a
//! stored file sees what is inside, at any position; without the key nobody sees even a header.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::crypto::{
    self, Gather, ReadAt, Secret, StreamReader, StreamShape, StreamWriter, canonical, derive,
};
use crate::engine::error::AtPath;
use crate::engine::layout::Layout;
use crate::engine::{Error, files};

const SHAPE: StreamShape = StreamShape::OUTER;
const WHAT: &str = "the infrastructure layer";

/// The key of the second layer of one owner's files.
#[derive(Debug, Clone)]
pub struct OuterKey(Secret<32>);

impl OuterKey {
    /// derive(platform key, "rsv/v1/infrastructure", owner).
    #[must_use]
    pub fn derive(platform: &Secret<32>, owner: &[u8; 16]) -> Self {
        Self(derive(platform, "rsv/v1/infrastructure", &[owner]))
    }
}

/// A stored file as its first layer shows it.
pub(crate) enum StoredFile {
    Plain(File),
    Outer(Box<OuterFile>),
}

/// The number of an opened chunk, and its bytes.
type Chunk = (u64, Arc<Vec<u8>>);

/// A file under the second layer, and the chunk of it that was opened last.
pub(crate) struct OuterFile {
    stream: StreamReader<File>,
    last: Mutex<Option<Chunk>>,
}

impl StoredFile {
    /// Bytes inside the second layer.
    pub(crate) fn len(&self, path: &Path) -> Result<u64, Error> {
        match self {
            Self::Plain(file) => Ok(file.metadata().at("read", path)?.len()),
            Self::Outer(file) => Ok(file.stream.len()),
        }
    }
}

impl ReadAt for StoredFile {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.read_exact_at(buf, offset),
            Self::Outer(file) => file.read(buf, offset),
        }
    }
}

impl OuterFile {
    fn read(&self, mut buf: &mut [u8], mut offset: u64) -> io::Result<()> {
        let full = SHAPE.chunk_bytes() as u64;
        while !buf.is_empty() {
            let chunk = self.chunk(offset / full)?;
            let found = chunk.get((offset % full) as usize..).unwrap_or_default();
            if found.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let (now, later) = buf.split_at_mut(found.len().min(buf.len()));
            now.copy_from_slice(&found[..now.len()]);
            offset += now.len() as u64;
            buf = later;
        }
        Ok(())
    }

    fn chunk(&self, number: u64) -> io::Result<Arc<Vec<u8>>> {
        let last = || self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, chunk)) = last().as_ref().filter(|(found, _)| *found == number) {
            return Ok(Arc::clone(chunk));
        }
        if number.saturating_mul(SHAPE.chunk_bytes() as u64) >= self.stream.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut chunk = Vec::new();
        self.stream
            .read_chunk(number, &mut chunk)
            .map_err(|error| match error {
                crypto::Error::Io(error) => error,
                damage => io::Error::new(io::ErrorKind::InvalidData, damage),
            })?;
        let chunk = Arc::new(chunk);
        *last() = Some((number, Arc::clone(&chunk)));
        Ok(chunk)
    }
}

/// Where the bytes of the first layer go.
pub(crate) enum StoredWriter {
    Plain(File),
    Outer(Box<StreamWriter<Gather<File>>>),
}

impl StoredWriter {
    /// Ends the second layer.
    pub(crate) fn finish(self) -> Result<(), crypto::Error> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Outer(stream) => Ok(stream.finish()?.finish().map(drop)?),
        }
    }
}

impl Write for StoredWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Outer(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Layout {
    /// canonical("rsv/v1/outer", path in the repository folder): a file passes for no other.
    fn outer_context(&self, path: &Path) -> Vec<u8> {
        let inside = path.strip_prefix(self.root()).unwrap_or(path);
        canonical(&[b"rsv/v1/outer", inside.to_string_lossy().as_bytes()])
    }

    /// Opens a pack, an index segment or a recovery point.
    pub(crate) fn open_stored(&self, path: &Path) -> Result<StoredFile, Error> {
        let file = files::open(path)?;
        let Some(key) = self.outer() else {
            return Ok(StoredFile::Plain(file));
        };
        let size = file.metadata().at("read", path)?.len();
        let context = self.outer_context(path);
        let stream = StreamReader::open_as(SHAPE, file, 0, size, &key.0, &context, WHAT)
            .map_err(|e| Error::crypto(path.display().to_string(), e))?;
        Ok(StoredFile::Outer(Box::new(OuterFile {
            stream,
            last: Mutex::new(None),
        })))
    }

    /// Reads such a file whole; of at most `max` bytes inside.
    pub(crate) fn read_stored(&self, path: &Path, max: u64) -> Result<Vec<u8>, Error> {
        if self.outer().is_none() {
            return files::read(path, max);
        }
        let file = self.open_stored(path)?;
        let object = || path.display().to_string();
        let len = file.len(path)?;
        if len > max {
            return Err(Error::damaged(object(), "is larger than it can be"));
        }
        let mut bytes = vec![0; len as usize];
        file.read_exact_at(&mut bytes, 0)
            .map_err(|e| Error::crypto(object(), e.into()))?;
        Ok(bytes)
    }

    /// What to write into the file that gets the name `path`.
    pub(crate) fn seal_stored<'a>(
        &self,
        path: &Path,
        bytes: &'a [u8],
    ) -> Result<Cow<'a, [u8]>, Error> {
        let Some(key) = self.outer() else {
            return Ok(Cow::Borrowed(bytes));
        };
        let sealed = Vec::with_capacity(self.stored_len(bytes.len() as u64) as usize);
        let seal = || {
            let context = self.outer_context(path);
            let mut stream = StreamWriter::create_as(SHAPE, sealed, &key.0, &context)?;
            stream.write_all(bytes)?;
            stream.finish()
        };
        let sealed = seal().map_err(|e| Error::crypto(path.display().to_string(), e))?;
        Ok(Cow::Owned(sealed))
    }

    /// A writer into `file`, which gets the name `path`.
    pub(crate) fn write_stored(&self, file: File, path: &Path) -> Result<StoredWriter, Error> {
        let Some(key) = self.outer() else {
            return Ok(StoredWriter::Plain(file));
        };
        let context = self.outer_context(path);
        let stream = StreamWriter::create_as(SHAPE, Gather::new(file), &key.0, &context)
            .map_err(|e| Error::crypto(path.display().to_string(), e))?;
        Ok(StoredWriter::Outer(Box::new(stream)))
    }

    /// Bytes of the file that holds `inside` bytes of the first layer.
    pub(crate) fn stored_len(&self, inside: u64) -> u64 {
        match self.outer() {
            Some(_) => SHAPE.sealed_len(inside),
            None => inside,
        }
    }
}
