//! Adds recovery points to the one item of a prepared home, as its backups would.
//!
//! `RSV_HOME=… cargo bench --bench scale -- POINTS`; `tests/bench/counts.sh` prepares the home
//! and then lists and opens them with the program. The points are the engine's own, four minutes
//! apart up to now; only the job that each should have is left out.

#![allow(clippy::print_stdout, reason = "a bench says what it measured")]

use jiff::{SignedDuration, Timestamp};
use rsvault::domain::Rules;
use rsvault::engine::{BackupRequest, SourceDisk, points};
use rsvault::state::{Store, Unlock};
use rsvault::workflow::{Context, PointLabel, open_repository, repository_folder};

/// Neighbouring points lie this far apart: 10,000 of them fit a listing's window of 30 days.
const APART: SignedDuration = SignedDuration::from_secs(240);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    // cargo runs benches without arguments too: then there is nothing to do.
    let Some(count) = count else { return Ok(()) };
    let count: i32 = count;
    let context = Context::new(
        Store::open(None, Timestamp::now(), &Unlock::KEY_FILE)?,
        Rules::default(),
        None,
    )?;
    let vault = context.document().vaults.iter().next().ok_or("no vault")?;
    let item = vault.items.first().ok_or("no item")?;
    let repository = open_repository(&context, vault)?;
    let image = std::env::temp_dir().join(format!("rsv-scale-{}", std::process::id()));
    std::fs::write(&image, [1; 4096])?;
    let chain = points(
        &repository_folder(&context, &vault.data),
        None,
        item.uuid.as_bytes(),
    )?;
    let mut last = chain.last().ok_or("back the item up once first")?.clone();
    let now = Timestamp::now();
    for left in (0..count).rev() {
        let time = now - APART * left;
        let created_ms = (time.as_millisecond() as u64).max(last.created_ms + 1);
        let mut label: PointLabel = serde_json::from_slice(&last.label)?;
        label.recovery_point_id = created_ms.to_string();
        let request = BackupRequest {
            item: item.uuid.into_bytes(),
            point: rsvault::crypto::random()?,
            sequence: last.sequence + 1,
            previous: last.digest(),
            created_ms,
            label: serde_json::to_vec(&label)?,
            disks: vec![SourceDisk {
                lun: 0,
                role: 0,
                label: Vec::new(),
                path: image.clone(),
            }],
            level: 1,
            writer: rsvault::crypto::random()?,
        };
        repository.backup(&request, &(), |header| {
            last = header.clone();
            Ok(())
        })?;
    }
    std::fs::remove_file(image)?;
    println!("{} recovery points", last.sequence);
    Ok(())
}
