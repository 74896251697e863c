//! One folder per noun, one file per verb; the registry that help, completion and tests read.

mod common;
mod console;
mod key;
mod key_vault;
mod object;
mod registry;
mod session;
mod vault;

pub use console::{Console, Preferences, Progress};
pub use object::{Object, ObjectArg, property};
pub use registry::{Cmdlet, Effect, Row};
pub use session::{Session, Settings};

/// Every cmdlet, noun by noun.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [vault::ROWS, key_vault::ROWS, key::ROWS].into_iter().flatten()
}
