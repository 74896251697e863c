//! Is the activity log whole, does it end where the state says, and is there a receipt for every
//! key that wraps a vault's data now? The job books too. Nothing is written, no key is used.

use std::collections::HashMap;

use anyhow::Result;
use serde_json::Value;

use crate::domain::{Refusal, RefusalKind, Vault};
use crate::state::{Examination, Journal, LogReport};
use crate::workflow::key_usage::vault_keys;
use crate::workflow::{Context, JobBook};

/// What a check of a home's records found.
#[derive(Debug)]
pub struct RecordCheck {
    /// The activity log against state and anchor.
    pub log: LogReport,
    /// `EventTimestamp` of the first and of the last line that prove themselves.
    pub times: Option<(String, String)>,
    /// Receipts of key changes that were done.
    pub receipts: u64,
    /// Job books by vault.
    pub books: Vec<(String, Examination)>,
    /// Every problem: where, the line if it is one, and what.
    pub problems: Vec<RecordProblem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordProblem {
    /// `activity log`, or `job book of vault 'name'`.
    pub record: String,
    /// The line in its file, from 1; absent for what no line can show.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: String,
}

impl RecordCheck {
    /// The refusal that damage ends in, if there is any.
    ///
    /// # Errors
    /// `RsvActivityLogDamaged` (exit 4).
    pub fn require(&self) -> Result<(), Refusal> {
        let Some(first) = self.problems.first() else {
            return Ok(());
        };
        let line = first.line.map(|line| format!(", line {line}"));
        Err(Refusal::new(
            RefusalKind::Damaged,
            "RsvActivityLogDamaged",
            format!(
                "{} problems; the first is in the {}{}: {}.",
                self.problems.len(),
                first.record,
                line.unwrap_or_default(),
                first.what
            ),
        )
        .hint(
            "Somebody changed these files, or the disk did: compare them with a copy of the home.",
        ))
    }
}

/// What is gathered from the log's records.
#[derive(Default)]
struct Seen {
    times: Option<(String, String)>,
    receipts: u64,
    /// `NewKeyId` of the newest receipt, by lower-case resource id.
    newest: HashMap<String, String>,
    /// Receipts that do not say what a receipt has to.
    wrong: Vec<String>,
}

impl Seen {
    fn visit(&mut self, record: &Value) {
        let text = |name: &str| record.get(name).and_then(Value::as_str);
        if let Some(time) = text("EventTimestamp") {
            let times = self.times.get_or_insert((time.into(), time.into()));
            time.clone_into(&mut times.1);
        }
        let property = |name: &str| record.pointer(&format!("/Properties/{name}"))?.as_str();
        let Some(key) = property("NewKeyId").filter(|_| text("Status") == Some("Succeeded")) else {
            return;
        };
        self.receipts += 1;
        let resource = text("ResourceId").unwrap_or_default();
        let records = property("RecordsRewrapped").and_then(|n| n.parse::<u64>().ok());
        let is_proved = property("Verified") == Some("true") || records == Some(0);
        if records.is_none() || !is_proved || property("DataBytesRead") != Some("0") {
            self.wrong.push(format!(
                "the receipt for {resource} does not say that it was proved"
            ));
        }
        self.newest.insert(resource.to_lowercase(), key.to_owned());
    }
}

/// Checks the activity log and the job books of a home.
///
/// # Errors
/// The state itself is damaged, or I/O; what is wrong with the records is in the outcome.
pub fn check_records(context: &mut Context) -> Result<RecordCheck> {
    let (log, seen) = context.examine_log(Seen::default, Seen::visit)?;
    context.refresh()?;
    let mut check = RecordCheck {
        log,
        times: seen.times,
        receipts: seen.receipts,
        books: Vec::new(),
        problems: Vec::new(),
    };
    let lines = check.log.journal.clone();
    check.add("activity log", &lines);
    let vaults: Vec<Vault> = context.document().vaults.iter().cloned().collect();
    for what in seen.wrong {
        check.tell("activity log", what);
    }
    for vault in &vaults {
        for (key, _) in vault_keys(context.home(), vault)?.into_iter().flatten() {
            let id = vault.arm_id().key();
            let told = seen.newest.get(&id);
            if told.is_none_or(|told| !told.eq_ignore_ascii_case(&key.to_string())) {
                let name = &vault.base.name;
                let what = format!("there is no receipt for {key}, which wraps vault '{name}'");
                check.tell("activity log", what);
            }
        }
    }
    // A deleted vault's id may be another vault's by now, so only its book is looked at here.
    let deleted = context.document().deleted_vaults.values();
    let deleted: Vec<Vault> = deleted.map(|d| d.vault.clone()).collect();
    for vault in vaults.iter().chain(&deleted) {
        let book = context.home().jobs().join(vault.data.owner.to_string());
        let book = Journal::open(JobBook::file(&book), context.job_key(vault.data.owner));
        let lines = book.examine(|_| ())?;
        check.add(&format!("job book of vault '{}'", vault.base.name), &lines);
        check.books.push((vault.base.name.clone(), lines));
    }
    Ok(check)
}

impl RecordCheck {
    fn add(&mut self, record: &str, lines: &Examination) {
        self.problems
            .extend(lines.problems.iter().map(|problem| RecordProblem {
                record: record.to_owned(),
                line: Some(problem.line),
                what: problem.what.clone(),
            }));
    }

    fn tell(&mut self, record: &str, what: String) {
        self.problems.push(RecordProblem {
            record: record.to_owned(),
            line: None,
            what,
        });
    }
}
