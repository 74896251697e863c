//! New-AzRoleAssignment (reference 7.6).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::role_assignment::{
    NO_PARENT, RoleArgs, VIEW, WhereArgs, WhoArgs, no_principal, view,
};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, Refusal, RoleAssignment};
use crate::output::Output;

pub(super) struct New;

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    #[command(flatten)]
    who: WhoArgs,
    #[command(flatten)]
    place: WhereArgs,
    #[command(flatten)]
    role: RoleArgs,
    /// Free text
    #[arg(long)]
    description: Option<String>,
    /// What the principal is
    #[arg(long, alias = "PrincipalType", ignore_case = true,
        value_parser = ["User", "Group", "ServicePrincipal"])]
    object_type: Option<String>,
}

impl Cmdlet for New {
    const NAME: &'static str = "New-AzRoleAssignment";
    const SYNOPSIS: &'static str =
        "Give a principal a role on keys; counts in RBAC key vaults only";
    const EXAMPLE: &'static str = "rsv New-AzRoleAssignment -SignInName operator@rsv.local \
        -RoleDefinitionName 'Key Vault Crypto Officer' -ResourceGroupName testrg \
        -ResourceName testkeyvault -ResourceType Microsoft.KeyVault/vaults";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "AllowDelegation",
            "role assignments in rsv are not delegated",
        ),
        ("Condition", "conditions of role assignments are not in rsv"),
        (
            "ConditionVersion",
            "conditions of role assignments are not in rsv",
        ),
        ("InputFile", "give the parameters"),
        ("ParentResource", NO_PARENT),
        (
            "SkipClientSideScopeValidation",
            "a scope in rsv has to exist",
        ),
    ];
    type Args = NewArgs;

    fn run(args: NewArgs, session: &mut Session) -> Result<Output> {
        let missing = |what: &str| Refusal::usage("RsvMissingParameter", what);
        let principal = args
            .who
            .principal(session.document())?
            .ok_or_else(|| missing("Say who: -ObjectId, -SignInName or -ApplicationId."))?;
        let role = args
            .role
            .role()?
            .ok_or_else(|| missing("Say which role: -RoleDefinitionName or -RoleDefinitionId."))?;
        let subscription = format!("/subscriptions/{}", session.subscription());
        let scope = args.place.scope(session)?.unwrap_or(subscription);
        let assignment = RoleAssignment {
            id: session.fresh_id()?,
            scope: scope.clone(),
            role: role.id,
            principal,
            description: args.description.clone(),
        };
        let activity = Activity::new(
            "Microsoft.Authorization/roleAssignments/write",
            &scope,
            "Create role assignment",
        );
        let value = session.change(&activity, |state, _| {
            state.scope(&scope)?;
            let principals = state.principals();
            let found = principals
                .iter()
                .find(|p| p.id == principal)
                .ok_or_else(|| no_principal(&principal.to_string()))?;
            let kind = if found.is_user {
                "User"
            } else {
                "ServicePrincipal"
            };
            if args
                .object_type
                .as_ref()
                .is_some_and(|t| !t.eq_ignore_ascii_case(kind))
            {
                let text = format!("Principal {principal} is a {kind}.");
                return Err(Refusal::usage("RsvWrongObjectType", text).into());
            }
            let same = |a: &RoleAssignment| {
                a.principal == principal && a.role == role.id && a.scope == scope
            };
            if state.role_assignments.iter().any(same) {
                return Err(Refusal::refused(
                    "RoleAssignmentExists",
                    "The role assignment already exists.",
                )
                .into());
            }
            let value = view(state, &assignment);
            state.role_assignments.push(assignment);
            Ok(value)
        })?;
        Ok(Output::one(&VIEW, value))
    }
}
