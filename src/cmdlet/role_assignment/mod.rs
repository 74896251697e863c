//! Role assignments: who may use keys of key vaults in RBAC mode (reference 7.6, 7.7).

mod get;
mod new;
mod remove;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cmdlet::Session;
use crate::cmdlet::registry::{Row, row};
use crate::domain::{Refusal, Role, RoleAssignment};
use crate::output::{Form, View};
use crate::state::Document;

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<new::New>(),
    row::<get::Get>(),
    row::<remove::Remove>(),
];

/// PowerShell's type name of a role assignment.
const TYPE: &str = "Microsoft.Azure.Commands.Resources.Models.Authorization.PSRoleAssignment";

/// O-18.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::List,
    table: &[],
    list: &[],
};

/// PSRoleAssignment (7.6); a principal that is gone is of an unknown type, as in Azure.
fn view(state: &Document, assignment: &RoleAssignment) -> Value {
    let principals = state.principals();
    let principal = principals.iter().find(|p| p.id == assignment.principal);
    let user = principal.filter(|p| p.is_user);
    json!({
        "RoleAssignmentId": assignment.arm_id(),
        "Scope": assignment.scope,
        "DisplayName": principal.map(|p| &p.name),
        "SignInName": user.map(|p| &p.name),
        "RoleDefinitionName": assignment.role().map(|r| r.name),
        "RoleDefinitionId": assignment.role,
        "ObjectId": assignment.principal,
        "ObjectType": match (principal, user) {
            (None, _) => "Unknown",
            (_, Some(_)) => "User",
            _ => "ServicePrincipal",
        },
        "CanDelegate": false,
        "Description": assignment.description,
    })
}

/// Whose assignments.
#[derive(Debug, Args)]
struct WhoArgs {
    /// Object id of the principal
    #[arg(long, alias = "Id", alias = "PrincipalId", group = "who")]
    object_id: Option<Uuid>,
    /// Sign-in name of the account
    #[arg(long, alias = "Email", alias = "UserPrincipalName", group = "who")]
    sign_in_name: Option<String>,
    /// Client id of a user-assigned identity
    #[arg(long, alias = "SPN", alias = "ServicePrincipalName", group = "who")]
    application_id: Option<Uuid>,
}

impl WhoArgs {
    /// The principal; absent when none was named.
    fn principal(&self, state: &Document) -> Result<Option<Uuid>, Refusal> {
        if self.object_id.is_some() {
            return Ok(self.object_id);
        }
        let principals = state.principals();
        let (found, text) = match (&self.sign_in_name, self.application_id) {
            (Some(name), _) => {
                let same = |p: &&_| is_user_named(p, name);
                (principals.iter().find(same), name.clone())
            }
            (None, Some(id)) => {
                let found = principals.iter().find(|p| p.client_id == Some(id));
                (found, id.to_string())
            }
            (None, None) => return Ok(None),
        };
        found.map(|p| Some(p.id)).ok_or_else(|| no_principal(&text))
    }
}

fn is_user_named(principal: &crate::state::Principal, name: &str) -> bool {
    principal.is_user && principal.name.eq_ignore_ascii_case(name)
}

/// `PrincipalNotFound`, Resource Manager's code.
fn no_principal(text: &str) -> Refusal {
    let mut refusal = Refusal::not_found(format!("Principal {text} does not exist in this home."));
    refusal.code = "PrincipalNotFound";
    refusal.hint("rsv Get-AzADServicePrincipal lists the identities there are.")
}

/// Where.
#[derive(Debug, Args)]
struct WhereArgs {
    /// Scope: id of a key vault, of a key of one, of a resource group, or of a subscription
    #[arg(long, conflicts_with = "resource_group_name")]
    scope: Option<String>,
    /// Resource group
    #[arg(long)]
    resource_group_name: Option<String>,
    /// Name of a key vault in that group
    #[arg(long, requires_all = ["resource_group_name", "resource_type"])]
    resource_name: Option<String>,
    /// Its type: Microsoft.KeyVault/vaults
    #[arg(long, requires = "resource_name")]
    resource_type: Option<String>,
}

impl WhereArgs {
    /// The scope in the spelling of what it names; absent when none was given.
    fn scope(&self, session: &Session) -> Result<Option<String>> {
        let state = session.document();
        let text = match (&self.scope, &self.resource_group_name) {
            (Some(scope), _) => scope.clone(),
            (None, Some(group)) => {
                let group = state.group(session.subscription(), group)?.id();
                match (&self.resource_type, &self.resource_name) {
                    (Some(kind), Some(name)) => format!("{group}/providers/{kind}/{name}"),
                    _ => group,
                }
            }
            (None, None) => return Ok(None),
        };
        Ok(Some(state.scope(&text)?))
    }
}

/// Which role.
#[derive(Debug, Args)]
struct RoleArgs {
    /// Name of the role, such as 'Key Vault Crypto Service Encryption User'
    #[arg(long, group = "role")]
    role_definition_name: Option<String>,
    /// Id of the role
    #[arg(long, group = "role")]
    role_definition_id: Option<Uuid>,
}

impl RoleArgs {
    /// The role; absent when none was named.
    fn role(&self) -> Result<Option<&'static Role>, Refusal> {
        let id = self.role_definition_id.map(|id| id.to_string());
        let text = self.role_definition_name.as_ref().or(id.as_ref());
        text.map(|text| Role::find(text)).transpose()
    }
}

/// Why a nested resource is not named in parts.
const NO_PARENT: &str = "give the id of the key as -Scope";
