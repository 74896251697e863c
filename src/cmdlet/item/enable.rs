//! Enable-AzRecoveryServicesBackupProtection (reference 3.3).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::{NO_GUARD, VaultArgs};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session, item, job, policy};
use crate::domain::Refusal;
use crate::output::Output;
use crate::workflow::{self, DiskChoice, ProtectRequest};

pub(super) struct Enable;

#[derive(Debug, Args)]
pub(super) struct EnableArgs {
    /// The policy: JSON object, name, @file or -
    #[arg(long, alias = "1")]
    policy: ObjectArg,
    /// Name of the machine
    #[arg(long, alias = "2", required_unless_present = "item")]
    name: Option<String>,
    /// Resource group of the machine
    #[arg(long, alias = "3", requires = "name")]
    resource_group_name: Option<String>,
    /// Cloud service of a classic machine; classic machines need a vault without customer key
    #[arg(
        long,
        alias = "3",
        requires = "name",
        conflicts_with = "resource_group_name"
    )]
    service_name: Option<String>,
    /// An item, to resume it or to change its policy or disks: JSON object, name, @file or -
    #[arg(long, alias = "4", conflicts_with = "name")]
    item: Option<ObjectArg>,
    /// Back up only the data disks at these LUNs, besides the OS disk
    #[arg(long, value_delimiter = ',')]
    inclusion_disks_list: Option<Vec<u16>>,
    /// Leave the data disks at these LUNs out
    #[arg(long, value_delimiter = ',')]
    exclusion_disks_list: Option<Vec<u16>>,
    /// Back up the OS disk only
    #[arg(long)]
    exclude_all_data_disks: bool,
    /// Back up all disks again
    #[arg(long, requires = "item")]
    reset_exclusion_settings: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

impl EnableArgs {
    fn disks(&self) -> Result<DiskChoice, Refusal> {
        match (&self.inclusion_disks_list, &self.exclusion_disks_list) {
            (Some(_), Some(_)) => Err(Refusal::usage(
                "ArgumentException",
                "Both Inclusion and Exclusion lists provided. Please provide only one of them.",
            )),
            (Some(luns), None) => Ok(DiskChoice::Only(luns.clone())),
            (None, Some(luns)) => Ok(DiskChoice::Without(luns.clone())),
            (None, None) if self.exclude_all_data_disks => Ok(DiskChoice::Only(Vec::new())),
            (None, None) if self.reset_exclusion_settings => Ok(DiskChoice::All),
            (None, None) => Ok(DiskChoice::Unchanged),
        }
    }
}

impl Cmdlet for Enable {
    const NAME: &'static str = "Enable-AzRecoveryServicesBackupProtection";
    const SYNOPSIS: &'static str = "Protect a virtual machine, or change how it is protected";
    const EXAMPLE: &'static str = "rsv Enable-AzRecoveryServicesBackupProtection \
        -Policy DefaultPolicy -Item V2VM -VaultId testvault";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("StorageAccountName", "file shares are not in rsv yet"),
        ("ProtectableItem", "SQL and SAP HANA are not in rsv yet"),
        (
            "ContainerSubscriptionId",
            "machines of other subscriptions are not in rsv yet",
        ),
        ("Token", NO_GUARD),
        ("SecureToken", NO_GUARD),
    ];
    type Args = EnableArgs;

    fn run(args: EnableArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?.clone();
        let policy = policy::name(session, &args.policy)?;
        let request = match (&args.item, &args.name) {
            (Some(arg), _) => {
                ProtectRequest::modify(item::item(session, &vault, arg)?, &policy, args.disks()?)
            }
            (None, Some(name)) => ProtectRequest {
                machine: name.clone(),
                group: args.resource_group_name.clone(),
                service: args.service_name.clone(),
                policy,
                disks: args.disks()?,
                item: None,
            },
            (None, None) => {
                let text = "Azure VM name can not be null or empty";
                return Err(Refusal::usage("ArgumentException", text).into());
            }
        };
        if session.what_if() {
            workflow::check_protect(session.document(), &id, &request, session.subscription())?;
            session
                .console()
                .what_if("Enable protection", &request.machine);
            return Ok(Output::none());
        }
        session.confirm(
            Effect::Changes,
            false,
            &format!("Protect {}", request.machine),
        )?;
        let subscription = session.subscription();
        let job = workflow::protect(session.context(), &id, &request, subscription);
        session.show_warnings();
        Ok(Output::one(&job::VIEW, job::view(&job?)))
    }
}
