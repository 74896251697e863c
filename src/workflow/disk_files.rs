//! The files of managed disks: one folder a disk, named by its id.

use std::io::ErrorKind;

use anyhow::{Context as _, Result};
use uuid::Uuid;

use crate::workflow::Context;

/// Removes the folder of a disk that the state no longer holds. One that is not there is fine: an
/// earlier removal got that far.
///
/// # Errors
/// I/O; what is left of the folder belongs to no disk.
pub fn remove_disk_files(context: &Context, disk: Uuid) -> Result<()> {
    let folder = context.home().disks().join(disk.to_string());
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).with_context(|| {
            format!(
                "the disk is gone, but not all its files: removing {}",
                folder.display()
            )
        }),
        _ => Ok(()),
    }
}
