//! The answers to the shells' stubs.

use std::ffi::OsString;
use std::io::{self, Read};

use crate::cli::Environment;
use crate::cli::complete::line::{Line, quote};
use crate::cli::complete::{Completion, complete};
use crate::cmdlet::{Row, Shell};
use crate::output::escape;

/// The word with which a stub asks.
pub(crate) const COMPLETE: &str = "__complete";

/// Answers a stub. `line LINE WORD` is bash's question, where WORD is the end of LINE that bash
/// will replace; `words WORD…` is zsh's, with the words unquoted; `raw WORD…` is fish's, whose
/// last word still is as typed; `input INDEX` is PowerShell's, with one word a line on standard
/// input. `stub SHELL` prints a stub.
pub(crate) fn respond(rows: &[Row], words: &[OsString], environment: &Environment) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ask = |words: &[String]| complete(rows, after_program(words), environment);
    let owned = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    match words.as_slice() {
        ["stub", shell] => Shell::named(shell).map_or("", Shell::stub).to_owned(),
        ["line", line, word] => {
            let read = Line::read(line);
            let mut completion = ask(&read.words);
            for candidate in &mut completion.candidates {
                candidate.text = replacement(line, &read, word, &candidate.text);
            }
            written(&completion)
        }
        ["words", words @ ..] => written(&ask(&owned(words))),
        ["raw", before @ .., last] => {
            let mut words = owned(before);
            words.extend(Line::read(last).words.pop());
            written(&ask(&words))
        }
        ["input", index] => {
            let mut text = String::new();
            // Words that are not text complete to nothing.
            let _ = io::stdin().lock().read_to_string(&mut text);
            let lines = text.trim_start_matches('\u{feff}').lines();
            let mut words: Vec<String> = lines.map(str::to_owned).collect();
            words.resize(
                index.parse::<usize>().unwrap_or(0).min(words.len()) + 1,
                String::new(),
            );
            written(&ask(&words))
        }
        _ => written(&Completion::default()),
    }
}

/// The words after the program's name, which words such as `sudo` or `X=1` may stand before.
fn after_program(words: &[String]) -> &[String] {
    let is_program = |word: &String| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
        name == "rsv" || name.eq_ignore_ascii_case("rsv.exe")
    };
    let before = words.len().saturating_sub(1);
    let at = words.iter().take(before).position(is_program).unwrap_or(0);
    words.get(at + 1..).unwrap_or_default()
}

/// Quotes a candidate and leaves out what bash keeps of the typed word: `COMP_WORDBREAKS` makes it
/// replace only what follows a `:`, a `=` or an open quotation mark.
fn replacement(line: &str, read: &Line, word: &str, candidate: &str) -> String {
    let typed = line.get(read.start..).unwrap_or_default();
    let kept = typed.strip_suffix(word).unwrap_or_default();
    let kept = Line::read(kept).words.pop().unwrap_or_default();
    let rest: String = candidate.chars().skip(kept.chars().count()).collect();
    quote(&rest, read.open)
}

/// Writes the candidates; a text that could drive a terminal is nobody's word.
fn written(completion: &Completion) -> String {
    let mut text = String::new();
    for candidate in &completion.candidates {
        if escape(&candidate.text, &[]) == candidate.text {
            let about = escape(&candidate.about, &[]);
            text.push_str(&format!("{}\t{about}\n", candidate.text));
        }
    }
    text.push_str(if completion.nospace {
        ":nospace\n"
    } else {
        ":\n"
    });
    text
}
