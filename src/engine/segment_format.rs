//! The bytes of an index segment: its name, clear header, pack rows and entries.

use std::fmt;
use std::path::Path;

use crate::crypto::{ReadAt, canonical};
use crate::engine::Error;
use crate::engine::bytes::{Cursor, Problem, id_from_text, id_text};
use crate::engine::format::{
    GENERATION_MAX, ID_BYTES, INDEX_PACK_BYTES, INDEX_SUPERSEDES_MAX, MAGIC_INDEX, PACK_BYTES_MAX,
    SALT_BYTES, TYPE_INDEX, VERSION,
};
use crate::engine::keys::RepositoryKeys;
use crate::engine::pack_format::BlobRecord;
use crate::engine::stored::StoredFile;

/// Who wrote a segment, and when in the order of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SegmentName {
    pub(crate) generation: u64,
    pub(crate) writer: [u8; 16],
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016}", id_text(&self.writer), self.generation)
    }
}

impl SegmentName {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (writer, generation) = text.split_at_checked(36)?;
        let name = Self {
            writer: id_from_text(writer)?,
            generation: generation.strip_prefix('-')?.parse().ok()?,
        };
        (name.generation <= GENERATION_MAX && name.to_string() == text).then_some(name)
    }
}

/// The clear start of a segment.
#[derive(Debug, Clone)]
pub(crate) struct SegmentHeader {
    pub(crate) class: u8,
    pub(crate) epoch: u32,
    pub(crate) owner: [u8; 16],
    pub(crate) domain: [u8; 16],
    pub(crate) name: SegmentName,
    pub(crate) supersedes: Vec<SegmentName>,
}

/// Bytes of the header before the list of superseded segments.
const FIXED: usize = 8 + 4 + 4 + 16 + 16 + 16 + 8 + 4;

impl SegmentHeader {
    pub(crate) fn new(
        keys: &RepositoryKeys,
        name: SegmentName,
        supersedes: Vec<SegmentName>,
    ) -> Self {
        let RepositoryKeys {
            class,
            epoch,
            owner,
            domain,
            ..
        } = *keys;
        Self {
            class,
            epoch,
            owner,
            domain,
            name,
            supersedes,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC_INDEX.to_vec();
        out.extend_from_slice(&[TYPE_INDEX, VERSION, self.class, 0]);
        out.extend_from_slice(&self.epoch.to_be_bytes());
        for id in [&self.owner, &self.domain, &self.name.writer] {
            out.extend_from_slice(id);
        }
        out.extend_from_slice(&self.name.generation.to_be_bytes());
        out.extend_from_slice(&(self.supersedes.len() as u32).to_be_bytes());
        for name in &self.supersedes {
            out.extend_from_slice(&name.writer);
            out.extend_from_slice(&name.generation.to_be_bytes());
        }
        out
    }

    pub(crate) fn read(file: &StoredFile, path: &Path, size: u64) -> Result<Self, Error> {
        let object = || path.display().to_string();
        let mut bytes = vec![0; FIXED];
        if size < FIXED as u64 {
            return Err(Error::damaged(object(), "is cut short"));
        }
        let read = |buf: &mut [u8], at| {
            let read = file.read_exact_at(buf, at);
            read.map_err(|e| Error::crypto(object(), e.into()))
        };
        read(&mut bytes, 0)?;
        let mut header = Self::decode_fixed(&bytes).map_err(|p| p.in_object(object()))?;
        let count = Cursor::new(&bytes[FIXED - 4..])
            .u32()
            .map_err(|p| p.in_object(object()))?;
        let list = u64::from(count) * 24;
        if count > INDEX_SUPERSEDES_MAX || list > size - FIXED as u64 {
            return Err(Error::damaged(object(), "holds an impossible length"));
        }
        let mut bytes = vec![0; list as usize];
        read(&mut bytes, FIXED as u64)?;
        let mut fields = Cursor::new(&bytes);
        for _ in 0..count {
            let name = superseded(&mut fields).map_err(|p| p.in_object(object()))?;
            header.supersedes.push(name);
        }
        Ok(header)
    }

    fn decode_fixed(bytes: &[u8]) -> Result<Self, Problem> {
        let mut fields = Cursor::new(bytes);
        fields.start(MAGIC_INDEX, TYPE_INDEX)?;
        let class = fields.u8()?;
        fields.zeros(1)?;
        let epoch = fields.u32()?;
        let (owner, domain, writer) = (fields.array()?, fields.array()?, fields.array()?);
        let name = SegmentName {
            generation: fields.u64()?,
            writer,
        };
        Ok(Self {
            class,
            epoch,
            owner,
            domain,
            name,
            supersedes: Vec::new(),
        })
    }

    /// canonical("rsv/v1/index-segment", the header, which holds owner, domain, writer,
    /// generation and type).
    pub(crate) fn context(&self) -> Vec<u8> {
        canonical(&[b"rsv/v1/index-segment", &self.encode()])
    }
}

fn superseded(fields: &mut Cursor<'_>) -> Result<SegmentName, Problem> {
    let writer = fields.array()?;
    Ok(SegmentName {
        generation: fields.u64()?,
        writer,
    })
}

/// One pack in a segment's pack table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackRow {
    pub(crate) salt: [u8; SALT_BYTES],
    /// BLAKE3 of the stored bytes, for checks without a key.
    pub(crate) hash: [u8; 32],
    pub(crate) size: u32,
}

impl PackRow {
    pub(crate) fn encode(&self) -> [u8; INDEX_PACK_BYTES] {
        let mut out = [0; INDEX_PACK_BYTES];
        out[..SALT_BYTES].copy_from_slice(&self.salt);
        out[SALT_BYTES..SALT_BYTES + 32].copy_from_slice(&self.hash);
        out[SALT_BYTES + 32..].copy_from_slice(&self.size.to_be_bytes());
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Problem> {
        let mut fields = Cursor::new(bytes);
        let row = Self {
            salt: fields.array()?,
            hash: fields.array()?,
            size: fields.u32()?,
        };
        if u64::from(row.size) > PACK_BYTES_MAX {
            return Err("lists a pack that cannot be".into());
        }
        Ok(row)
    }
}

/// One blob in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) record: BlobRecord,
    /// Row of the pack table.
    pub(crate) pack: u32,
    pub(crate) offset: u32,
    pub(crate) number: u16,
}

impl Entry {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.record.id);
        let BlobRecord {
            stored_len,
            plain_len,
            codec,
            kind,
            ..
        } = self.record;
        for field in [self.pack, self.offset, stored_len, plain_len] {
            out.extend_from_slice(&field.to_be_bytes());
        }
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&[codec, kind]);
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Problem> {
        let mut fields = Cursor::new(bytes);
        let id = fields.array()?;
        let (pack, offset) = (fields.u32()?, fields.u32()?);
        let (stored_len, plain_len) = (fields.u32()?, fields.u32()?);
        let number = fields.u16()?;
        let record = BlobRecord {
            id,
            stored_len,
            plain_len,
            codec: fields.u8()?,
            kind: fields.u8()?,
        };
        record.check()?;
        Ok(Self {
            record,
            pack,
            offset,
            number,
        })
    }
}

/// The bucket of an id: its first `bits` bits.
pub(crate) fn bucket(id: &[u8; ID_BYTES], bits: u8) -> usize {
    let [a, b, c, d, ..] = *id;
    (u64::from(u32::from_be_bytes([a, b, c, d])) >> (32 - u32::from(bits))) as usize
}
