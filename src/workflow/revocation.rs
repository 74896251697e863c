//! A rehearsal of a key's loss: with the key refused nothing can be read, with it a sample comes
//! back the same. The refusal is the key provider's own; permissions stay as they are.

use anyhow::Result;

use crate::crypto::{derive, hmac_sha256};
use crate::domain::{Activity, KeyId, Refusal, ResourceId, Vault};
use crate::workflow::key_usage::{disk_keys, vault_keys};
use crate::workflow::recovery_point::recovery_points;
use crate::workflow::{Context, hex, open_disk, open_repository, unwrap_dek};

/// Samples a disk, and their size in bytes.
const SAMPLES_PER_DISK: u64 = 16;
const SAMPLE_BYTES: u64 = 64 << 10;

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationCheck {
    /// True while the key was refused.
    pub denied: bool,
    /// What was tried.
    pub operation: String,
    /// Whether it came as it has to; absent: there is nothing to try it on.
    pub holds: Option<bool>,
    /// What happened, for a person.
    pub result: String,
}

/// What a rehearsal found.
#[derive(Debug, Default)]
pub struct RevocationTest {
    /// The key versions that wrap the vault's data-encryption key.
    pub keys: Vec<String>,
    /// What was tried, in order.
    pub checks: Vec<RevocationCheck>,
    /// Bytes of backed-up disks in the sample.
    pub sample_bytes: u64,
    /// HMAC-SHA-256 of the sample under a key of this installation; absent without a sample.
    pub sample_digest: Option<String>,
}

impl RevocationTest {
    /// Checks that hold, that do not, and that had nothing to be tried on.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |wanted| self.checks.iter().filter(|c| c.holds == wanted).count();
        (count(Some(true)), count(Some(false)), count(None))
    }

    /// The refusal that a check which does not hold ends in.
    ///
    /// # Errors
    /// `RsvRevocationDoesNotHold`.
    pub fn require(&self, vault: &str) -> Result<(), Refusal> {
        let Some(first) = self.checks.iter().find(|c| c.holds == Some(false)) else {
            return Ok(());
        };
        let with = if first.denied { "without" } else { "with" };
        Err(Refusal::refused(
            "RsvRevocationDoesNotHold",
            format!(
                "{} of {} checks of vault '{vault}' do not hold; the first is '{}' {with} the \
                 key: {}",
                self.counts().1,
                self.checks.len(),
                first.operation,
                first.result
            ),
        )
        .hint(format!(
            "rsv Test-RsvEncryptionReadiness -VaultId {vault} says what is wrong with the key."
        )))
    }

    fn allowed<T>(&mut self, operation: &str, tried: &Result<T>) {
        let result = match tried {
            Ok(_) => "It works.".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        self.add(false, operation, Some(tried.is_ok()), result);
    }

    /// Only a refusal for want of permission proves that the key was needed.
    fn denied<T>(&mut self, operation: &str, tried: Result<T>) {
        let (holds, result) = match tried {
            Ok(_) => (false, "It works although the key is refused.".to_owned()),
            Err(error) => {
                let code = error.downcast_ref::<Refusal>().map(|r| r.code);
                let wanted = [
                    "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault",
                    "ForbiddenByPolicy",
                ];
                let holds = code.is_some_and(|code| wanted.contains(&code));
                let code = code.unwrap_or("error");
                (holds, format!("Refused [{code}]: {error:#}"))
            }
        };
        self.add(true, operation, Some(holds), result);
    }

    fn add(&mut self, denied: bool, operation: &str, holds: Option<bool>, result: String) {
        self.checks.push(RevocationCheck {
            denied,
            operation: operation.to_owned(),
            holds,
            result,
        });
    }
}

/// Rehearses the loss of a vault's key, and writes what was seen into the activity log.
///
/// # Errors
/// `RsvNoCustomerKey` under the platform key; a chain of recovery points that is damaged; I/O.
/// Checks that do not hold are in the outcome.
pub fn rehearse_revocation(context: &mut Context, id: &ResourceId) -> Result<RevocationTest> {
    let vault = context.document().vaults.get(id)?.clone();
    let keys: Vec<KeyId> = vault_keys(context.home(), &vault)?
        .into_iter()
        .flatten()
        .map(|(key, _)| key)
        .collect();
    if keys.is_empty() {
        return Err(Refusal::refused(
            "RsvNoCustomerKey",
            format!(
                "Vault '{}' is under the platform key: there is nothing to revoke.",
                id.name
            ),
        )
        .hint("rsv Set-AzRecoveryServicesVaultProperty sets a customer's key.")
        .into());
    }
    let points = newest_points(context, id, &vault)?;
    let mut test = RevocationTest {
        keys: keys.iter().map(ToString::to_string).collect(),
        ..RevocationTest::default()
    };
    let before = allowed(context, &vault, &points, &mut test);
    context.deny_keys(keys.clone());
    denied(context, &vault, &points, &keys, &mut test);
    context.deny_keys(Vec::new());
    again(context, &vault, &points, before, &mut test);
    record(context, id, &test)?;
    Ok(test)
}

/// Item and recovery point, in the repository's terms.
type Points = Vec<([u8; 16], [u8; 16])>;

