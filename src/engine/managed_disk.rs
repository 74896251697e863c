//! A managed disk at rest: one sealed stream over its data extents, one over their map, and the
//! wrap of its key beside them. Written once; holes cost nothing.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::crypto::{Room as _, Secret, StreamWriter, canonical, derive, seal};
use crate::engine::bytes::id_text;
use crate::engine::error::AtPath;
use crate::engine::format::{
    DISK_HEADER_BYTES, IMAGE_BYTES_MAX, MAGIC_DISK, TYPE_DISK_DATA, TYPE_DISK_MAP, VERSION,
};
use crate::engine::wraps::{read_wrap, replace_wrap};
use crate::engine::write_behind::WriteBehind;
use crate::engine::{Error, Extent, files};

/// The two sealed files of a disk.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    Data,
    Map,
}

impl Part {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Map => "map",
        }
    }

    pub(crate) fn type_byte(self) -> u8 {
        match self {
            Self::Data => TYPE_DISK_DATA,
            Self::Map => TYPE_DISK_MAP,
        }
    }

    /// magic, type, version, six zero bytes, disk id.
    pub(crate) fn header(self, id: &[u8; 16]) -> Vec<u8> {
        let mut out = MAGIC_DISK.to_vec();
        out.extend_from_slice(&[self.type_byte(), VERSION, 0, 0, 0, 0, 0, 0]);
        out.extend_from_slice(id);
        debug_assert_eq!(out.len(), DISK_HEADER_BYTES);
        out
    }

    /// derive(DEK, "rsv/v1/disk-data" or "rsv/v1/disk-map").
    pub(crate) fn key(self, dek: &Secret<32>) -> Secret<32> {
        match self {
            Self::Data => derive(dek, "rsv/v1/disk-data", &[]),
            Self::Map => derive(dek, "rsv/v1/disk-map", &[]),
        }
    }

    /// canonical("rsv-disk", disk id, format, "data" or "map").
    pub(crate) fn context(self, id: &[u8; 16]) -> Vec<u8> {
        canonical(&[b"rsv-disk", id, &[VERSION], self.name().as_bytes()])
    }
}

pub(crate) fn disk_folder(dir: &Path, id: &[u8; 16]) -> PathBuf {
    dir.join(id_text(id))
}

/// Writes a managed disk; dropped before [`DiskWriter::finish`], it leaves nothing.
pub struct DiskWriter {
    id: [u8; 16],
    size: u64,
    extents: Vec<Extent>,
    stream: Option<StreamWriter<WriteBehind>>,
    map_key: Secret<32>,
    partial: PathBuf,
    to: PathBuf,
    finished: bool,
}

impl DiskWriter {
    /// Starts the disk `id` of `size` bytes in `dir`, under `<id>.partial`.
    ///
    /// `dek` must be used for this disk only.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Invalid`], or I/O.
    pub fn create(dir: &Path, id: [u8; 16], dek: &Secret<32>, size: u64) -> Result<Self, Error> {
        if size > IMAGE_BYTES_MAX {
            return Err(Error::Invalid("a disk is larger than 256 TiB".into()));
        }
        let to = disk_folder(dir, &id);
        let partial = dir.join(format!("{}.partial", id_text(&id)));
        if to.symlink_metadata().is_ok() {
            return Err(Error::Exists(to));
        }
        if !files::create_folder(&partial)? {
            return Err(Error::Exists(partial));
        }
        // From here on, dropping the writer removes the folder.
        let mut writer = Self {
            id,
            size,
            extents: Vec::new(),
            stream: None,
            map_key: Part::Map.key(dek),
            partial,
            to,
            finished: false,
        };
        let path = writer.partial.join(Part::Data.name());
        // The header goes the same way, so that all writes start on page boundaries.
        let mut behind = WriteBehind::new(files::create_new(&path)?);
        let header = Part::Data.header(&id);
        behind
            .room(header.len())
            .at("write", &path)?
            .copy_from_slice(&header);
        let (key, context) = (Part::Data.key(dek), Part::Data.context(&id));
        let stream = StreamWriter::create(behind, &key, &context);
        let object = path.display().to_string();
        writer.stream = Some(stream.map_err(|e| Error::crypto(object, e))?);
        Ok(writer)
    }

