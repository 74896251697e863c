//! Backs up disk images: `pipeline.rs` with a reader of images in front, and the commit behind.

use std::path::PathBuf;

use crate::crypto;
use crate::engine::backup_reader::{ReadCounts, Reader};
use crate::engine::filling::{Filled, Filling};
use crate::engine::format::{
    CREATED_MS_MAX, DISKS_MAX, LABEL_BYTES_MAX, POINT_BODY_MAX, ZSTD_LEVELS,
};
use crate::engine::gate;
use crate::engine::index::Index;
use crate::engine::index_upkeep::merge_if_many;
use crate::engine::intent::{self, Intent, Purpose};
use crate::engine::pipeline::Pipeline;
use crate::engine::point_format::{PointDisk, PointHeader, encode_body};
use crate::engine::points::{self, CommitCheck, check_chain};
use crate::engine::repository::Repository;
use crate::engine::run::Run;
use crate::engine::source::Source;
use crate::engine::unchanged::{DiskOutcome, KnownRead};
use crate::engine::{Error, Observer};

/// Sequence numbers have 16 digits in file names.
const SEQUENCE_MAX: u64 = 9_999_999_999_999_999;

/// An image to back up.
#[derive(Debug, Clone)]
pub struct SourceDisk {
    /// Logical unit number.
    pub lun: u16,
    /// 0 is the OS disk, 1 a data disk.
    pub role: u8,
    /// The caller's bytes, at most 64 KiB; sealed.
    pub label: Vec<u8>,
    /// A raw image or a block device.
    pub path: PathBuf,
}

/// What to back up, and as what.
#[derive(Debug, Clone)]
pub struct BackupRequest {
    /// Whose chain the point joins.
    pub item: [u8; 16],
    /// The new point's id.
    pub point: [u8; 16],
    /// One more than the last point's.
    pub sequence: u64,
    /// Digest of the last point; zero for the first.
    pub previous: [u8; 32],
    /// Unix time in milliseconds.
    pub created_ms: u64,
    /// The caller's bytes, at most 64 KiB; public.
    pub label: Vec<u8>,
    /// The images, in the order they will be listed.
    pub disks: Vec<SourceDisk>,
    /// zstd level, 1 to 19.
    pub level: i32,
    /// Fresh id of this run: names its intent, its packs and its index segments.
    pub writer: [u8; 16],
}

/// A second repository that a backup fills from what it reads once.
#[derive(Clone, Copy)]
pub struct BackupCopy<'a> {
    /// Chunks must be as large as in the first one.
    pub repository: &'a Repository,
    /// Fresh id: names its intent, its packs and its index segments.
    pub writer: [u8; 16],
}

/// What a backup did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupReport {
    /// Digest of the new point: the chain's new head.
    pub digest: [u8; 32],
    /// Bytes of all images, holes included.
    pub bytes_total: u64,
    /// Bytes read.
    pub bytes_read: u64,
    /// Bytes of chunks no point before had.
    pub bytes_new: u64,
    /// Bytes written to the repository: packs, index segments, recovery point.
    pub bytes_stored: u64,
    /// Chunks stored.
    pub chunks_new: u64,
    /// Chunks with data that were there already.
    pub chunks_known: u64,
    /// Chunks read and found zero; holes are not counted.
    pub chunks_zero: u64,
    /// Packs written.
    pub packs: u64,
    /// How the content of each disk was had, in the order of the request.
    pub disks: Vec<DiskOutcome>,
}

impl Repository {
    /// Backs up images as one recovery point.
    ///
    /// `before_commit` runs as the very last step before the point gets its name. Every error
    /// but [`Error::OutcomeUnknown`] means that no point was committed.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Source`], [`Error::Cancelled`], [`Error::Refused`] by
    /// `before_commit`, [`Error::NotCommitted`], [`Error::OutcomeUnknown`], damage or I/O.
    pub fn backup(
        &self,
        request: &BackupRequest,
        observer: &dyn Observer,
        before_commit: impl FnOnce(&PointHeader) -> CommitCheck,
    ) -> Result<BackupReport, Error> {
        self.backup_since(request, &[], observer, before_commit)
    }