/// The newest recovery point of every item.
fn newest_points(context: &mut Context, id: &ResourceId, vault: &Vault) -> Result<Points> {
    let mut points = Vec::new();
    for item in &vault.items {
        if let Some(newest) = recovery_points(context, id, item.uuid)?.first() {
            points.push((item.uuid.into_bytes(), newest.uuid.into_bytes()));
        }
    }
    Ok(points)
}

fn allowed(
    context: &Context,
    vault: &Vault,
    points: &Points,
    test: &mut RevocationTest,
) -> Option<Sample> {
    test.allowed(
        "Unwrap the data-encryption key",
        &unwrap_dek(context, vault),
    );
    test.allowed("Open the vault's data", &open_repository(context, vault));
    if points.is_empty() {
        let result = "There is no recovery point to read a sample of.".to_owned();
        test.add(false, RESTORE, None, result);
        return None;
    }
    let sample = read_sample(context, vault, points);
    test.allowed(RESTORE, &sample);
    sample.ok()
}

const RESTORE: &str = "Restore a sample of every item's newest recovery point";

fn denied(
    context: &Context,
    vault: &Vault,
    points: &Points,
    keys: &[KeyId],
    test: &mut RevocationTest,
) {
    test.denied("Unwrap the data-encryption key", unwrap_dek(context, vault));
    test.denied("Open the vault's data", open_repository(context, vault));
    if points.is_empty() {
        let result = "There is no recovery point to read a sample of.".to_owned();
        test.add(true, RESTORE, None, result);
    } else {
        test.denied(RESTORE, read_sample(context, vault, points));
    }
    // Disks that were restored under the same key are read paths too.
    for disk in context.document().disks.iter() {
        let operation = format!("Read managed disk '{}'", disk.base.name);
        match disk_keys(context.home(), disk) {
            Ok(under) => {
                let is_ours = |key: &KeyId| keys.iter().any(|k| k.is_same_key(key));
                if under.iter().any(|(key, _)| is_ours(key)) {
                    test.denied(&operation, open_disk(context, disk));
                }
            }
            Err(error) => test.add(true, &operation, Some(false), format!("{error:#}")),
        }
    }
}

fn again(
    context: &Context,
    vault: &Vault,
    points: &Points,
    before: Option<Sample>,
    test: &mut RevocationTest,
) {
    let Some(before) = before.filter(|_| !points.is_empty()) else {
        return;
    };
    let after = read_sample(context, vault, points);
    let (holds, result) = match &after {
        Ok(after) if after.digest == before.digest => {
            (true, "The sample is the same as before.".to_owned())
        }
        Ok(_) => (false, "The sample is not the one read before.".to_owned()),
        Err(error) => (false, format!("{error:#}")),
    };
    test.add(
        false,
        "Restore the sample again and compare",
        Some(holds),
        result,
    );
    test.sample_bytes = before.bytes;
    test.sample_digest = Some(before.digest);
}

/// What was read.
struct Sample {
    bytes: u64,
    digest: String,
}

/// Opens everything anew and reads pieces spread over the data of each disk, by the path of a
/// restore: every chunk is decrypted and compared with its id.
fn read_sample(context: &Context, vault: &Vault, points: &Points) -> Result<Sample> {
    let repository = open_repository(context, vault)?;
    let key = derive(
        &context.job_key(vault.data.owner),
        "rsv/v1/revocation-sample",
        &[],
    );
    let (mut bytes, mut digest) = (0, [0; 32]);
    for (item, point) in points {
        let point = repository.open_point(item, point)?;
        for index in 0..point.disks().len() {
            let extents = point.extents(index)?;
            let every = (extents.len() as u64).div_ceil(SAMPLES_PER_DISK).max(1);
            let per_extent = SAMPLES_PER_DISK.div_ceil(extents.len().max(1) as u64);
            for extent in extents.iter().step_by(usize::try_from(every)?) {
                let step = extent.len.div_ceil(per_extent).max(SAMPLE_BYTES);
                let mut at = 0;
                while at < extent.len {
                    let len = SAMPLE_BYTES.min(extent.len - at);
                    let mut piece = vec![0; usize::try_from(len)?];
                    point.read_at(index, extent.offset + at, &mut piece)?;
                    digest = hmac_sha256(&key, &[&digest, &piece]);
                    bytes += len;
                    at += step;
                }
            }
        }
    }
    let digest = hex(&digest);
    Ok(Sample { bytes, digest })
}

/// The evidence: what was tried and seen, where nobody can change it later.
fn record(context: &mut Context, id: &ResourceId, test: &RevocationTest) -> Result<()> {
    let (hold, fail, untried) = test.counts();
    let mut activity = Activity::new("Rsv/vaults/keyRevocation/action", id, "Rehearse key loss")
        .with("Keys", &test.keys.join(" "))
        .with("ChecksHeld", &hold)
        .with("ChecksFailed", &fail)
        .with("ChecksNotTried", &untried)
        .with("SampleBytes", &test.sample_bytes)
        .with(
            "SampleDigest",
            &test.sample_digest.clone().unwrap_or_default(),
        );
    for (number, check) in test.checks.iter().enumerate() {
        let with = if check.denied { "without" } else { "with" };
        let holds = match check.holds {
            Some(true) => "holds",
            Some(false) => "does not hold",
            None => "not tried",
        };
        let name = format!("Check{:02}", number + 1);
        let text = format!("{} {with} the key: {holds}", check.operation);
        activity = activity.with(&name, &text);
    }
    context.change(&activity, |_, _| Ok(()))
}
