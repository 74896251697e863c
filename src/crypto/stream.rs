//! Cobblestone-256: C2SP chunked-encryption with AES-256-GCM and SHA-512.
//!
//! salt(24) ‖ commitment(32) ‖ chunk 0 ‖ … ‖ chunk k, where every chunk but the last holds 16 KiB
//! and the last is always shorter. Random access: chunk k starts at 56 + k · (16,384 + 16).

use std::io::{self, Write};

use zeroize::Zeroizing;

use crate::crypto::{Error, MessageKeys, Opener, Sealer, Secret, TAG_BYTES, random};

/// Plaintext bytes of a full chunk.
pub const STREAM_CHUNK_BYTES: usize = 16 * 1024;
/// Bytes before the first chunk: salt and commitment.
pub const STREAM_HEADER_BYTES: usize = 24 + 32;

const SEALED_CHUNK: usize = STREAM_CHUNK_BYTES + TAG_BYTES;
/// Sealed chunks gathered before one write: about 1 MiB, few large writes.
const GATHER: usize = 64;
const CHUNKS_MAX: u64 = 1 << 38;

/// info = "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM" ‖ 0x00 ‖ salt ‖ context.
fn keys(key: &Secret<32>, salt: &[u8], context: &[u8]) -> MessageKeys {
    let mut info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0".to_vec();
    info.extend_from_slice(salt);
    info.extend_from_slice(context);
    MessageKeys::derive(key, &info)
}

/// Length in bytes of the sealed form of `plain` bytes.
#[must_use]
pub fn sealed_len(plain: u64) -> u64 {
    let chunks = plain / STREAM_CHUNK_BYTES as u64 + 1;
    STREAM_HEADER_BYTES as u64 + plain + chunks * TAG_BYTES as u64
}

/// Seals what is written to it. Without [`StreamWriter::finish`] the stream is truncated.
pub struct StreamWriter<W: Write> {
    inner: W,
    sealer: Sealer,
    plain: Zeroizing<Vec<u8>>,
    sealed: Vec<u8>,
}

impl<W: Write> StreamWriter<W> {
    /// Starts a stream under a fresh random salt and writes its header.
    ///
    /// # Errors
    /// No randomness, or the writer failed.
    pub fn create(mut inner: W, key: &Secret<32>, context: &[u8]) -> Result<Self, Error> {
        let salt = random::<24>()?;
        let keys = keys(key, &salt, context);
        inner.write_all(&salt)?;
        inner.write_all(keys.commitment())?;
        Ok(Self {
            inner,
            sealer: Sealer::new(keys),
            plain: Zeroizing::new(Vec::with_capacity(STREAM_CHUNK_BYTES)),
            sealed: Vec::with_capacity(GATHER * SEALED_CHUNK),
        })
    }

    /// Seals the last, short chunk and gives the writer back.
    ///
    /// # Errors
    /// The writer failed.
    pub fn finish(mut self) -> Result<W, Error> {
        self.seal_chunk()?;
        self.inner.write_all(&self.sealed)?;
        Ok(self.inner)
    }

    fn seal_chunk(&mut self) -> Result<(), Error> {
        let (index, tag) = self.sealer.seal(&mut self.plain, |_| Vec::new())?;
        if index >= CHUNKS_MAX {
            return Err(Error::Limit("chunks in one stream"));
        }
        self.sealed.extend_from_slice(&self.plain);
        self.sealed.extend_from_slice(&tag);
        self.plain.clear();
        if self.sealed.len() >= GATHER * SEALED_CHUNK {
            self.inner.write_all(&self.sealed)?;
            self.sealed.clear();
        }
        Ok(())
    }
}

impl<W: Write> Write for StreamWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = STREAM_CHUNK_BYTES - self.plain.len();
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.plain.extend_from_slice(now);
            rest = later;
            if self.plain.len() == STREAM_CHUNK_BYTES {
                self.seal_chunk().map_err(|e| match e {
                    Error::Io(e) => e,
                    other => io::Error::other(other),
                })?;
            }
        }
        Ok(bytes.len())
    }

    /// Chunks cannot be flushed early; the bytes reach the writer by `finish`.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads at a position, without a cursor.
pub trait ReadAt {
    /// Fills `buf` from `offset`.
    ///
    /// # Errors
    /// As the file's, `UnexpectedEof` past the end.
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()>;
}

impl ReadAt for std::fs::File {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buf, offset)
    }
}

impl ReadAt for &[u8] {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let found = usize::try_from(offset)
            .ok()
            .and_then(|start| Some(start..start.checked_add(buf.len())?))
            .and_then(|range| self.get(range))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buf.copy_from_slice(found);
        Ok(())
    }
}

