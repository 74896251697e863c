//! Get-AzContext (reference 6.2).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::context::{VIEW, name, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::Refusal;
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Name of a context
    #[arg(long, alias = "0", conflicts_with = "list_available")]
    name: Option<String>,
    /// One for each subscription
    #[arg(long)]
    list_available: bool,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzContext";
    const SYNOPSIS: &'static str = "Show the account and subscription that cmdlets work in";
    const EXAMPLE: &'static str = "rsv Get-AzContext -Query Subscription.Id";
    const REFUSED: &'static [(&'static str, &'static str)] = &[(
        "RefreshContextFromTokenCache",
        "there are no tokens: contexts come from the home",
    )];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let state = session.document();
        if args.list_available {
            let values = state.subscriptions.iter().map(|s| view(state, s)).collect();
            return Ok(Output::many(&VIEW, values));
        }
        let found = match &args.name {
            Some(wanted) => state
                .subscriptions
                .iter()
                .find(|s| name(state, s).eq_ignore_ascii_case(wanted)),
            None => state
                .subscriptions
                .iter()
                .find(|s| s.id == session.subscription()),
        };
        let found = found.ok_or_else(|| {
            Refusal::not_found("There is no such context.")
                .hint("rsv Get-AzContext -ListAvailable lists them.")
        })?;
        Ok(Output::one(&VIEW, view(state, found)))
    }
}
