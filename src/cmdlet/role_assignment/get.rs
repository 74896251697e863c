//! Get-AzRoleAssignment (reference 7.7).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::role_assignment::{NO_PARENT, RoleArgs, VIEW, WhereArgs, WhoArgs, view};
use crate::cmdlet::{Cmdlet, Session};
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    #[command(flatten)]
    who: WhoArgs,
    #[command(flatten)]
    place: WhereArgs,
    #[command(flatten)]
    role: RoleArgs,
    /// Only those given at this very scope, not those from further up
    #[arg(long, requires = "scope")]
    at_scope: bool,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzRoleAssignment";
    const SYNOPSIS: &'static str = "List role assignments: all, or those that hold at a scope";
    const EXAMPLE: &'static str = "rsv Get-AzRoleAssignment -ResourceGroupName testrg";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("ExpandPrincipalGroups", "rsv has no groups of principals"),
        (
            "IncludeClassicAdministrators",
            "rsv has no classic administrators",
        ),
        ("ParentResource", NO_PARENT),
        (
            "SkipClientSideScopeValidation",
            "a scope in rsv has to exist",
        ),
    ];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let state = session.document();
        let principal = args.who.principal(state)?;
        let role = args.role.role()?;
        let scope = args.place.scope(session)?;
        let found = state
            .role_assignments
            .iter()
            .filter(|a| principal.is_none_or(|p| p == a.principal))
            .filter(|a| role.is_none_or(|r| r.id == a.role))
            .filter(|a| match &scope {
                Some(scope) if args.at_scope => a.scope == *scope,
                Some(scope) => a.covers(scope),
                None => true,
            });
        let values = found.map(|a| view(state, a)).collect();
        Ok(Output::many(&VIEW, values))
    }
}
