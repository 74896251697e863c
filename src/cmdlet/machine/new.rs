//! New-AzVM: disk images on this machine become a virtual machine that can be backed up.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::{region, tags};
use crate::cmdlet::machine::{VIEW, view};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session, disk_encryption_set};
use crate::domain::{
    Activity, Refusal, Resource, ResourceId, ResourceKind, VirtualMachine, VmDisk, check_name,
};
use crate::output::Output;
use crate::state::Document;
use crate::workflow::{DiskImage, find_disk_image};

pub(super) struct New;

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Resource group
    #[arg(long, alias = "0")]
    resource_group_name: String,
    /// Name of the machine: 1-64 letters, digits or '-'
    #[arg(long, alias = "1")]
    name: String,
    /// Region
    #[arg(long)]
    location: String,
    /// Raw image or block device of the OS disk (of rsv)
    #[arg(long = "OSDiskPath")]
    os_disk_path: PathBuf,
    /// Raw images or block devices of the data disks, from LUN 0 (of rsv)
    #[arg(long, value_delimiter = ',')]
    data_disk_path: Vec<PathBuf>,
    /// Disk encryption set of the disks: id, unambiguous name, JSON object, @file or -
    #[arg(long)]
    disk_encryption_set_id: Option<ObjectArg>,
    /// The guest encrypts its disks itself, by Azure Disk Encryption (of rsv)
    #[arg(long)]
    encryption_enabled: bool,
    /// A classic cloud-service machine (of rsv)
    #[arg(long)]
    classic: bool,
    /// Tags, as name=value
    #[arg(long, value_delimiter = ',')]
    tag: Vec<String>,
}

impl NewArgs {
    /// The images, OS disk first; none of them twice.
    fn images(&self) -> Result<Vec<DiskImage>> {
        let mut images: Vec<DiskImage> = Vec::with_capacity(1 + self.data_disk_path.len());
        for path in std::iter::once(&self.os_disk_path).chain(&self.data_disk_path) {
            let image = find_disk_image(path)?;
            if let Some(first) = images.iter().find(|i| i.is_same(&image)) {
                return Err(Refusal::usage(
                    "RsvDiskPathTwice",
                    format!(
                        "'{}' is the disk '{}' again.",
                        path.display(),
                        first.path().display()
                    ),
                )
                .into());
            }
            images.push(image);
        }
        Ok(images)
    }

    /// The disk encryption set, where one can apply.
    fn set(&self, session: &Session) -> Result<Option<ResourceId>> {
        let Some(arg) = &self.disk_encryption_set_id else {
            return Ok(None);
        };
        let cannot = |why: &str| {
            let message = format!("-DiskEncryptionSetId cannot apply: {why}.");
            Refusal::refused("RsvDiskEncryptionSetNotApplicable", message)
        };
        if self.encryption_enabled {
            return Err(cannot("disks under Azure Disk Encryption take none (R133)").into());
        }
        if self.classic {
            return Err(cannot("a classic machine has no managed disks").into());
        }
        let name = "DiskEncryptionSetId";
        let object = session.object(name, arg, &[disk_encryption_set::TYPE])?;
        Ok(Some(session.named(
            &session.document().disk_encryption_sets,
            name,
            &object,
            None,
        )?))
    }

    /// R130: set and machine are in one subscription and region.
    fn check_set(
        &self,
        state: &Document,
        set: &ResourceId,
        id: &ResourceId,
    ) -> Result<(), Refusal> {
        let set = state.disk_encryption_sets.get(set)?;
        set.check_target(id.subscription, &region(&self.location)).map_err(|refusal| {
            let message = format!(
                "Disk encryption set '{}' is in region '{}', machine '{}' in '{}': both must be in \
                 one region and subscription.",
                set.base.name, set.base.location, self.name, self.location
            );
            Refusal { message, ..refusal }
        })
    }
}

/// The managed disks that the images play.
fn disks(machine: &str, images: &[DiskImage]) -> Option<(VmDisk, Vec<VmDisk>)> {
    let disk = |name: String, image: &DiskImage| VmDisk {
        name,
        path: image.path().to_owned(),
    };
    let (os, data) = images.split_first()?;
    let data = data.iter().enumerate();
    Some((
        disk(format!("{machine}-osdisk"), os),
        data.map(|(lun, image)| disk(format!("{machine}-datadisk-{lun}"), image))
            .collect(),
    ))
}

