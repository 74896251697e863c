//! The only place where an error becomes a code, a sentence, a hint and an exit code.

use std::error::Error as StdError;
use std::io;

use serde_json::json;

use crate::cli::{binding, layers};
use crate::domain::{Refusal, RefusalKind, nearest};
use crate::output::{self, escape, escape_json};

/// What the process tells its caller (design, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Refused or failed.
    Refused = 1,
    /// The command line is wrong; nothing was done.
    Usage = 2,
    /// A named thing does not exist.
    NotFound = 3,
    /// Stored bytes are damaged, tampered with or rolled back.
    Damaged = 4,
    /// A lock was not had in time.
    Busy = 5,
    /// Finished in part.
    Partial = 6,
    /// Outcome unknown: an fsync failed, the next start decides.
    Unknown = 7,
    /// Interrupted.
    Interrupted = 130,
}

/// An error as its reader meets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// A stable code: PowerShell's, Azure's, or one that starts with `Rsv`.
    pub code: String,
    /// One or more sentences.
    pub message: String,
    /// What to type next.
    pub hint: Option<String>,
    /// The process's exit code.
    pub exit: Exit,
    /// The causes, outermost first, for -Debug.
    pub causes: Vec<String>,
}

impl Failure {
    /// A failure without hint and causes.
    pub fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self {
            code,
            message,
            hint: None,
            exit,
            causes: Vec::new(),
        }
    }

    /// The command line is wrong.
    pub fn usage(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, code, message)
    }

    /// Adds what to type next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Writes the failure for a person: the sentence, the code, the hint.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("rsv: {}\n  [{}]\n", indented(&self.message), self.code);
        if let Some(hint) = &self.hint {
            text.push_str(&format!("  hint: {}\n", indented(hint)));
        }
        text
    }

    /// Writes the failure as one line of JSON in ARM's shape.
    #[must_use]
    pub fn to_json(&self) -> String {
        let error = json!({
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "exitCode": self.exit as u8,
        });
        escape_json(json!({ "error": error }).to_string()) + "\n"
    }
}

/// Escapes what could drive a terminal; further lines cannot pass for lines of rsv's own.
fn indented(text: &str) -> String {
    escape(text, &['\n']).replace('\n', "\n  ")
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        // A refusal may also have been attached as context, where only anyhow itself finds it.
        let refusal = error.downcast_ref::<Refusal>().map(Self::from);
        let known = refusal.or_else(|| error.chain().find_map(translate));
        let mut failure = known.unwrap_or_else(|| Self::new(Exit::Refused, "RsvFailed", ""));
        if failure.message.is_empty() {
            failure.message = told(&error);
        }
        failure.causes = error.chain().map(ToString::to_string).collect();
        failure
    }
}

/// Translates one cause if it belongs to a layer; an empty message stands for the whole chain.
///
/// Every layer's `Error` has its arm here or, for the lower layers, in `layers.rs`; nowhere else.
fn translate(cause: &(dyn StdError + 'static)) -> Option<Failure> {
    if let Some(failure) = cause.downcast_ref::<Failure>() {
        return Some(failure.clone());
    }
    if let Some(refusal) = cause.downcast_ref::<Refusal>() {
        return Some(Failure::from(refusal));
    }
    if let Some(error) = cause.downcast_ref::<output::Error>() {
        return Some(Failure::from(error));
    }
    if let Some(error) = cause.downcast_ref::<clap::Error>() {
        return Some(binding::failure(error));
    }
    if let Some(failure) = layers::translate(cause) {
        return Some(failure);
    }
    cause
        .downcast_ref::<io::Error>()
        .map(|_| Failure::new(Exit::Refused, "RsvIo", ""))
}

impl From<&Refusal> for Failure {
    fn from(refusal: &Refusal) -> Self {
        let failure = Self::new(exit(refusal.kind), refusal.code, &refusal.message);
        Self {
            hint: refusal.hint.clone(),
            ..failure
        }
    }
}

impl From<&output::Error> for Failure {
    fn from(error: &output::Error) -> Self {
        let exit = match error {
            output::Error::OutOfRange { .. } => Exit::NotFound,
            _ => Exit::Usage,
        };
        let failure = Self::new(exit, error.code(), sentence(&error.to_string()));
        let similar = match error {
            output::Error::UnknownProperty { name, known } => {
                nearest(name, known.iter().map(String::as_str))
            }
            _ => None,
        };
        Self {
            hint: match similar {
                Some(name) => Some(format!("Did you mean {name}?")),
                None => error.hint(),
            },
            ..failure
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Failure {}

fn exit(kind: RefusalKind) -> Exit {
    match kind {
        RefusalKind::Refused => Exit::Refused,
        RefusalKind::Usage => Exit::Usage,
        RefusalKind::NotFound => Exit::NotFound,
        RefusalKind::Damaged => Exit::Damaged,
        RefusalKind::Busy => Exit::Busy,
        RefusalKind::Partial => Exit::Partial,
    }
}

/// Joins the chain of causes into one sentence.
fn told(error: &anyhow::Error) -> String {
    sentence(
        &error
            .chain()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": "),
    )
}

/// Turns a layer's lower-case fragment into a sentence.
fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let first = letters
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    let end = if fragment.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{end}", letters.as_str())
}
