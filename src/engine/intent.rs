//! Intents: what a running backup or restore relies on, so that garbage collection can wait.
//!
//! An intent is a locked file; the lock dies with its process. It is locked before it gets its
//! name, so a listed intent that is not locked belongs to a dead process.

use std::fs::{self, File, TryLockError};
use std::path::PathBuf;

use crate::engine::Error;
use crate::engine::bytes::{id_from_text, id_text};
use crate::engine::error::AtPath;
use crate::engine::files::{self, TempFile};
use crate::engine::format::{MAGIC_INTENT, TYPE_INTENT, VERSION};
use crate::engine::index;
use crate::engine::keys::KeySet;
use crate::engine::layout::Layout;

/// magic, type, version, purpose, five zero bytes, generation.
const INTENT_BYTES: u64 = 24;

/// What the holder of an intent does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Backup = 1,
    Restore = 2,
    /// Beside it nobody else works on the repository.
    Repair = 3,
}

/// Says that this process works on the repository from now on; with the generation of the index
/// that it may have read.
///
/// # Errors
/// [`Error::Repairing`] while a repair runs; for a repair [`Error::Busy`] while anything else does.
pub(crate) fn begin(
    layout: &Layout,
    keys: &KeySet,
    writer: &[u8; 16],
    purpose: Purpose,
) -> Result<(Intent, u64), Error> {
    sweep(layout)?;
    let generation = index::proved_generation(layout, keys)?;
    let intent = Intent::create(layout, writer, purpose, generation)?;
    // First the name, then the look: of two that begin at once one sees the other at least.
    let others = living(layout, writer)?;
    match purpose {
        Purpose::Repair if !others.is_empty() => Err(Error::Busy("the repository".into())),
        Purpose::Backup | Purpose::Restore if others.iter().any(|other| other.repairs) => {
            let what = format!("a repair of '{}' runs", layout.root().display());
            Err(Error::Repairing(what))
        }
        _ => Ok((intent, generation)),
    }
}

/// A held intent; dropping it removes the file.
pub(crate) struct Intent {
    path: PathBuf,
    _lock: File,
}

impl Intent {
    /// Says that `writer` reads the index as of `generation` or later.
    fn create(
        layout: &Layout,
        writer: &[u8; 16],
        purpose: Purpose,
        generation: u64,
    ) -> Result<Self, Error> {
        let mut bytes = MAGIC_INTENT.to_vec();
        bytes.extend_from_slice(&[TYPE_INTENT, VERSION, purpose as u8, 0, 0, 0, 0, 0]);
        bytes.extend_from_slice(&generation.to_be_bytes());
        let path = layout.intent(writer);
        let mut temp = TempFile::create(layout.tmp_file(writer, "intent"))?;
        temp.write_all(&bytes)?;
        let lock = temp.file().try_clone().at("open", temp.path())?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy(writer)),
            Err(TryLockError::Error(e)) => return Err(e).at("lock", temp.path()),
        }
        match temp.name(&path) {
            Err(Error::Exists(_)) => Err(busy(writer)),
            other => other.map(|()| Self { path, _lock: lock }),
        }
    }
}

impl Drop for Intent {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn busy(writer: &[u8; 16]) -> Error {
    Error::Busy(format!("writer id {}", id_text(writer)))
}

/// An intent whose process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) writer: [u8; 16],
    /// Its process reads the index as of this generation or later.
    pub(crate) generation: u64,
    pub(crate) repairs: bool,
}

/// The intents of all living processes but `own`.
pub(crate) fn living(layout: &Layout, own: &[u8; 16]) -> Result<Vec<Live>, Error> {
    let mut found = Vec::new();
    for name in files::names(&layout.intents())? {
        let Some(writer) = id_from_text(&name).filter(|writer| writer != own) else {
            continue;
        };
        let path = layout.intent(&writer);
        let file = match files::open(&path) {
            Err(Error::NotFound(_)) => continue,
            other => other?,
        };
        if file.try_lock_shared().is_ok() {
            continue;
        }
        let bytes = match files::read(&path, INTENT_BYTES) {
            Err(Error::NotFound(_)) => continue,
            other => other?,
        };
        // One that cannot be read is taken for the oldest: whatever it reads, it is waited for.
        let generation = bytes.get(16..).and_then(|end| end.try_into().ok());
        found.push(Live {
            writer,
            generation: generation.map_or(0, u64::from_be_bytes),
            repairs: bytes.get(10) == Some(&(Purpose::Repair as u8)),
        });
    }
    Ok(found)
}

/// Removes the intents of dead processes and the temporary files they left.
fn sweep(layout: &Layout) -> Result<(), Error> {
    for name in files::names(&layout.intents())? {
        let Some(writer) = id_from_text(&name) else {
            continue;
        };
        let path = layout.intent(&writer);
        let file = match files::open(&path) {
            Err(Error::NotFound(_)) => continue,
            other => other?,
        };
        if file.try_lock().is_err() {
            continue;
        }
        let prefix = format!("{}.", id_text(&writer));
        for left in files::names(&layout.tmp())? {
            if left.starts_with(&prefix) {
                let left = layout.tmp().join(left);
                let _ = fs::remove_file(&left).or_else(|_| fs::remove_dir_all(&left));
            }
        }
        let _ = fs::remove_file(&path);
    }
    Ok(())
}
