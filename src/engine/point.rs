//! An opened recovery point: its disks, their extents, and any byte of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::crypto::{self, random};
use crate::engine::blobs::{Blobs, Scratch, Want};
use crate::engine::bytes::{hex, id_text};
use crate::engine::format::{ID_BYTES, ID_HOLE, KIND_DATA, PAGE_IDS};
use crate::engine::index::Index;
use crate::engine::intent::{self, Intent, Purpose};
use crate::engine::point_format::{PointDisk, PointHeader, decode_body};
use crate::engine::points::read_point;
use crate::engine::repository::Repository;
use crate::engine::{Error, Extent};

/// Pages kept: 1 MiB at most.
const PAGES_KEPT: usize = 8;
/// Chunks kept for random access.
const CHUNKS_KEPT: usize = 8;

/// The chunk ids of a page.
pub(crate) type Page = Arc<Vec<[u8; ID_BYTES]>>;

/// An opened recovery point. Keeps garbage collection away from its packs until dropped.
pub struct Point {
    header: PointHeader,
    disks: Vec<PointDisk>,
    blobs: Blobs,
    recent: Mutex<Recent>,
    _intent: Option<Intent>,
}

/// What was used last.
struct Recent {
    scratch: Scratch,
    pages: VecDeque<((usize, u64), Page)>,
    chunks: VecDeque<([u8; ID_BYTES], Arc<Vec<u8>>)>,
}

impl Repository {
    /// Opens a recovery point for reading.
    ///
    /// Whether the point is in an intact chain is [`points`](crate::engine::points)' matter.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Damaged`], or I/O.
    pub fn open_point(&self, item: &[u8; 16], point: &[u8; 16]) -> Result<Point, Error> {
        // The intent comes first: what the point names cannot be collected from here on.
        let intent = self.hold()?;
        let (header, disks) = self.read_disks(item, point)?;
        let index = Index::load(&self.layout, &self.keys)?;
        let recent = Recent {
            scratch: Scratch::new()?,
            pages: VecDeque::new(),
            chunks: VecDeque::new(),
        };
        Ok(Point {
            header,
            disks,
            blobs: Blobs::new(&self.layout, &self.keys, index),
            recent: Mutex::new(recent),
            _intent: intent,
        })
    }

    /// Proves that a recovery point's manifest is authentic, without its data.
    ///
    /// # Errors
    /// As [`Self::open_point`].
    pub fn check_manifest(&self, item: &[u8; 16], point: &[u8; 16]) -> Result<(), Error> {
        self.read_disks(item, point).map(drop)
    }

    /// The disks that a recovery point lists, without their data.
    ///
    /// # Errors
    /// As [`Self::open_point`].
    pub fn list_disks(&self, item: &[u8; 16], point: &[u8; 16]) -> Result<Vec<PointDisk>, Error> {
        self.read_disks(item, point).map(|(_, disks)| disks)
    }

    /// Says that this process reads the index from now on; `None` on a read-only file system,
    /// from which nothing can be collected.
    pub(crate) fn hold(&self) -> Result<Option<Intent>, Error> {
        let reader = random::<16>().map_err(|e| Error::crypto("reader id", e))?;
        match intent::begin(&self.layout, &self.keys, &reader, Purpose::Restore) {
            Err(Error::Io { source, .. })
                if source.kind() == std::io::ErrorKind::ReadOnlyFilesystem =>
            {
                Ok(None)
            }
            other => other.map(|(intent, _)| Some(intent)),
        }
    }

    /// Reads and opens the manifest of a point: its header and its disks.
    pub(crate) fn read_disks(
        &self,
        item: &[u8; 16],
        point: &[u8; 16],
    ) -> Result<(PointHeader, Vec<PointDisk>), Error> {
        let (header, body) = read_point(&self.layout, item, point)?;
        let disks = self.open_manifest(&header, &body)?;
        Ok((header, disks))
    }

    /// Opens the sealed body of a point.
    pub(crate) fn open_manifest(
        &self,
        header: &PointHeader,
        body: &[u8],
    ) -> Result<Vec<PointDisk>, Error> {
        let object = || format!("recovery point {}", id_text(&header.point));
        let keys = self
            .keys
            .epoch(header.epoch)
            .filter(|keys| header.owner == keys.owner && header.class == keys.class)
            .filter(|keys| keys.reaches(&header.item, header.sequence));
        let keys = keys.ok_or_else(|| Error::damaged(object(), "belongs elsewhere"))?;
        let (key, context) = (header.body_key(keys), header.body_context());
        let body = crypto::open(&key, &context, body, "the manifest")
            .map_err(|e| Error::crypto(object(), e))?;
        decode_body(&body).map_err(|p| p.in_object(object()))
    }
}

impl Point {
    /// The point's clear header.
    #[must_use]
    pub fn header(&self) -> &PointHeader {
        &self.header
    }

    /// The disks, in the order they were backed up.
    #[must_use]
    pub fn disks(&self) -> &[PointDisk] {
        &self.disks
    }

