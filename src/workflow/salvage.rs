//! What a restore with -SkipDamaged left out: said in the error, the job, and a file.

use anyhow::Result;
use serde_json::{Value, json};

use crate::domain::{Disk, Job, JobError, JobStatus, Refusal, RefusalKind};
use crate::engine::Missing;

/// Stretches that an error's text lists; the file has them all.
const LISTED_MAX: usize = 20;

/// The disks with missing stretches.
#[derive(Default)]
pub(super) struct Losses(Vec<(String, Vec<Missing>)>);

impl Losses {
    /// Notes what is missing of a disk.
    pub(super) fn add(&mut self, disk: &Disk, missing: Vec<Missing>) {
        if !missing.is_empty() {
            self.0.push((disk.base.name.clone(), missing));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn bytes(&self) -> u64 {
        let all = self.0.iter().flat_map(|(_, missing)| missing);
        all.map(|missing| missing.length).sum()
    }

    /// Every stretch, for the file beside the configuration.
    pub(super) fn to_file(&self) -> Result<String> {
        let disk = |(name, missing): &(String, Vec<Missing>)| {
            let ranges = missing
                .iter()
                .map(|m| json!({"offset": m.offset, "length": m.length, "problem": m.problem}));
            json!({"name": name, "missing": ranges.collect::<Vec<Value>>()})
        };
        let disks: Vec<Value> = self.0.iter().map(disk).collect();
        let mut text = serde_json::to_string_pretty(&json!({
            "missingBytes": self.bytes(),
            "readsAsZero": true,
            "disks": disks,
        }))?;
        text.push('\n');
        Ok(text)
    }

    /// Ends the job with what it could not bring back, and gives the error that says so.
    pub(super) fn finish(&self, job: &mut Job, file: &str) -> Refusal {
        let refusal = self.refusal(file);
        job.status = JobStatus::CompletedWithWarnings;
        job.error = Some(JobError {
            code: refusal.code.to_owned(),
            message: refusal.message.clone(),
            recommendation: refusal.hint.clone(),
        });
        job.properties
            .insert("Missing bytes".into(), self.bytes().to_string());
        job.properties
            .insert("Missing data list".into(), file.to_owned());
        refusal
    }

    fn refusal(&self, file: &str) -> Refusal {
        let mut message = format!(
            "Restored in part: {} bytes are damaged and read as zero on the new disks.",
            self.bytes()
        );
        let stretches = self.0.iter().flat_map(|(name, missing)| {
            missing.iter().map(move |m| {
                format!(
                    "\n{name}: {} bytes at offset {}: {}",
                    m.length, m.offset, m.problem
                )
            })
        });
        let count: usize = self.0.iter().map(|(_, missing)| missing.len()).sum();
        message.extend(stretches.take(LISTED_MAX));
        if count > LISTED_MAX {
            message.push_str(&format!("\n… and {} more", count - LISTED_MAX));
        }
        message.push_str(&format!("\nAll of it is listed in {file}"));
        Refusal::new(RefusalKind::Partial, "RsvRestoredInPart", message).hint(
            "Check the file systems on the disks before you use them. rsv Test-RsvVault -Level \
             Full shows which other recovery points are hit, rsv Repair-RsvVault keeps what opens.",
        )
    }
}
