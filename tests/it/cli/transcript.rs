//! The grammar as a transcript: `grammar.txt` holds what is typed and what is answered.
//!
//! A new case is a new line that starts with `$ rsv`; `SNAPSHOTS=overwrite` writes the answers.

use std::fmt::Write as _;
use std::path::Path;

use crate::harness::Sandbox;

/// Cases that have to be there at least.
const CASES_MIN: usize = 60;

#[test]
fn the_grammar_answers_as_the_transcript_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli/grammar.txt");
    let typed = std::fs::read_to_string(&path).unwrap();
    let sandbox = Sandbox::new();
    let subscription = sandbox.ok("Get-AzContext -Query Subscription.Id");
    let mut actual = String::new();
    let mut cases = 0;
    for line in typed.lines() {
        if line.starts_with('#') {
            let gap = if line.starts_with("# --") { "\n" } else { "" };
            writeln!(actual, "{gap}{line}").unwrap();
        }
        let Some(words) = line.strip_prefix("$ rsv ") else {
            continue;
        };
        cases += 1;
        let run = sandbox.run(words);
        writeln!(actual, "$ rsv {words}").unwrap();
        for answer in (run.stdout.clone() + &run.stderr).lines() {
            let answer = answer.replace(&subscription, "SUBSCRIPTION");
            writeln!(actual, "{}", format!("    {answer}").trim_end()).unwrap();
        }
        if run.exit != 0 {
            writeln!(actual, "    [exit {}]", run.exit).unwrap();
        }
    }
    assert!(cases >= CASES_MIN, "{cases} cases");
    snapbox::assert_data_eq!(actual, snapbox::Data::read_from(&path, None).raw());
}
