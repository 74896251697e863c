//! Remove-AzRoleAssignment: takes effect at the next use of a key (R43).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::role_assignment::{NO_PARENT, RoleArgs, TYPE, VIEW, WhereArgs, WhoArgs, view};
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::{Activity, Refusal, RoleAssignment};
use crate::output::Output;

pub(super) struct Remove;

#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    #[command(flatten)]
    who: WhoArgs,
    #[command(flatten)]
    place: WhereArgs,
    #[command(flatten)]
    role: RoleArgs,
    /// The assignment: JSON object, id, @file or -
    #[arg(long, conflicts_with_all = ["who", "role", "scope", "resource_group_name"])]
    input_object: Option<ObjectArg>,
    /// Print what was removed
    #[arg(long)]
    pass_thru: bool,
}

impl RemoveArgs {
    /// The assignment that is meant, in the state as it is now.
    fn find(&self, session: &Session) -> Result<RoleAssignment> {
        let state = session.document();
        let found = if let Some(input) = &self.input_object {
            let object = session.object("InputObject", input, &[TYPE])?;
            let id = object.text("InputObject", &["RoleAssignmentId"])?;
            let same = |a: &&RoleAssignment| a.arm_id().eq_ignore_ascii_case(id);
            state.role_assignments.iter().find(same)
        } else {
            let (principal, role) = (self.who.principal(state)?, self.role.role()?);
            let (Some(principal), Some(role)) = (principal, role) else {
                let text = "Say whose and which: -ObjectId and -RoleDefinitionName.";
                return Err(Refusal::usage("RsvMissingParameter", text).into());
            };
            let subscription = format!("/subscriptions/{}", session.subscription());
            let scope = self.place.scope(session)?.unwrap_or(subscription);
            state
                .role_assignments
                .iter()
                .find(|a| a.principal == principal && a.role == role.id && a.scope == scope)
        };
        Ok(found.cloned().ok_or_else(missing)?)
    }
}

fn missing() -> Refusal {
    Refusal::not_found("The provided information does not map to a role assignment.")
        .hint("rsv Get-AzRoleAssignment lists them; the scope has to be the one it was given at.")
}

impl Cmdlet for Remove {
    const NAME: &'static str = "Remove-AzRoleAssignment";
    const SYNOPSIS: &'static str = "Take a role on keys away from a principal";
    const EXAMPLE: &'static str = "rsv Remove-AzRoleAssignment -SignInName operator@rsv.local \
        -RoleDefinitionName 'Key Vault Crypto Officer' -ResourceGroupName testrg \
        -ResourceName testkeyvault -ResourceType Microsoft.KeyVault/vaults";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("ParentResource", NO_PARENT),
        (
            "SkipClientSideScopeValidation",
            "a scope in rsv has to exist",
        ),
    ];
    type Args = RemoveArgs;

    fn run(args: RemoveArgs, session: &mut Session) -> Result<Output> {
        let found = args.find(session)?;
        let activity = Activity::new(
            "Microsoft.Authorization/roleAssignments/delete",
            &found.scope,
            "Remove role assignment",
        );
        let value = session.change(&activity, |state, _| {
            let value = view(state, &found);
            let before = state.role_assignments.len();
            state.role_assignments.retain(|a| a.id != found.id);
            if state.role_assignments.len() == before {
                return Err(missing().into());
            }
            Ok(value)
        })?;
        Ok(if args.pass_thru {
            Output::one(&VIEW, value)
        } else {
            Output::none()
        })
    }
}
