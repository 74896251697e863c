//! Set-AzKeyVaultAccessPolicy (reference 4.6).

use std::collections::BTreeSet;

use anyhow::Result;
use clap::Args;
use uuid::Uuid;

use crate::cmdlet::key_vault::{VIEW, key_vault, view};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::{AccessPolicy, Activity, KeyPermission, KeyVault, Refusal};
use crate::output::Output;
use crate::state::Document;

pub(super) struct Set;

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Name of the key vault
    #[arg(long, alias = "0")]
    vault_name: Option<String>,
    /// Resource group
    #[arg(long, alias = "1")]
    resource_group_name: Option<String>,
    /// The key vault: id, name, JSON object, @file or -
    #[arg(long, conflicts_with_all = ["vault_name", "resource_id"])]
    input_object: Option<ObjectArg>,
    /// Id of the key vault
    #[arg(long, conflicts_with = "vault_name")]
    resource_id: Option<String>,
    /// Principal that gets the permissions
    #[arg(long, group = "principal")]
    object_id: Option<Uuid>,
    /// Sign-in name of the account that gets the permissions
    #[arg(long, alias = "UPN", group = "principal")]
    user_principal_name: Option<String>,
    /// Application it acts through
    #[arg(long, requires = "object_id")]
    application_id: Option<Uuid>,
    /// Permissions on keys; the list replaces the one before
    #[arg(long, value_enum, ignore_case = true, value_delimiter = ',', num_args = 1..)]
    permissions_to_keys: Option<Vec<KeyPermission>>,
    /// Permissions on secrets; kept and shown
    #[arg(long, value_delimiter = ',', value_parser = SECRETS, ignore_case = true)]
    permissions_to_secrets: Option<Vec<String>>,
    /// Permissions on certificates; kept and shown
    #[arg(long, value_delimiter = ',', value_parser = CERTIFICATES, ignore_case = true)]
    permissions_to_certificates: Option<Vec<String>>,
    /// Permissions on managed storage; kept and shown
    #[arg(long, value_delimiter = ',', value_parser = STORAGE, ignore_case = true)]
    permissions_to_storage: Option<Vec<String>>,
    /// Do not look the principal up: it is another tenant's
    #[arg(long)]
    bypass_object_id_validation: bool,
    /// Compute may read secrets
    #[arg(long)]
    enabled_for_deployment: bool,
    /// Resource Manager may read secrets
    #[arg(long)]
    enabled_for_template_deployment: bool,
    /// Azure Disk Encryption may read secrets and unwrap keys
    #[arg(long)]
    enabled_for_disk_encryption: bool,
    /// Print the key vault
    #[arg(long)]
    pass_thru: bool,
}

const SECRETS: [&str; 9] = [
    "all", "get", "list", "set", "delete", "backup", "restore", "recover", "purge",
];
const CERTIFICATES: [&str; 17] = [
    "all",
    "get",
    "list",
    "delete",
    "create",
    "import",
    "update",
    "managecontacts",
    "getissuers",
    "listissuers",
    "setissuers",
    "deleteissuers",
    "manageissuers",
    "recover",
    "backup",
    "restore",
    "purge",
];
const STORAGE: [&str; 15] = [
    "all",
    "get",
    "list",
    "delete",
    "set",
    "update",
    "regeneratekey",
    "getsas",
    "listsas",
    "deletesas",
    "setsas",
    "recover",
    "backup",
    "restore",
    "purge",
];

impl SetArgs {
    fn sets_flags(&self) -> bool {
        self.enabled_for_deployment
            || self.enabled_for_template_deployment
            || self.enabled_for_disk_encryption
    }

    fn sets_permissions(&self) -> bool {
        self.permissions_to_keys.is_some()
            || self.permissions_to_secrets.is_some()
            || self.permissions_to_certificates.is_some()
            || self.permissions_to_storage.is_some()
    }

    fn check(&self) -> Result<(), Refusal> {
        let principal = self.object_id.is_some() || self.user_principal_name.is_some();
        if !self.sets_flags() && !self.sets_permissions() {
            return Err(Refusal::usage(
                "ArgumentException",
                "At least one permission should be selected for key access or secret access.",
            ));
        }
        if self.sets_permissions() && !principal {
            return Err(Refusal::usage(
                "RsvMissingParameter",
                "Say who gets the permissions: -ObjectId or -UserPrincipalName.",
            ));
        }
        let keys = self.permissions_to_keys.as_deref().unwrap_or_default();
        if keys.contains(&KeyPermission::All) && keys.len() > 1 {
            return Err(Refusal::usage(
                "ArgumentException",
                "Invalid permissions to keys. The list contains \"all\" along with other \
                 permissions. When \"all\" is given, it must be alone.",
            ));
        }
        Ok(())
    }

