//! What a restore writes into the staging account: the machine's configuration, what is missing.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::{Disk, Job, Refusal, StorageAccount, Tagged};
use crate::workflow::salvage::Losses;
use crate::workflow::{Context, RestoreRequest, write_new};

/// Lists what is missing beside the configuration, in the job, and for whoever runs the command.
pub(super) fn write_losses(
    staging: &StorageAccount,
    losses: &Losses,
    container: &str,
    job: &mut Job,
) -> Result<Option<Refusal>> {
    if losses.is_empty() {
        return Ok(None);
    }
    let name = format!("missing-{}.json", job.id);
    let path = staging.path.join(container).join(name);
    write_new(&path, losses.to_file()?.as_bytes())
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(Some(losses.finish(job, &path.display().to_string())))
}

/// Puts the machine's configuration into a container of the staging account (R110).
pub(super) fn write_configuration(
    context: &Context,
    request: &RestoreRequest,
    staging: &StorageAccount,
    disks: &[Disk],
    job: Uuid,
) -> Result<(String, String)> {
    let machine = &request.point.label.machine_name;
    let container = format!("{}-{}", machine.to_lowercase(), job.simple());
    let folder = staging.path.join(&container);
    context.home().create_folder(&folder)?;
    let blob = format!("config-{}-{job}.json", machine.to_lowercase());
    let disk = |disk: &Disk| {
        json!({
            "name": disk.base.name,
            "lun": disk.lun,
            "managedDisk": {"id": disk.id().to_string()},
            "diskSizeBytes": disk.size_bytes,
            "diskEncryptionSet": disk.encryption.disk_encryption_set,
        })
    };
    let (os, data): (Vec<&Disk>, Vec<&Disk>) = disks.iter().partition(|d| d.lun.is_none());
    let configuration: Value = json!({
        "id": request.point.label.source_resource_id,
        "name": machine,
        "location": request.point.label.location,
        "properties": {
            "storageProfile": {
                "osDisk": os.first().map(|d| disk(d)),
                "dataDisks": data.into_iter().map(disk).collect::<Vec<_>>(),
            },
        },
        "recoveryPointId": request.point.label.recovery_point_id,
        "recoveryPointTime": request.point.time,
        "restoredAt": context.now(),
    });
    let mut text = serde_json::to_string_pretty(&configuration)?;
    text.push('\n');
    let path = folder.join(&blob);
    write_new(&path, text.as_bytes()).with_context(|| format!("writing {}", path.display()))?;
    Ok((container, blob))
}
