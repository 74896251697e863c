//! The job book of a vault: append-only records, the last one of a job counts.
//!
//! A running job holds the lock of a file of its own; the kernel frees it however the process
//! ends. A record that says InProgress while nobody holds that lock was interrupted.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::{Job, JobError, JobStatus, Refusal, Vault};
use crate::state::{self, Journal};
use crate::workflow::Context;
use crate::workflow::file_lock::{FileLock, lock_file};
use crate::{crypto, engine};

/// Ends a job as failed, or cancelled, with the reason.
pub(super) fn fail_job(job: &mut Job, error: &anyhow::Error, now: Timestamp) {
    let refusal = error.downcast_ref::<Refusal>();
    if refusal.is_some_and(|r| r.code == "RsvJobCancelled") {
        job.finish(JobStatus::Cancelled, now);
        return;
    }
    job.error = Some(JobError {
        code: error_code(error).to_owned(),
        message: format!("{error:#}"),
        recommendation: refusal.and_then(|r| r.hint.clone()),
    });
    job.finish(JobStatus::Failed, now);
}

/// Writes the last record of a job. What the job did stands without it: a failure is told, and
/// neither hides the job's own error nor makes a failure of what was done.
pub(super) fn record_end(context: &mut Context, book: &JobBook, job: &Job) {
    if let Err(error) = book.record(job) {
        let id = job.id;
        context.warn(format!(
            "The end of job {id} could not be recorded: {error:#}"
        ));
    }
}

/// The code of the first cause that has one.
fn error_code(error: &anyhow::Error) -> &'static str {
    let code = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<Refusal>()
            .map(|r| r.code)
            .or_else(|| cause.downcast_ref::<state::Error>().map(state::Error::code))
            .or_else(|| {
                cause
                    .downcast_ref::<engine::Error>()
                    .map(engine::Error::code)
            })
            .or_else(|| {
                cause
                    .downcast_ref::<crypto::Error>()
                    .map(crypto::Error::code)
            })
    };
    error.chain().find_map(code).unwrap_or("RsvFailed")
}

/// The jobs of one vault.
pub struct JobBook {
    journal: Journal,
    folder: PathBuf,
}

/// Held while a job runs.
pub struct RunningJob {
    id: Uuid,
    lock: PathBuf,
    cancel: PathBuf,
    _file: File,
}

