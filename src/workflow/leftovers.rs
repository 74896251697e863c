//! What a process that died left behind: files of disks that no state names, lock files of jobs.
//!
//! Whoever makes or replaces files of disks holds `disks.lock` shared until the state names them.
//! So whoever holds it alone knows that what the newest state does not name belongs to nobody.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};
use uuid::Uuid;

use crate::domain::Disk;
use crate::engine::wrap_name;
use crate::workflow::Context;
use crate::workflow::file_lock::{FileLock, lock_file};
use crate::workflow::snapshot::sweep_snapshots;

/// Held while files of disks are made or replaced, until the state names them.
pub(super) struct DiskFilesLock(#[expect(dead_code, reason = "held for its lock")] FileLock);

impl DiskFilesLock {
    /// Keeps sweepers away; others who make disks are welcome.
    pub(super) fn shared(context: &Context) -> Result<Self> {
        FileLock::shared(&context.home().disks_lock()).map(Self)
    }
}

/// Removes what dead processes left, if no live one can own it. What cannot be removed is a
/// warning: it is no reason to refuse the command at hand.
pub fn sweep_leftovers(context: &mut Context) {
    let swept = sweep_disks(context).and_then(|()| sweep_jobs(&context.home().jobs()));
    if let Err(error) = swept {
        context.warn(format!("Leftovers could not be removed yet: {error:#}"));
    }
    sweep_snapshots(context);
}

fn sweep_disks(context: &mut Context) -> Result<()> {
    let Some(_alone) = FileLock::try_alone(&context.home().disks_lock())? else {
        return Ok(()); // a later command finds them
    };
    // Read under the lock: whoever let go of it has committed before.
    context.refresh()?;
    let folder = context.home().disks();
    for name in names(&folder)? {
        let (id, partial) = match name.strip_suffix(".partial") {
            Some(id) => (id, true),
            None => (name.as_str(), false),
        };
        let Ok(id) = id.parse::<Uuid>() else {
            continue; // not ours
        };
        let path = folder.join(&name);
        let mut disks = context.document().disks.iter();
        match disks.find(|disk| disk.uuid == id).filter(|_| !partial) {
            Some(disk) => sweep_wraps(&path, disk)?,
            None => remove_folder(&path)?,
        }
    }
    Ok(())
}

/// Leaves the one key record that counts.
fn sweep_wraps(folder: &Path, disk: &Disk) -> Result<()> {
    let counts = wrap_name(disk.wrap.as_ref().map(Uuid::as_bytes));
    for name in names(folder)? {
        let is_wrap = name == "wrap" || name.starts_with("wrap-") || name.starts_with(".wrap-");
        if is_wrap && name != counts {
            remove_file(&folder.join(name))?;
        }
    }
    Ok(())
}

/// Removes the lock files, and requests to stop, of jobs whose process is gone.
fn sweep_jobs(folder: &Path) -> Result<()> {
    for vault in names(folder)? {
        let book = folder.join(vault);
        if !book.is_dir() {
            continue;
        }
        for name in names(&book)? {
            let Some((id, kind)) = name.rsplit_once('.') else {
                continue;
            };
            if id.parse::<Uuid>().is_err() {
                continue; // an item's lock stays: waiting processes share it
            }
            let path = book.join(&name);
            match kind {
                "lock" => {
                    let file = lock_file(&path)?;
                    if file.try_lock().is_ok() {
                        remove_file(&path.with_extension("cancel"))?;
                        remove_file(&path)?;
                    }
                }
                "cancel" if !path.with_extension("lock").exists() => remove_file(&path)?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// The names in a folder; none if it is not there.
pub(super) fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.with_context(|| format!("reading {}", folder.display()))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("reading {}", folder.display()))?;
        found.extend(entry.file_name().into_string());
    }
    Ok(found)
}

/// Removes a folder; one that is gone is fine.
pub(super) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", path.display()))
        }
        _ => Ok(()),
    }
}
