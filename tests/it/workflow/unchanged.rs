//! Images that cannot have changed are not read again, unless somebody needs their bytes.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::harness::{Sandbox, noise};
use crate::workflow::backup::number;
use crate::workflow::snapshots::snapshot_days;

/// A write has to lie two seconds before the read that is remembered.
const SETTLED: Duration = Duration::from_millis(2_100);

/// ext4, XFS and Btrfs keep times; elsewhere everything is read every time.
fn keeps_times(path: &Path) -> bool {
    let kind = rustix::fs::statfs(path).unwrap().f_type;
    [0xef53, 0x5846_5342, 0x9123_683e].contains(&kind)
}

#[test]
fn an_image_that_cannot_have_changed_is_not_read_and_the_job_says_so() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    let image = noise(5, 4 << 20);
    sandbox.write("os.img", &image);
    sandbox.protect("os.img", &[]);
    sleep(SETTLED);
    sandbox.backup().ok();
    assert_eq!(number(&sandbox, "Bytes Read"), 4 << 20);
    let kept = keeps_times(sandbox.path());
    for _ in 0..2 {
        sandbox.backup().ok();
        let read = if kept { 0 } else { 4 << 20 };
        assert_eq!(number(&sandbox, "Bytes Read"), read);
        let job = sandbox
            .ok("Get-AzRecoveryServicesBackupJob -VaultId testvault -Query [0] -Output json");
        let detail = sandbox.run_with(
            "Get-AzRecoveryServicesBackupJobDetail -Job - -VaultId testvault",
            &job,
        );
        assert_eq!(detail.ok().contains("content not re-read"), kept);
    }
    sandbox.restore_target();
    sandbox.restore("").ok();
    sandbox.ok("Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault -FullRead");
    assert_eq!(number(&sandbox, "Bytes Read"), 4 << 20);

    // What is remembered counts only as this installation wrote it.
    let memo = files_named(&sandbox.home().join("jobs"), "reads-");
    assert_eq!(memo.len(), 1);
    let text = std::fs::read_to_string(&memo[0]).unwrap();
    std::fs::write(&memo[0], text.replacen("\"lun\":0", "\"lun\": 0", 1)).unwrap();
    assert_ne!(text, std::fs::read_to_string(&memo[0]).unwrap());
    sandbox.backup().ok();
    assert_eq!(number(&sandbox, "Bytes Read"), 4 << 20);
}

fn files_named(folder: &Path, start: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for owner in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(owner.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path
                .file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with(start)
            {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn a_local_snapshot_is_filled_from_an_image_that_has_not_changed() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.restore_target();
    let image = noise(6, 1 << 20);
    sandbox.write("os.img", &image);
    sandbox.protect("os.img", &[]);
    sleep(SETTLED);
    sandbox.backup().ok();
    let unread = if keeps_times(sandbox.path()) {
        0
    } else {
        1 << 20
    };
    sandbox.backup().ok();
    assert_eq!(number(&sandbox, "Bytes Read"), unread);

    // The snapshot's own repository has no chunk of it.
    snapshot_days(&sandbox, 1);
    sandbox.backup().ok();
    assert_eq!(number(&sandbox, "Bytes Read"), 1 << 20);
    assert_eq!(number(&sandbox, "New Bytes"), 0);
    assert!(number(&sandbox, "Snapshot Stored Bytes") > 1 << 20);
    sandbox.restore("-RecoveryPointTier Snapshot").ok();
    sandbox.read_back(0, "back.img").ok();
    assert!(sandbox.bytes("back.img") == image);

    // That read is one to rely on too.
    snapshot_days(&sandbox, 0);
    sandbox.backup().ok();
    assert_eq!(number(&sandbox, "Bytes Read"), unread);
}
