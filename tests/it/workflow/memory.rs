//! Peak memory does not grow with the image.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use crate::harness::{Sandbox, noise};

/// Peak resident memory in KiB of one run, as the kernel counts it (`wait4` by /usr/bin/time's
/// way: a shell's `ulimit` cannot tell). Read from /proc while the process is alive.
fn peak_kib(command: &mut Command) -> u64 {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find(|l| l.starts_with("VmHWM:"));
            let kib = line
                .and_then(|l| l.split_whitespace().nth(1))
                .and_then(|n| n.parse().ok());
            peak = peak.max(kib.unwrap_or(0));
        }
        if let Some(done) = child.try_wait().unwrap() {
            assert!(done.success(), "signal {:?}", done.signal());
            return peak;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

fn backup_and_restore(mib: u64) -> (u64, u64) {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    let mut image = std::fs::File::create(sandbox.path().join("os.img")).unwrap();
    for n in 0..mib / 16 {
        std::io::Write::write_all(&mut image, &noise(n, 16 << 20)).unwrap();
    }
    drop(image);
    sandbox.protect("os.img", &[]);
    let mut backup = sandbox.command();
    backup.args([
        "Backup-AzRecoveryServicesBackupItem",
        "-Item",
        "V2VM",
        "-VaultId",
        "testvault",
    ]);
    let backup = peak_kib(&mut backup);
    sandbox.restore_target();
    let point = sandbox.newest_point();
    sandbox.write("point.json", point.as_bytes());
    let mut restore = sandbox.command();
    restore.args([
        "Restore-AzRecoveryServicesBackupItem",
        "-RecoveryPoint",
        "@point.json",
        "-StorageAccountName",
        "destaccount",
        "-StorageAccountResourceGroupName",
        "DestRG",
        "-TargetResourceGroupName",
        "DestRG",
        "-DiskEncryptionSetId",
        "testdes1",
        "-VaultId",
        "testvault",
    ]);
    (backup, peak_kib(&mut restore))
}

#[test]
fn peak_memory_is_bounded_and_does_not_grow_with_the_image() {
    let small = backup_and_restore(128);
    let large = backup_and_restore(512);
    for (what, small, large) in [("backup", small.0, large.0), ("restore", small.1, large.1)] {
        assert!(small > 5_000, "{what}: the peak was measured: {small} KiB");
        assert!(large < 200 * 1024, "{what}: {large} KiB");
        assert!(
            large < small + small / 5 + 8 * 1024,
            "{what}: {small} KiB became {large} KiB"
        );
    }
}
