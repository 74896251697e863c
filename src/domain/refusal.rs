//! A rule said no: the error that carries a code, a sentence and the next command to type.

use std::fmt;

use crate::domain::nearest;

/// Names that a hint lists; of more only the nearest is said.
const LISTED_MAX: usize = 5;

/// What a refusal means to the caller; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// A rule of the service or of the key vault forbids it (exit 1).
    Refused,
    /// The parameters do not fit together (exit 2).
    Usage,
    /// The named thing does not exist (exit 3).
    NotFound,
    /// Stored bytes are damaged, tampered with or rolled back (exit 4).
    Damaged,
    /// A lock was not had in time (exit 5).
    Busy,
    /// Done in part; the message says what is missing (exit 6).
    Partial,
}

/// A refusal with its code: Azure's own where Azure documents one, else one that starts with `Rsv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stable code, such as `ResourceNotFound`.
    pub code: &'static str,
    /// One or more sentences for a person.
    pub message: String,
    /// The next command to type, if there is one.
    pub hint: Option<String>,
    /// What the refusal means.
    pub kind: RefusalKind,
}

impl Refusal {
    /// A rule forbids it.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Refused, code, message)
    }

    /// The parameters do not fit together.
    pub fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Usage, code, message)
    }

    /// The thing does not exist; the code is ARM's `ResourceNotFound`.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::NotFound, "ResourceNotFound", message)
    }

    /// A refusal of any kind.
    pub fn new(kind: RefusalKind, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            kind,
        }
    }

    /// Adds what the name could have meant: the nearest of those there are, or all if they are few.
    #[must_use]
    pub fn suggest<'a>(self, typed: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        match nearest(typed, known.iter().copied()) {
            Some(name) => self.hint(format!("Did you mean '{name}'?")),
            None if (1..=LISTED_MAX).contains(&known.len()) => {
                self.hint(format!("There is '{}'.", known.join("', '")))
            }
            None => self,
        }
    }

    /// Adds the next command to type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
