//! Watches a running engine operation: counts for the caller, and looks for a request to stop.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::domain::Refusal;
use crate::engine::{self, Observer};
use crate::workflow::RunningJob;

/// Chunks between two looks for a request to stop: a look is a system call.
const LOOK_EVERY: u32 = 16;

/// The caller's observer, and the job's request to stop.
pub(super) struct Watch<'a> {
    inner: &'a dyn Observer,
    job: &'a RunningJob,
    calls: AtomicU32,
    /// Totals are the caller's business: several disks are one bar.
    announce: bool,
}

impl<'a> Watch<'a> {
    pub(super) fn new(inner: &'a dyn Observer, job: &'a RunningJob, announce: bool) -> Self {
        Self {
            inner,
            job,
            calls: AtomicU32::new(0),
            announce,
        }
    }
}

impl Observer for Watch<'_> {
    fn total(&self, bytes: u64) {
        if self.announce {
            self.inner.total(bytes);
        }
    }

    fn advance(&self, bytes: u64) {
        self.inner.advance(bytes);
    }

    fn cancelled(&self) -> bool {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        self.inner.cancelled() || (call.is_multiple_of(LOOK_EVERY) && self.job.is_cancelled())
    }
}

/// Says a stopped operation in the job's words.
pub(super) fn stopped(error: engine::Error) -> anyhow::Error {
    match error {
        engine::Error::Cancelled => Refusal::refused(
            "RsvJobCancelled",
            "The job was stopped by Stop-AzRecoveryServicesBackupJob.",
        )
        .into(),
        other => other.into(),
    }
}

/// What the engine is told of a last check before a commit. Boxed as itself: within anyhow's box
/// nobody finds the refusal again.
pub(super) fn last_check(outcome: anyhow::Result<()>) -> engine::CommitCheck {
    outcome.map_err(|error| match error.downcast::<Refusal>() {
        Ok(refusal) => refusal.into(),
        Err(other) => other.into(),
    })
}

/// The reason of the last check counts, not that there was one.
pub(super) fn refused(error: engine::Error) -> anyhow::Error {
    match error {
        engine::Error::Refused(inner) => match inner.downcast::<Refusal>() {
            Ok(refusal) => (*refusal).into(),
            Err(other) => anyhow::Error::from_boxed(other),
        },
        other => stopped(other),
    }
}
