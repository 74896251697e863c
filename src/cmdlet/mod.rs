//! One folder per noun, one file per verb; the registry that help, completion and tests read.

mod account;
mod activity_log;
mod backup_property;
mod backup_status;
mod common;
mod completion;
mod console;
mod container;
mod context;
mod dek_epoch;
mod disk;
mod disk_encryption_set;
mod home;
mod item;
mod job;
mod key;
mod key_revocation;
mod key_usage;
mod key_vault;
mod machine;
mod object;
mod passphrase;
mod policy;
mod readiness;
mod recovery_point;
mod registry;
mod resource;
mod resource_group;
mod role_assignment;
mod rsv_subscription;
mod rsv_vault;
mod service_principal;
mod session;
mod soft_deleted_vault;
mod storage_account;
mod user_assigned_identity;
mod vault;
mod vault_context;
mod vault_encryption;
mod vault_property;
mod vhd;

use std::sync::LazyLock;

pub use completion::{Candidate, Question, Shell, ShellFolders, candidates};
pub use console::{Console, Preferences, Progress};
pub use home::{Places, places};
pub(crate) use object::one_object;
pub use object::{Object, ObjectArg, property};
pub use passphrase::PassphraseFrom;
pub use registry::{Cmdlet, Effect, Row};
pub use session::{Session, Settings};

/// Every cmdlet, noun by noun.
#[must_use]
pub fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
        let nouns = [
            account::ROWS,
            context::ROWS,
            resource_group::ROWS,
            resource::ROWS,
            vault::ROWS,
            soft_deleted_vault::ROWS,
            vault_property::ROWS,
            vault_context::ROWS,
            key_vault::ROWS,
            key::ROWS,
            policy::ROWS,
            key_usage::ROWS,
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
            activity_log::ROWS,
            home::ROWS,
            user_assigned_identity::ROWS,
            role_assignment::ROWS,
            service_principal::ROWS,
            rsv_vault::ROWS,
            rsv_subscription::ROWS,
            key_revocation::ROWS,
            backup_property::ROWS,
            backup_status::ROWS,
            dek_epoch::ROWS,
            vault_encryption::ROWS,
            completion::ROWS,
        ];
        nouns.into_iter().flatten().copied().collect()
    });
    &ROWS
}
