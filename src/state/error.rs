//! What can be wrong with the files of a home. Every variant names the file it speaks of.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use crate::crypto;
use crate::state::{Digest, KeyFault};

/// A failure to read, lock or commit, or a file that is not what this installation wrote.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused a call.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, such as "rename".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The operating system gave no randomness.
    #[error(transparent)]
    Random(#[from] crypto::Error),
    /// The user has no home folder that default locations could lie in.
    #[error("no default {what} folder is known for this user; set {variable}")]
    NoDefaultFolder {
        /// Which folder.
        what: &'static str,
        /// The variable that names it instead.
        variable: &'static str,
    },
    /// There is no state file, but the home is not empty: nothing new is made over old data.
    #[error("{} is missing although {} holds data{}",
        path.display(), holds.display(), previous_hint(previous.as_ref()))]
    Missing {
        /// The state file.
        path: PathBuf,
        /// What was found instead.
        holds: PathBuf,
        /// Generation of `state.json.1`, when that file is good.
        previous: Option<u64>,
    },
    /// The state file is not what a commit wrote under this root key.
    #[error("{} is damaged: {what}{}", path.display(), previous_hint(previous.as_ref()))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// Generation of `state.json.1`, when that file is good.
        previous: Option<u64>,
    },
    /// A newer rsv wrote the file: it may be read if it proves authentic, never written.
    #[error("{} has format {found}, this rsv writes {known}; update rsv", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format version.
        found: u64,
        /// The newest format version known here.
        known: u32,
    },
    /// The state file names another installation than the root key.
    #[error("{} belongs to installation {found}, the root key to {wanted}", path.display())]
    OtherInstallation {
        /// The state file.
        path: PathBuf,
        /// The installation it names.
        found: Uuid,
        /// The root key's installation.
        wanted: Uuid,
    },
    /// The state is older than what this machine has seen, or another one of the same age.
    #[error(
        "{} was rolled back: generation {found} ({found_digest}) was found, generation {seen} \
         ({seen_digest}) had been seen; put the newer file back, or accept the loss with \
         Approve-RsvRollback", path.display()
    )]
    RolledBack {
        /// The state file.
        path: PathBuf,
        /// Its generation.
        found: u64,
        /// Its digest.
        found_digest: Digest,
        /// The generation the anchor remembers.
        seen: u64,
        /// The digest the anchor remembers.
        seen_digest: Digest,
    },
    /// The rollback anchor is not what a commit wrote under this root key.
    #[error(
        "rollback anchor {} is damaged: {what}; if the state is known to be current, \
         renew the anchor with Approve-RsvRollback", path.display()
    )]
    AnchorDamaged {
        /// The anchor file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Another process held the lock for the whole waiting time.
    #[error("{} was locked by another command for {} s", path.display(), waited.as_secs())]
    Busy {
        /// The locked file.
        path: PathBuf,
        /// How long the lock was waited for.
        waited: Duration,
    },
    /// The write failed before its commit point; what was there before still is.
    #[error("nothing was changed: {0}")]
    NotCommitted(#[source] Box<Error>),
    /// The write was made but not proved durable; the next command decides by reading.
    #[error("the outcome is unknown, the next command will tell: {0}")]
    Unknown(#[source] Box<Error>),
    /// The lock file was removed or replaced while it was held.
    #[error("{} was replaced while it was locked", path.display())]
    LockReplaced {
        /// The lock file.
        path: PathBuf,
    },
    /// An earlier commit under the same lock failed after its rename.
    #[error("an earlier commit to {} has an unknown outcome", path.display())]
    AfterUnknown {
        /// The state file.
        path: PathBuf,
    },
    /// There is no root key file.
    #[error(
        "root key file {} is missing; without it this home opens nothing: \
         restore that file from your backup", path.display()
    )]
    RootKeyMissing {
        /// The root key file.
        path: PathBuf,
    },
    /// Others could read or replace the root key file.
    #[error("root key file {} is refused: {fault}", path.display())]
    RootKeyUnsafe {
        /// The root key file.
        path: PathBuf,
        /// Which rule it breaks.
        fault: KeyFault,
    },
    /// The root key file is not what was written.
    #[error(
        "root key file {} is damaged: {what}; restore that file from your backup", path.display()
    )]
    RootKeyDamaged {
        /// The root key file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The root key file is another installation's.
    #[error(
        "root key file {} belongs to installation {found}, this home is {wanted}", path.display()
    )]
    RootKeyOfAnother {
        /// The root key file.
        path: PathBuf,
        /// The installation it names.
        found: Uuid,
        /// This home's installation.
        wanted: Uuid,
    },
    /// Something is, or is to be, under a passphrase, and nobody gave it.
    #[error("a passphrase is needed for {}, and none was given", path.display())]
    PassphraseNeeded {
        /// The root key file, or what else is under it.
        path: PathBuf,
        /// The parameters that give it, for the hint; empty: those that every cmdlet has.
        how: &'static str,
    },
    /// The passphrase does not open the root key.
    #[error("the passphrase does not open root key file {}", path.display())]
    WrongPassphrase {
        /// The root key file.
        path: PathBuf,
    },
    /// A passphrase that cannot be one.
    #[error("the passphrase cannot be used: {what}")]
    PassphraseUnusable {
        /// Why not.
        what: &'static str,
    },
    /// Others could read the passphrase's file.
    #[error("passphrase file {} is refused: {fault}", path.display())]
    PassphraseFileUnsafe {
        /// The file.
        path: PathBuf,
        /// Which rule it breaks.
        fault: KeyFault,
    },
    /// A new home may not take over a root key that another home has used on this machine.
    #[error(
        "root key file {} has been used by the home of installation {installation}; \
         give the new home a root key file of its own", path.display()
    )]
    RootKeyInUse {
        /// The root key file.
        path: PathBuf,
        /// The installation it names.
        installation: Uuid,
    },
    /// A journal line is missing, edited or out of order.
    #[error("{} is damaged at line {line}: {what}", path.display())]
    LogDamaged {
        /// The journal.
        path: PathBuf,
        /// 1-based number of the line.
        line: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A record is too long for one journal line.
    #[error("a record of {bytes} B is too long for {}", path.display())]
    RecordTooLong {
        /// The journal.
        path: PathBuf,
        /// Length of the line it would have made, in bytes.
        bytes: usize,
    },
}

