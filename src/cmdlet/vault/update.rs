//! Update-AzRecoveryServicesVault (reference 2.4): identity and vault-level switches.

use anyhow::Result;
use clap::{Args, ValueEnum};
use uuid::Uuid;

use crate::cmdlet::common::{EnabledDisabled, NO_GUARD, boolean};
use crate::cmdlet::vault::{VIEW, view};
use crate::cmdlet::{Cmdlet, Effect, Object, ObjectArg, Session};
use crate::domain::{Activity, Refusal, ResourceId, Tagged, UserAssignedIdentity, Vault};
use crate::output::Output;

pub(super) struct Update;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum MsIdentity {
    /// The vault's own identity
    SystemAssigned,
    /// No identity at all
    None,
    /// Attached identities
    UserAssigned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum Immutability {
    /// Off
    Disabled,
    /// On, reversible
    Unlocked,
    /// On for ever
    Locked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum CrossSubscriptionRestore {
    /// On
    Enabled,
    /// Off
    Disabled,
    /// Off for ever
    PermanentlyDisabled,
}

#[derive(Debug, Args)]
pub(super) struct UpdateArgs {
    /// Resource group
    #[arg(long, alias = "1", required_unless_present = "vault_id")]
    resource_group_name: Option<String>,
    /// Name of the vault
    #[arg(long, alias = "2", required_unless_present = "vault_id")]
    name: Option<String>,
    /// The vault (the form of Microsoft's document; the real cmdlet has no such parameter)
    #[arg(long, conflicts_with_all = ["resource_group_name", "name"])]
    vault_id: Option<ObjectArg>,
    /// Identity to turn on; None drops every identity
    #[arg(long, value_enum, ignore_case = true)]
    identity_type: Option<MsIdentity>,
    /// Ids or names of the user-assigned identities to attach or detach
    #[arg(long, value_delimiter = ',')]
    identity_id: Vec<String>,
    /// Detach the identities of -IdentityId
    #[arg(long, conflicts_with = "identity_type")]
    remove_user_assigned: bool,
    /// Drop the vault's own identity
    #[arg(long, conflicts_with = "identity_type")]
    remove_system_assigned: bool,
    /// true: classic alerts off
    #[arg(long, value_parser = boolean)]
    disable_classic_alerts: Option<bool>,
    /// false: Azure Monitor alerts on
    #[arg(long, value_parser = boolean)]
    disable_azure_monitor_alerts_for_job_failure: Option<bool>,
    /// Public endpoint
    #[arg(long, value_enum, ignore_case = true)]
    public_network_access: Option<EnabledDisabled>,
    /// Immutability; Locked is for ever and only from Unlocked (R127)
    #[arg(long, value_enum, ignore_case = true)]
    immutability_state: Option<Immutability>,
    /// Cross-subscription restore; PermanentlyDisabled is for ever
    #[arg(long, value_enum, ignore_case = true)]
    cross_subscription_restore_state: Option<CrossSubscriptionRestore>,
    /// zstd level of new backup data, 1-19 (of rsv): more is smaller and slower; 3 unless set
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=19))]
    compression_level: Option<u8>,
}

impl UpdateArgs {
    fn changes_something(&self) -> bool {
        self.identity_type.is_some()
            || self.remove_system_assigned
            || self.remove_user_assigned
            || self.disable_classic_alerts.is_some()
            || self.disable_azure_monitor_alerts_for_job_failure.is_some()
            || self.public_network_access.is_some()
            || self.immutability_state.is_some()
            || self.cross_subscription_restore_state.is_some()
            || self.compression_level.is_some()
    }

    /// -IdentityId alone says neither attach nor detach.
    fn lists_identities_in_vain(&self) -> bool {
        !self.identity_id.is_empty() && self.identity_type.is_none() && !self.remove_user_assigned
    }

    /// Azure's texts for identity parameters that contradict each other.
    fn check_identities(&self) -> Result<(), Refusal> {
        let text = match self.identity_type {
            _ if self.remove_system_assigned
                && (self.remove_user_assigned || !self.identity_id.is_empty()) =>
            {
                "UserAssigned and SystemAssigned identities can't be removed together"
            }
            Some(MsIdentity::SystemAssigned) if !self.identity_id.is_empty() => {
                "Invalid parameter IdentityId. IdentityId can't be set for SystemAssigned Identities"
            }
            Some(MsIdentity::None) if !self.identity_id.is_empty() => {
                "Invalid parameter IdentityId. -IdentityType None drops every identity"
            }
            Some(MsIdentity::UserAssigned) if self.identity_id.is_empty() => {
                "IdentityId can't be empty for UserAssigned Identities"
            }
            None if self.remove_user_assigned && self.identity_id.is_empty() => {
                "IdentityId can't be empty for UserAssigned Identities"
            }
            _ => return Ok(()),
        };
        Err(Refusal::usage("ArgumentException", text)
            .hint("rsv Get-AzUserAssignedIdentity lists the identities there are."))
    }

    /// The identities of -IdentityId, by id or by name.
    fn identities(&self, session: &Session) -> Result<Vec<ResourceId>> {
        let table = &session.document().user_identities;
        self.identity_id
            .iter()
            .map(|text| session.named(table, "IdentityId", &Object::Text(text.clone()), None))
            .collect()
    }

    /// True when the vault loses the identity that uses its key (R33).
    fn drops_key_identity(&self, vault: &Vault, users: &[ResourceId]) -> bool {
        let drops = match &vault.encryption.user_identity {
            None => self.remove_system_assigned,
            Some(used) => {
                let listed = |id: &ResourceId| id.to_string().eq_ignore_ascii_case(used);
                self.remove_user_assigned && users.iter().any(listed)
            }
        };
        vault.encryption.is_customer() && (drops || self.identity_type == Some(MsIdentity::None))
    }

