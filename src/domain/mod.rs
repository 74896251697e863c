//! Rules only: no files, no clock, no randomness. Every resource of the service and what it allows.
//!
//! Values here are what `state.json` stores. Functions take the time as an argument and answer
//! with a [`Refusal`] that carries Azure's code where Azure documents one (R-numbers in the docs
//! point at the reference's rules).

mod account;
mod activity;
mod arm;
mod compute;
mod deleted;
mod disk_key;
mod encryption;
mod identity;
mod item;
mod job;
mod key;
mod key_id;
mod key_vault;
mod name;
mod nearest;
mod policy;
mod readiness;
mod refusal;
mod resource;
mod retention;
mod role;
mod rotation;
mod snapshot;
mod table;
mod vault;

pub use account::{Account, Subscription};
pub use activity::Activity;
pub use arm::{ResourceId, ResourceKind};
pub use compute::{
    ActiveKey, Disk, DiskEncryption, DiskEncryptionSet, DiskGrant, EncryptionType, StorageAccount,
    VirtualMachine, VmDisk,
};
pub use deleted::{
    DeletedKey, DeletedKeyVault, DeletedVault, Deletion, being_deleted, check_vault_purge,
};
pub use disk_key::{check_disk_key, check_key_version};
pub use encryption::{AtRest, Encryption, UpdateStatus};
pub use identity::{Identity, IdentityType, UserAssignedIdentity, UserIdentity};
pub use item::{ChainHead, Item, ProtectionState, SoftDeleted};
pub use job::{Job, JobError, JobOperation, JobStatus, SubTask};
pub use key::{DEFAULT_KEY_OPS, Key, KeyVersion, check_key_name};
pub use key_id::KeyId;
pub use key_vault::{AccessPolicy, KeyPermission, KeyVault};
pub use name::check_name;
pub use nearest::{distance, nearest};
pub use policy::{Frequency, POLICY_ITEMS_MAX, Policy, RetentionPolicy, SchedulePolicy};
pub use readiness::{
    Readiness, Stage, Step, check_key, check_new_vault, check_protection, check_same_region,
};
pub use refusal::{Refusal, RefusalKind};
pub use resource::{Resource, ResourceGroup, Tagged};
pub use retention::{DatedPoint, expired, kept_until};
pub use role::{KeyVaultAccess, ROLES, Role, RoleAssignment};
pub use rotation::{LifetimeAction, RotationAction, RotationPolicy};
pub use snapshot::Snapshot;
pub use table::{Table, matches_name};
pub use vault::{
    DataEpoch, ItemEnd, NextData, ReplacedData, SoftDelete, SoftDeleteState, Vault, VaultData,
};

/// `[rules]` of `config.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// RSA key sizes a vault accepts, in bits (R52); 2048 alone unless widened.
    pub rsa_key_bits: Vec<u32>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            rsa_key_bits: vec![2048],
        }
    }
}
