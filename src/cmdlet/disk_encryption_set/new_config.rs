//! New-AzDiskEncryptionSetConfig (reference 5.1): an object for New-AzDiskEncryptionSet.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cmdlet::common::{boolean, region, tags};
use crate::cmdlet::disk_encryption_set::{SetIdentity, VIEW, check_type};
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::{EncryptionType, KeyId, Refusal, ResourceId, check_key_version};
use crate::output::Output;

pub(super) struct New;

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Region
    #[arg(long, alias = "0")]
    location: String,
    /// Tags, as name=value
    #[arg(long, alias = "1", value_delimiter = ',')]
    tag: Vec<String>,
    /// Identity that uses the key
    #[arg(
        long,
        alias = "2",
        value_enum,
        ignore_case = true,
        default_value = "SystemAssigned"
    )]
    identity_type: SetIdentity,
    /// Id of the key vault that holds the key; absent: the one in the key identifier
    #[arg(long, alias = "3")]
    source_vault_id: Option<String>,
    /// Key identifier, with its version unless the set follows the newest one
    #[arg(long)]
    key_url: Option<String>,
    /// What the disks' keys are wrapped by
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        default_value = "EncryptionAtRestWithCustomerKey"
    )]
    encryption_type: EncryptionType,
    /// true: follow the newest version of the key
    #[arg(long, value_parser = boolean)]
    rotation_to_latest_key_version_enabled: Option<bool>,
    /// Id of the attached identity that uses the key; PowerShell's @{'ID'=@{}} is taken too
    #[arg(long, value_delimiter = ',')]
    user_assigned_identity: Vec<String>,
}

/// The id in a word: bare, or as the key of a hashtable.
fn identity_id(word: &str) -> Result<String, Refusal> {
    let key = word.trim().trim_start_matches(['@', '{']);
    let key = key.split(['=', ':']).next().unwrap_or(key);
    let key = key.trim_matches(|c: char| c.is_whitespace() || "\"'}".contains(c));
    Ok(key.parse::<ResourceId>()?.to_string())
}

impl Cmdlet for New {
    const NAME: &'static str = "New-AzDiskEncryptionSetConfig";
    const SYNOPSIS: &'static str = "Describe a disk encryption set for New-AzDiskEncryptionSet";
    const EXAMPLE: &'static str = "rsv New-AzDiskEncryptionSetConfig -Location japaneast \
        -KeyUrl https://testkeyvault.vault.azure.net/keys/deskey \
        -RotationToLatestKeyVersionEnabled true -IdentityType SystemAssigned -Output json";
    const REFUSED: &'static [(&'static str, &'static str)] = &[(
        "FederatedClientId",
        "rsv has one tenant, so no key vault of another one",
    )];
    type Args = NewArgs;

    fn run(args: NewArgs, _: &mut Session) -> Result<Output> {
        let users = args.user_assigned_identity.iter();
        let users = users
            .map(|w| identity_id(w))
            .collect::<Result<Vec<_>, _>>()?;
        args.identity_type.check_users(&users)?;
        check_type(args.encryption_type)?;
        let source_vault: Option<ResourceId> = args
            .source_vault_id
            .as_deref()
            .map(str::parse)
            .transpose()?;
        let rotate = args.rotation_to_latest_key_version_enabled.unwrap_or(false);
        if let Some(url) = &args.key_url {
            check_key_version(&url.parse::<KeyId>()?, rotate)?;
        }
        let source_vault = source_vault.map(|id| json!({"Id": id.to_string()}));
        let mut identity = json!({"PrincipalId": null, "TenantId": null, "Type": "SystemAssigned"});
        if let Some(user) = users.first() {
            identity["Type"] = "UserAssigned".into();
            identity["UserAssignedIdentities"] = json!({user: {}});
        }
        let active = json!({"SourceVault": source_vault, "KeyUrl": args.key_url});
        let value = json!({
            "ResourceGroupName": null,
            "Identity": identity,
            "ActiveKey": active,
            "PreviousKeys": [],
            "EncryptionType": args.encryption_type,
            "RotationToLatestKeyVersionEnabled": rotate,
            "LastKeyRotationTimestamp": null,
            "AutoKeyRotationError": null,
            "FederatedClientId": null,
            "ProvisioningState": null,
            "Id": null,
            "Name": null,
            "Type": null,
            "Location": region(&args.location),
            "Tags": tags(&args.tag)?,
        });
        Ok(Output::one(&VIEW, value))
    }
}
