//! Jobs: one record per long operation, and the steps it may take.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::Refusal;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
#[allow(missing_docs)]
pub enum JobOperation {
    Backup,
    Restore,
    ConfigureBackup,
    DisableBackup,
    DeleteBackupData,
    BackupDataMove,
    UpdateCustomerManagedKey,
    Undelete,
    OptimizeVault,
    UpdateVaultEncryption,
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
#[allow(missing_docs)]
pub enum JobStatus {
    InProgress,
    Cancelling,
    Cancelled,
    Completed,
    CompletedWithWarnings,
    Failed,
}

impl JobStatus {
    /// True when nothing more will happen.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::InProgress | Self::Cancelling)
    }
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// Code.
    pub code: String,
    /// Sentence.
    pub message: String,
    /// What to do.
    #[serde(default)]
    pub recommendation: Option<String>,
}

/// One step of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubTask {
    /// Name.
    pub name: String,
    /// `Completed`, `InProgress` or `Failed`.
    pub status: String,
}

/// A job record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Id.
    pub id: Uuid,
    /// Groups what one command did.
    pub activity: Uuid,
    /// What it does.
    pub operation: JobOperation,
    /// Where it is.
    pub status: JobStatus,
    /// Machine name; for a key update the vault's name.
    pub workload: String,
    /// Start.
    pub start: Timestamp,
    /// End.
    #[serde(default)]
    pub end: Option<Timestamp>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<JobError>,
    /// `Properties` of the job's details.
    #[serde(default)]
    pub properties: BTreeMap<String, String>,
    /// Steps.
    #[serde(default)]
    pub tasks: Vec<SubTask>,
}

impl Job {
    /// A job that starts now.
    #[must_use]
    pub fn start(id: Uuid, operation: JobOperation, workload: &str, now: Timestamp) -> Self {
        Self {
            id,
            activity: id,
            operation,
            status: JobStatus::InProgress,
            workload: workload.to_owned(),
            start: now,
            end: None,
            error: None,
            properties: BTreeMap::new(),
            tasks: Vec::new(),
        }
    }

    /// Jobs that move data stop at the next chunk, when they are asked to.
    fn moves_data(&self) -> bool {
        use JobOperation::{Backup, Restore, UpdateVaultEncryption};
        matches!(self.operation, Backup | Restore | UpdateVaultEncryption)
    }

    /// Only running jobs that move data can be stopped.
    #[must_use]
    pub fn is_cancellable(&self) -> bool {
        self.status == JobStatus::InProgress && self.moves_data()
    }

    /// Checks that the job can be stopped.
    ///
    /// # Errors
    /// The service's texts for a job of the wrong kind or one that is over.
    pub fn check_cancellable(&self) -> Result<(), Refusal> {
        if self.is_cancellable() {
            return Ok(());
        }
        let text = if self.moves_data() {
            "Backup can't cancel the job because it isn't in progress"
        } else {
            "Cancellation isn't supported for this job type"
        };
        Err(Refusal::refused("RsvJobNotCancellable", text))
    }

    /// Records a step.
    pub fn task(&mut self, name: &str, status: &str) {
        self.tasks.push(SubTask {
            name: name.to_owned(),
            status: status.to_owned(),
        });
    }

    /// Ends the job.
    pub fn finish(&mut self, status: JobStatus, now: Timestamp) {
        self.status = status;
        self.end = Some(now);
    }
}
