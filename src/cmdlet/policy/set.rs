//! Set-AzRecoveryServicesBackupProtectionPolicy (reference 3.14).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::{NO_GUARD, VaultArgs};
use crate::cmdlet::policy::{
    NO_ARCHIVE, NO_GROUP, ONE_CONSISTENCY, Parts, PartsArgs, TYPE, VIEW, snapshot_days, view,
};
use crate::cmdlet::{Cmdlet, Effect, Object, ObjectArg, Session, job};
use crate::domain::{Activity, Policy, Refusal, Vault};
use crate::output::Output;
use crate::workflow;

pub(super) struct Set;

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// The policy: JSON object, name, @file or -
    #[arg(long, alias = "1")]
    policy: ObjectArg,
    #[command(flatten)]
    parts: PartsArgs,
    #[command(flatten)]
    vault: VaultArgs,
}

/// The policy with its new parts, checked against the vault's immutability (R126).
fn changed(vault: &Vault, name: &str, parts: &Parts) -> Result<Policy, Refusal> {
    let before = vault.policy(name)?;
    let mut policy = before.clone();
    if let Some(schedule) = &parts.schedule {
        policy.schedule = schedule.clone();
    }
    if let Some(retention) = &parts.retention {
        policy.retention = retention.clone();
    }
    policy.snapshot_retention_days = parts
        .snapshot_days
        .unwrap_or(policy.snapshot_retention_days);
    policy.settle()?;
    if policy.retention.keeps_less_than(&before.retention) {
        vault.check_mutable("retention cannot be reduced")?;
    }
    Ok(policy)
}

impl Cmdlet for Set {
    const NAME: &'static str = "Set-AzRecoveryServicesBackupProtectionPolicy";
    const SYNOPSIS: &'static str = "Change the schedule or the retention of a backup policy";
    const EXAMPLE: &'static str = "rsv Set-AzRecoveryServicesBackupProtectionPolicy \
        -Policy DefaultPolicy -VaultId testvault -SchedulePolicy \
        '{\"ScheduleRunFrequency\":\"Daily\",\"ScheduleRunTimes\":[\"2027-01-01T05:30:00Z\"]}'";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("MoveToArchiveTier", NO_ARCHIVE),
        ("TieringMode", NO_ARCHIVE),
        ("TierAfterDuration", NO_ARCHIVE),
        ("TierAfterDurationType", NO_ARCHIVE),
        ("BackupSnapshotResourceGroup", NO_GROUP),
        ("BackupSnapshotResourceGroupSuffix", NO_GROUP),
        ("SnapshotConsistencyType", ONE_CONSISTENCY),
        (
            "FixForInconsistentItems",
            "items always follow their policy here",
        ),
        ("Token", NO_GUARD),
        ("SecureToken", NO_GUARD),
    ];
    type Args = SetArgs;

    fn run(args: SetArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let mut parts = args.parts.read(session)?;
        let name = match session.object("Policy", &args.policy, &[TYPE])? {
            Object::Text(text) => text.rsplit('/').next().unwrap_or_default().to_owned(),
            Object::Json(value) => {
                parts.snapshot_days = parts.snapshot_days.or(snapshot_days(&value)?);
                let object = Object::Json(value);
                object.text("Policy", &["Name"])?.to_owned()
            }
        };
        let before = session.vault_resource(&id)?.policy(&name)?;
        let days = before.snapshot_retention_days;
        let same_days = parts.snapshot_days.is_none_or(|wanted| wanted == days);
        if parts.schedule.is_none() && parts.retention.is_none() && same_days {
            let text = "Both RetentionPolicy and SchedulePolicy are empty, nothing to update";
            return Err(Refusal::usage("ArgumentException", text).into());
        }
        let policy = changed(session.vault_resource(&id)?, &name, &parts)?;
        let activity = Activity::new(
            "Microsoft.RecoveryServices/vaults/backupPolicies/write",
            &format!("{id}/backupPolicies/{}", policy.name),
            "Update backup policy",
        );
        let value = session.change(&activity, |state, _| {
            let vault = state.vaults.get_mut(&id)?;
            let policy = changed(vault, &name, &parts)?;
            let value = view(vault, &policy);
            vault.policies.retain(|p| p.name != policy.name);
            vault.policies.push(policy);
            vault.policies.sort_by_key(|p| p.name.to_lowercase());
            Ok(value)
        })?;
        if session.what_if() {
            return Ok(Output::none());
        }
        let jobs = workflow::record_policy_change(session.context(), &id, &policy.name)?;
        Ok(if jobs.is_empty() {
            Output::one(&VIEW, value)
        } else {
            Output::many(&job::VIEW, jobs.iter().map(job::view).collect())
        })
    }
}
