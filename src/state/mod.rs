//! Small control-plane bytes on disk: one authenticated state file and append-only journals.
//!
//! [`StateFile`] replaces `state.json` as a whole, generation by generation: flock, temporary
//! file, fsync, rename, fsync of the folder. A MAC under the [`RootKey`] guards the bytes, and a
//! rollback [`Anchor`] outside the home guards against putting an older generation back.
//! [`Journal`] keeps hash-chained lines. What the bytes mean is no concern of these files.

mod anchor;
mod digest;
mod directory;
mod document;
mod error;
mod examine;
mod file;
mod fs;
pub(crate) mod fuzz;
mod glance;
mod header;
mod home;
mod journal;
mod line;
mod lock;
mod passphrase;
mod root_key;
mod root_key_format;
mod store;

pub use anchor::{Anchor, Marks};
pub use digest::Digest;
pub use directory::Principal;
pub use document::{DOCUMENT_VERSION, Document, LogHead};
pub use error::Error;
pub use examine::{Examination, LineProblem};
pub use file::{Committed, Created, Loaded, Locked, StateFile};
pub(crate) use fs::is_same_file;
pub use fs::{Call, Files, Observer};
pub use home::Home;
pub use journal::{Journal, Records, Report};
pub use line::{Entry, Head, LINE_BYTES_MAX, PreparedLine};
pub use lock::LOCK_WAIT;
pub use passphrase::{Passphrase, Unlock};
pub use root_key::{KeyFault, RootKey, RootKeyKind};
pub use store::{LogReport, Store};
