//! Backup policies: schedule and retention as values.

use serde::{Deserialize, Serialize};

/// A backup policy for virtual machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Name.
    pub name: String,
    /// Time of the daily backup, `HH:MM` UTC.
    pub time_of_day: String,
    /// Days a daily recovery point is kept.
    pub daily_retention_days: u32,
    /// Days of local snapshots; 0 keeps none (a local snapshot costs the space twice).
    pub snapshot_retention_days: u32,
}

impl Policy {
    /// The policy that exists in every new vault: daily, 30 days.
    #[must_use]
    pub fn default_policy() -> Self {
        Self {
            name: "DefaultPolicy".into(),
            time_of_day: "17:00".into(),
            daily_retention_days: 30,
            snapshot_retention_days: 0,
        }
    }
}
