//! Disable-AzRecoveryServicesBackupProtection (reference 3.4).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::{NO_GUARD, VaultArgs};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session, item, job};
use crate::domain::{Refusal, SoftDeleteState};
use crate::output::Output;
use crate::workflow::{self, StopMode};

pub(super) struct Disable;

#[derive(Debug, Args)]
pub(super) struct DisableArgs {
    /// The item: JSON object, name, @file or -
    #[arg(long, alias = "1")]
    item: ObjectArg,
    /// Delete its recovery points too; softly, if the vault says so
    #[arg(long)]
    remove_recovery_points: bool,
    /// Let its recovery points expire as the policy says; for immutable vaults
    #[arg(long)]
    retain_recovery_points_as_per_policy: bool,
    /// Do not ask
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

impl DisableArgs {
    fn mode(&self) -> Result<StopMode, Refusal> {
        match (
            self.remove_recovery_points,
            self.retain_recovery_points_as_per_policy,
        ) {
            (true, true) => Err(Refusal::usage(
                "ArgumentException",
                "RemoveRecoveryPoints and RetainRecoveryPointsAsPerPolicy parameters can't be \
                 used simultaneously.",
            )),
            (true, false) => Ok(StopMode::Delete),
            (false, true) => Ok(StopMode::AsPerPolicy),
            (false, false) => Ok(StopMode::Retain),
        }
    }
}

impl Cmdlet for Disable {
    const NAME: &'static str = "Disable-AzRecoveryServicesBackupProtection";
    const SYNOPSIS: &'static str =
        "Stop protecting an item; keep its recovery points or delete them";
    const EXAMPLE: &'static str =
        "rsv Disable-AzRecoveryServicesBackupProtection -Item V2VM -VaultId testvault -Force";
    const EFFECT: Effect = Effect::Destroys;
    const REFUSED: &'static [(&'static str, &'static str)] =
        &[("Token", NO_GUARD), ("SecureToken", NO_GUARD)];
    type Args = DisableArgs;

    fn run(args: DisableArgs, session: &mut Session) -> Result<Output> {
        let mode = args.mode()?;
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?.clone();
        let item = item::item(session, &vault, &args.item)?.clone();
        workflow::check_stop(session.context(), &id, item.uuid, mode)?;
        let deletes = mode == StopMode::Delete;
        let effect = if deletes {
            Effect::Destroys
        } else {
            Effect::Changes
        };
        let question = format!(
            "Are you sure you want to disable protection for the item '{}'",
            item.name()
        );
        session.confirm(effect, args.force, &question)?;
        if session.what_if() {
            session.console().what_if("Stop protection", &item.name());
            return Ok(Output::none());
        }
        let outcome = workflow::stop_protection(session.context(), &id, item.uuid, mode);
        session.show_warnings();
        let job = outcome?;
        if deletes && vault.soft_delete.state == SoftDeleteState::Disabled {
            session.console().warn(
                "Soft delete is off: the item cannot be brought back. Its data stays on disk, \
                 encrypted, until garbage collection: rsv Optimize-RsvVault.",
            );
        }
        Ok(Output::one(&job::VIEW, job::view(&job)))
    }
}
