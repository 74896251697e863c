//! Test-RsvActivityLog: proves the activity log and the job books.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::cmdlet::{Cmdlet, Session};
use crate::output::{Form, Output, View};
use crate::workflow::{self, RecordCheck};

pub(super) struct Test;

#[derive(Debug, Args)]
pub(super) struct TestArgs {}

static VIEW: View = View {
    type_name: "Rsv.ActivityLogVerification",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Test {
    const NAME: &'static str = "Test-RsvActivityLog";
    const SYNOPSIS: &'static str = "Verify that no line of the activity log was changed or lost";
    const EXAMPLE: &'static str = "rsv Test-RsvActivityLog";
    type Args = TestArgs;

    fn run(_: TestArgs, session: &mut Session) -> Result<Output> {
        let check = workflow::check_records(session.context())?;
        session.show_warnings();
        let output = Output::one(&VIEW, view(&check));
        match check.require() {
            Ok(()) => Ok(output),
            Err(refusal) => Ok(output.failing(refusal)),
        }
    }
}

fn view(check: &RecordCheck) -> Value {
    let (first, last) = check.times.clone().unzip();
    let books = check.books.iter().map(|(vault, lines)| {
        json!({
            "VaultName": vault,
            "Lines": lines.lines,
            "UnfinishedBytes": lines.unfinished_bytes,
        })
    });
    let problems = check.problems.iter().map(|problem| {
        json!({
            "Record": problem.record,
            "Line": problem.line,
            "Problem": problem.what,
        })
    });
    let log = &check.log;
    json!({
        "Result": if check.problems.is_empty() { "Intact" } else { "Damaged" },
        "Lines": log.journal.lines,
        "FirstTime": first,
        "LastTime": last,
        "LastSequence": log.journal.head.sequence,
        "LastDigest": log.journal.head.digest.to_string(),
        "StateSequence": log.state_sequence,
        "AnchorSequence": log.anchor_sequence,
        "PendingLines": log.pending_lines,
        "UnfinishedBytes": log.journal.unfinished_bytes,
        "KeyChangeReceipts": check.receipts,
        "JobBooks": books.collect::<Vec<_>>(),
        "Problems": problems.collect::<Vec<_>>(),
    })
}
