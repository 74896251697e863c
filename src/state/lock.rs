//! Advisory locks (flock): whoever dies lets go, so there are no stale locks to judge.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::state::fs::is_same_file;
use crate::state::{Error, Files};

/// How long a command waits for a lock unless told otherwise.
pub const LOCK_WAIT: Duration = Duration::from_secs(60);

/// First and longest pause between two tries.
const PAUSE_MIN: Duration = Duration::from_millis(1);
const PAUSE_MAX: Duration = Duration::from_millis(25);

/// An exclusive lock on a file that is never removed or renamed; dropping it unlocks.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Locks the file, making it if it is not there.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process holds it for longer than `wait`.
    pub(crate) fn take(files: &Files, path: &Path, wait: Duration) -> Result<Self, Error> {
        let start = Instant::now();
        loop {
            let file = files.open_or_create_0600(path)?;
            let left = wait.saturating_sub(start.elapsed());
            wait_for(path, left, || file.try_lock()).map_err(|error| match error {
                Error::Busy { path, .. } => Error::Busy { path, waited: wait },
                other => other,
            })?;
            // Someone may have replaced the file between opening and locking: then the lock is
            // on a file nobody else will look at.
            if is_same_file(&file, path)? {
                let path = path.to_path_buf();
                return Ok(Self { file, path });
            }
            if start.elapsed() >= wait {
                return Err(Error::LockReplaced { path: path.into() });
            }
        }
    }

    /// Checks that the lock still is the one others would take.
    pub(crate) fn check_in_place(&self) -> Result<(), Error> {
        if is_same_file(&self.file, &self.path)? {
            return Ok(());
        }
        let path = self.path.clone();
        Err(Error::LockReplaced { path })
    }

    /// The locked file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }
}

/// Tries until the lock is had or the time is over.
///
/// # Errors
/// [`Error::Busy`], [`Error::Io`].
pub(crate) fn wait_for(
    path: &Path,
    wait: Duration,
    attempt: impl Fn() -> Result<(), TryLockError>,
) -> Result<(), Error> {
    let start = Instant::now();
    let mut pause = PAUSE_MIN;
    loop {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if start.elapsed() < wait => {
                thread::sleep(pause.min(wait.saturating_sub(start.elapsed())));
                pause = (pause * 2).min(PAUSE_MAX);
            }
            Err(TryLockError::WouldBlock) => {
                let path = path.to_path_buf();
                return Err(Error::Busy { path, waited: wait });
            }
            Err(TryLockError::Error(source)) => return Err(Error::io("lock", path, source)),
        }
    }
}
