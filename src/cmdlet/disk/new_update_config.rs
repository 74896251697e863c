//! New-AzDiskUpdateConfig (reference 5.8): an object for Update-AzDisk.

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::cmdlet::common::tags;
use crate::cmdlet::disk::UPDATE_TYPE;
use crate::cmdlet::{Cmdlet, ObjectArg, Session, disk_encryption_set};
use crate::domain::Refusal;
use crate::output::{Form, Output, View};

pub(super) struct New;

/// Operating systems a disk can say it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum OsType {
    /// Windows
    Windows,
    /// Linux
    Linux,
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Operating system that the disk holds
    #[arg(long, alias = "1", value_enum, ignore_case = true)]
    os_type: Option<OsType>,
    /// Tags, as name=value; they replace the ones before
    #[arg(long, alias = "3", value_delimiter = ',')]
    tag: Vec<String>,
    /// Disk encryption set: id, unambiguous name, JSON object, @file or -
    #[arg(long)]
    disk_encryption_set_id: Option<ObjectArg>,
    /// Kind of encryption; with a disk encryption set: the customer's key
    #[arg(long, ignore_case = true, value_parser = [
        "EncryptionAtRestWithPlatformKey", "EncryptionAtRestWithCustomerKey",
        "EncryptionAtRestWithPlatformAndCustomerKeys"])]
    encryption_type: Option<String>,
}

static VIEW: View = View {
    type_name: UPDATE_TYPE,
    form: Form::List,
    table: &[],
    list: &[],
};

impl NewArgs {
    /// The kind of encryption that is asked for, if any.
    fn kind(&self) -> Result<Option<&'static str>, Refusal> {
        let bad = |text: &str| {
            Refusal::usage("RsvEncryptionTypeUnsupported", text)
                .hint("-EncryptionType EncryptionAtRestWithCustomerKey -DiskEncryptionSetId SET")
        };
        let has_set = self.disk_encryption_set_id.is_some();
        match self.encryption_type.as_deref() {
            None if has_set => Ok(Some("EncryptionAtRestWithCustomerKey")),
            None => Ok(None),
            Some(kind) if kind.eq_ignore_ascii_case("EncryptionAtRestWithCustomerKey") => {
                Ok(Some("EncryptionAtRestWithCustomerKey"))
            }
            Some(kind) if kind.eq_ignore_ascii_case("EncryptionAtRestWithPlatformKey") => {
                if has_set {
                    return Err(bad("The platform key takes no disk encryption set."));
                }
                Ok(Some("EncryptionAtRestWithPlatformKey"))
            }
            Some(_) => Err(bad(
                "-EncryptionType EncryptionAtRestWithPlatformAndCustomerKeys is not in rsv yet: \
                 disks have one layer.",
            )),
        }
    }
}

const NO_SPEED: &str = "a disk here is files on this machine: it has no performance to set";
const NO_HOST: &str = "rsv backs machines up and does not run them";
const NO_NETWORK: &str = "there is no network on this machine to open a disk to";
const NO_ADE: &str = "rsv keeps no Azure Disk Encryption keys";

impl Cmdlet for New {
    const NAME: &'static str = "New-AzDiskUpdateConfig";
    const SYNOPSIS: &'static str = "Describe a change of a managed disk for Update-AzDisk";
    const EXAMPLE: &'static str = "rsv New-AzDiskUpdateConfig -EncryptionType \
        EncryptionAtRestWithCustomerKey -DiskEncryptionSetId testdes1 -Output json";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("SkuName", NO_SPEED),
        ("Tier", NO_SPEED),
        ("DiskIOPSReadOnly", NO_SPEED),
        ("DiskMBpsReadOnly", NO_SPEED),
        ("DiskIOPSReadWrite", NO_SPEED),
        ("DiskMBpsReadWrite", NO_SPEED),
        ("BurstingEnabled", NO_SPEED),
        (
            "DiskSizeGB",
            "a restored disk has the size of its recovery point",
        ),
        ("MaxSharesCount", NO_HOST),
        ("PurchasePlan", NO_HOST),
        ("SupportsHibernation", NO_HOST),
        ("AcceleratedNetwork", NO_HOST),
        ("ActionOnDiskDelay", NO_HOST),
        ("Architecture", NO_HOST),
        ("SupportedSecurityOption", NO_HOST),
        ("NetworkAccessPolicy", NO_NETWORK),
        ("DiskAccessId", NO_NETWORK),
        ("PublicNetworkAccess", NO_NETWORK),
        (
            "DataAccessAuthMode",
            "a disk is read with the token of Grant-AzDiskAccess alone",
        ),
        ("EncryptionSettingsEnabled", NO_ADE),
        ("DiskEncryptionKey", NO_ADE),
        ("KeyEncryptionKey", NO_ADE),
    ];
    type Args = NewArgs;

    fn run(args: NewArgs, session: &mut Session) -> Result<Output> {
        let kind = args.kind()?;
        let set = match &args.disk_encryption_set_id {
            Some(arg) => {
                let name = "DiskEncryptionSetId";
                let object = session.object(name, arg, &[disk_encryption_set::TYPE])?;
                let sets = &session.document().disk_encryption_sets;
                Some(session.named(sets, name, &object, None)?.to_string())
            }
            None => None,
        };
        let encryption = kind.map(|kind| json!({"DiskEncryptionSetId": set, "Type": kind}));
        let tags = match args.tag.as_slice() {
            [] => None,
            words => Some(tags(words)?),
        };
        let value = json!({
            "OsType": args.os_type.map(|os| format!("{os:?}")),
            "Encryption": encryption,
            "Tags": tags,
        });
        Ok(Output::one(&VIEW, value))
    }
}
