//! Restore-AzRecoveryServicesBackupItem (reference 3.7): disks, in the foreground.

use anyhow::Result;
use clap::{Args, ValueEnum};
use uuid::Uuid;

use crate::cmdlet::common::{NO_GUARD, VaultArgs};
use crate::cmdlet::recovery_point::TYPE;
use crate::cmdlet::{Cmdlet, Effect, Object, ObjectArg, Session, job};
use crate::domain::{Item, Refusal, ResourceId, Tagged, Vault};
use crate::output::Output;
use crate::workflow::{self, RecoveryPoint, RestoreRequest, RestoreTier};

pub(super) struct Restore;

/// Where a restore reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Tier {
    /// The local snapshot: the disks keep the encryption of the machine's disks
    Snapshot,
    /// The vault
    VaultStandard,
}

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// The recovery point: JSON object, id, @file or -
    #[arg(long, alias = "0")]
    recovery_point: ObjectArg,
    /// Staging account: the machine's configuration goes there
    #[arg(long, alias = "1")]
    storage_account_name: String,
    /// Resource group of the staging account
    #[arg(long, alias = "2")]
    storage_account_resource_group_name: String,
    /// Resource group of the new disks
    #[arg(long, alias = "3")]
    target_resource_group_name: Option<String>,
    /// Disk encryption set of the new disks: id or unambiguous name; absent: the platform key, or
    /// from a snapshot the key of the machine's disks
    #[arg(long)]
    disk_encryption_set_id: Option<ObjectArg>,
    /// Restore from this tier (of rsv); absent: the snapshot while it exists, else the vault
    #[arg(long, value_enum, ignore_case = true)]
    recovery_point_tier: Option<Tier>,
    /// Restore the OS disk only
    #[arg(long = "RestoreOnlyOSDisk")]
    restore_only_os_disk: bool,
    /// Restore only the data disks at these LUNs, besides the OS disk
    #[arg(long, value_delimiter = ',', conflicts_with = "restore_only_os_disk")]
    restore_disk_list: Option<Vec<u16>>,
    /// Go on past damaged data, leave zeros there, list what is missing and exit 6 (of rsv)
    #[arg(long)]
    skip_damaged: bool,
    /// Region of the vault; must be the vault's
    #[arg(long)]
    vault_location: Option<String>,
    #[command(flatten)]
    vault: VaultArgs,
}

const NO_VM: &str = "restoring a whole machine is not in rsv yet: restore its disks";
const NO_ARCHIVE: &str = "there is no archive tier in rsv";
const NO_SHARE: &str = "file shares are not in rsv yet";
const NO_UNMANAGED: &str = "rsv restores managed disks only";

impl RestoreArgs {
    fn set(&self, session: &Session) -> Result<Option<ResourceId>> {
        let Some(arg) = &self.disk_encryption_set_id else {
            return Ok(None);
        };
        let object = session.object("DiskEncryptionSetId", arg, &[])?;
        let sets = &session.document().disk_encryption_sets;
        session
            .named(sets, "DiskEncryptionSetId", &object, None)
            .map(Some)
    }

    fn request(&self, session: &mut Session) -> Result<RestoreRequest> {
        let id = session.vault(self.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?.clone();
        if let Some(location) = &self.vault_location {
            vault.check_region("-VaultLocation", location)?;
        }
        let object = session.object("RecoveryPoint", &self.recovery_point, &[TYPE])?;
        let (item, wanted) = point_id(&vault, &object)?;
        let (uuid, point) = find_point(session, &vault, item, &wanted)?;
        let group = self.target_resource_group_name.clone().ok_or_else(|| {
            Refusal::usage(
                "UnmanagedVMRestoreWarning",
                "This is a managed disk recovery point and hence please provide a target resource \
                 group using -TargetResourceGroupName to restore as managed disks.",
            )
        })?;
        let accounts = &session.document().storage_accounts;
        let staging = accounts
            .one(
                session.subscription(),
                Some(&self.storage_account_resource_group_name),
                &self.storage_account_name,
            )
            .map_err(|missing| Refusal {
                message: "Storage account not found".into(),
                ..missing
            })?
            .id();
        Ok(RestoreRequest {
            vault: id,
            item: uuid,
            point,
            staging,
            target_group: group,
            disk_encryption_set: self.set(session)?,
            only_os_disk: self.restore_only_os_disk,
            luns: self.restore_disk_list.clone(),
            tier: self.recovery_point_tier.map(|tier| match tier {
                Tier::Snapshot => RestoreTier::Snapshot,
                Tier::VaultStandard => RestoreTier::VaultStandard,
            }),
            skip_damaged: self.skip_damaged,
        })
    }
}

/// The recovery point of this number: of an item, or without one of whichever item has it.
fn find_point(
    session: &mut Session,
    vault: &Vault,
    item: Option<&Item>,
    wanted: &str,
) -> Result<(Uuid, RecoveryPoint)> {
    let items = match item {
        Some(item) => std::slice::from_ref(item),
        None => vault.items.as_slice(),
    };
    let mut found = Vec::new();
    for item in items {
        let points = workflow::recovery_points(session.context(), &vault.arm_id(), item.uuid)?;
        let mut points = points.into_iter();
        let point = points.find(|p| p.label.recovery_point_id == wanted);
        found.extend(point.map(|point| (item, point)));
    }
    if found.len() > 1 {
        let names: Vec<String> = found.iter().map(|(item, _)| item.name()).collect();
        return Err(Refusal::usage(
            "RsvAmbiguousName",
            format!(
                "Several items have a recovery point '{wanted}': {}.",
                names.join(", ")
            ),
        )
        .hint(LIST_POINTS)
        .into());
    }
    let (item, point) = found.pop().ok_or_else(|| {
        Refusal::not_found(format!("There is no recovery point '{wanted}'.")).hint(LIST_POINTS)
    })?;
    Ok((item.uuid, point))
}

const LIST_POINTS: &str = "rsv Get-AzRecoveryServicesBackupRecoveryPoint -Item ITEM lists an \
    item's points; -Output json gives objects.";

/// The item and the number of the recovery point an object names: `…/{item}/recoveryPoints/{id}`,
/// or the bare number.
fn point_id<'a>(vault: &'a Vault, object: &Object) -> Result<(Option<&'a Item>, String), Refusal> {
    let text = object.text("RecoveryPoint", &["Id"])?;
    let lower = text.to_lowercase();
    if let Some(at) = lower.rfind("/recoverypoints/") {
        let (item, rest) = text.split_at(at);
        let number = rest.rsplit('/').next().unwrap_or_default();
        if !lower.starts_with(&vault.arm_id().key()) {
            return Err(Refusal::usage(
                "RsvWrongVault",
                format!(
                    "The recovery point is not one of vault '{}'.",
                    vault.base.name
                ),
            ));
        }
        return Ok((Some(vault.item(item)?), number.to_owned()));
    }
    Ok((None, text.to_owned()))
}

