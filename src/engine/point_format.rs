//! The bytes of a recovery point: a clear header that anyone can chain, and a sealed body.

use crate::crypto::{Secret, canonical, derive, digest};
use crate::engine::bytes::{Cursor, Problem};
use crate::engine::format::{
    CHUNK_LOG2_MAX, CHUNK_LOG2_MIN, CREATED_MS_MAX, DISKS_MAX, ID_BYTES, IMAGE_BYTES_MAX,
    LABEL_BYTES_MAX, MAGIC_POINT, PAGE_IDS, POINT_BODY_MAX, TYPE_POINT, VERSION,
};
use crate::engine::keys::RepositoryKeys;

/// The clear part of a recovery point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointHeader {
    /// Encryption class, as the repository's.
    pub class: u8,
    /// The DEK epoch of the body.
    pub epoch: u32,
    /// The repository's owner.
    pub owner: [u8; 16],
    /// Whose chain the point is in.
    pub item: [u8; 16],
    /// The point's own id.
    pub point: [u8; 16],
    /// Place in the item's chain, counted up by one.
    pub sequence: u64,
    /// Digest of the point before; zero for the first.
    pub previous: [u8; 32],
    /// Unix time in milliseconds.
    pub created_ms: u64,
    /// The caller's bytes, at most 64 KiB; public.
    pub label: Vec<u8>,
    /// SHA-256 of the sealed body.
    pub body_digest: [u8; 32],
    /// Bytes of the sealed body.
    pub body_len: u64,
}

impl PointHeader {
    /// SHA-256 of the header, which covers the body's digest: the point's name in the chain.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.encode())
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = self.encode_front();
        out.extend_from_slice(&self.body_digest);
        out.extend_from_slice(&self.body_len.to_be_bytes());
        out
    }

    /// Everything before the body's digest.
    fn encode_front(&self) -> Vec<u8> {
        let mut out = MAGIC_POINT.to_vec();
        out.extend_from_slice(&[TYPE_POINT, VERSION, self.class, 0]);
        out.extend_from_slice(&self.epoch.to_be_bytes());
        for id in [&self.owner, &self.item, &self.point] {
            out.extend_from_slice(id);
        }
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.previous);
        out.extend_from_slice(&self.created_ms.to_be_bytes());
        out.extend_from_slice(&(self.label.len() as u32).to_be_bytes());
        out.extend_from_slice(&self.label);
        out
    }

    /// Takes the header off a point's file; the body is what is left.
    pub(crate) fn decode(file: &[u8]) -> Result<(Self, &[u8]), Problem> {
        let mut fields = Cursor::new(file);
        fields.start(MAGIC_POINT, TYPE_POINT)?;
        let class = fields.u8()?;
        fields.zeros(1)?;
        let header = Self {
            class,
            epoch: fields.u32()?,
            owner: fields.array()?,
            item: fields.array()?,
            point: fields.array()?,
            sequence: fields.u64()?,
            previous: fields.array()?,
            created_ms: fields.u64()?,
            label: fields.counted(LABEL_BYTES_MAX)?.to_vec(),
            body_digest: fields.array()?,
            body_len: fields.u64()?,
        };
        if header.body_len > POINT_BODY_MAX {
            return Err("holds an impossible length".into());
        }
        if header.created_ms > CREATED_MS_MAX {
            return Err("was made at an impossible time".into());
        }
        Ok((header, fields.rest()))
    }

    /// derive(K_man, "rsv/v1/point", [item, point]).
    pub(crate) fn body_key(&self, keys: &RepositoryKeys) -> Secret<32> {
        derive(&keys.manifest, "rsv/v1/point", &[&self.item, &self.point])
    }

    /// canonical("rsv/v1/rp", the header before the body's digest).
    pub(crate) fn body_context(&self) -> Vec<u8> {
        canonical(&[b"rsv/v1/rp", &self.encode_front()])
    }
}

