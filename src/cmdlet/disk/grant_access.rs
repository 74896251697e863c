//! Grant-AzDiskAccess (reference 5.10): a token that reads one disk for a while.

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::cmdlet::disk::DiskArgs;
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::crypto::AccessToken;
use crate::domain::{Activity, DiskGrant, Refusal};
use crate::output::{Form, Output, View};

pub(super) struct Grant;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum Access {
    /// Read the disk
    Read,
    /// Write it; refused, disks are written once
    Write,
    /// No access; refused, Revoke-AzDiskAccess does that
    None,
}

#[derive(Debug, Args)]
pub(super) struct GrantArgs {
    #[command(flatten)]
    disk: DiskArgs,
    /// What the token allows
    #[arg(long, alias = "2", value_enum, ignore_case = true)]
    access: Access,
    /// Seconds until the token expires
    #[arg(long, alias = "3", value_parser = clap::value_parser!(u32).range(1..=0x7fff_ffff))]
    duration_in_second: u32,
}

static RESPONSE: View = View {
    type_name: "Microsoft.Azure.Commands.Compute.Automation.Models.PSAccessUri",
    form: Form::List,
    table: &[],
    list: &[],
};

fn check_access(access: Access) -> Result<(), Refusal> {
    let (why, hint) = match access {
        Access::Read => return Ok(()),
        Access::Write => (
            "a managed disk is written once, when it is restored",
            "Use -Access Read.",
        ),
        Access::None => (
            "there is nothing to grant",
            "rsv Revoke-AzDiskAccess ends all access.",
        ),
    };
    let message = format!("-Access {access:?} is refused: {why}.");
    Err(Refusal::usage("RsvDiskAccessUnsupported", message).hint(hint))
}

impl Cmdlet for Grant {
    const NAME: &'static str = "Grant-AzDiskAccess";
    const SYNOPSIS: &'static str = "Get a token that reads a managed disk until it expires";
    const EXAMPLE: &'static str = "rsv Grant-AzDiskAccess -ResourceGroupName DestRG -DiskName \
        \"$(rsv Get-AzDisk -ResourceGroupName DestRG -Query '[0].Name')\" -Access Read \
        -DurationInSecond 3600";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] =
        &[("SecureVMGuestStateSAS", "rsv has no confidential machines")];
    type Args = GrantArgs;

    fn run(args: GrantArgs, session: &mut Session) -> Result<Output> {
        check_access(args.access)?;
        let id = args.disk.id(session)?;
        let grant = session.fresh_id()?;
        let duration = SignedDuration::from_secs(i64::from(args.duration_in_second));
        let activity = Activity::new(
            "Microsoft.Compute/disks/beginGetAccess/action",
            &id,
            format!(
                "Grant read access to disk for {} seconds",
                args.duration_in_second
            ),
        );
        let (disk, expires) = session.change(&activity, |state, now| {
            let disk = state.disks.get_mut(&id)?;
            // A token counts in whole seconds.
            let expires = Timestamp::from_second(now.as_second())?.checked_add(duration)?;
            disk.grants.retain(|grant| grant.expires > now);
            disk.grants.push(DiskGrant { id: grant, expires });
            Ok((disk.uuid, expires))
        })?;
        if session.what_if() {
            return Ok(Output::none());
        }
        let key = session.context().token_key();
        let token =
            AccessToken::issue(&key, disk.as_bytes(), grant.as_bytes(), expires.as_second());
        Ok(Output::one(&RESPONSE, json!({"AccessSAS": token})))
    }
}
