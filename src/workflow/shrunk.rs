//! Images that are smaller than they were in the recovery point before: a copy that was cut short
//! looks like any other image.

use serde_json::Value;

use crate::engine::{BackupRequest, PointDisk, PointHeader, Repository};
use crate::workflow::{Context, RecoveryPoint};

/// Warns of each disk of the point just made that was larger in `before`. Reads two manifests, no
/// data; one that does not open is other commands' matter, the backup is done.
pub(super) fn warn_of_shrunk(
    context: &mut Context,
    repository: &Repository,
    request: &BackupRequest,
    before: Option<&PointHeader>,
) {
    let Some(before) = before else { return };
    let disks = |point| repository.list_disks(&request.item, point);
    let (Ok(old), Ok(new)) = (disks(&before.point), disks(&request.point)) else {
        return;
    };
    let Ok(point) = RecoveryPoint::read(before) else {
        return;
    };
    for disk in &new {
        let was = old.iter().find(|old| is_same(old, disk));
        if let Some(was) = was.filter(|was| was.size > disk.size) {
            context.warn(format!(
                "Disk '{}' is {} bytes, it was {} in the recovery point before: it is backed up as \
                 it is now. If its image was cut short, recovery point {} of {:.0} holds it as it \
                 was.",
                name(disk),
                disk.size,
                was.size,
                point.label.recovery_point_id,
                point.time
            ));
        }
    }
}

/// The same place in the machine, and the same name.
fn is_same(one: &PointDisk, other: &PointDisk) -> bool {
    (one.role, one.lun, &one.label) == (other.role, other.lun, &other.label)
}

fn name(disk: &PointDisk) -> String {
    let label: Value = serde_json::from_slice(&disk.label).unwrap_or_default();
    label["name"].as_str().unwrap_or_default().to_owned()
}
