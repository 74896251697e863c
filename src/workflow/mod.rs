//! The stories where rules meet bytes: keys, backups, restores, disks. No printing, no parsing.

mod assign_key;
mod context;
mod data_key;
mod jobs;
mod key_provider;
mod new_key;
mod readiness;

pub use assign_key::assign_key;
pub use context::Context;
pub use data_key::{
    create_vault_data, discard_replaced, hex, open_repository, prepare_assignment,
    remove_vault_data, repository_folder, unwrap_dek, customer_wrap
};
pub use jobs::{JobBook, RunningJob};
pub use key_provider::{KeyProvider, LocalKeyVaults, Wrapped};
pub use new_key::{NewKey, drop_key, make_key};
pub use readiness::check_readiness;
