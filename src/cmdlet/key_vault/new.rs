//! New-AzKeyVault (reference 4.1).

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use uuid::Uuid;

use crate::cmdlet::common::{EnabledDisabled, region, tags};
use crate::cmdlet::key_vault::{VIEW, view};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{
    AccessPolicy, Account, Activity, KeyPermission, KeyVault, Refusal, Resource, ResourceId,
    ResourceKind, check_name,
};
use crate::output::Output;

pub(super) struct New;

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum Sku {
    /// Software keys
    Standard,
    /// Also keys in hardware
    Premium,
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Name: 3-24 letters, digits or '-'; unique in the home, as in all of Azure
    #[arg(long, alias = "0", alias = "VaultName")]
    name: String,
    /// Resource group
    #[arg(long, alias = "1")]
    resource_group_name: String,
    /// Region
    #[arg(long, alias = "2")]
    location: String,
    /// Compute may read secrets
    #[arg(long)]
    enabled_for_deployment: bool,
    /// Resource Manager may read secrets
    #[arg(long)]
    enabled_for_template_deployment: bool,
    /// Azure Disk Encryption may read secrets and unwrap keys
    #[arg(long)]
    enabled_for_disk_encryption: bool,
    /// Turn purge protection on; it cannot be turned off again
    #[arg(long)]
    enable_purge_protection: bool,
    /// Role assignments count instead of access policies
    #[arg(long, conflicts_with = "disable_rbac_authorization")]
    enable_rbac_authorization: bool,
    /// Access policies count (the default here)
    #[arg(long)]
    disable_rbac_authorization: bool,
    /// Days a deleted key is kept, 7-90; fixed from now on
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(7..=90))]
    soft_delete_retention_in_days: u32,
    /// Public endpoint
    #[arg(long, value_enum, ignore_case = true)]
    public_network_access: Option<EnabledDisabled>,
    /// Standard or Premium
    #[arg(long, value_enum, ignore_case = true, default_value = "Standard")]
    sku: Sku,
    /// Tags, as name=value
    #[arg(long, alias = "Tags", value_delimiter = ',')]
    tag: Vec<String>,
    /// Subscription; absent: the context's
    #[arg(long)]
    subscription_id: Option<String>,
}

impl NewArgs {
    fn vault(
        &self,
        account: &Account,
        subscription: Uuid,
        group: String,
        now: Timestamp,
    ) -> Result<KeyVault, Refusal> {
        Ok(KeyVault {
            base: Resource {
                subscription,
                group,
                name: self.name.clone(),
                location: region(&self.location),
                tags: tags(&self.tag)?,
                created: now,
            },
            tenant_id: account.tenant_id,
            sku: format!("{:?}", self.sku),
            for_deployment: self.enabled_for_deployment,
            for_template_deployment: self.enabled_for_template_deployment,
            for_disk_encryption: self.enabled_for_disk_encryption,
            rbac: self.enable_rbac_authorization,
            soft_delete: true,
            retention_days: self.soft_delete_retention_in_days,
            purge_protection: self.enable_purge_protection,
            public_network_access: self.public_network_access != Some(EnabledDisabled::Disabled),
            policies: vec![AccessPolicy {
                object_id: account.object_id,
                application_id: None,
                display_name: account.id.clone(),
                keys: KeyPermission::CREATOR.into_iter().collect(),
                secrets: Vec::new(),
                certificates: Vec::new(),
                storage: Vec::new(),
            }],
            keys: Default::default(),
            deleted_keys: Default::default(),
        })
    }
}

impl Cmdlet for New {
    const NAME: &'static str = "New-AzKeyVault";
    const SYNOPSIS: &'static str = "Create a key vault";
    const EXAMPLE: &'static str =
        "rsv New-AzKeyVault -VaultName testkeyvault -ResourceGroupName testrg -Location japaneast";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[(
        "NetworkRuleSet",
        "a key vault on this machine has no network",
    )];
    type Args = NewArgs;

    fn run(args: NewArgs, session: &mut Session) -> Result<Output> {
        check_name(Some(ResourceKind::KeyVault), &args.name)?;
        let subscription = match &args.subscription_id {
            Some(text) => session.document().subscription_named(text)?.id,
            None => session.subscription(),
        };
        let group = session
            .document()
            .group(subscription, &args.resource_group_name)?
            .name
            .clone();
        let id = ResourceId {
            subscription,
            group: group.clone(),
            kind: ResourceKind::KeyVault,
            name: args.name.clone(),
        };
        if args.enable_purge_protection {
            session
                .console()
                .warn("Purge protection cannot be turned off again (R51).");
        }
        let activity = Activity::new("Microsoft.KeyVault/vaults/write", &id, "Create key vault");
        let value = session.change(&activity, |state, now| {
            state.group(subscription, &group)?;
            state.check_key_vault_name_free(&args.name, now)?;
            let vault = args.vault(&state.account, subscription, group, now)?;
            let value = view(&vault);
            state.key_vaults.put(vault);
            Ok(value)
        })?;
        Ok(Output::one(&VIEW, value))
    }
}
