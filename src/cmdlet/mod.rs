//! One folder per noun, one file per verb; the registry that help, completion and tests read.

mod common;
mod completion;
mod console;
mod container;
mod context;
mod disk;
mod disk_encryption_set;
mod item;
mod job;
mod key;
mod key_vault;
mod machine;
mod object;
mod policy;
mod readiness;
mod recovery_point;
mod registry;
mod resource_group;
mod session;
mod storage_account;
mod vault;
mod vault_property;
mod vhd;

use std::sync::LazyLock;

pub use completion::{Candidate, Question, Shell, ShellFolders, candidates};
pub use console::{Console, Preferences, Progress};
pub use object::{Object, ObjectArg, property};
pub use registry::{Cmdlet, Effect, Row};
pub use session::{Session, Settings};

/// Every cmdlet, noun by noun.
#[must_use]
pub fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
        let nouns = [
            context::ROWS,
            resource_group::ROWS,
            vault::ROWS,
            vault_property::ROWS,
            key_vault::ROWS,
            key::ROWS,
            container::ROWS,
            item::ROWS,
            recovery_point::ROWS,
            job::ROWS,
            readiness::ROWS,
            disk_encryption_set::ROWS,
            machine::ROWS,
            storage_account::ROWS,
            disk::ROWS,
            vhd::ROWS,
            completion::ROWS,
        ];
        nouns.into_iter().flatten().copied().collect()
    });
    &ROWS
}
