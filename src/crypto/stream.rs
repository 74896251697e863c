//! Cobblestone-256: C2SP chunked-encryption with AES-256-GCM and SHA-512.
//!
//! salt(24) ‖ commitment(32) ‖ chunk 0 ‖ … ‖ chunk k, where every chunk but the last holds 16 KiB
//! and the last is always shorter. Random access: chunk k starts at 56 + k · (16,384 + 16).
//!
//! The outer layer of infrastructure encryption has the same structure with ChaCha20-Poly1305,
//! 64 KiB chunks and a label of its own ([`StreamShape::OUTER`]).

use std::io::{self, Write};

use zeroize::Zeroizing;

use crate::crypto::{Aead, Error, MessageKeys, Opener, Sealer, Secret, TAG_BYTES, random};

/// Plaintext bytes of a full chunk.
pub const STREAM_CHUNK_BYTES: usize = 16 * 1024;
/// Bytes before the first chunk: salt and commitment.
pub const STREAM_HEADER_BYTES: usize = 24 + 32;

/// Sealed bytes gathered before one write: about 1 MiB, few large writes.
const GATHER_BYTES: usize = 1 << 20;
/// Sealed chunks read at once: 256 KiB of the smaller ones, few calls.
const READ_CHUNKS: usize = 16;
const PAGE: usize = 4096;
const CHUNKS_MAX: u64 = 1 << 38;

/// What tells one kind of sealed stream from another: cipher, chunk size and key label.
#[derive(Debug, Clone, Copy)]
pub struct StreamShape {
    aead: Aead,
    label: &'static [u8],
    chunk: usize,
}

impl StreamShape {
    /// Cobblestone-256.
    pub const COBBLESTONE: Self = Self {
        aead: Aead::Aes256Gcm,
        label: b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0",
        chunk: STREAM_CHUNK_BYTES,
    };

    /// The second layer of infrastructure encryption.
    pub const OUTER: Self = Self {
        aead: Aead::ChaCha20Poly1305,
        label: b"rsv/v1/outer+AEAD_CHACHA20_POLY1305\0",
        chunk: 64 * 1024,
    };

    /// Plaintext bytes of a full chunk.
    #[must_use]
    pub fn chunk_bytes(&self) -> usize {
        self.chunk
    }

    /// info = label ‖ 0x00 ‖ salt ‖ context.
    fn keys(&self, key: &Secret<32>, salt: &[u8], context: &[u8]) -> MessageKeys {
        let info = [self.label, salt, context].concat();
        MessageKeys::derive_for(self.aead, key, &info)
    }

    fn sealed_chunk(&self) -> usize {
        self.chunk + TAG_BYTES
    }

    /// Length in bytes of the sealed form of `plain` bytes.
    #[must_use]
    pub fn sealed_len(&self, plain: u64) -> u64 {
        let chunks = plain / self.chunk as u64 + 1;
        STREAM_HEADER_BYTES as u64 + plain + chunks * TAG_BYTES as u64
    }
}

/// Length in bytes of the Cobblestone-256 form of `plain` bytes.
#[must_use]
pub fn sealed_len(plain: u64) -> u64 {
    StreamShape::COBBLESTONE.sealed_len(plain)
}

/// Takes a sealed stream, which is sealed right where it is to be written from.
pub trait Room {
    /// The next `bytes` bytes of the output, for the caller to fill. At most 1 MiB.
    ///
    /// # Errors
    /// What was given before could not be written.
    fn room(&mut self, bytes: usize) -> io::Result<&mut [u8]>;
}

impl Room for Vec<u8> {
    fn room(&mut self, bytes: usize) -> io::Result<&mut [u8]> {
        let start = self.len();
        self.resize(start + bytes, 0);
        Ok(&mut self[start..])
    }
}

/// Gathers a stream for few, large writes.
pub struct Gather<W: Write> {
    inner: W,
    bytes: Vec<u8>,
}

impl<W: Write> Gather<W> {
    /// In front of `inner`.
    #[must_use]
    pub fn new(inner: W) -> Self {
        let bytes = Vec::new();
        Self { inner, bytes }
    }

