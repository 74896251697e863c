//! Test-RsvKeyRevocation: without its key nothing of a vault can be read, with it a sample can.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::cmdlet::common::VaultArgs;
use crate::cmdlet::{Cmdlet, Session};
use crate::output::{Form, Output, View};
use crate::workflow::{self, RevocationTest};

pub(super) struct Test;

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    #[command(flatten)]
    vault: VaultArgs,
}

static VIEW: View = View {
    type_name: "Rsv.KeyRevocationTest",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Test {
    const NAME: &'static str = "Test-RsvKeyRevocation";
    const SYNOPSIS: &'static str =
        "Rehearse the loss of a vault's key: nothing can be read without it, a sample with it";
    const EXAMPLE: &'static str = "rsv Test-RsvKeyRevocation -VaultId testvault";
    type Args = TestArgs;

    fn run(args: TestArgs, session: &mut Session) -> Result<Output> {
        let id = session.vault(args.vault.vault_id.as_ref())?;
        let test = workflow::rehearse_revocation(session.context(), &id)?;
        session.show_warnings();
        let (_, _, untried) = test.counts();
        if untried > 0 {
            session.console().warn(&format!(
                "{untried} checks had nothing to be tried on: back something up first."
            ));
        }
        let output = Output::one(&VIEW, view(&id.name, &test));
        match test.require(&id.name) {
            Ok(()) => Ok(output),
            Err(refusal) => Ok(output.failing(refusal)),
        }
    }
}

fn view(vault: &str, test: &RevocationTest) -> Value {
    let (hold, fail, untried) = test.counts();
    let result = match (fail, untried) {
        (0, 0) => "Holds",
        (0, _) => "HoldsInPart",
        _ => "DoesNotHold",
    };
    let checks = test.checks.iter().map(|check| {
        json!({
            "Key": if check.denied { "Denied" } else { "Allowed" },
            "Operation": check.operation,
            "Holds": check.holds,
            "Result": check.result,
        })
    });
    json!({
        "VaultName": vault,
        "Result": result,
        "Keys": test.keys,
        "ChecksHeld": hold,
        "ChecksFailed": fail,
        "ChecksNotTried": untried,
        "SampleBytes": test.sample_bytes,
        "SampleDigest": test.sample_digest,
        "Checks": checks.collect::<Vec<_>>(),
    })
}