    /// Fills `buf` from `offset` of a disk, by its place in [`Self::disks`]; holes are zero.
    ///
    /// # Errors
    /// [`Error::Invalid`] past the end, [`Error::Damaged`], or I/O.
    pub fn read_at(&self, disk: usize, offset: u64, mut buf: &mut [u8]) -> Result<(), Error> {
        let size = self.disk(disk)?.size;
        if offset
            .checked_add(buf.len() as u64)
            .is_none_or(|end| end > size)
        {
            return Err(Error::Invalid(format!("disk {disk} ends at {size}")));
        }
        let chunk_log2 = self.disk(disk)?.chunk_log2;
        let mut at = offset;
        while !buf.is_empty() {
            let number = at >> chunk_log2;
            let start = (at - (number << chunk_log2)) as usize;
            let len = self.disk(disk)?.chunk_len(number) - start;
            let (now, later) = buf.split_at_mut(len.min(buf.len()));
            match self.chunk(disk, number)? {
                Some(chunk) => now.copy_from_slice(&chunk[start..start + now.len()]),
                None => now.fill(0),
            }
            at += now.len() as u64;
            buf = later;
        }
        Ok(())
    }

    /// The stretches of a disk that hold data, in whole chunks, neighbours merged.
    ///
    /// # Errors
    /// [`Error::Damaged`], or I/O.
    pub fn extents(&self, disk: usize) -> Result<Vec<Extent>, Error> {
        let info = self.disk(disk)?;
        let mut extents: Vec<Extent> = Vec::new();
        for page in 0..info.pages.len() as u64 {
            let Some(ids) = self.page(disk, page)? else {
                continue;
            };
            let numbered = (page * PAGE_IDS..).zip(ids.iter());
            for (number, _) in numbered.filter(|(_, id)| **id != ID_HOLE) {
                let offset = number << info.chunk_log2;
                Extent::push(&mut extents, offset, info.chunk_len(number) as u64);
            }
        }
        Ok(extents)
    }

    pub(crate) fn disk(&self, disk: usize) -> Result<&PointDisk, Error> {
        self.disks
            .get(disk)
            .ok_or_else(|| Error::NotFound(format!("disk {disk} of the recovery point")))
    }

    pub(crate) fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// The chunk ids of a page; `None` when all of it is a hole.
    pub(crate) fn page(&self, disk: usize, page: u64) -> Result<Option<Page>, Error> {
        let info = self.disk(disk)?;
        let id = info.pages.get(page as usize).copied().unwrap_or(ID_HOLE);
        if id == ID_HOLE {
            return Ok(None);
        }
        let recent = &mut *self.recent();
        if let Some((_, found)) = recent.pages.iter().find(|(key, _)| *key == (disk, page)) {
            return Ok(Some(Arc::clone(found)));
        }
        let ids = self
            .blobs
            .page(&id, info.page_ids(page), &mut recent.scratch)
            .map_err(|e| e.within(&format!("disk {}: page {page}", info.lun)))?;
        let ids = Arc::new(ids);
        keep(
            &mut recent.pages,
            PAGES_KEPT,
            ((disk, page), Arc::clone(&ids)),
        );
        Ok(Some(ids))
    }

    /// The bytes of a chunk; `None` when it is a hole.
    fn chunk(&self, disk: usize, number: u64) -> Result<Option<Arc<Vec<u8>>>, Error> {
        let Some(page) = self.page(disk, number / PAGE_IDS)? else {
            return Ok(None);
        };
        let id = page
            .get((number % PAGE_IDS) as usize)
            .copied()
            .unwrap_or(ID_HOLE);
        if id == ID_HOLE {
            return Ok(None);
        }
        let info = self.disk(disk)?;
        let len = info.chunk_len(number);
        let recent = &mut *self.recent();
        let known = recent
            .chunks
            .iter()
            .find(|(known, bytes)| *known == id && bytes.len() == len);
        if let Some((_, found)) = known {
            return Ok(Some(Arc::clone(found)));
        }
        let mut bytes = vec![0; len];
        let want = [Want { id, start: 0, len }];
        self.blobs
            .fetch(KIND_DATA, &want, &mut bytes, &mut recent.scratch)
            .map_err(|(_, e)| chunk_error(info, number, &id, e))?;
        let bytes = Arc::new(bytes);
        keep(&mut recent.chunks, CHUNKS_KEPT, (id, Arc::clone(&bytes)));
        Ok(Some(bytes))
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep<T>(kept: &mut VecDeque<T>, most: usize, new: T) {
    if kept.len() >= most {
        kept.pop_front();
    }
    kept.push_back(new);
}

/// Says of which disk, offset and chunk an error is; the pack is in it already.
pub(crate) fn chunk_error(
    disk: &PointDisk,
    number: u64,
    id: &[u8; ID_BYTES],
    error: Error,
) -> Error {
    let offset = number << disk.chunk_log2;
    error.within(&format!(
        "disk {} at offset {offset}: chunk {}",
        disk.lun,
        hex(id)
    ))
}