    /// Adds data at `offset`, which must not lie before the end of what was added last.
    ///
    /// # Errors
    /// [`Error::Invalid`] out of order or past the end, or I/O.
    pub fn write_extent(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let end = offset
            .checked_add(bytes.len() as u64)
            .filter(|end| *end <= self.size);
        let in_order = self.extents.last().is_none_or(|last| last.end() <= offset);
        if end.is_none() || !in_order {
            return Err(Error::Invalid(
                "disk data comes out of order or past the end".into(),
            ));
        }
        let path = self.partial.join(Part::Data.name());
        let Some(stream) = &mut self.stream else {
            return Err(Error::Invalid("the disk is finished".into()));
        };
        stream.write_all(bytes).at("write", &path)?;
        Extent::push(&mut self.extents, offset, bytes.len() as u64);
        Ok(())
    }

    /// Puts the wrap of the disk's key beside it before the disk has its name.
    ///
    /// # Errors
    /// [`Error::Invalid`] above 64 KiB, or I/O.
    pub fn put_wrap(&mut self, wrap: &[u8]) -> Result<(), Error> {
        replace_wrap(&self.partial, &wrap_name(None), wrap)
    }

    /// Makes the disk durable and gives it its name.
    ///
    /// # Errors
    /// [`Error::Exists`] when the name was taken meanwhile, or I/O.
    pub fn finish(mut self) -> Result<(), Error> {
        let path = self.partial.join(Part::Data.name());
        let Some(stream) = self.stream.take() else {
            return Err(Error::Invalid("the disk is finished".into()));
        };
        let object = path.display().to_string();
        let behind = stream.finish().map_err(|e| Error::crypto(object, e))?;
        let file: File = behind.finish().at("write", &path)?;
        file.sync_all().at("sync", &path)?;
        self.write_map()?;
        files::sync_folder(&self.partial)?;
        files::rename_new(&self.partial, &self.to)?;
        self.finished = true;
        files::sync_folder(files::parent(&self.to))
    }

    /// Image size, count, then offset and length of every extent.
    fn write_map(&self) -> Result<(), Error> {
        let mut plain = self.size.to_be_bytes().to_vec();
        plain.extend_from_slice(&(self.extents.len() as u64).to_be_bytes());
        for extent in &self.extents {
            plain.extend_from_slice(&extent.offset.to_be_bytes());
            plain.extend_from_slice(&extent.len.to_be_bytes());
        }
        let path = self.partial.join(Part::Map.name());
        let object = path.display().to_string();
        let sealed = seal(&self.map_key, &Part::Map.context(&self.id), &plain)
            .map_err(|e| Error::crypto(object, e))?;
        let mut file = files::create_new(&path)?;
        file.write_all(&Part::Map.header(&self.id))
            .at("write", &path)?;
        file.write_all(&sealed).at("write", &path)?;
        file.sync_all().at("sync", &path)
    }
}

impl Drop for DiskWriter {
    fn drop(&mut self) {
        if !self.finished {
            // Ends the writing thread first.
            drop(self.stream.take());
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

/// Stores the wrap of a managed disk's key beside it, replacing the one of that name atomically.
/// `name`: see [`wrap_name`].
///
/// # Errors
/// [`Error::NotFound`] without such a disk, [`Error::Invalid`] above 64 KiB, or I/O.
pub fn put_disk_wrap(
    dir: &Path,
    id: &[u8; 16],
    name: Option<&[u8; 16]>,
    wrap: &[u8],
) -> Result<(), Error> {
    let folder = disk_folder(dir, id);
    if !folder.is_dir() {
        return Err(Error::NotFound(format!("managed disk {}", id_text(id))));
    }
    replace_wrap(&folder, &wrap_name(name), wrap)
}

/// The wrap of a managed disk's key. `name`: see [`wrap_name`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Damaged`] when too long, or I/O.
pub fn get_disk_wrap(dir: &Path, id: &[u8; 16], name: Option<&[u8; 16]>) -> Result<Vec<u8>, Error> {
    read_wrap(&disk_folder(dir, id), &wrap_name(name))
}

/// The file of a disk's wrap: `wrap`, or `wrap-<id text>` once it went to another owner's key. The
/// caller's state says which one counts.
#[must_use]
pub fn wrap_name(name: Option<&[u8; 16]>) -> String {
    name.map_or_else(|| "wrap".into(), |id| format!("wrap-{}", id_text(id)))
}
