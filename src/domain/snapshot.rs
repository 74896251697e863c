//! Local snapshots: copies of recovery points beside the vault, for a few days.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::ResourceId;

/// The local copy of one recovery point, in a repository of its own. The vault's key does not
/// cover it: what opens it is the key of the machine's disks when it was taken (R98).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Owner id in its repository and key record; also its folder's name.
    pub uuid: Uuid,
    /// Dedup domain of its repository.
    pub domain: Uuid,
    /// The recovery point's id in the repository.
    pub point: Uuid,
    /// SHA-256 of the header of its copy of the point, hex.
    pub digest: String,
    /// Commitment to its data-encryption key, hex: a key record of another key does not open it.
    pub commitment: String,
    /// ARM id of the machine's disk encryption set; absent: the platform key.
    #[serde(default)]
    pub disk_encryption_set: Option<String>,
    /// From then on it is not used, and the next command that may removes it.
    pub expires: Timestamp,
}

impl Snapshot {
    /// When a snapshot taken at `now` expires.
    #[must_use]
    pub fn expiry(now: Timestamp, days: u32) -> Timestamp {
        let kept = SignedDuration::from_hours(24 * i64::from(days));
        now.checked_add(kept).unwrap_or(Timestamp::MAX)
    }

    /// True while it is there to restore from.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires > now
    }

    /// True when this disk encryption set's key opens it.
    #[must_use]
    pub fn is_under(&self, set: &ResourceId) -> bool {
        let set = set.to_string();
        self.disk_encryption_set
            .as_ref()
            .is_some_and(|id| id.eq_ignore_ascii_case(&set))
    }
}
