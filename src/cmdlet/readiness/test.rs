//! Test-RsvEncryptionReadiness.

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::{Cmdlet, Session};
use crate::domain::{KeyId, Refusal, Stage, Step};
use crate::output::{Column, Form, Output, View};
use crate::workflow;

pub(super) struct Test;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum StageChoice {
    /// Ready to assign the key
    Assign,
    /// Ready to protect: the key is assigned too
    Protect,
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// Key identifier; absent: the vault's own key
    #[arg(long)]
    encryption_key_id: Option<String>,
    /// How far the vault must be; absent: Assign with a key, Protect without
    #[arg(long, value_enum, ignore_case = true)]
    stage: Option<StageChoice>,
}

static VIEW: View = View {
    type_name: "Rsv.EncryptionReadinessStep",
    form: Form::Table,
    table: &[
        Column {
            header: "Step",
            path: "Step",
        },
        Column {
            header: "Ready",
            path: "Ready",
        },
        Column {
            header: "Check",
            path: "Check",
        },
        Column {
            header: "Detail",
            path: "Detail",
        },
    ],
    list: &[],
};

fn view(step: &Step) -> Value {
    let refusal = step.result.as_ref().err();
    json!({
        "Step": step.number,
        "Check": step.name,
        "Ready": refusal.is_none(),
        "Detail": match &step.result {
            Ok(found) => found.clone(),
            Err(refusal) => refusal.message.clone(),
        },
        "Code": refusal.map(|r| r.code),
        "Hint": refusal.and_then(|r| r.hint.clone()),
    })
}

impl Cmdlet for Test {
    const NAME: &'static str = "Test-RsvEncryptionReadiness";
    const SYNOPSIS: &'static str = "Check every step that a customer-managed key needs";
    const EXAMPLE: &'static str = "rsv Test-RsvEncryptionReadiness -VaultId testvault";
    type Args = TestArgs;

    fn run(args: TestArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let vault = session.vault_resource(&id)?;
        let given = args.encryption_key_id.as_deref();
        let text = given
            .or(vault.encryption.key_uri.as_deref())
            .ok_or_else(|| {
                Refusal::usage(
                    "RsvMissingParameter",
                    "The vault has no key: give -EncryptionKeyId.",
                )
            })?;
        let key: KeyId = text.parse()?;
        let stage = match args.stage {
            Some(StageChoice::Assign) => Stage::Assign,
            Some(StageChoice::Protect) => Stage::Protect,
            None if given.is_some() => Stage::Assign,
            None => Stage::Protect,
        };
        let (rules, now) = (session.rules(), session.now());
        let readiness =
            workflow::check_readiness(session.document(), vault, &key, rules, stage, now);
        let output = Output::many(&VIEW, readiness.steps.iter().map(view).collect());
        match readiness.require() {
            Ok(()) => Ok(output),
            Err(refusal) => Ok(output.failing(refusal)),
        }
    }
}
