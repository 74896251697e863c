//! The stories where rules meet bytes: keys, backups, restores, disks. No printing, no parsing.

mod assign_key;
mod backup;
mod context;
mod data_key;
mod dek_epoch;
mod deleted_vault;
mod disk_files;
mod epochs;
mod file_lock;
mod follow_key;
mod import;
mod import_keys;
mod jobs;
mod key_backup;
mod key_impact;
mod key_provider;
mod key_usage;
mod leftovers;
mod local_path;
mod log_check;
mod lookout;
mod managed_disk;
mod memo;
mod new_key;
mod optimize;
mod protect;
mod purge;
mod readiness;
mod reads;
mod recovery_point;
mod reencrypt;
mod reencrypt_report;
mod relocate;
mod repair;
mod replaced;
mod restore;
mod retention;
mod revocation;
mod salvage;
mod shrunk;
mod snapshot;
mod staging;
mod stop_protection;
mod update_disk;
mod verified;
mod verify;
mod verify_snapshots;
mod watch;

pub use crate::crypto::hex;
pub use crate::engine::{CollectReport, Damage, Decision, DiskReader, Observer, RepairReport};
pub use assign_key::{KeyAssignment, assign_key, check_infrastructure};
pub use backup::{BackupOptions, backup};
pub use context::Context;
pub use data_key::{
    Assignment, create_vault_data, customer_wrap, discard_replaced, prepare_assignment,
    repository_folder,
};
pub use dek_epoch::{EpochStarted, start_epoch};
pub use deleted_vault::{delete_vault, purge_vaults, undelete_activity, undelete_vault};
pub use disk_files::remove_disk_files;
pub use epochs::{open_repository, outer_key, unwrap_dek, vaults_out_of_reach};
pub use follow_key::receipt;
pub use import::{ImportRequest, Imported, check_not_here, read_vault};
pub use jobs::{JobBook, RunningJob};
pub(crate) use key_backup::parse as parse_key_backup;
pub use key_backup::{KEY_BACKUP_BYTES_MAX, RestoredKey, back_up_key, open_key_backup};
pub use key_impact::{ItemImpact, key_impact};
pub use key_provider::{KeyProvider, LocalKeyVaults, Wrapped};
pub use key_usage::{KeyUse, check_not_needed, key_usage, use_names};
pub use leftovers::sweep_leftovers;
pub use local_path::{DiskImage, check_storage_folder, find_disk_image, write_new};
pub use log_check::{RecordCheck, RecordProblem, check_records};
pub use lookout::Lookout;
pub use managed_disk::{disk_by_token, open_disk, rewrap_disks, set_key, unwrap_disk_key};
pub use new_key::{NewKey, drop_key, make_key};
pub use optimize::{ExpiredPoint, OptimizeOptions, OptimizeOutcome, optimize};
pub use protect::{
    ContainerKind, DiskChoice, ProtectRequest, check_protect, protect, record_policy_change,
    refuse_container, register_container,
};
pub use purge::{Purged, all_version_ids, finish_purges, version_ids};
pub use readiness::check_readiness;
pub use recovery_point::{PointLabel, RecoveryPoint, recovery_points};
pub use reencrypt::{ReencryptOptions, reencrypt};
pub use reencrypt_report::{LeftOutPoint, Reencrypted};
pub use relocate::{TenantChange, change_tenant, move_resources};
pub use repair::{RepairOptions, repair};
pub use restore::{RestoreRequest, RestoreTier, Restored, check_restore, restore};
pub use revocation::{RevocationCheck, RevocationTest, rehearse_revocation};
pub use stop_protection::{StopMode, check_stop, check_undelete, stop_protection, undelete};
pub use update_disk::{DiskTarget, DiskUpdate, EncryptionChange, check_update_disk, update_disk};
pub use verify::{VerifyLevel, VerifyOutcome, verify};
pub use verify_snapshots::UnverifiedSnapshot;
