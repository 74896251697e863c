//! New-AzStorageAccount.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::cmdlet::common::{region, tags};
use crate::cmdlet::storage_account::{VIEW, view};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{
    Activity, Refusal, Resource, ResourceId, ResourceKind, StorageAccount, check_name,
};
use crate::output::Output;
use crate::state::Document;
use crate::workflow::check_storage_folder;

pub(super) struct New;

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "verbatim")]
#[allow(non_camel_case_types)]
pub(super) enum Sku {
    /// Local copies
    Standard_LRS,
    /// Copies in another region
    Standard_GRS,
    /// Copies in another region that can be read
    Standard_RAGRS,
    /// Copies in other zones; cannot stage a restore
    Standard_ZRS,
    /// Local copies on fast disks
    Premium_LRS,
    /// Copies in other zones on fast disks; cannot stage a restore
    Premium_ZRS,
    /// Copies in other zones and another region; cannot stage a restore
    Standard_GZRS,
    /// The same, and the other region can be read; cannot stage a restore
    Standard_RAGZRS,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "verbatim")]
pub(super) enum Kind {
    /// General purpose, first version
    Storage,
    /// General purpose
    StorageV2,
    /// Blobs only; cannot stage a restore
    BlobStorage,
    /// Block blobs only
    BlockBlobStorage,
    /// Files only
    FileStorage,
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Resource group
    #[arg(long, alias = "0")]
    resource_group_name: String,
    /// Name: 3-24 lower-case letters or digits; unique in the home, as in all of Azure
    #[arg(long, alias = "1", alias = "StorageAccountName", alias = "AccountName")]
    name: String,
    /// How Azure would copy the data; a label here
    #[arg(
        long,
        alias = "2",
        alias = "StorageAccountType",
        alias = "AccountType",
        alias = "Type",
        value_enum,
        ignore_case = true,
        default_value = "Standard_LRS"
    )]
    sku_name: Sku,
    /// Region
    #[arg(long, alias = "3")]
    location: String,
    /// What the account holds; a label here
    #[arg(long, value_enum, ignore_case = true, default_value = "StorageV2")]
    kind: Kind,
    /// Folder, outside the home; made if it is not there (of rsv)
    #[arg(long)]
    path: PathBuf,
    /// Tags, as name=value
    #[arg(long, alias = "Tags", value_delimiter = ',')]
    tag: Vec<String>,
}

/// Names are unique in the home, as in all of Azure, and a folder is one account's.
fn check_free(state: &Document, account: &StorageAccount) -> Result<(), Refusal> {
    let name = &account.base.name;
    for other in state.storage_accounts.iter() {
        if other.base.name.eq_ignore_ascii_case(name) {
            let message = format!("The storage account named {name} is already taken.");
            return Err(Refusal::refused("StorageAccountAlreadyTaken", message)
                .hint(format!("rsv Get-AzStorageAccount -Name {name}")));
        }
        if other.path == account.path {
            return Err(Refusal::refused(
                "RsvStoragePathInUse",
                format!(
                    "'{}' is storage account '{}'.",
                    account.path.display(),
                    other.base.name
                ),
            ));
        }
    }
    Ok(())
}

const LABEL_ONLY: &str = "a storage account is a folder here, with your file system's permissions";
const NO_KEY: &str = "rsv writes a machine's configuration there, and no backup data";
const NO_NETWORK: &str = "a folder on this machine has no network";

impl Cmdlet for New {
    const NAME: &'static str = "New-AzStorageAccount";
    const SYNOPSIS: &'static str = "Name a folder where restores put a machine's configuration";
    const EXAMPLE: &'static str = "rsv New-AzStorageAccount -ResourceGroupName testrg \
        -Name stagingaccount -Location japaneast -SkuName Standard_LRS -Path staging";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("AccessTier", LABEL_ONLY),
        ("EnableHierarchicalNamespace", LABEL_ONLY),
        ("EnableLargeFileShare", LABEL_ONLY),
        (
            "EnableAzureActiveDirectoryDomainServicesForFile",
            LABEL_ONLY,
        ),
        ("EnableActiveDirectoryDomainServicesForFile", LABEL_ONLY),
        ("EnableLocalUser", LABEL_ONLY),
        ("AllowBlobPublicAccess", LABEL_ONLY),
        ("AllowSharedKeyAccess", LABEL_ONLY),
        ("AllowCrossTenantReplication", LABEL_ONLY),
        ("DefaultSharePermission", LABEL_ONLY),
        ("EnableAccountLevelImmutability", LABEL_ONLY),
        ("ImmutabilityPeriod", LABEL_ONLY),
        ("ImmutabilityPolicyState", LABEL_ONLY),
        ("SasExpirationPeriod", LABEL_ONLY),
        ("KeyExpirationPeriodInDay", LABEL_ONLY),
        ("AssignIdentity", NO_KEY),
        ("IdentityType", NO_KEY),
        ("UserAssignedIdentityId", NO_KEY),
        ("KeyName", NO_KEY),
        ("KeyVersion", NO_KEY),
        ("KeyVaultUri", NO_KEY),
        ("KeyVaultUserAssignedIdentityId", NO_KEY),
        ("EncryptionKeyTypeForTable", NO_KEY),
        ("EncryptionKeyTypeForQueue", NO_KEY),
        ("RequireInfrastructureEncryption", NO_KEY),
        ("CustomDomainName", NO_NETWORK),
        ("UseSubDomain", NO_NETWORK),
        ("EnableHttpsTrafficOnly", NO_NETWORK),
        ("MinimumTlsVersion", NO_NETWORK),
        ("NetworkRuleSet", NO_NETWORK),
        ("PublicNetworkAccess", NO_NETWORK),
        ("PublishMicrosoftEndpoint", NO_NETWORK),
        ("PublishInternetEndpoint", NO_NETWORK),
        ("RoutingChoice", NO_NETWORK),
        ("EnableNfsV3", NO_NETWORK),
        ("EnableSftp", NO_NETWORK),
        ("EdgeZone", NO_NETWORK),
        ("DnsEndpointType", NO_NETWORK),
    ];
    type Args = NewArgs;

    fn run(args: NewArgs, session: &mut Session) -> Result<Output> {
        check_name(Some(ResourceKind::StorageAccount), &args.name)?;
        let subscription = session.subscription();
        let group = session
            .document()
            .group(subscription, &args.resource_group_name)?
            .name
            .clone();
        let (kind, name) = (ResourceKind::StorageAccount, args.name.clone());
        let id = ResourceId {
            subscription,
            group,
            kind,
            name,
        };
        let tags = tags(&args.tag)?;
        let home = session.context().home().clone();
        let path = check_storage_folder(&home, &args.path)?;
        let activity = Activity::new(
            "Microsoft.Storage/storageAccounts/write",
            &id,
            "Create storage account",
        );
        let what_if = session.what_if();
        let value = session.change(&activity, |state, now| {
            state.group(subscription, &id.group)?;
            let account = StorageAccount {
                base: Resource {
                    subscription,
                    group: id.group.clone(),
                    name: id.name.clone(),
                    location: region(&args.location),
                    tags,
                    created: now,
                },
                path,
                sku: format!("{:?}", args.sku_name),
                kind: format!("{:?}", args.kind),
            };
            check_free(state, &account)?;
            if !what_if {
                home.create_folder(&account.path)?;
            }
            let value = view(&account);
            state.storage_accounts.put(account);
            Ok(value)
        })?;
        Ok(Output::one(&VIEW, value))
    }
}
