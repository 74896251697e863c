//! Every system call that makes something durable fails once: the exit code says the truth about
//! what was committed, and the next command works. A run takes a sample, `RSV_RELIABILITY=full` all.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{Inside, Sandbox, figure, full_reliability, noise};

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

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(status.unwrap().success());
}

struct Story<'a> {
    words: &'a str,
    /// How many of what the command makes there are.
    count: &'a dyn Fn(&Sandbox) -> usize,
}

/// Gives the number of failures that were injected.
fn sweep(sandbox: &Sandbox, story: &Story<'_>) -> usize {
    let golden = sandbox.path().with_extension("golden");
    copy(sandbox.path(), &golden);
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
                for folder in ["home", "config", "state", "staging"] {
                    let _ = std::fs::remove_dir_all(sandbox.path().join(folder));
                    if golden.join(folder).exists() {
                        copy(&golden.join(folder), &sandbox.path().join(folder));
                    }
                }
                let run = sandbox.command();
                let output = Command::new("strace")
                    .args(["-f", "-qq", "-o"])
                    .arg(&trace)
                    .args(["-e", &format!("trace={call}")])
                    .args(["-e", &format!("inject={call}:error={error}:when={nth}")])
                    .arg(run.get_program())
                    .args(story.words.split(' '))
                    .env_clear()
                    .envs(run.get_envs().filter_map(|(k, v)| Some((k, v?))))
                    .current_dir(sandbox.path())
                    .stdin(Stdio::null())
                    .output()
                    .unwrap();
                let lines = std::fs::read_to_string(&trace).unwrap();
                if !lines.contains("(INJECTED)") {
                    assert!(output.status.success(), "{call} {nth} was never made");
                    break;
                }
                injected += 1;
                let text = String::from_utf8_lossy(&output.stderr);
                let what = format!("{call} {error} {nth}: {:?}\n{text}", output.status.code());
                assert!(!text.contains("panicked"), "{what}");
                let made = (story.count)(sandbox) - before;
                match output.status.code() {
                    Some(0 | 6) => assert_eq!(made, 1, "said done, but is not: {what}"),
                    Some(7) => assert!(made <= 1, "{what}"),
                    Some(1..=5) => assert_eq!(made, 0, "said failed, but is done: {what}"),
                    _ => panic!("{what}"),
                }
            }
        }
    }
    std::fs::remove_dir_all(&golden).unwrap();
    injected
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
    figure("failed system calls, each exit code true", injected);
    assert!(injected >= 12, "{injected}");
}

#[test]
fn b04_a_new_key_whose_calls_fail_says_truly_whether_it_was_made() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    let injected = sweep(
        &sandbox,
        &Story {
            words: "Add-AzKeyVaultKey -VaultName testkeyvault -Name other -Destination Software",
            count: &|sandbox| length(sandbox, "Get-AzKeyVaultKey -VaultName testkeyvault"),
        },
    );
    figure("failed system calls, each exit code true", injected);
    assert!(injected >= 12, "{injected}");
}

#[test]
fn b04_a_backup_whose_calls_fail_says_truly_whether_it_was_committed() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 700_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.write("os.img", &noise(2, 700_000));
    let injected = sweep(
        &sandbox,
        &Story {
            words: "Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault",
            count: &|sandbox| {
                length(
                    sandbox,
                    "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault",
                )
            },
        },
    );
    figure("failed system calls, each exit code true", injected);
    assert!(injected >= 15, "{injected}");
}

#[test]
fn b04_a_restore_whose_calls_fail_says_truly_whether_there_is_a_disk() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 700_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.write("point.json", sandbox.newest_point().as_bytes());
    let injected = sweep(
        &sandbox,
        &Story {
            words: "Restore-AzRecoveryServicesBackupItem -RecoveryPoint @point.json -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG -TargetResourceGroupName DestRG -VaultId testvault",
            count: &|sandbox| {
                let disks = sandbox.json("Get-AzDisk -ResourceGroupName DestRG");
                let count = disks.as_array().unwrap().len();
                for index in 0..count {
                    sandbox.read_back(index, "back.img").ok();
                    assert!(sandbox.bytes("back.img") == noise(1, 700_000));
                }
                count
            },
        },
    );
    figure("failed system calls, each exit code true", injected);
    assert!(injected >= 15, "{injected}");
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