    fn apply_identities(
        &self,
        vault: &mut Vault,
        users: &[UserAssignedIdentity],
        fresh: Uuid,
        tenant: Uuid,
    ) -> Result<(), Refusal> {
        let identity = &mut vault.identity;
        match self.identity_type {
            Some(MsIdentity::SystemAssigned) => identity.enable_system(fresh, tenant),
            Some(MsIdentity::UserAssigned) => users.iter().for_each(|user| identity.attach(user)),
            Some(MsIdentity::None) => identity.clear(),
            None if self.remove_system_assigned => identity.remove_system(),
            None if self.remove_user_assigned => {
                for user in users {
                    identity.detach(&user.id().to_string())?;
                }
            }
            None => {}
        }
        Ok(())
    }

    fn vault(&self, session: &Session) -> Result<ResourceId> {
        if self.vault_id.is_some() {
            return session.vault(self.vault_id.as_ref());
        }
        let (group, name) = (self.resource_group_name.as_deref(), self.name.as_deref());
        let (vaults, name) = (&session.document().vaults, name.unwrap_or_default());
        let found = vaults.one(session.subscription(), group, name);
        Ok(found
            .map_err(|missing| session.explain::<Vault>(missing, name))?
            .arm_id())
    }

    fn apply(&self, vault: &mut Vault) -> Result<(), Refusal> {
        if let Some(off) = self.disable_classic_alerts {
            vault.classic_alerts = !off;
        }
        if let Some(off) = self.disable_azure_monitor_alerts_for_job_failure {
            vault.monitor_alerts = !off;
        }
        if self.compression_level.is_some() {
            vault.compression_level = self.compression_level;
        }
        if let Some(access) = self.public_network_access {
            vault.public_network_access = access == EnabledDisabled::Enabled;
        }
        if let Some(wanted) = self.immutability_state {
            vault.immutability = immutability(&vault.immutability, wanted)?;
        }
        if let Some(wanted) = self.cross_subscription_restore_state {
            if vault.cross_subscription_restore == "PermanentlyDisabled"
                && wanted != CrossSubscriptionRestore::PermanentlyDisabled
            {
                return Err(Refusal::refused(
                    "RsvPermanentlyDisabled",
                    "Cross-subscription restore is disabled permanently.",
                ));
            }
            vault.cross_subscription_restore = format!("{wanted:?}");
        }
        Ok(())
    }
}

/// R127.
fn immutability(current: &str, wanted: Immutability) -> Result<String, Refusal> {
    match (current, wanted) {
        ("Locked", Immutability::Disabled | Immutability::Unlocked) => Err(Refusal::refused(
            "RsvImmutabilityLocked",
            "Immutability State can't be updated once enabled and locked.",
        )),
        ("Disabled", Immutability::Locked) => Err(Refusal::refused(
            "RsvImmutabilityNotUnlocked",
            "Immutability can only be locked when it is Unlocked(Enabled).",
        )),
        _ => Ok(format!("{wanted:?}")),
    }
}

impl Cmdlet for Update {
    const NAME: &'static str = "Update-AzRecoveryServicesVault";
    const SYNOPSIS: &'static str =
        "Turn a vault's managed identity on or off, or change its switches";
    const EXAMPLE: &'static str = "rsv Update-AzRecoveryServicesVault -ResourceGroupName testrg \
        -Name testvault -IdentityType SystemAssigned";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "DisableEmailNotificationsForSiteRecovery",
            "rsv has no Site Recovery (R7)",
        ),
        (
            "DisableAzureMonitorAlertsForAllReplicationIssue",
            "rsv has no Site Recovery (R7)",
        ),
        (
            "DisableAzureMonitorAlertsForAllFailoverIssue",
            "rsv has no Site Recovery (R7)",
        ),
        (
            "CostManagementGranularity",
            "rsv costs nothing, so there is nothing to account",
        ),
        ("Token", NO_GUARD),
        ("SecureToken", NO_GUARD),
    ];
    type Args = UpdateArgs;

    fn run(args: UpdateArgs, session: &mut Session) -> Result<Output> {
        args.check_identities()?;
        if !args.changes_something() || args.lists_identities_in_vain() {
            return Err(Refusal::usage("ArgumentException", "Invalid parameter set")
                .hint("Say what to change: -IdentityType SystemAssigned, for one.")
                .into());
        }
        let id = args.vault(session)?;
        let fresh = session.fresh_id()?;
        let users = args.identities(session)?;
        if args.drops_key_identity(session.vault_resource(&id)?, &users) {
            session.console().warn(
                "The vault is under a customer-managed key: without this identity backups and \
                 restores fail, and turning it on again makes a new principal that has no \
                 permissions (R33, R34).",
            );
        }
        let activity = Activity::new(
            "Microsoft.RecoveryServices/vaults/write",
            &id,
            "Update vault identity and settings",
        );
        let value = session.change(&activity, |state, _| {
            let tenant = state.account.tenant_id;
            let users = users
                .iter()
                .map(|id| state.user_identities.get(id).cloned())
                .collect::<Result<Vec<_>, _>>()?;
            let vault = state.vaults.get_mut(&id)?;
            args.apply_identities(vault, &users, fresh, tenant)?;
            args.apply(vault)?;
            Ok(view(vault))
        })?;
        Ok(Output::one(&VIEW, value))
    }
}
