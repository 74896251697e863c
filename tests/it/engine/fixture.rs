//! A repository in a temporary folder, images to put into it, and what comes out again.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rsvault::crypto::Secret;
use rsvault::engine::{
    BackupReport, BackupRequest, CommitCheck, Error, KeySet, KnownRead, Observer, PointHeader,
    Repository, RepositoryKeys, SourceDisk, points,
};
use tempfile::TempDir;

pub(crate) use crate::harness::files;

pub(crate) const ITEM: [u8; 16] = [7; 16];
/// 4 KiB chunks: many of them in small images.
pub(crate) const SMALL: u8 = 12;

/// A repository and the head of one item's chain.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
    pub(crate) repository: Repository,
    pub(crate) dek: [u8; 32],
    head: Mutex<(u64, [u8; 32])>,
}

pub(crate) fn keys(dek: [u8; 32], owner: [u8; 16]) -> KeySet {
    let dek = Secret::take(&mut dek.clone());
    KeySet::new(RepositoryKeys::derive(&dek, owner, 1, 2, [3; 16]))
}

pub(crate) fn random_id() -> [u8; 16] {
    rsvault::crypto::random().unwrap()
}

impl Home {
    pub(crate) fn new(chunk_log2: u8) -> Self {
        Self::with_key(chunk_log2, [5; 32], [9; 16])
    }

    pub(crate) fn with_key(chunk_log2: u8, dek: [u8; 32], owner: [u8; 16]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("repository");
        let repository = Repository::create(&dir, keys(dek, owner), chunk_log2).unwrap();
        Self {
            folder,
            repository,
            dek,
            head: Mutex::new((0, [0; 32])),
        }
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens the same repository again, as another process would.
    pub(crate) fn reopen(&self) -> Result<Repository, Error> {
        Repository::open(&self.dir(), keys(self.dek, self.repository.config().owner))
    }

    pub(crate) fn image(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The request that follows the chain's head.
    pub(crate) fn request(&self, images: &[&Path]) -> BackupRequest {
        let (sequence, previous) = *self.head.lock().unwrap();
        let disk = |(lun, path): (usize, &&Path)| SourceDisk {
            lun: lun as u16,
            role: u8::from(lun > 0),
            label: format!("disk {lun}").into_bytes(),
            path: path.to_path_buf(),
        };
        BackupRequest {
            item: ITEM,
            point: random_id(),
            sequence: sequence + 1,
            previous,
            created_ms: 1_795_000_000_000,
            label: b"label".to_vec(),
            disks: images.iter().enumerate().map(disk).collect(),
            level: 3,
            writer: random_id(),
        }
    }

    pub(crate) fn try_backup(&self, images: &[&Path]) -> Result<([u8; 16], BackupReport), Error> {
        self.run(&self.request(images), &(), |_| Ok(()))
    }

    pub(crate) fn run(
        &self,
        request: &BackupRequest,
        observer: &dyn Observer,
        check: impl FnOnce(&PointHeader) -> CommitCheck,
    ) -> Result<([u8; 16], BackupReport), Error> {
        let report = self.repository.backup(request, observer, check)?;
        *self.head.lock().unwrap() = (request.sequence, report.digest);
        Ok((request.point, report))
    }

    /// A backup that may take over disks of the newest point.
    pub(crate) fn backup_since(
        &self,
        request: &BackupRequest,
        known: &[Option<KnownRead>],
    ) -> ([u8; 16], BackupReport) {
        let done = self
            .repository
            .backup_since(request, known, &(), |_| Ok(()));
        let report = done.unwrap();
        *self.head.lock().unwrap() = (request.sequence, report.digest);
        (request.point, report)
    }

    pub(crate) fn backup(&self, image: &Path) -> ([u8; 16], BackupReport) {
        self.try_backup(&[image]).unwrap()
    }

    /// The bytes of a disk of a point, as a stream gives them.
    pub(crate) fn try_restore(&self, point: &[u8; 16], disk: usize) -> Result<Vec<u8>, Error> {
        let point = self.reopen()?.open_point(&ITEM, point)?;
        let mut out = vec![0; point.disks().get(disk).map_or(0, |d| d.size as usize)];
        let mut end = 0;
        point.stream(disk, &(), &mut |offset, bytes| {
            assert!(offset >= end, "data comes in order");
            end = offset + bytes.len() as u64;
            out[offset as usize..end as usize].copy_from_slice(bytes);
            Ok(())
        })?;
        Ok(out)
    }

    pub(crate) fn restore(&self, point: &[u8; 16]) -> Vec<u8> {
        self.try_restore(point, 0).unwrap()
    }

    pub(crate) fn chain(&self) -> Result<Vec<PointHeader>, Error> {
        points(&self.dir(), None, &ITEM)
    }

    /// Every file below a folder of the repository.
    pub(crate) fn files(&self, folder: &str) -> Vec<PathBuf> {
        files(&self.dir().join(folder))
    }
}

/// Bytes of all files below a folder.
pub(crate) fn stored(folder: &Path) -> u64 {
    files(folder)
        .iter()
        .map(|path| path.metadata().unwrap().len())
        .sum()
}

/// Bytes that do not compress, the same for the same seed (SplitMix64).
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut out = Vec::with_capacity(len + 8);
    while out.len() < len {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        out.extend_from_slice(&(word ^ (word >> 31)).to_le_bytes());
    }
    out.truncate(len);
    out
}

/// A file of `size` bytes that is a hole but for these stretches.
pub(crate) fn sparse(path: &Path, size: u64, stretches: &[(u64, &[u8])]) {
    let file = File::create(path).unwrap();
    file.set_len(size).unwrap();
    for (offset, bytes) in stretches {
        file.write_all_at(bytes, *offset).unwrap();
    }
    file.sync_all().unwrap();
}

/// Flips one bit.
pub(crate) fn flip(path: &Path, position: usize, bit: u8) {
    let mut bytes = fs::read(path).unwrap();
    bytes[position] ^= 1 << bit;
    overwrite(path, &bytes);
}

pub(crate) fn overwrite(path: &Path, bytes: &[u8]) {
    File::create(path).unwrap().write_all(bytes).unwrap();
}
