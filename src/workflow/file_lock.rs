//! Locks of files in the home that say "in use": the kernel frees them however a process ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Held until dropped. The file itself stays: whoever waits for it must not wait for a dead one.
pub(super) struct FileLock(#[expect(dead_code, reason = "held for its lock")] File);

impl FileLock {
    /// Locks beside others who share; waits for whoever holds it alone.
    pub(super) fn shared(path: &Path) -> Result<Self> {
        let file = lock_file(path)?;
        file.lock_shared()
            .with_context(|| format!("locking {}", path.display()))?;
        Ok(Self(file))
    }

    /// Locks alone, unless anybody holds it now.
    pub(super) fn try_alone(path: &Path) -> Result<Option<Self>> {
        let file = lock_file(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("locking {}", path.display()))
            }
        }
    }
}

/// Opens a lock file, and makes it if it is not there.
pub(super) fn lock_file(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("opening {}", path.display()))
}
