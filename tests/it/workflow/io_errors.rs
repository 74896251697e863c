//! Every system call that makes something durable fails once: the exit code says the truth about
//! what was committed, and the next command works. A run takes a sample, `RSV_RELIABILITY=full` all.
//!
//! Errors are injected by strace. Short writes are real: a limit on the size of files makes the
//! kernel write what still fits and fail the rest, and a tracer has it write half of every call.

use std::process::Output;

use crate::harness::{Golden, Inside, Sandbox, figure, full_reliability, noise, words};
use crate::workflow::crash::{disk_is_readable, disk_to_update, three_epochs};

/// Calls with the errors they are made to fail with.
const FAILURES: [(&str, &[&str]); 12] = [
    ("write", &["EIO", "ENOSPC", "EINTR"]),
    ("pwrite64", &["EIO", "ENOSPC", "EINTR"]),
    ("fsync", &["EIO", "EINTR"]),
    ("fdatasync", &["EIO"]),
    ("rename", &["EIO", "ENOSPC"]),
    ("renameat2", &["EIO", "ENOSPC"]),
    ("linkat", &["EIO"]),
    ("unlink", &["EIO"]),
    ("mkdir", &["EIO", "ENOSPC"]),
    ("ftruncate", &["EIO"]),
    ("fallocate", &["ENOSPC"]),
    ("flock", &["EIO"]),
];

/// Every how many calls one fails.
fn step() -> usize {
    if full_reliability() { 1 } else { 6 }
}

struct Story<'a> {
    words: &'a str,
    /// How many of what the command makes there are.
    count: &'a dyn Fn(&Sandbox) -> usize,
}

impl Story<'_> {
    /// Holds what a command that met an error said against what it did.
    fn judge(&self, sandbox: &Sandbox, before: usize, what: &str, output: &Output) {
        let text = String::from_utf8_lossy(&output.stderr);
        let what = format!("{what}: {:?}\n{text}", output.status.code());
        assert!(!text.contains("panicked"), "{what}");
        let made = (self.count)(sandbox) - before;
        match output.status.code() {
            Some(0 | 6) => assert_eq!(made, 1, "said done, but is not: {what}"),
            Some(7) => assert!(made <= 1, "{what}"),
            Some(1..=5) => assert_eq!(made, 0, "said failed, but is done: {what}"),
            _ => panic!("{what}"),
        }
    }
}

/// Fails every call with every error. Gives the number of failures that were injected.
fn sweep(sandbox: &Sandbox, story: &Story<'_>) -> usize {
    let golden = Golden::of(sandbox);
    let before = (story.count)(sandbox);
    let trace = sandbox.path().join("trace");
    let (mut injected, mut turn) = (0, 0);
    for (call, errors) in FAILURES {
        for error in errors {
            for nth in 1..200 {
                turn += 1;
                if turn % step() != 0 && nth > 1 {
                    continue;
                }
                golden.put_back(sandbox);
                let traced = format!("trace={call}");
                let inject = format!("inject={call}:error={error}:when={nth}");
                let to = trace.to_str().unwrap();
                let strace = [
                    "strace", "-f", "-qq", "-o", to, "-e", &traced, "-e", &inject,
                ];
                let output = sandbox.run_under(&strace, &words(story.words));
                let lines = std::fs::read_to_string(&trace).unwrap();
                if !lines.contains("(INJECTED)") {
                    assert!(output.status.success(), "{call} {nth} was never made");
                    break;
                }
                injected += 1;
                story.judge(sandbox, before, &format!("{call} {error} {nth}"), &output);
            }
        }
    }
    figure("failed system calls, each exit code true", injected);
    injected
}

/// Runs the story with no file growing beyond a limit, for limits at which one of the files that
/// it writes stops in the middle. The kernel writes what fits: a short write, then EFBIG. Gives
/// the number of runs that failed.
fn sweep_sizes(sandbox: &Sandbox, story: &Story<'_>) -> usize {
    let golden = Golden::of(sandbox);
    let before = (story.count)(sandbox);
    sandbox.run_words(&words(story.words), "").ok();
    let mut limits: Vec<u64> = Vec::new();
    for file in sandbox.stored_files() {
        let len = file.metadata().unwrap().len();
        limits.extend([len / 3, len / 2, len.saturating_sub(1)]);
    }
    limits.sort_unstable();
    limits.dedup();
    let mut failed = 0;
    for limit in limits.iter().step_by(step()) {
        golden.put_back(sandbox);
        // Ignored, the signal gives way to the error; a shell passes that on.
        let limited = format!("trap '' XFSZ; exec prlimit --fsize={limit} -- \"$@\"");
        let output = sandbox.run_under(&["sh", "-c", &limited, "sh"], &words(story.words));
        failed += usize::from(!output.status.success());
        story.judge(sandbox, before, &format!("files of {limit} bytes"), &output);
    }
    figure(
        "writes cut short by a file's greatest size, each exit code true",
        failed,
    );
    failed
}

fn length(sandbox: &Sandbox, line: &str) -> usize {
    sandbox.json(line).as_array().unwrap().len()
}

#[test]
fn b04_a_state_change_whose_calls_fail_says_truly_whether_it_was_made() {
    let sandbox = Sandbox::new();
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    let injected = sweep(
        &sandbox,
        &Story {
            words: "New-AzResourceGroup -Name other -Location japaneast",
            count: &|sandbox| length(sandbox, "Get-AzResourceGroup"),
        },
    );
    assert!(injected >= 12, "{injected}");
}