    /// As [`Self::backup`], but does not read again what cannot have changed: `known` has the
    /// remembered read of each image, if there is one. An image is taken over when it is a
    /// regular file on a local file system that keeps times, a read lease on it is granted, its
    /// stamp is the remembered one, and the newest point's chunks of it are all still listed.
    ///
    /// # Errors
    /// As [`Self::backup`].
    pub fn backup_since(
        &self,
        request: &BackupRequest,
        known: &[Option<KnownRead>],
        observer: &dyn Observer,
        before_commit: impl FnOnce(&PointHeader) -> CommitCheck,
    ) -> Result<BackupReport, Error> {
        let (report, _) = self.fill(request, known, None, observer, before_commit)?;
        Ok(report)
    }

    /// As [`Self::backup`], and fills a second repository in the same pass. Its point has the same
    /// ids and is the first of its chain; it is committed just before the one here. Every image is
    /// read: the copy has none of their chunks.
    ///
    /// # Errors
    /// As [`Self::backup`]; what was committed in the copy by then is the caller's to remove.
    pub fn backup_twice(
        &self,
        request: &BackupRequest,
        copy: Option<BackupCopy<'_>>,
        observer: &dyn Observer,
        before_commit: impl FnOnce(&PointHeader) -> CommitCheck,
    ) -> Result<(BackupReport, Option<BackupReport>), Error> {
        let known = &[];
        self.fill(request, known, copy, observer, before_commit)
    }

    fn fill(
        &self,
        request: &BackupRequest,
        known: &[Option<KnownRead>],
        copy: Option<BackupCopy<'_>>,
        observer: &dyn Observer,
        before_commit: impl FnOnce(&PointHeader) -> CommitCheck,
    ) -> Result<(BackupReport, Option<BackupReport>), Error> {
        self.check_writable()?;
        check(request)?;
        let draft = self.draft_header(request);
        check_chain(&self.layout, &draft)?;
        let (_intent, generation) = self.intend(&request.writer)?;
        self.settle_epoch()?;
        let _copy_intent = copy
            .map(|copy| copy.repository.intend(&copy.writer))
            .transpose()?;
        if copy.is_some_and(|copy| copy.repository.chunk_log2() != self.chunk_log2()) {
            return Err(Error::Invalid(
                "the two repositories have chunks of different sizes".into(),
            ));
        }

        let mut sources = Vec::new();
        for disk in &request.disks {
            sources.push(Source::open(&disk.path)?);
        }
        let run = Run::new(observer);
        observer.total(sources.iter().map(Source::size).sum());
        let mut filled = self
            .store(request, known, copy, &run, &sources)?
            .into_iter();
        run.go_on()?;
        let (disks, mut report, index) = filled
            .next()
            .ok_or_else(|| Error::Invalid("nothing was stored".into()))?;
        let copied = match (copy, filled.next()) {
            (Some(copy), Some((disks, report, _))) => Some(copy.commit(request, &disks, report)?),
            _ => None,
        };
        let (header, body) = self.seal_point(draft, &disks)?;
        let writer = &request.writer;
        // From here to the commit no collection takes anything out of the index.
        let gate = gate::in_common(&self.layout)?;
        self.relist(index, generation, writer, &disks)?;
        report.bytes_stored += points::commit(&self.layout, writer, &header, &body, before_commit)?;
        drop(gate);
        report.digest = header.digest();
        // The point is committed: that the index stays in more files than it should is no error.
        let _ = merge_if_many(&self.layout, &self.keys, writer);
        Ok((report, copied))
    }

    /// Says that `writer` fills this repository, and since which generation of the index.
    pub(crate) fn intend(&self, writer: &[u8; 16]) -> Result<(Intent, u64), Error> {
        intent::begin(&self.layout, &self.keys, writer, Purpose::Backup)
    }

    /// The header as far as it is known before anything was read.
    fn draft_header(&self, request: &BackupRequest) -> PointHeader {
        let keys = &self.keys.current;
        PointHeader {
            class: keys.class,
            epoch: keys.epoch,
            owner: keys.owner,
            item: request.item,
            point: request.point,
            sequence: request.sequence,
            previous: request.previous,
            created_ms: request.created_ms,
            label: request.label.clone(),
            body_digest: [0; 32],
            body_len: 0,
        }
    }