impl Error {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "RsvStateIo",
            Self::Random(error) => error.code(),
            Self::NoDefaultFolder { .. } => "RsvNoDefaultFolder",
            Self::Missing { .. } => "RsvStateMissing",
            Self::Damaged { .. } => "RsvStateDamaged",
            Self::Newer { .. } => "RsvFormatNewer",
            Self::OtherInstallation { .. } => "RsvStateOfAnother",
            Self::RolledBack { .. } => "RsvRollbackDetected",
            Self::AnchorDamaged { .. } => "RsvAnchorDamaged",
            Self::Busy { .. } => "RsvBusy",
            Self::NotCommitted(_) | Self::LockReplaced { .. } | Self::AfterUnknown { .. } => {
                "RsvNotCommitted"
            }
            Self::Unknown(_) => "RsvOutcomeUnknown",
            Self::RootKeyMissing { .. } => "RsvRootKeyMissing",
            Self::RootKeyUnsafe { .. } => "RsvRootKeyUnsafe",
            Self::RootKeyDamaged { .. } => "RsvRootKeyDamaged",
            Self::RootKeyOfAnother { .. } => "RsvRootKeyOfAnother",
            Self::RootKeyInUse { .. } => "RsvRootKeyInUse",
            Self::PassphraseNeeded { .. } => "RsvPassphraseNeeded",
            Self::WrongPassphrase { .. } => "RsvWrongPassphrase",
            Self::PassphraseUnusable { .. } => "RsvPassphraseUnusable",
            Self::PassphraseFileUnsafe { .. } => "RsvPassphraseFileUnsafe",
            Self::LogDamaged { .. } => "RsvLogDamaged",
            Self::RecordTooLong { .. } => "RsvRecordTooLong",
        }
    }

    /// The same about a state file, with the good generation that `state.json.1` holds.
    pub(crate) fn with_previous(mut self, generation: Option<u64>) -> Self {
        if let Self::Damaged { previous, .. } | Self::Missing { previous, .. } = &mut self {
            *previous = generation;
        }
        self
    }

    /// A failed call on `path`.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        Self::Io {
            action,
            path,
            source,
        }
    }

    /// A damaged state file, before it is known whether the previous one is good.
    pub(crate) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_path_buf(),
            what: what.into(),
            previous: None,
        }
    }

    /// Nothing was changed because of this error.
    pub(crate) fn not_committed(self) -> Self {
        Self::NotCommitted(Box::new(self))
    }

    /// The outcome is unknown because of this error.
    pub(crate) fn unknown(self) -> Self {
        Self::Unknown(Box::new(self))
    }
}

/// Says what can be done about a state file that is damaged or gone.
fn previous_hint(previous: Option<&u64>) -> String {
    match previous {
        Some(generation) => format!(
            "; the newest file from your backup is best; else generation {generation}, intact in \
             state.json.1, becomes the current one with Approve-RsvRollback"
        ),
        None => "; restore it from your backup".to_owned(),
    }
}
