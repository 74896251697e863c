//! A journal from the first line to the last, past what is damaged: what is wrong, and where.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};

use serde_json::Value;

use crate::state::line::CheckedLine;
use crate::state::{Error, Head, Journal, LINE_BYTES_MAX};

/// Problems that are kept; a journal of garbage has one a line.
const PROBLEMS_MAX: usize = 100;

/// What is wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// Its place in the file, from 1.
    pub line: u64,
    /// What is wrong with it, as the end of a sentence.
    pub what: String,
}

/// What a journal's file shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// Complete lines, good or bad.
    pub lines: u64,
    /// The last line that proves itself.
    pub head: Head,
    /// What is wrong, in order; the first hundred.
    pub problems: Vec<LineProblem>,
    /// Bytes behind the last complete line: a crash left them, the next writer cuts them off.
    pub unfinished_bytes: u64,
}

impl Examination {
    fn new() -> Self {
        Self {
            lines: 0,
            head: Head::START,
            problems: Vec::new(),
            unfinished_bytes: 0,
        }
    }

    /// Notes a problem of a line.
    pub(crate) fn add(&mut self, line: u64, what: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            let what = what.into();
            self.problems.push(LineProblem { line, what });
        }
    }
}

impl Journal {
    /// Checks every line of its own and its place, and goes on behind a bad one. `visit` sees each
    /// record that proves itself. Nothing is written or cut off.
    ///
    /// # Errors
    /// I/O, or another process holds the journal.
    pub fn examine(&self, mut visit: impl FnMut(&Value)) -> Result<Examination, Error> {
        let mut found = Examination::new();
        let Some((complete, len)) = self.extent()? else {
            return Ok(found);
        };
        found.unfinished_bytes = len - complete;
        let io = |source| Error::io("read", self.path(), source);
        let file = File::open(self.path()).map_err(io)?;
        let mut source = BufReader::new(file).take(complete);
        loop {
            let mut line = Vec::new();
            // A longer line comes in pieces: each is a problem of its own, and memory stays small.
            let mut part = (&mut source).take(LINE_BYTES_MAX as u64);
            if part.read_until(b'\n', &mut line).map_err(io)? == 0 {
                return Ok(found);
            }
            found.lines += 1;
            let number = found.lines;
            let checked = match line.strip_suffix(b"\n") {
                Some(line) => CheckedLine::check(self.key(), line),
                None => Err("it is too long"),
            };
            match checked {
                Ok(checked) => {
                    if let Err(what) = checked.check_follows(found.head) {
                        found.add(number, what);
                    }
                    visit(&checked.record);
                    // What follows is judged by this line, not by what went before it.
                    found.head = checked.head;
                }
                Err(what) => found.add(number, what),
            }
        }
    }
}