    /// Writes the rest and gives the writer back.
    ///
    /// # Errors
    /// The writer failed.
    pub fn finish(mut self) -> io::Result<W> {
        self.inner.write_all(&self.bytes)?;
        Ok(self.inner)
    }
}

impl<W: Write> Room for Gather<W> {
    fn room(&mut self, bytes: usize) -> io::Result<&mut [u8]> {
        if self.bytes.len() >= GATHER_BYTES {
            self.inner.write_all(&self.bytes)?;
            self.bytes.clear();
        }
        self.bytes.room(bytes)
    }
}

/// Seals what is written to it. Without [`StreamWriter::finish`] the stream is truncated.
pub struct StreamWriter<R: Room> {
    inner: R,
    shape: StreamShape,
    sealer: Sealer,
    plain: Zeroizing<Vec<u8>>,
}

impl<R: Room> StreamWriter<R> {
    /// Starts a Cobblestone-256 stream under a fresh random salt and writes its header.
    ///
    /// # Errors
    /// No randomness, or the writer failed.
    pub fn create(inner: R, key: &Secret<32>, context: &[u8]) -> Result<Self, Error> {
        Self::create_as(StreamShape::COBBLESTONE, inner, key, context)
    }

    /// As [`StreamWriter::create`], of any shape.
    ///
    /// # Errors
    /// No randomness, or the writer failed.
    pub fn create_as(
        shape: StreamShape,
        mut inner: R,
        key: &Secret<32>,
        context: &[u8],
    ) -> Result<Self, Error> {
        let salt = random::<24>()?;
        let keys = shape.keys(key, &salt, context);
        let header = inner.room(STREAM_HEADER_BYTES)?;
        let (salt_place, commitment_place) = header.split_at_mut(salt.len());
        salt_place.copy_from_slice(&salt);
        commitment_place.copy_from_slice(keys.commitment());
        Ok(Self {
            inner,
            shape,
            sealer: Sealer::new(keys)?,
            plain: Zeroizing::new(Vec::with_capacity(shape.chunk)),
        })
    }

    /// Seals the last, short chunk and gives the writer back.
    ///
    /// # Errors
    /// The writer failed.
    pub fn finish(mut self) -> Result<R, Error> {
        let Self {
            inner,
            sealer,
            plain,
            ..
        } = &mut self;
        seal_chunk(inner, sealer, plain)?;
        Ok(self.inner)
    }
}

fn seal_chunk(inner: &mut impl Room, sealer: &Sealer, plain: &[u8]) -> Result<(), Error> {
    let sealed = inner.room(plain.len() + TAG_BYTES)?;
    if sealer.seal(plain, sealed, |_| Vec::new())? < CHUNKS_MAX {
        Ok(())
    } else {
        Err(Error::Limit("chunks in one stream"))
    }
}

