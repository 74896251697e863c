//! Paths a person gives: the images behind a machine's disks, the folder of a storage account.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::domain::Refusal;
use crate::state::Home;

/// A raw image or a block device that was there and could be read.
#[derive(Debug, Clone)]
pub struct DiskImage {
    path: PathBuf,
    identity: (u64, u64),
}

impl DiskImage {
    /// Its absolute path, as it was given: a link stays a link.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// True when both are one file or device, by whatever paths.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

/// Looks at the image or block device behind a machine's disk.
///
/// # Errors
/// `RsvDiskPathNotFound`; `RsvDiskPathUnsupported` for anything that is neither a regular file
/// nor a block device, or that this account may not read.
pub fn find_disk_image(path: &Path) -> Result<DiskImage> {
    let shown = path.display();
    let unsupported = |why: String| {
        Refusal::refused(
            "RsvDiskPathUnsupported",
            format!("'{shown}' cannot be a disk: {why}."),
        )
        .hint("Give a raw image or a block device that this account may read.")
    };
    let found = match std::fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Refusal {
                code: "RsvDiskPathNotFound",
                ..Refusal::not_found(format!("There is no file or block device '{shown}'."))
            }
            .into());
        }
        Err(error) => return Err(unsupported(error.to_string()).into()),
    };
    let Some(identity) = identity(&found) else {
        return Err(unsupported("it is no regular file and no block device".into()).into());
    };
    File::open(path).map_err(|error| unsupported(error.to_string()))?;
    let path = std::path::absolute(path).with_context(|| format!("{shown} has no place"))?;
    Ok(DiskImage { path, identity })
}

/// What is the same for every path to a file or device; no real file is on file system 2^64-1.
fn identity(found: &Metadata) -> Option<(u64, u64)> {
    if found.is_file() {
        return Some((found.dev(), found.ino()));
    }
    found
        .file_type()
        .is_block_device()
        .then(|| (u64::MAX, found.rdev()))
}

/// Checks the folder of a storage account and returns its absolute path; it need not exist yet.
///
/// # Errors
/// `RsvStoragePathUnsupported` for what is no folder, or lies in the home.
pub fn check_storage_folder(home: &Home, path: &Path) -> Result<PathBuf> {
    let shown = path.display();
    let unsupported = |why: &str| {
        let message = format!("'{shown}' cannot be a storage account: {why}.");
        Refusal::refused("RsvStoragePathUnsupported", message)
    };
    match std::fs::metadata(path) {
        Ok(found) if !found.is_dir() => return Err(unsupported("it is no folder").into()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(unsupported(&error.to_string()).into());
        }
        _ => {}
    }
    let absolute = std::path::absolute(path).with_context(|| format!("{shown} has no place"))?;
    let folder = home.folder();
    let home = folder
        .canonicalize()
        .with_context(|| format!("finding {}", folder.display()))?;
    let Some(real) = real_path(&absolute)? else {
        return Err(unsupported("its folders do not exist, so '..' leads nowhere").into());
    };
    if real.starts_with(&home) {
        return Err(unsupported("it lies in the home, which holds rsv's own files only").into());
    }
    Ok(absolute)
}

/// Where a path really leads, links resolved as far as it exists; `None` when a '..' stands behind
/// a folder that does not.
fn real_path(path: &Path) -> Result<Option<PathBuf>> {
    for ancestor in path.ancestors() {
        let real = match ancestor.canonicalize() {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("finding {}", path.display())),
        };
        let rest = path.strip_prefix(ancestor)?;
        let plain = rest
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        return Ok(plain.then(|| real.join(rest)));
    }
    Ok(None)
}

/// Writes a private file (0600) that must not be there yet, durably but for its name.
///
/// # Errors
/// As the file's, `AlreadyExists` when the name is taken.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(result: Result<T>) -> &'static str {
        match result {
            Ok(_) => "none",
            Err(error) => error.downcast::<Refusal>().unwrap().code,
        }
    }

    #[test]
    fn a_disk_is_a_file_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("os.img");
        let link = folder.path().join("link.img");
        assert_eq!(code(find_disk_image(&image)), "RsvDiskPathNotFound");
        assert_eq!(
            code(find_disk_image(folder.path())),
            "RsvDiskPathUnsupported"
        );
        assert_eq!(
            code(find_disk_image(Path::new("/dev/null"))),
            "RsvDiskPathUnsupported"
        );
        std::fs::write(&image, b"x").unwrap();
        std::os::unix::fs::symlink(&image, &link).unwrap();
        let (one, two) = (
            find_disk_image(&image).unwrap(),
            find_disk_image(&link).unwrap(),
        );
        assert!(one.is_same(&two));
        assert_eq!(two.path(), link);
        std::fs::write(folder.path().join("other.img"), b"x").unwrap();
        assert!(!one.is_same(&find_disk_image(&folder.path().join("other.img")).unwrap()));
    }

    #[test]
    fn a_storage_account_lies_outside_the_home() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("home");
        std::fs::create_dir(&inside).unwrap();
        let home = Home::from_variables(Some(&inside), |_| Some(folder.path().into())).unwrap();
        let check = |name: &str| code(check_storage_folder(&home, &folder.path().join(name)));
        std::os::unix::fs::symlink(&inside, folder.path().join("link")).unwrap();
        std::fs::write(folder.path().join("file"), b"x").unwrap();
        assert_eq!(check("staging/new"), "none");
        assert_eq!(check("home2"), "none");
        for bad in [
            "home",
            "home/x/y",
            "link/x",
            "file",
            "file/x",
            "new/../home",
            "home/../home/x",
        ] {
            assert_eq!(check(bad), "RsvStoragePathUnsupported", "{bad}");
        }
        assert!(!folder.path().join("staging").exists());
    }
}