impl JobBook {
    /// Opens the book of a vault.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn open(context: &Context, vault: &Vault) -> Result<Self> {
        let owner = vault.data.owner;
        let folder = context.home().jobs().join(owner.to_string());
        context.home().create_folder(&context.home().jobs())?;
        context.home().create_folder(&folder)?;
        let journal = Journal::open(Self::file(&folder), context.job_key(owner));
        Ok(Self { journal, folder })
    }

    /// The file of the book in a vault's folder.
    pub(super) fn file(folder: &Path) -> PathBuf {
        folder.join("jobs.ndjson")
    }

    /// Writes a job's record.
    ///
    /// # Errors
    /// The book is damaged or cannot be written.
    pub fn record(&self, job: &Job) -> Result<()> {
        self.journal.append(&serde_json::to_value(job)?)?;
        Ok(())
    }

    /// Marks a job as running until the value is dropped.
    ///
    /// # Errors
    /// I/O.
    pub fn run(&self, id: Uuid) -> Result<RunningJob> {
        let lock = self.folder.join(format!("{id}.lock"));
        let file = loop {
            let file = lock_file(&lock)?;
            file.lock()
                .with_context(|| format!("locking {}", lock.display()))?;
            // Whoever sweeps dead jobs may have taken it for one before it was locked.
            if state::is_same_file(&file, &lock)? {
                break file;
            }
        };
        Ok(RunningJob {
            id,
            cancel: self.cancel_file(id),
            lock,
            _file: file,
        })
    }

    /// All jobs, newest first. Interrupted ones are shown as failed.
    ///
    /// # Errors
    /// The book is damaged.
    pub fn list(&self) -> Result<Vec<Job>> {
        let mut jobs: Vec<Job> = self
            .journal
            .read_latest("id")?
            .into_iter()
            .map(serde_json::from_value)
            .collect::<Result<_, _>>()?;
        for job in &mut jobs {
            self.settle(job);
        }
        jobs.sort_by_key(|job| std::cmp::Reverse(job.start));
        Ok(jobs)
    }

    /// One job.
    ///
    /// # Errors
    /// `ResourceNotFound` with Azure's text.
    pub fn find(&self, id: Uuid) -> Result<Job> {
        self.list()?
            .into_iter()
            .find(|job| job.id == id)
            .ok_or_else(|| {
                Refusal::not_found(format!("The specified resource does not exist: job {id}."))
                    .hint("rsv Get-AzRecoveryServicesBackupJob lists the jobs of the last day.")
                    .into()
            })
    }

    /// Asks a running job to stop; it does at the next chunk.
    ///
    /// # Errors
    /// I/O.
    pub fn request_cancel(&self, id: Uuid) -> Result<()> {
        let path = self.cancel_file(id);
        std::fs::write(&path, b"").with_context(|| format!("writing {}", path.display()))
    }

    fn cancel_file(&self, id: Uuid) -> PathBuf {
        self.folder.join(format!("{id}.cancel"))
    }

    fn settle(&self, job: &mut Job) {
        if job.status.is_final() {
            return;
        }
        let lock = self.folder.join(format!("{}.lock", job.id));
        let is_free = File::open(&lock).map_or(true, |file| file.try_lock_shared().is_ok());
        if is_free {
            job.status = JobStatus::Failed;
            job.error = Some(JobError {
                code: "RsvJobInterrupted".into(),
                message: "The process that ran the job ended before the job did.".into(),
                recommendation: Some("Run it again: nothing that was backed up is lost.".into()),
            });
        } else if self.cancel_file(job.id).exists() {
            job.status = JobStatus::Cancelling;
        }
    }
}

/// Held while an item is backed up: one backup of an item at a time.
pub(super) struct ItemLock {
    #[expect(dead_code, reason = "held for its lock")]
    item: FileLock,
    /// Held alone by whoever takes the lock for a moment only.
    #[expect(dead_code, reason = "held for its lock")]
    moment: Option<FileLock>,
}

impl ItemLock {
    /// Takes the lock, or refuses while another job has it; whoever has it for a moment only is
    /// waited for.
    pub(super) fn take(book: &JobBook, item: Uuid) -> Result<Self> {
        let (path, moment) = Self::paths(book, item);
        let mut lock = FileLock::try_alone(&path)?;
        if lock.is_none() {
            let _nobody_comes_between = FileLock::shared(&moment)?;
            lock = FileLock::try_alone(&path)?;
        }
        let refused = || {
            Refusal::refused(
                "UserErrorBackupOperationInProgress",
                "Unable to initiate backup as another backup operation is currently in progress",
            )
            .hint("rsv Get-AzRecoveryServicesBackupJob -Status InProgress shows it.")
        };
        Ok(Self {
            item: lock.ok_or_else(refused)?,
            moment: None,
        })
    }

    /// Takes the lock for a moment, so that no job of the item runs; none if one does.
    pub(super) fn take_briefly(book: &JobBook, item: Uuid) -> Result<Option<Self>> {
        let (path, moment) = Self::paths(book, item);
        let Some(moment) = FileLock::try_alone(&moment)? else {
            return Ok(None);
        };
        let item = FileLock::try_alone(&path)?;
        Ok(item.map(|item| Self {
            item,
            moment: Some(moment),
        }))
    }

    fn paths(book: &JobBook, item: Uuid) -> (PathBuf, PathBuf) {
        let path = |kind: &str| book.folder.join(format!("item-{item}.{kind}"));
        (path("lock"), path("moment.lock"))
    }
}

impl RunningJob {
    /// The job's id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// True once `Stop-AzRecoveryServicesBackupJob` asked for it.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel.exists()
    }
}

impl Drop for RunningJob {
    fn drop(&mut self) {
        // Leftovers are harmless: a lock file nobody holds says that the job is over.
        let _ = std::fs::remove_file(&self.cancel);
        let _ = std::fs::remove_file(&self.lock);
    }
}