impl<R: Room> Write for StreamWriter<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let failed = |e| match e {
            Error::Io(e) => e,
            other => io::Error::other(other),
        };
        let Self {
            inner,
            shape,
            sealer,
            plain,
        } = self;
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = shape.chunk - plain.len();
            let (now, later) = rest.split_at(room.min(rest.len()));
            rest = later;
            if now.len() == shape.chunk {
                // A full chunk is sealed from where it lies.
                seal_chunk(inner, sealer, now).map_err(failed)?;
                continue;
            }
            plain.extend_from_slice(now);
            if plain.len() == shape.chunk {
                seal_chunk(inner, sealer, plain).map_err(failed)?;
                plain.clear();
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

/// Opens any part of a sealed stream, a chunk at a time.
pub struct StreamReader<R: ReadAt> {
    source: R,
    shape: StreamShape,
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
        let shape = StreamShape::COBBLESTONE;
        Self::open_as(shape, source, start, sealed, key, context, what)
    }

    /// As [`StreamReader::open`], of any shape.
    ///
    /// # Errors
    /// As [`StreamReader::open`].
    pub fn open_as(
        shape: StreamShape,
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
        let full = body / shape.sealed_chunk() as u64;
        let last = body % shape.sealed_chunk() as u64;
        if last < TAG_BYTES as u64 || full >= CHUNKS_MAX {
            return Err(Error::Truncated { what });
        }
        let mut header = [0; STREAM_HEADER_BYTES];
        source.read_exact_at(&mut header, start)?;
        let (salt, commitment) = header.split_at(24);
        let opener = Opener::new(shape.keys(key, salt, context), commitment, what)?;
        let len = full * shape.chunk as u64 + last - TAG_BYTES as u64;
        let reader = Self {
            source,
            shape,
            start,
            opener,
            what,
            len,
        };
        let mut chunk = Zeroizing::new(Vec::with_capacity(shape.sealed_chunk()));
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
        let full = self.shape.chunk;
        let from = index.saturating_mul(full as u64);
        let plain = self
            .len
            .checked_sub(from)
            .ok_or(Error::Truncated { what: self.what })?;
        let plain = usize::try_from(plain).map_or(full, |p| p.min(full));
        chunk.resize(plain + TAG_BYTES, 0);
        let at = self.start + STREAM_HEADER_BYTES as u64 + index * self.shape.sealed_chunk() as u64;
        self.source.read_exact_at(chunk, at)?;
        self.opener.open(index, &[], chunk, self.what)?;
        chunk.truncate(plain);
        Ok(())
    }

    /// Fills `buf` from plaintext offset `offset`.
    ///
    /// # Errors
    /// As [`Self::read_chunk`].
    pub fn read_at(&self, mut offset: u64, mut buf: &mut [u8]) -> Result<(), Error> {
        let end = offset
            .checked_add(buf.len() as u64)
            .filter(|end| *end <= self.len)
            .ok_or(Error::Truncated { what: self.what })?;
        let chunk = self.shape.chunk as u64;
        let first = offset / chunk;
        let most = end.div_ceil(chunk).saturating_sub(first);
        let most = usize::try_from(most).map_or(READ_CHUNKS, |most| most.min(READ_CHUNKS));
        // Reads into a buffer that starts on a page boundary: a third of the speed elsewhere.
        let mut room = Zeroizing::new(vec![0; most * self.shape.sealed_chunk() + PAGE]);
        let start = Some(room.as_ptr().align_offset(PAGE)).filter(|o| *o < PAGE);
        let room = &mut room[start.unwrap_or(0)..];
        while !buf.is_empty() {
            let index = offset / chunk;
            let count = end.div_ceil(chunk) - index;
            let count = usize::try_from(count).map_or(most, |count| count.min(most));
            let sealed = self.read_chunks(index, count, room)?;
            for (index, sealed) in (index..).zip(sealed.chunks_mut(self.shape.sealed_chunk())) {
                let within = usize::try_from(offset % chunk).unwrap_or(0);
                let plain = sealed.len().saturating_sub(TAG_BYTES);
                let n = plain.saturating_sub(within).min(buf.len());
                if n == 0 {
                    return Err(Error::Truncated { what: self.what });
                }
                let (now, later) = buf.split_at_mut(n);
                if n == plain {
                    self.opener.open_into(index, &[], sealed, now, self.what)?;
                } else {
                    let opened = self.opener.open(index, &[], sealed, self.what)?;
                    now.copy_from_slice(&opened[within..within + n]);
                }
                buf = later;
                offset += n as u64;
            }
        }
        Ok(())
    }

    /// Reads `count` neighbouring chunks into `room` with one call.
    fn read_chunks<'a>(
        &self,
        first: u64,
        count: usize,
        room: &'a mut [u8],
    ) -> Result<&'a mut [u8], Error> {
        let truncated = || Error::Truncated { what: self.what };
        let from = first.saturating_mul(self.shape.chunk as u64);
        let plain = self.len.checked_sub(from).ok_or_else(truncated)?;
        let whole = count * self.shape.chunk;
        let plain = usize::try_from(plain).map_or(whole, |plain| plain.min(whole));
        let sealed = room
            .get_mut(..plain + plain.div_ceil(self.shape.chunk) * TAG_BYTES)
            .ok_or_else(truncated)?;
        let at = self.start + STREAM_HEADER_BYTES as u64 + first * self.shape.sealed_chunk() as u64;
        self.source.read_exact_at(sealed, at)?;
        Ok(sealed)
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
