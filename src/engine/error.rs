//! What can go wrong in the engine. Every text names the object; every kind has its own variant,
//! so that a caller can tell damage from a failing disk and "not committed" from "unknown".

use std::error::Error as StdError;
use std::io;
use std::path::{Path, PathBuf};

use crate::crypto;

/// The classes of failure a caller acts on differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request itself is wrong.
    Invalid,
    /// The operating system refused or failed.
    Io,
    /// The named object does not exist.
    NotFound,
    /// Something of that name is there already.
    Exists,
    /// Another process holds it.
    Busy,
    /// Stored bytes are damaged, tampered with, or belong elsewhere.
    Damaged,
    /// A newer program wrote this.
    Unsupported,
    /// The image changed or failed while it was read.
    Source,
    /// The observer asked to stop.
    Cancelled,
    /// The last check before the commit said no.
    Refused,
    /// The commit step failed; no recovery point exists.
    NotCommitted,
    /// The recovery point may or may not survive a power cut.
    OutcomeUnknown,
}

/// A failed engine operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller asked for something that cannot be.
    #[error("{0}")]
    Invalid(String),
    /// A file operation failed.
    #[error("cannot {action} '{}'", path.display())]
    Io {
        /// What was tried, such as "read".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The named object does not exist.
    #[error("{0} does not exist")]
    NotFound(String),
    /// Something of that name is there already.
    #[error("'{}' exists already", .0.display())]
    Exists(PathBuf),
    /// Another process holds it.
    #[error("{0} is in use by another process")]
    Busy(String),
    /// A repair works, or worked meanwhile, on what this relies on.
    #[error("{0}")]
    Repairing(String),
    /// Stored bytes are not what was written.
    #[error("{object}: {problem}")]
    Damaged {
        /// The file, and the part of it.
        object: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A newer program wrote this.
    #[error("{object}: {problem}, which this version of the program cannot handle")]
    Unsupported {
        /// The file.
        object: String,
        /// What is not known here.
        problem: String,
    },
    /// The image changed or failed while it was read.
    #[error("source image '{}' {problem}", path.display())]
    Source {
        /// The image.
        path: PathBuf,
        /// What happened.
        problem: String,
        /// The operating system's answer, if it gave one.
        source: Option<io::Error>,
    },
    /// The observer asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The last check before the commit said no.
    #[error("the check before the commit failed")]
    Refused(#[source] Box<dyn StdError + Send + Sync>),
    /// The commit step failed; no recovery point exists.
    #[error("the recovery point was not committed")]
    NotCommitted(#[source] Box<Error>),
    /// The rename succeeded, the fsync of its folder did not.
    #[error("whether the recovery point '{}' was committed is unknown", path.display())]
    OutcomeUnknown {
        /// The recovery point's file.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A primitive failed for a reason of its own.
    #[error("{object}")]
    Crypto {
        /// What was being sealed or opened.
        object: String,
        /// The primitive's error.
        source: crypto::Error,
    },
}

impl Error {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "RsvEngineInvalidRequest",
            Self::Io { .. } => "RsvEngineIo",
            Self::NotFound(_) => "RsvEngineNotFound",
            Self::Exists(_) => "RsvEngineExists",
            Self::Busy(_) => "RsvEngineBusy",
            Self::Repairing(_) => "RsvRepairRunning",
            Self::Damaged { .. } => "RsvRepositoryDamaged",
            Self::Unsupported { .. } => "RsvRepositoryUnsupported",
            Self::Source { .. } => "RsvSourceUnreadable",
            Self::Cancelled => "RsvCancelled",
            Self::Refused(_) => "RsvCommitRefused",
            Self::NotCommitted(_) => "RsvNotCommitted",
            Self::OutcomeUnknown { .. } => "RsvOutcomeUnknown",
            Self::Crypto { source, .. } => source.code(),
        }
    }

    /// The class of this error.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Invalid(_) => Fault::Invalid,
            Self::Io { .. } | Self::Crypto { .. } => Fault::Io,
            Self::NotFound(_) => Fault::NotFound,
            Self::Exists(_) => Fault::Exists,
            Self::Busy(_) | Self::Repairing(_) => Fault::Busy,
            Self::Damaged { .. } => Fault::Damaged,
            Self::Unsupported { .. } => Fault::Unsupported,
            Self::Source { .. } => Fault::Source,
            Self::Cancelled => Fault::Cancelled,
            Self::Refused(_) => Fault::Refused,
            Self::NotCommitted(_) => Fault::NotCommitted,
            Self::OutcomeUnknown { .. } => Fault::OutcomeUnknown,
        }
    }

    pub(crate) fn damaged(object: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Damaged {
            object: object.into(),
            problem: problem.into(),
        }
    }

    /// Says which larger object the damage is in; other errors stay as they are.
    pub(crate) fn within(self, place: &str) -> Self {
        match self {
            Self::Damaged { object, problem } => Self::Damaged {
                object: format!("{place}: {object}"),
                problem,
            },
            other => other,
        }
    }

    /// Says which object a primitive failed on; a failed authentication is damage.
    pub(crate) fn crypto(object: impl Into<String>, source: crypto::Error) -> Self {
        let object = object.into();
        match source {
            crypto::Error::NotAuthentic { .. }
            | crypto::Error::WrongKey { .. }
            | crypto::Error::Truncated { .. } => Self::damaged(object, source.to_string()),
            crypto::Error::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                Self::damaged(object, "is cut short")
            }
            // The second layer of a file did not open while the first one was read through it.
            crypto::Error::Io(e) if e.kind() == io::ErrorKind::InvalidData => {
                Self::damaged(object, e.to_string())
            }
            crypto::Error::Io(source) => Self::Io {
                action: "transfer sealed data of",
                path: object.into(),
                source,
            },
            other => Self::Crypto {
                object,
                source: other,
            },
        }
    }
}

/// Adds the path and the attempted action to an I/O result.
pub(crate) trait AtPath<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> AtPath<T> for Result<T, E> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|e| Error::Io {
            action,
            path: path.to_owned(),
            source: e.into(),
        })
    }
}
