//! What can go wrong in a primitive. Texts never say which check failed inside a decryption.

use std::io;
use std::path::PathBuf;

/// A failed cryptographic operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system gave no randomness.
    #[error("the operating system gave no random bytes: {0}")]
    Random(String),
    /// A ciphertext, its associated data or its length is not what was sealed.
    #[error("{what} is damaged or was not sealed under this key")]
    NotAuthentic {
        /// What was being opened, such as "pack index".
        what: &'static str,
    },
    /// The key commitment does not match: another key, or a forged header.
    #[error("{what} was sealed under another key")]
    WrongKey {
        /// What was being opened.
        what: &'static str,
    },
    /// The ciphertext ends too early.
    #[error("{what} is cut short")]
    Truncated {
        /// What was being opened.
        what: &'static str,
    },
    /// A counter or size limit was reached.
    #[error("limit reached: {0}")]
    Limit(&'static str),
    /// An RSA key is not one we accept.
    #[error("RSA key refused: {0}")]
    BadKey(String),
    /// The RSA private key did not unwrap the ciphertext.
    #[error("the key does not unwrap this data-encryption key")]
    Unwrap,
    /// Stored bytes break the rules of their format.
    #[error("{what} is malformed: {why}")]
    Malformed {
        /// What was being decoded, such as "wrap group".
        what: &'static str,
        /// The rule that is broken.
        why: &'static str,
    },
    /// Stored bytes need something that this version of rsv does not know.
    #[error("{what} needs a newer rsv: {why}")]
    Unsupported {
        /// What was being decoded.
        what: &'static str,
        /// What is not known.
        why: &'static str,
    },
    /// A change to a wrap group would break one of its rules.
    #[error("wrap group: {0}")]
    WrapRule(&'static str),
    /// A vault, key or version name cannot be a file name here.
    #[error("the name '{0}' is not 1 to 127 letters, digits and hyphens")]
    BadName(String),
    /// The private key was destroyed; nothing brings it back.
    #[error("the private key of '{0}' has been destroyed")]
    Shredded(String),
    /// An access token is not one that this program could have printed.
    #[error("malformed access token")]
    TokenMalformed,
    /// An access token was altered or issued under another key.
    #[error("the access token was not issued here")]
    TokenForged,
    /// Reading or writing a key file failed.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Reading or writing the sealed bytes failed.
    #[error("sealed stream: {0}")]
    Io(#[from] io::Error),
}

impl Error {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Random(_) => "RsvRandomUnavailable",
            Self::NotAuthentic { .. } => "RsvNotAuthentic",
            Self::WrongKey { .. } => "RsvWrongKey",
            Self::Truncated { .. } => "RsvTruncated",
            Self::Limit(_) => "RsvLimitReached",
            Self::BadKey(_) => "RsvBadKey",
            Self::Unwrap => "RsvKeyUnwrapFailed",
            Self::Malformed { .. } => "RsvMalformed",
            Self::Unsupported { .. } => "RsvUnsupportedFormat",
            Self::WrapRule(_) => "RsvWrapRefused",
            Self::BadName(_) => "RsvBadKeyName",
            Self::Shredded(_) => "RsvKeyShredded",
            Self::TokenMalformed => "RsvTokenMalformed",
            Self::TokenForged => "RsvTokenForged",
            Self::File { .. } => "RsvKeyFileIo",
            Self::Io(_) => "RsvStreamIo",
        }
    }
}