impl Cmdlet for Restore {
    const NAME: &'static str = "Restore-AzRecoveryServicesBackupItem";
    const SYNOPSIS: &'static str = "Restore the disks of a recovery point as managed disks";
    const EXAMPLE: &'static str = "rsv Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM \
        -VaultId testvault -Query '[0]' -Output json | rsv Restore-AzRecoveryServicesBackupItem \
        -RecoveryPoint - -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG \
        -TargetResourceGroupName DestRG -DiskEncryptionSetId testdes1 -VaultId testvault";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("TargetVMName", NO_VM),
        ("TargetVNetName", NO_VM),
        ("TargetVNetResourceGroup", NO_VM),
        ("TargetSubnetName", NO_VM),
        (
            "TargetSubscriptionId",
            "restoring into another subscription is not in rsv yet",
        ),
        ("TargetZoneNumber", "there are no zones on this machine"),
        (
            "RestoreToEdgeZone",
            "there are no edge zones on this machine",
        ),
        (
            "RestoreToSecondaryRegion",
            "a vault on this machine has no paired region",
        ),
        ("RehydratePriority", NO_ARCHIVE),
        ("RehydrateDuration", NO_ARCHIVE),
        ("RestoreAsUnmanagedDisks", NO_UNMANAGED),
        (
            "RestoreAsManagedDisk",
            "every recovery point of rsv is a managed one already",
        ),
        ("UseOriginalStorageAccount", NO_UNMANAGED),
        (
            "UseSystemAssignedIdentity",
            "restoring needs no identity on this machine",
        ),
        (
            "UserAssignedIdentityId",
            "restoring needs no identity on this machine",
        ),
        (
            "DiskAccessOption",
            "there is no private network on this machine",
        ),
        (
            "TargetDiskAccessId",
            "there is no private network on this machine",
        ),
        (
            "CVMOsDiskEncryptionSetId",
            "there are no confidential machines in rsv",
        ),
        ("WLRecoveryConfig", "SQL and SAP HANA are not in rsv yet"),
        ("ResolveConflict", NO_SHARE),
        ("SourceFilePath", NO_SHARE),
        ("SourceFileType", NO_SHARE),
        ("MultipleSourceFilePath", NO_SHARE),
        ("TargetStorageAccountName", NO_SHARE),
        ("TargetFileShareName", NO_SHARE),
        ("TargetFolder", NO_SHARE),
        ("Token", NO_GUARD),
        ("SecureToken", NO_GUARD),
    ];
    type Args = RestoreArgs;

    fn run(args: RestoreArgs, session: &mut Session) -> Result<Output> {
        let request = args.request(session)?;
        if session.what_if() {
            workflow::check_restore(session.context(), &request)?;
            session
                .console()
                .what_if("Restore disks", &request.target_group);
            return Ok(Output::none());
        }
        let question = format!("Restore disks into {}", request.target_group);
        session.confirm(Effect::Changes, false, &question)?;
        let bar = session.observe(&format!("Restore {}", request.point.label.machine_name));
        let outcome = workflow::restore(session.context(), &request, &bar);
        bar.finish();
        session.show_warnings();
        let restored = outcome?;
        let output = Output::one(&job::VIEW, job::view(&restored.job));
        Ok(match restored.partial {
            Some(partial) => output.failing(partial),
            None => output,
        })
    }
}