/// Opens any part of a sealed stream, 16 KiB at a time.
pub struct StreamReader<R: ReadAt> {
    source: R,
    start: u64,
    opener: Opener,
    what: &'static str,
    len: u64,
}

impl<R: ReadAt> StreamReader<R> {
    /// Checks the commitment and the last chunk, so that the length is authentic.
    ///
    /// `start` is where the stream begins in `source`, `sealed` its length in bytes.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::WrongKey`], [`Error::NotAuthentic`] or I/O.
    pub fn open(
        source: R,
        start: u64,
        sealed: u64,
        key: &Secret<32>,
        context: &[u8],
        what: &'static str,
    ) -> Result<Self, Error> {
        let body = sealed
            .checked_sub(STREAM_HEADER_BYTES as u64)
            .ok_or(Error::Truncated { what })?;
        let full = body / SEALED_CHUNK as u64;
        let last = body % SEALED_CHUNK as u64;
        if last < TAG_BYTES as u64 || full >= CHUNKS_MAX {
            return Err(Error::Truncated { what });
        }
        let mut header = [0; STREAM_HEADER_BYTES];
        source.read_exact_at(&mut header, start)?;
        let (salt, commitment) = header.split_at(24);
        let opener = Opener::new(keys(key, salt, context), commitment, what)?;
        let len = full * STREAM_CHUNK_BYTES as u64 + last - TAG_BYTES as u64;
        let reader = Self {
            source,
            start,
            opener,
            what,
            len,
        };
        let mut chunk = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK));
        reader.read_chunk(full, &mut chunk)?;
        Ok(reader)
    }

    /// Plaintext bytes in the stream.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// True when the stream holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Replaces `chunk` by the plaintext of chunk `index`.
    ///
    /// # Errors
    /// [`Error::Truncated`] past the end, [`Error::NotAuthentic`] when damaged, or I/O.
    pub fn read_chunk(&self, index: u64, chunk: &mut Vec<u8>) -> Result<(), Error> {
        let from = index.saturating_mul(STREAM_CHUNK_BYTES as u64);
        let plain = self
            .len
            .checked_sub(from)
            .ok_or(Error::Truncated { what: self.what })?;
        let plain =
            usize::try_from(plain).map_or(STREAM_CHUNK_BYTES, |p| p.min(STREAM_CHUNK_BYTES));
        chunk.resize(plain + TAG_BYTES, 0);
        let at = self.start + STREAM_HEADER_BYTES as u64 + index * SEALED_CHUNK as u64;
        self.source.read_exact_at(chunk, at)?;
        let (body, tag) = chunk.split_at_mut(plain);
        let tag =
            <[u8; TAG_BYTES]>::try_from(&*tag).map_err(|_| Error::Truncated { what: self.what })?;
        self.opener.open(index, &[], body, &tag, self.what)?;
        chunk.truncate(plain);
        Ok(())
    }

    /// Fills `buf` from plaintext offset `offset`.
    ///
    /// # Errors
    /// As [`Self::read_chunk`].
    pub fn read_at(&self, mut offset: u64, mut buf: &mut [u8]) -> Result<(), Error> {
        let mut chunk = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK));
        while !buf.is_empty() {
            self.read_chunk(offset / STREAM_CHUNK_BYTES as u64, &mut chunk)?;
            let within = usize::try_from(offset % STREAM_CHUNK_BYTES as u64).unwrap_or(0);
            let found = chunk.get(within..).filter(|rest| !rest.is_empty());
            let found = found.ok_or(Error::Truncated { what: self.what })?;
            let n = found.len().min(buf.len());
            let (now, later) = buf.split_at_mut(n);
            now.copy_from_slice(&found[..n]);
            buf = later;
            offset += n as u64;
        }
        Ok(())
    }
}

/// Seals a small message whole.
///
/// # Errors
/// No randomness.
pub fn seal(key: &Secret<32>, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
    let mut writer = StreamWriter::create(Vec::new(), key, context)?;
    writer.write_all(plaintext)?;
    writer.finish()
}

/// Opens a small message whole. Callers wipe the result if it is secret.
///
/// # Errors
/// As [`StreamReader::open`].
pub fn open(
    key: &Secret<32>,
    context: &[u8],
    sealed: &[u8],
    what: &'static str,
) -> Result<Vec<u8>, Error> {
    let reader = StreamReader::open(sealed, 0, sealed.len() as u64, key, context, what)?;
    let len = usize::try_from(reader.len()).map_err(|_| Error::Limit("message length"))?;
    let mut plain = vec![0; len];
    reader.read_at(0, &mut plain)?;
    Ok(plain)
}