const NO_NETWORK: &str = "rsv backs machines up and does not run them: they have no network";
const NO_HOST: &str = "rsv backs machines up and does not run them";
const NO_IMAGE: &str = "the disks are images here: give -OSDiskPath and -DataDiskPath";

impl Cmdlet for New {
    const NAME: &'static str = "New-AzVM";
    const SYNOPSIS: &'static str = "Make disk images a virtual machine that can be backed up";
    const EXAMPLE: &'static str = "rsv New-AzVM -ResourceGroupName testrg -Name web01 \
        -Location japaneast -OSDiskPath os.img";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("VM", NO_IMAGE),
        ("Image", NO_IMAGE),
        ("DiskFile", NO_IMAGE),
        ("DataDiskSizeInGb", NO_IMAGE),
        ("Linux", NO_IMAGE),
        ("Credential", NO_HOST),
        ("Size", NO_HOST),
        ("Zone", NO_HOST),
        ("AvailabilitySetName", NO_HOST),
        ("ProximityPlacementGroupId", NO_HOST),
        ("HostId", NO_HOST),
        ("HostGroupId", NO_HOST),
        ("VmssId", NO_HOST),
        ("Priority", NO_HOST),
        ("EvictionPolicy", NO_HOST),
        ("MaxPrice", NO_HOST),
        ("LicenseType", NO_HOST),
        ("EnableUltraSSD", NO_HOST),
        ("EncryptionAtHost", NO_HOST),
        ("DisableBginfoExtension", NO_HOST),
        ("SystemAssignedIdentity", NO_HOST),
        ("UserAssignedIdentity", NO_HOST),
        ("VirtualNetworkName", NO_NETWORK),
        ("AddressPrefix", NO_NETWORK),
        ("SubnetName", NO_NETWORK),
        ("SubnetAddressPrefix", NO_NETWORK),
        ("PublicIpAddressName", NO_NETWORK),
        ("DomainNameLabel", NO_NETWORK),
        ("AllocationMethod", NO_NETWORK),
        ("SecurityGroupName", NO_NETWORK),
        ("OpenPorts", NO_NETWORK),
    ];
    type Args = NewArgs;

    fn run(args: NewArgs, session: &mut Session) -> Result<Output> {
        check_name(Some(ResourceKind::VirtualMachine), &args.name)?;
        let subscription = session.subscription();
        let group = session
            .document()
            .group(subscription, &args.resource_group_name)?
            .name
            .clone();
        let (kind, name) = (ResourceKind::VirtualMachine, args.name.clone());
        let id = ResourceId {
            subscription,
            group,
            kind,
            name,
        };
        let tags = tags(&args.tag)?;
        let set = args.set(session)?;
        let images = args.images()?;
        let activity = Activity::new(
            "Microsoft.Compute/virtualMachines/write",
            &id,
            "Create virtual machine",
        );
        let value = session.change(&activity, |state, now| {
            state.group(subscription, &id.group)?;
            if state.machines.contains(&id) {
                return Err(conflict(&id).into());
            }
            if let Some(set) = &set {
                args.check_set(state, set, &id)?;
            }
            let Some((os_disk, data_disks)) = disks(&id.name, &images) else {
                return Ok(None);
            };
            let machine = VirtualMachine {
                base: Resource {
                    subscription,
                    group: id.group.clone(),
                    name: id.name.clone(),
                    location: region(&args.location),
                    tags,
                    created: now,
                },
                os_disk,
                data_disks,
                disk_encryption_set: set.as_ref().map(ToString::to_string),
                guest_encrypted: args.encryption_enabled,
                classic: args.classic,
            };
            let value = view(&machine);
            state.machines.put(machine);
            Ok(Some(value))
        })?;
        Ok(value.map_or_else(Output::none, |value| Output::one(&VIEW, value)))
    }
}

fn conflict(id: &ResourceId) -> Refusal {
    let message = format!(
        "There is a virtual machine '{}' in resource group '{}' already.",
        id.name, id.group
    );
    Refusal::refused("Conflict", message).hint(format!(
        "rsv Get-AzVM -ResourceGroupName {} -Name {}",
        id.group, id.name
    ))
}
