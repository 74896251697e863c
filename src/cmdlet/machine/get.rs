//! Get-AzVM.

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::chosen;
use crate::cmdlet::machine::{VIEW, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Resource group; wildcards are taken
    #[arg(long, alias = "0")]
    resource_group_name: Option<String>,
    /// Name; with wildcards, or without a name: a list
    #[arg(long, alias = "1", alias = "ResourceName", alias = "VMName")]
    name: Option<String>,
    /// Only machines in this region
    #[arg(long, conflicts_with_all = ["resource_group_name", "name"])]
    location: Option<String>,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzVM";
    const SYNOPSIS: &'static str = "Get one virtual machine, or list them";
    const EXAMPLE: &'static str = "rsv Get-AzVM -ResourceGroupName testrg -Name V2VM";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "Status",
            "rsv backs machines up and does not run them: they have no state",
        ),
        ("NextLink", "a list comes whole here"),
        ("DisplayHint", "use -Output and -Query"),
    ];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let machines = &session.document().machines;
        let (group, name) = (args.resource_group_name.as_deref(), args.name.as_deref());
        let (found, one) = chosen(session, machines, group, name)?;
        let there = |location: &str| {
            args.location
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(location))
        };
        let found = found
            .into_iter()
            .filter(|machine| there(&machine.base.location));
        let values = found.map(view).collect();
        Ok(Output {
            many: !one,
            ..Output::many(&VIEW, values)
        })
    }
}