    pub(crate) fn seal_point(
        &self,
        mut header: PointHeader,
        disks: &[PointDisk],
    ) -> Result<(PointHeader, Vec<u8>), Error> {
        let key = header.body_key(&self.keys.current);
        let body = crypto::seal(&key, &header.body_context(), &encode_body(disks))
            .map_err(|e| Error::crypto("recovery point", e))?;
        header.body_len = body.len() as u64;
        header.body_digest = crypto::digest(&body);
        if header.body_len > POINT_BODY_MAX {
            return Err(Error::Invalid(
                "the images are too large for one recovery point".into(),
            ));
        }
        Ok((header, body))
    }

    /// Stores what is new of all images; afterwards it is durable and listed. The first result is
    /// this repository's, the second the copy's.
    fn store(
        &self,
        request: &BackupRequest,
        known: &[Option<KnownRead>],
        copy: Option<BackupCopy<'_>>,
        run: &Run<'_>,
        sources: &[Source],
    ) -> Result<Vec<Filled>, Error> {
        // One index throughout: what a collection takes out of it meanwhile, `relist` finds here.
        let index = Index::load(&self.layout, &self.keys)?;
        let (reused, index) = self.unchanged(request, known, sources, index);
        let sizes = || sources.iter().map(Source::size);
        let mut fillings = vec![Filling::new(self, request.writer, index, sizes())];
        if let Some(copy) = copy {
            let Repository { layout, keys, .. } = copy.repository;
            let index = Index::load(layout, keys)?;
            fillings.push(Filling::new(copy.repository, copy.writer, index, sizes()));
        }
        let read = ReadCounts::of(sources);
        let pipeline = Pipeline {
            run,
            fillings: &fillings,
            point: request.point,
            level: request.level,
            chunk_bytes: 1 << self.chunk_log2(),
        };
        let written = pipeline.run(&mut |feed| {
            let mut reader = Reader {
                run: feed.run,
                pages: feed.pages,
                counts: &read,
                reused: &reused,
                chunk_bytes: 1 << self.chunk_log2(),
                buffers: feed.buffers,
                work: feed.work,
                spare: None,
            };
            reader.read(sources)
        });
        run.finish()?;
        let results = fillings.into_iter().zip(written);
        Ok(results
            .map(|(filling, written)| {
                filling.finish(
                    request,
                    sources,
                    &reused,
                    &read,
                    written.unwrap_or_default(),
                )
            })
            .collect())
    }
}

impl BackupCopy<'_> {
    /// Commits the point of the copy.
    fn commit(
        &self,
        request: &BackupRequest,
        disks: &[PointDisk],
        mut report: BackupReport,
    ) -> Result<BackupReport, Error> {
        let mut draft = self.repository.draft_header(request);
        (draft.sequence, draft.previous) = (1, [0; 32]);
        let (header, body) = self.repository.seal_point(draft, disks)?;
        let layout = &self.repository.layout;
        report.bytes_stored += points::commit(layout, &self.writer, &header, &body, |_| Ok(()))?;
        report.digest = header.digest();
        Ok(report)
    }
}

fn check(request: &BackupRequest) -> Result<(), Error> {
    let labels = request
        .disks
        .iter()
        .map(|d| &d.label)
        .chain([&request.label]);
    let problem = if request.disks.is_empty() || request.disks.len() > DISKS_MAX {
        "a recovery point has 1 to 1,024 disks"
    } else if labels
        .into_iter()
        .any(|label| label.len() > LABEL_BYTES_MAX)
    {
        "a label is longer than 64 KiB"
    } else if !ZSTD_LEVELS.contains(&request.level) {
        "the compression level is not from 1 to 19"
    } else if request.sequence == 0 || request.sequence > SEQUENCE_MAX {
        "the sequence number is not from 1 to 16 digits"
    } else if request.created_ms > CREATED_MS_MAX {
        "the calendar ends before the time of the recovery point"
    } else {
        return Ok(());
    };
    Err(Error::Invalid(problem.into()))
}