/// One disk of a recovery point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointDisk {
    /// Logical unit number.
    pub lun: u16,
    /// 0 is the OS disk, 1 a data disk.
    pub role: u8,
    /// The caller's bytes; sealed.
    pub label: Vec<u8>,
    /// Bytes of the image.
    pub size: u64,
    /// Chunk size: 2^n bytes.
    pub chunk_log2: u8,
    /// Bytes of chunks that are neither holes nor zero.
    pub data_bytes: u64,
    /// Of those, bytes no point before had.
    pub new_bytes: u64,
    /// Bytes the new ones take after compression.
    pub stored_bytes: u64,
    /// Ids of the pages of chunk ids; zero is a page of holes.
    pub(crate) pages: Vec<[u8; ID_BYTES]>,
}

impl PointDisk {
    /// Bytes of a chunk.
    pub(crate) fn chunk_bytes(&self) -> u64 {
        1 << self.chunk_log2
    }

    /// Chunks in the image.
    pub(crate) fn chunks(&self) -> u64 {
        self.size.div_ceil(self.chunk_bytes())
    }

    /// Bytes of one chunk; the last may be short.
    pub(crate) fn chunk_len(&self, chunk: u64) -> usize {
        let start = chunk << self.chunk_log2;
        self.size.saturating_sub(start).min(self.chunk_bytes()) as usize
    }

    /// Where a page begins in the image, and how many bytes of it the page is about.
    pub(crate) fn page_range(&self, page: u64) -> (u64, u64) {
        let offset = (page * PAGE_IDS) << self.chunk_log2;
        let length = self.page_ids(page) << self.chunk_log2;
        (offset, length.min(self.size.saturating_sub(offset)))
    }

    /// Chunk ids in one page; the last may hold fewer.
    pub(crate) fn page_ids(&self, page: u64) -> u64 {
        self.chunks().saturating_sub(page * PAGE_IDS).min(PAGE_IDS)
    }
}

pub(crate) fn encode_body(disks: &[PointDisk]) -> Vec<u8> {
    let mut out = (disks.len() as u16).to_be_bytes().to_vec();
    for disk in disks {
        out.extend_from_slice(&disk.lun.to_be_bytes());
        out.push(disk.role);
        out.extend_from_slice(&(disk.label.len() as u32).to_be_bytes());
        out.extend_from_slice(&disk.label);
        out.extend_from_slice(&disk.size.to_be_bytes());
        out.push(disk.chunk_log2);
        for count in [disk.data_bytes, disk.new_bytes, disk.stored_bytes] {
            out.extend_from_slice(&count.to_be_bytes());
        }
        out.extend_from_slice(&(disk.pages.len() as u32).to_be_bytes());
        out.extend(disk.pages.iter().flatten());
    }
    // No tagged sections yet.
    out.extend_from_slice(&0u16.to_be_bytes());
    out
}

pub(crate) fn decode_body(body: &[u8]) -> Result<Vec<PointDisk>, Problem> {
    let mut fields = Cursor::new(body);
    let count = usize::from(fields.u16()?);
    if count > DISKS_MAX {
        return Err("lists too many disks".into());
    }
    let mut disks = Vec::new();
    for _ in 0..count {
        disks.push(decode_disk(&mut fields)?);
    }
    fields.sections()?;
    fields.end()?;
    Ok(disks)
}

fn decode_disk(fields: &mut Cursor<'_>) -> Result<PointDisk, Problem> {
    let mut disk = PointDisk {
        lun: fields.u16()?,
        role: fields.u8()?,
        label: fields.counted(LABEL_BYTES_MAX)?.to_vec(),
        size: fields.u64()?,
        chunk_log2: fields.u8()?,
        data_bytes: fields.u64()?,
        new_bytes: fields.u64()?,
        stored_bytes: fields.u64()?,
        pages: Vec::new(),
    };
    let known = (CHUNK_LOG2_MIN..=CHUNK_LOG2_MAX).contains(&disk.chunk_log2);
    if disk.size > IMAGE_BYTES_MAX || !known {
        return Err("lists a disk that cannot be".into());
    }
    let pages = fields.u32()?;
    if u64::from(pages) != disk.chunks().div_ceil(PAGE_IDS) {
        return Err("lists a disk whose pages do not fit its size".into());
    }
    let ids = fields.bytes(pages as usize * ID_BYTES)?;
    disk.pages = ids.as_chunks::<ID_BYTES>().0.to_vec();
    Ok(disk)
}
