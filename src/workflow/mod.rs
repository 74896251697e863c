//! The stories where rules meet bytes: keys, backups, restores, disks. No printing, no parsing.

mod assign_key;
mod backup;
mod context;
mod data_key;
mod disk_files;
mod jobs;
mod key_provider;
mod local_path;
mod lookout;
mod managed_disk;
mod new_key;
mod protect;
mod readiness;
mod recovery_point;
mod restore;
mod watch;

pub use crate::engine::{DiskReader, Observer};
pub use assign_key::assign_key;
pub use backup::{BackupOptions, backup};
pub use context::Context;
pub use data_key::{
    create_vault_data, customer_wrap, discard_replaced, hex, open_repository, prepare_assignment,
    remove_vault_data, repository_folder, unwrap_dek,
};
pub use disk_files::remove_disk_files;
pub use jobs::{JobBook, RunningJob};
pub use key_provider::{KeyProvider, LocalKeyVaults, Wrapped};
pub use local_path::{DiskImage, check_storage_folder, find_disk_image};
pub use lookout::Lookout;
pub use managed_disk::{disk_by_token, open_disk, rewrap_disks, set_key, unwrap_disk_key};
pub use new_key::{NewKey, drop_key, make_key};
pub use protect::{DiskChoice, ProtectRequest, check_protect, protect};
pub use readiness::check_readiness;
pub use recovery_point::{PointLabel, RecoveryPoint, recovery_points};
pub use restore::{RestoreRequest, check_restore, restore};
