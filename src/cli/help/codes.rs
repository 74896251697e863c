//! Every error code the program can say: the table behind about_Errors and the NOTES of a cmdlet.

use crate::domain::matches_name;

/// One line a code, sorted, so that two changes seldom touch the same line.
const TABLE: &str = include_str!("errors.txt");

/// An error code and what there is to know about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code, as errors print it in brackets.
    pub name: &'static str,
    /// The exit codes it comes with, such as `1` or `2 6`.
    pub exits: &'static str,
    /// Names of cmdlets, with wildcards, between blanks; `*` alone is every cmdlet.
    pub cmdlets: &'static str,
    /// What it means, in sentences.
    pub meaning: &'static str,
    /// What to do next, in sentences.
    pub next: &'static str,
}

impl Code {
    /// Returns true if a cmdlet of this name can answer with the code.
    #[must_use]
    pub fn concerns(&self, cmdlet: &str) -> bool {
        self.cmdlets
            .split(' ')
            .any(|pattern| matches_name(pattern, cmdlet))
    }

    /// Returns true for a code that every cmdlet can answer with.
    #[must_use]
    pub fn is_common(&self) -> bool {
        self.cmdlets == "*"
    }
}

/// Returns every code, in the order of the table.
pub fn codes() -> impl Iterator<Item = Code> {
    lines(TABLE).filter_map(|line| {
        let mut cells = line.split(" | ");
        Some(Code {
            name: cells.next()?,
            exits: cells.next()?,
            cmdlets: cells.next()?,
            meaning: cells.next()?,
            next: cells.next()?,
        })
    })
}

/// Returns a table's lines without those that explain it.
pub(super) fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}
