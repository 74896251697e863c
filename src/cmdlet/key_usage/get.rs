//! Get-RsvKeyUsage: the vaults and disks whose key records need a key version.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::cmdlet::{Cmdlet, Session};
use crate::domain::KeyId;
use crate::output::{Column, Form, Output, View};
use crate::workflow::{self, KeyUse};

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Key identifier: with a version that one, without all versions
    #[arg(long, alias = "0")]
    key_id: String,
}

static VIEW: View = View {
    type_name: "Rsv.KeyUsage",
    form: Form::Table,
    table: &[
        Column {
            header: "Kind",
            path: "Kind",
        },
        Column {
            header: "Name",
            path: "Name",
        },
        Column {
            header: "Needed",
            path: "Needed",
        },
        Column {
            header: "KeyId",
            path: "KeyId",
        },
        Column {
            header: "Wrapped",
            path: "Wrapped",
        },
    ],
    list: &[],
};

fn view(found: &KeyUse) -> Value {
    json!({
        "Kind": match found.deleted {
            true => format!("soft-deleted {}", found.resource.kind.label()),
            false => found.resource.kind.label().to_owned(),
        },
        "Name": found.resource.name,
        "ResourceGroupName": found.resource.group,
        "Needed": true,
        "KeyId": found.key.to_string(),
        "Wrapped": found.wrapped,
        "Id": found.resource.to_string(),
    })
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-RsvKeyUsage";
    const SYNOPSIS: &'static str =
        "List the vaults, disks and local snapshots that cannot be read without a key";
    const EXAMPLE: &'static str =
        "rsv Get-RsvKeyUsage -KeyId https://testkeyvault.vault.azure.net:443/keys/testkey";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let key: KeyId = args.key_id.parse()?;
        let home = session.context().home().clone();
        let wanted = std::slice::from_ref(&key);
        let uses = workflow::key_usage(&home, session.document(), wanted)?;
        if uses.is_empty() {
            session
                .console()
                .warn(&format!("Nothing here needs the key {key}: not needed."));
        }
        Ok(Output::many(&VIEW, uses.iter().map(view).collect()))
    }
}
