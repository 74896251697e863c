//! Set-AzRecoveryServicesBackupProperty (reference 2.9).

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::cmdlet::vault::TYPE;
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::{Activity, Refusal};
use crate::output::Output;

pub(super) struct Set;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
#[allow(clippy::enum_variant_names)]
pub(super) enum Redundancy {
    /// Copies in two regions
    GeoRedundant,
    /// Copies in several zones of a region
    ZoneRedundant,
    /// Copies in one place
    LocallyRedundant,
}

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// The vault: id, name, JSON object, @file or -
    #[arg(long)]
    vault: ObjectArg,
    /// Redundancy to be shown; there is one copy here, and it is fixed once items are protected
    #[arg(long, value_enum, ignore_case = true)]
    backup_storage_redundancy: Option<Redundancy>,
}

impl Cmdlet for Set {
    const NAME: &'static str = "Set-AzRecoveryServicesBackupProperty";
    const SYNOPSIS: &'static str = "Set the storage redundancy of a vault that protects nothing";
    const EXAMPLE: &'static str = "rsv Set-AzRecoveryServicesBackupProperty -Vault testvault \
        -BackupStorageRedundancy LocallyRedundant";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[(
        "EnableCrossRegionRestore",
        "one machine is one region: there is no other one to restore from",
    )];
    type Args = SetArgs;

    fn run(args: SetArgs, session: &mut Session) -> Result<Output> {
        let object = session.object("Vault", &args.vault, &[TYPE])?;
        let id = session.named(&session.document().vaults, "Vault", &object, None)?;
        let Some(wanted) = args.backup_storage_redundancy else {
            return Err(Refusal::usage(
                "ArgumentException",
                "BackupStorageRedundancy is either null or empty.",
            )
            .into());
        };
        let activity = Activity::new(
            "Microsoft.RecoveryServices/vaults/backupstorageconfig/write",
            &id,
            "Set storage redundancy",
        );
        session.change(&activity, |state, _| {
            let vault = state.vaults.get_mut(&id)?;
            vault.set_redundancy(format!("{wanted:?}"))?;
            Ok(())
        })?;
        Ok(Output::none())
    }
}