    /// Looks the principal up: the account, or a vault's or disk encryption set's identity.
    fn principal(&self, state: &Document) -> Result<Option<(Uuid, String)>, Refusal> {
        let tenant = state.account.tenant_id;
        let missing = |what: &str| {
            Refusal::refused(
                "ArgumentException",
                format!(
                    "Cannot find the Active Directory object '{what}' in tenant '{tenant}'. Please \
                     make sure that the user or application service principal you are authorizing \
                     is registered in the current subscription's Azure Active directory.",
                ),
            )
            .hint("Add -BypassObjectIdValidation if it is meant.")
        };
        if let Some(name) = &self.user_principal_name {
            if !state.account.id.eq_ignore_ascii_case(name) {
                return Err(missing(name));
            }
            return Ok(Some((state.account.object_id, state.account.id.clone())));
        }
        let Some(id) = self.object_id else {
            return Ok(None);
        };
        match principal_name(state, id) {
            Some(name) => Ok(Some((id, name))),
            None if self.bypass_object_id_validation => Ok(Some((id, String::new()))),
            None => Err(missing(&id.to_string())),
        }
    }

    fn apply(&self, vault: &mut KeyVault, principal: Option<(Uuid, String)>) {
        vault.for_deployment |= self.enabled_for_deployment;
        vault.for_template_deployment |= self.enabled_for_template_deployment;
        vault.for_disk_encryption |= self.enabled_for_disk_encryption;
        let Some((id, display_name)) = principal.filter(|_| self.sets_permissions()) else {
            return;
        };
        let same =
            |p: &&mut AccessPolicy| p.object_id == id && p.application_id == self.application_id;
        let mut policy = AccessPolicy {
            object_id: id,
            application_id: self.application_id,
            display_name,
            keys: BTreeSet::new(),
            secrets: Vec::new(),
            certificates: Vec::new(),
            storage: Vec::new(),
        };
        if let Some(before) = vault.policies.iter_mut().find(same) {
            policy = before.clone();
        }
        if let Some(keys) = &self.permissions_to_keys {
            policy.keys = keys.iter().copied().collect();
        }
        let lists = [
            (&self.permissions_to_secrets, &mut policy.secrets),
            (&self.permissions_to_certificates, &mut policy.certificates),
            (&self.permissions_to_storage, &mut policy.storage),
        ];
        for (given, kept) in lists {
            if let Some(given) = given {
                *kept = given.iter().map(|p| p.to_lowercase()).collect();
            }
        }
        match vault.policies.iter_mut().find(same) {
            Some(place) => *place = policy,
            None => vault.policies.push(policy),
        }
    }
}

/// Whose principal this is, among everything in the home.
fn principal_name(state: &Document, id: Uuid) -> Option<String> {
    let principals = state.principals();
    principals.into_iter().find(|p| p.id == id).map(|p| p.name)
}

impl Cmdlet for Set {
    const NAME: &'static str = "Set-AzKeyVaultAccessPolicy";
    const SYNOPSIS: &'static str = "Set what a principal may do with the keys of a key vault";
    const EXAMPLE: &'static str = "rsv Set-AzKeyVaultAccessPolicy -VaultName testkeyvault \
        -UserPrincipalName operator@rsv.local -PermissionsToKeys get,list,create";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "ServicePrincipalName",
            "rsv has no directory of applications: use -ObjectId",
        ),
        (
            "EmailAddress",
            "rsv has no directory of users: use -UserPrincipalName or -ObjectId",
        ),
        (
            "SubscriptionId",
            "key vault names are unique in a home: -VaultName is enough",
        ),
    ];
    type Args = SetArgs;

    fn run(args: SetArgs, session: &mut Session) -> Result<Output> {
        args.check()?;
        let id = key_vault(
            session,
            args.vault_name.as_deref(),
            args.resource_group_name.as_deref(),
            args.input_object.as_ref(),
            args.resource_id.as_deref(),
        )?;
        let activity = Activity::new(
            "Microsoft.KeyVault/vaults/accessPolicies/write",
            &id,
            "Update key vault access policies",
        );
        let value = session.change(&activity, |state, _| {
            let principal = args.principal(state)?;
            let vault = state.key_vaults.get_mut(&id)?;
            args.apply(vault, principal);
            Ok(view(vault))
        })?;
        Ok(if args.pass_thru {
            Output::one(&VIEW, value)
        } else {
            Output::none()
        })
    }
}
