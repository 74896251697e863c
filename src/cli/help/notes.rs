//! The NOTES of a cmdlet: the service's rules it keeps and the error codes it can answer with.

use crate::cli::help::codes::{Code, codes, lines};
use crate::cli::help::{labelled, paragraph};
use crate::cmdlet::{Effect, Row};
use crate::domain::matches_name;

/// What the rules say, and whether they are enforced.
const RULES: &str = include_str!("../../../docs/rules.md");
/// Which cmdlets a rule concerns.
const CONCERNS: &str = include_str!("rules.txt");
/// Where the text of a rule starts, in columns.
const RULE_AT: usize = 10;

/// A rule of the service that rsv enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its number, such as `R17`.
    pub number: &'static str,
    /// What it says.
    pub says: &'static str,
}

/// Returns the enforced rules that concern a cmdlet, in the order of their numbers.
#[must_use]
pub fn rules(cmdlet: &str) -> Vec<Rule> {
    let concerns = |number: &str| {
        lines(CONCERNS)
            .filter_map(|line| line.split_once(" | "))
            .filter(|(rule, _)| *rule == number)
            .flat_map(|(_, patterns)| patterns.split(' '))
            .any(|pattern| matches_name(pattern, cmdlet))
    };
    enforced().filter(|rule| concerns(rule.number)).collect()
}

/// Returns the rules of docs/rules.md that have a test or are said to be enforced.
fn enforced() -> impl Iterator<Item = Rule> {
    RULES.lines().filter_map(|line| {
        let row = line.strip_prefix("| R").and(line.strip_prefix('|'))?;
        let mut cells = row.split('|').map(str::trim);
        let (number, says, last) = (cells.next()?, cells.next()?, cells.nth(1)?);
        let is_enforced = last.contains('`') || last.contains("enforced");
        is_enforced.then_some(Rule { number, says })
    })
}

/// Returns the codes a cmdlet can answer with beside those that every cmdlet has.
#[must_use]
pub fn own_codes(cmdlet: &str) -> Vec<Code> {
    codes()
        .filter(|code| !code.is_common() && code.concerns(cmdlet))
        .collect()
}

/// Writes the notes.
pub(super) fn notes(row: &Row) -> String {
    let mut text = paragraph(manner(row.effect), 4);
    let rules = rules(row.name);
    if !rules.is_empty() {
        text.push_str("\n    Rules of the service that it keeps (docs/rules.md):\n");
        for rule in rules {
            text.push_str(&labelled(rule.number, rule.says, 4, RULE_AT));
        }
    }
    let own = own_codes(row.name);
    if !own.is_empty() {
        let names: Vec<&str> = own.iter().map(|code| code.name).collect();
        text.push_str("\n    Errors, beside those of every cmdlet:\n");
        text.push_str(&paragraph(&names.join(", "), RULE_AT));
    }
    text.push_str("\n    rsv Get-Help CODE explains an error, about_Errors lists all.\n");
    text
}

/// What the effect means to whoever runs it.
fn manner(effect: Effect) -> &'static str {
    match effect {
        Effect::Reads => "It only reads.",
        Effect::Changes => {
            "It changes something: -WhatIf runs its checks only, -Confirm asks first."
        }
        Effect::Destroys => {
            "It destroys something: it asks first, and where nobody can be asked it needs -Force \
             or -Confirm:false. -WhatIf runs its checks only."
        }
    }
}
