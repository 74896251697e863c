//! Images that need not be read again, because nothing can have changed since they were read.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::engine::Error;
use crate::engine::backup::BackupRequest;
use crate::engine::blobs::{Blobs, Scratch, Want};
use crate::engine::format::{ID_HOLE, KIND_DATA, PAGE_IDS};
use crate::engine::index::Index;
use crate::engine::point_format::PointDisk;
use crate::engine::repository::Repository;
use crate::engine::source::{Source, Stamp};

/// A write this long before a read starts has a time of its own, whatever the clock's grain.
const SETTLED: Duration = Duration::from_secs(2);

/// A read of an image that the caller remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRead {
    /// What the file was then, as [`DiskOutcome::stamp`] gave it.
    pub stamp: String,
    /// The recovery point that holds what was read; it has to be the item's newest.
    pub point: [u8; 16],
}

/// How the content of one disk came into a recovery point.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskOutcome {
    /// The content was not read again: it is that of the point before.
    pub unchanged: bool,
    /// What the file was, if a later backup may rely on this read.
    pub stamp: Option<String>,
    /// When the read began: Unix time in milliseconds, by the system's clock.
    pub read_ms: u64,
}

impl DiskOutcome {
    /// Of a disk that was not read.
    pub(crate) fn taken_over() -> Self {
        Self {
            unchanged: true,
            ..Self::default()
        }
    }
}

/// A read of an image that is going on.
pub(crate) struct Look {
    before: Option<Stamp>,
    started: SystemTime,
}

impl Look {
    /// Before the first byte is read.
    pub(crate) fn start(source: &Source) -> Self {
        Self {
            before: source.quiet_stamp(),
            started: SystemTime::now(),
        }
    }

    /// After the last byte: the read can be relied on when nobody wrote from its start on, and
    /// the last write before has a time that no later write can have too.
    pub(crate) fn end(self, source: &Source) -> DiskOutcome {
        let since_epoch = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let started = since_epoch(self.started);
        let settled = |stamp: &Stamp| stamp.last_write() + SETTLED <= started;
        let stamp = self
            .before
            .filter(|before| settled(before) && source.quiet_stamp().as_ref() == Some(before));
        DiskOutcome {
            unchanged: false,
            stamp: stamp.map(|stamp| stamp.to_string()),
            read_ms: started.as_millis() as u64,
        }
    }
}

impl Repository {
    /// For each image the disk of the newest point that already holds its content, if any.
    ///
    /// Every chunk must still be listed in `index`, which is given back: a repaired repository
    /// gets back what it lacks.
    pub(crate) fn unchanged(
        &self,
        request: &BackupRequest,
        known: &[Option<KnownRead>],
        sources: &[Source],
        index: Index,
    ) -> (Vec<Option<PointDisk>>, Index) {
        let blobs = Blobs::new(&self.layout, &self.keys, index);
        let mut reused = Vec::new();
        for (number, (disk, source)) in request.disks.iter().zip(sources).enumerate() {
            let same = known.get(number).and_then(Option::as_ref).filter(|read| {
                source
                    .quiet_stamp()
                    .is_some_and(|s| s.to_string() == read.stamp)
            });
            let found = same.and_then(|read| {
                let found = self
                    .disk_before(request, read, disk.lun, disk.role)
                    .ok()??;
                let fits = found.size == source.size() && found.chunk_log2 == self.chunk_log2();
                (fits && holds(&blobs, &found).ok()?).then_some(found)
            });
            reused.push(found.map(|found| PointDisk {
                label: disk.label.clone(),
                new_bytes: 0,
                stored_bytes: 0,
                ..found
            }));
        }
        (reused, blobs.into_index())
    }

    /// The disk in the point that the new one follows; ids mean something in one epoch only.
    fn disk_before(
        &self,
        request: &BackupRequest,
        read: &KnownRead,
        lun: u16,
        role: u8,
    ) -> Result<Option<PointDisk>, Error> {
        let (header, disks) = self.read_disks(&request.item, &read.point)?;
        if header.digest() != request.previous || header.epoch != self.keys.current.epoch {
            return Ok(None);
        }
        let same = |disk: &PointDisk| disk.lun == lun && disk.role == role;
        Ok(disks.into_iter().find(same))
    }
}

/// True when all pages open and the index lists every chunk.
fn holds(blobs: &Blobs, disk: &PointDisk) -> Result<bool, Error> {
    let mut scratch = Scratch::new()?;
    for (page, id) in (0u64..).zip(&disk.pages) {
        if *id == ID_HOLE {
            continue;
        }
        let ids = blobs.page(id, disk.page_ids(page), &mut scratch)?;
        let numbered = (page * PAGE_IDS..).zip(&ids);
        for (number, id) in numbered.filter(|(_, id)| **id != ID_HOLE) {
            let want = Want {
                id: *id,
                start: 0,
                len: disk.chunk_len(number),
            };
            blobs.locate(KIND_DATA, &want)?;
        }
    }
    Ok(true)
}