const NEW_KEY: Story<'_> = Story {
    words: "Add-AzKeyVaultKey -VaultName testkeyvault -Name other -Destination Software",
    count: &|sandbox| length(sandbox, "Get-AzKeyVaultKey -VaultName testkeyvault"),
};

#[test]
fn b04_a_new_key_whose_calls_fail_says_truly_whether_it_was_made() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let injected = sweep(&sandbox, &NEW_KEY);
    assert!(injected >= 12, "{injected}");
}

const BACKUP: Story<'_> = Story {
    words: "Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault",
    count: &|sandbox| {
        length(
            sandbox,
            "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault",
        )
    },
};

/// A machine that was backed up, and has changed since.
fn backed_up() -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 700_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.write("os.img", &noise(2, 700_000));
    sandbox
}

#[test]
fn b04_a_backup_whose_calls_fail_says_truly_whether_it_was_committed() {
    let injected = sweep(&backed_up(), &BACKUP);
    assert!(injected >= 15, "{injected}");
}

const RESTORE: Story<'_> = Story {
    words: "Restore-AzRecoveryServicesBackupItem -RecoveryPoint @point.json -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG -TargetResourceGroupName DestRG -VaultId testvault",
    count: &|sandbox| {
        let count = length(sandbox, "Get-AzDisk -ResourceGroupName DestRG");
        for index in 0..count {
            sandbox.read_back(index, "back.img").ok();
            assert!(sandbox.bytes("back.img") == noise(1, 700_000));
        }
        count
    },
};

/// A backed-up machine, and where it is restored to.
fn restorable() -> Sandbox {
    let sandbox = backed_up();
    sandbox.restore_target();
    sandbox.write("point.json", sandbox.newest_point().as_bytes());
    sandbox
}

#[test]
fn b04_a_restore_whose_calls_fail_says_truly_whether_there_is_a_disk() {
    let injected = sweep(&restorable(), &RESTORE);
    assert!(injected >= 15, "{injected}");
}

#[test]
fn b04_a_rotation_whose_calls_fail_says_truly_which_key_the_vault_is_under() {
    let sandbox = three_epochs();
    let new =
        sandbox.ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey -Query Id");
    let line =
        format!("Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {new}");
    let injected = sweep(
        &sandbox,
        &Story {
            words: &line,
            count: &|sandbox| {
                sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
                let key = sandbox.ok("Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties.KeyUri");
                usize::from(key == new)
            },
        },
    );
    assert!(injected >= 12, "{injected}");
}

#[test]
fn b04_a_re_encryption_whose_calls_fail_says_truly_which_key_the_disk_is_under() {
    let (sandbox, words) = disk_to_update("", "testdes1");
    let injected = sweep(
        &sandbox,
        &Story {
            words: &words.join(" "),
            count: &|sandbox| {
                disk_is_readable(sandbox);
                let set = sandbox.ok("Get-AzDisk -ResourceGroupName DestRG -Query [0].Encryption.DiskEncryptionSetId");
                usize::from(set.ends_with("testdes1"))
            },
        },
    );
    assert!(injected >= 12, "{injected}");
}

#[test]
fn b08_writes_that_end_at_a_files_greatest_size_are_failures_that_lose_nothing() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let mut failed = sweep_sizes(&sandbox, &NEW_KEY);
    failed += sweep_sizes(&backed_up(), &BACKUP);
    failed += sweep_sizes(&restorable(), &RESTORE);
    assert!(failed >= 12, "{failed}");
}

/// Runs a command of which every write is short; it has to succeed. Gives the number of writes.
fn shortened(sandbox: &Sandbox, line: &str) -> usize {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/it/harness/short_writes.py"
    );
    let count = sandbox.path().join("count");
    let tracer = ["python3", script, count.to_str().unwrap()];
    let output = sandbox.run_under(&tracer, &words(line));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {text}");
    std::fs::read_to_string(count).unwrap().parse().unwrap()
}

#[test]
fn b08_short_writes_are_gone_on_with_and_every_byte_arrives() {
    let sandbox = restorable();
    let mut writes = shortened(&sandbox, NEW_KEY.words);
    let point = sandbox.newest_point();
    writes += shortened(&sandbox, BACKUP.words);
    assert_ne!(sandbox.newest_point(), point);
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
    writes += shortened(&sandbox, RESTORE.words);
    assert_eq!((RESTORE.count)(&sandbox), 1);
    sandbox.restore("").ok();
    let images = [0, 1].map(|index| {
        sandbox.read_back(index, "back.img").ok();
        sandbox.bytes("back.img")
    });
    assert!(images.contains(&noise(1, 700_000)) && images.contains(&noise(2, 700_000)));
    sandbox.ok("Test-RsvActivityLog");
    figure(
        "writes made half as long by the kernel, each gone on with",
        writes,
    );
    assert!(writes >= 200, "{writes}");
}

#[test]
fn b04_a_re_encryption_whose_calls_fail_says_truly_whether_the_vault_was_switched() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 700_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    let injected = sweep(
        &sandbox,
        &Story {
            words: "Update-RsvVaultEncryption -VaultId testvault",
            count: &|sandbox| {
                let verified = sandbox.json("Test-RsvVault -VaultId testvault -Level Full");
                assert_eq!(verified["RecoveryPoints"], 1, "{verified}");
                Inside::of(sandbox).vault.data.epoch as usize
            },
        },
    );
    figure("failed system calls, each exit code true", injected);
    assert!(injected >= 20, "{injected}");
}
