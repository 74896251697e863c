//! Measure-RsvKeyImpact: what becomes unreadable without a key.

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cmdlet::common::time;
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::KeyId;
use crate::output::{Column, Form, Output, View};
use crate::workflow::{self, ItemImpact};

pub(super) struct Measure;

#[derive(Debug, Args)]
pub(super) struct MeasureArgs {
    /// Key identifier: with a version that one, without all versions
    #[arg(long, alias = "0")]
    key_id: String,
    /// Only what has become unreadable by then because the key expires (UTC); absent: what is
    /// unreadable while the key is disabled or deleted
    #[arg(long, value_parser = time)]
    at: Option<Timestamp>,
}

static VIEW: View = View {
    type_name: "Rsv.KeyImpact",
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
            header: "Item",
            path: "Item",
        },
        Column {
            header: "RecoveryPoints",
            path: "RecoveryPoints",
        },
        Column {
            header: "NewestRecoveryPoint",
            path: "NewestRecoveryPoint",
        },
        Column {
            header: "KeyExpires",
            path: "KeyExpires",
        },
    ],
    list: &[],
};

fn view(impact: &ItemImpact) -> Value {
    json!({
        "Kind": impact.resource.kind.label(),
        "Name": impact.resource.name,
        "Item": impact.item,
        "RecoveryPoints": impact.points,
        "NewestRecoveryPoint": impact.newest,
        "KeyId": impact.key.to_string(),
        "KeyExpires": impact.expires,
        "Id": impact.resource.to_string(),
    })
}

impl Cmdlet for Measure {
    const NAME: &'static str = "Measure-RsvKeyImpact";
    const SYNOPSIS: &'static str =
        "Count what cannot be read any more when a key is disabled, deleted or expired";
    const EXAMPLE: &'static str =
        "rsv Measure-RsvKeyImpact -KeyId https://testkeyvault.vault.azure.net:443/keys/testkey";
    type Args = MeasureArgs;

    fn run(args: MeasureArgs, session: &mut Session) -> Result<Output> {
        let key: KeyId = args.key_id.parse()?;
        let impacts = workflow::key_impact(session.context(), &key, args.at)?;
        if impacts.is_empty() {
            let when = args.at.map(|at| format!(" at {at} by its expiry"));
            session.console().warn(&format!(
                "Nothing here becomes unreadable{} without the key {key}.",
                when.unwrap_or_default()
            ));
        }
        Ok(Output::many(&VIEW, impacts.iter().map(view).collect()))
    }
}
