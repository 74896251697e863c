//! Get-AzADServicePrincipal (reference 7.8): a system identity has its resource's name.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cmdlet::{Cmdlet, Session};
use crate::domain::Refusal;
use crate::output::{Column, Form, Output, View};
use crate::state::Principal;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Object id
    #[arg(long, alias = "ServicePrincipalId", alias = "Id", group = "which")]
    object_id: Option<Uuid>,
    /// Name of the resource whose identity it is
    #[arg(long, group = "which")]
    display_name: Option<String>,
    /// How that name begins
    #[arg(
        long,
        alias = "DisplayNameStartsWith",
        alias = "SearchString",
        group = "which"
    )]
    display_name_begins_with: Option<String>,
    /// Client id of a user-assigned identity
    #[arg(
        long,
        alias = "AppId",
        alias = "ServicePrincipalName",
        alias = "SPN",
        group = "which"
    )]
    application_id: Option<Uuid>,
    /// Print at most this many
    #[arg(long)]
    first: Option<usize>,
    /// Leave this many out
    #[arg(long)]
    skip: Option<usize>,
}

static VIEW: View = View {
    type_name: "Microsoft.Azure.PowerShell.Cmdlets.Resources.MSGraph.Models.ApiV10.MicrosoftGraphServicePrincipal",
    form: Form::Table,
    table: &[
        Column {
            header: "DisplayName",
            path: "DisplayName",
        },
        Column {
            header: "Id",
            path: "Id",
        },
        Column {
            header: "AppId",
            path: "AppId",
        },
    ],
    list: &[],
};

fn view(principal: &Principal) -> Value {
    json!({
        "DisplayName": principal.name,
        "Id": principal.id,
        "AppId": principal.client_id,
        "ServicePrincipalType": "ManagedIdentity",
    })
}

impl GetArgs {
    fn matches(&self, principal: &Principal) -> bool {
        let name = principal.name.to_lowercase();
        self.object_id.is_none_or(|id| id == principal.id)
            && self
                .application_id
                .is_none_or(|id| Some(id) == principal.client_id)
            && self
                .display_name
                .as_ref()
                .is_none_or(|wanted| wanted.to_lowercase() == name)
            && self
                .display_name_begins_with
                .as_ref()
                .is_none_or(|start| name.starts_with(&start.to_lowercase()))
    }
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzADServicePrincipal";
    const SYNOPSIS: &'static str = "List the managed identities of this home";
    const EXAMPLE: &'static str = "rsv Get-AzADServicePrincipal -DisplayName testvault";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("ApplicationObject", "rsv has no directory of applications"),
        ("Select", "-Query picks properties"),
        ("AppendSelected", "-Query picks properties"),
        ("Filter", "rsv has no Microsoft Graph: use -DisplayName"),
        (
            "Search",
            "rsv has no Microsoft Graph: use -DisplayNameBeginsWith",
        ),
        ("Orderby", "rsv has no Microsoft Graph"),
        ("ConsistencyLevel", "rsv has no Microsoft Graph"),
        ("Count", "rsv has no Microsoft Graph"),
        ("CountVariable", "rsv has no variables"),
        ("IncludeTotalCount", "rsv has no Microsoft Graph"),
    ];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let principals = session.document().principals();
        let found: Vec<Value> = principals
            .iter()
            .filter(|p| !p.is_user && args.matches(p))
            .skip(args.skip.unwrap_or(0))
            .take(args.first.unwrap_or(usize::MAX))
            .map(view)
            .collect();
        if let (Some(id), true) = (args.object_id, found.is_empty()) {
            let text = format!("There is no service principal '{id}' in this home.");
            return Err(Refusal::not_found(text).into());
        }
        Ok(Output::many(&VIEW, found))
    }
}
