//! A repository while a backup fills it, and what came of it in the end.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::backup::{BackupReport, BackupRequest};
use crate::engine::backup_reader::ReadCounts;
use crate::engine::backup_worker::DiskCounts;
use crate::engine::dedup::Dedup;
use crate::engine::index::Index;
use crate::engine::pack_sink::SinkStats;
use crate::engine::pages::PageTable;
use crate::engine::point_format::PointDisk;
use crate::engine::repository::Repository;
use crate::engine::source::Source;

/// What the point lists, what was done, and the index it was done by.
pub(crate) type Filled = (Vec<PointDisk>, BackupReport, Index);

/// A repository while it is filled.
pub(crate) struct Filling<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) writer: [u8; 16],
    pub(crate) dedup: Dedup,
    pub(crate) pages: PageTable,
    pub(crate) counts: Vec<DiskCounts>,
}

impl<'a> Filling<'a> {
    /// `index` is the repository's, as it was at the start; `sizes` are those of the images.
    pub(crate) fn new(
        repository: &'a Repository,
        writer: [u8; 16],
        index: Index,
        sizes: impl Iterator<Item = u64> + Clone,
    ) -> Self {
        let chunk_log2 = repository.chunk_log2();
        let chunks = |size: u64| size.div_ceil(1 << chunk_log2);
        Self {
            repository,
            writer,
            dedup: Dedup::new(index),
            pages: PageTable::new(sizes.clone().map(chunks)),
            counts: sizes.map(|_| DiskCounts::default()).collect(),
        }
    }

    /// Sums up; a disk of `reused` was not read, and is listed as it is there.
    pub(crate) fn finish(
        self,
        request: &BackupRequest,
        sources: &[Source],
        reused: &[Option<PointDisk>],
        read: &ReadCounts,
        written: SinkStats,
    ) -> Filled {
        let (counts, chunk_log2) = (&self.counts, self.repository.chunk_log2());
        let found = sources.iter().zip(counts).zip(self.pages.finish());
        let disks = request.disks.iter().zip(reused).zip(found);
        let disks = disks.map(|((disk, reused), ((source, counts), pages))| {
            reused.clone().unwrap_or_else(|| PointDisk {
                lun: disk.lun,
                role: disk.role,
                label: disk.label.clone(),
                size: source.size(),
                chunk_log2,
                data_bytes: counts.data_bytes.load(Ordering::Relaxed),
                new_bytes: counts.new_bytes.load(Ordering::Relaxed),
                stored_bytes: counts.stored_bytes.load(Ordering::Relaxed),
                pages,
            })
        });
        let disks = disks.collect();
        let sum = |count: fn(&DiskCounts) -> &AtomicU64| {
            counts
                .iter()
                .map(|c| count(c).load(Ordering::Relaxed))
                .sum()
        };
        let report = BackupReport {
            digest: [0; 32],
            bytes_total: sources.iter().map(Source::size).sum(),
            bytes_read: read.bytes.load(Ordering::Relaxed),
            bytes_new: sum(|c| &c.new_bytes),
            bytes_stored: written.bytes,
            chunks_new: sum(|c| &c.new_chunks),
            chunks_known: sum(|c| &c.known_chunks),
            chunks_zero: read.zero_chunks.load(Ordering::Relaxed),
            packs: written.packs,
            disks: read.outcomes(),
        };
        (disks, report, self.dedup.into_index())
    }
}
