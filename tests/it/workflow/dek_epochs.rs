//! New-RsvDekEpoch: new data under a new key, older data where it is.

use rsvault::engine::{BackupRequest, SourceDisk};

use crate::engine::vectors::{id_text, read_independently};
use crate::harness::{Inside, Sandbox, noise};
use crate::workflow::key_life::protected;

const START: &str = "New-RsvDekEpoch -VaultId testvault";

pub(super) fn new_chunks(sandbox: &Sandbox) -> String {
    sandbox.backup().ok();
    let job =
        sandbox.ok("Get-AzRecoveryServicesBackupJob -VaultId testvault -Query [0] -Output json");
    let line = "Get-AzRecoveryServicesBackupJobDetail -VaultId testvault -Job - -Output json";
    let detail = sandbox.run_with(line, &job).ok();
    let detail: serde_json::Value = serde_json::from_str(&detail).unwrap();
    detail["Properties"]["New Chunks"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn intact(sandbox: &Sandbox) {
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
}

/// Reads the OS disk of every recovery point with the independent reader, oldest first.
fn read_all(sandbox: &Sandbox) -> Vec<Vec<u8>> {
    let inside = Inside::of(sandbox);
    let item = inside.vault.items[0].uuid.into_bytes();
    let outer = inside.keys().outer;
    let chain = rsvault::engine::points(&inside.folder, outer.as_ref(), &item).unwrap();
    let (dir, item) = (inside.folder.to_str().unwrap(), id_text(&item));
    let read = |point: &[u8; 16]| {
        let point = id_text(point);
        let out = sandbox.path().join(format!("read-{point}"));
        let _ = std::fs::remove_file(&out);
        let words = ["restore", dir, &item, &point, "0"];
        read_independently(&words, &inside.lines(), &out).unwrap()
    };
    chain.iter().map(|header| read(&header.point)).collect()
}

#[test]
fn a_new_epoch_stores_nothing_anew_and_every_point_stays_readable() {
    let (sandbox, key) = protected();
    let started = sandbox.json(START);
    assert_eq!(started["Epoch"], 3, "{started}");
    assert_eq!(started["OlderEpochs"], serde_json::json!([2]));
    assert_eq!(started["DedupCarried"], true);
    assert_eq!(new_chunks(&sandbox), "0");
    sandbox.write("os.img", &noise(8, 300_000));
    assert_ne!(new_chunks(&sandbox), "0");
    intact(&sandbox);
    let (old, new) = (noise(7, 300_000), noise(8, 300_000));
    assert!(read_all(&sandbox) == [old.clone(), old, new.clone()]);
    sandbox.restore("").ok();
    sandbox.read_back(0, "back.img").ok();
    assert!(sandbox.bytes("back.img") == new);
    // One key opens both epochs: one need, told once.
    let uses = sandbox.json(&format!("Get-RsvKeyUsage -KeyId {key}"));
    assert_eq!(uses.as_array().unwrap().len(), 1, "{uses}");
    // A damaged pack of the older epoch is salvaged and the vault whole again.
    sandbox.ok("Repair-RsvVault -VaultId testvault");
    intact(&sandbox);
}

#[test]
fn an_epoch_after_a_leak_stores_all_anew_and_says_what_it_did_not_do() {
    let (sandbox, _) = protected();
    let run = sandbox.run(&format!("{START} -AfterLeak -Output json"));
    assert!(
        run.stderr.contains("Update-RsvVaultEncryption"),
        "{}",
        run.stderr
    );
    let started: serde_json::Value = serde_json::from_str(&run.ok()).unwrap();
    assert_eq!(started["DedupCarried"], false);
    assert_ne!(new_chunks(&sandbox), "0", "the same content has other ids");
    assert_eq!(new_chunks(&sandbox), "0");
    intact(&sandbox);
    assert!(read_all(&sandbox) == vec![noise(7, 300_000); 3]);
}

#[test]
fn a_new_epoch_that_cannot_be_wrapped_changes_nothing() {
    let (sandbox, _) = protected();
    sandbox.ok(&format!("{START} -WhatIf"));
    let epoch = |sandbox: &Sandbox| Inside::of(sandbox).vault.data.epoch;
    assert_eq!(epoch(&sandbox), 2);
    let wraps = Inside::of(&sandbox).folder.join("wraps");
    let count = || std::fs::read_dir(&wraps).unwrap().count();
    let before = count();
    sandbox.grant("get,list,unwrapKey");
    let code = "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault";
    sandbox.run(START).fails(code, 1);
    assert_eq!((epoch(&sandbox), count()), (2, before));
    sandbox.backup().ok();
    sandbox.grant("get,list,unwrapKey,wrapKey");
    sandbox.ok(START);
    assert_eq!((epoch(&sandbox), count()), (3, before + 1));
    intact(&sandbox);
}

#[test]
fn a_vault_under_the_platform_key_has_epochs_too() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", &noise(7, 300_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    assert_eq!(sandbox.json(START)["Epoch"], 2);
    assert_eq!(new_chunks(&sandbox), "0");
    intact(&sandbox);
}

fn signal(child: &std::process::Child, name: &str) {
    let pid = child.id().to_string();
    let status = std::process::Command::new("kill")
        .args([name, &pid])
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn a_backup_that_runs_while_an_epoch_starts_commits_nothing() {
    let (sandbox, _) = protected();
    sandbox.write("os.img", &noise(9, 12_000_000));
    let intents = Inside::of(&sandbox).folder.join("intents");
    let mut child = sandbox
        .command()
        .args("Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault".split(' '))
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while std::fs::read_dir(&intents).unwrap().next().is_none() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    // It has opened the repository, and is held while it reads the image.
    signal(&child, "-STOP");
    sandbox.ok(&format!("{START} -AfterLeak"));
    signal(&child, "-CONT");
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success(),
        "nothing is written under a leaked key"
    );
    assert!(text.contains("[RsvKeyChangedMeanwhile]"), "{text}");
    let epochs = |sandbox: &Sandbox| -> Vec<u32> {
        let inside = Inside::of(sandbox);
        let item = inside.vault.items[0].uuid.into_bytes();
        let chain = rsvault::engine::points(&inside.folder, None, &item).unwrap();
        chain.iter().map(|header| header.epoch).collect()
    };
    assert_eq!(epochs(&sandbox), [2]);
    sandbox.backup().ok();
    assert_eq!(epochs(&sandbox), [2, 3]);
    intact(&sandbox);
}

#[test]
fn whoever_has_the_leaked_key_adds_nothing_before_the_first_backup_under_the_new_one() {
    let (sandbox, _) = protected();
    let inside = Inside::of(&sandbox);
    let item = inside.vault.items[0].uuid.into_bytes();
    let (thief, folder) = (inside.repository(), inside.folder.clone());
    sandbox.ok(&format!("{START} -AfterLeak"));
    let chain = || rsvault::engine::points(&folder, None, &item).unwrap();
    let head = chain().pop().unwrap();
    let image = sandbox.path().join("forged.img");
    std::fs::write(&image, noise(9, 300_000)).unwrap();
    let request = BackupRequest {
        item,
        point: [7; 16],
        sequence: head.sequence + 1,
        previous: head.digest(),
        created_ms: head.created_ms + 1,
        label: head.label.clone(),
        disks: vec![SourceDisk {
            lun: 0,
            role: 0,
            label: b"{}".to_vec(),
            path: image,
        }],
        level: 3,
        writer: [8; 16],
    };
    thief.backup(&request, &(), |_| Ok(())).unwrap();
    assert_eq!(chain().len(), 2, "it links");
    let list = "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault";
    let text = sandbox.run(list).fails("RsvRepositoryDamaged", 4);
    assert!(text.contains("had ended"), "{text}");
    assert!(text.contains("-SetAsidePoints"), "{text}");
    sandbox.backup().fails("RsvRepositoryDamaged", 4);
    // Neither does another epoch make it good.
    sandbox.run(START).fails("RsvRepositoryDamaged", 4);
    let repaired = sandbox.json("Repair-RsvVault -VaultId testvault -SetAsidePoints");
    assert_eq!(repaired["PointsSetAside"].as_array().unwrap().len(), 1);
    assert_eq!(chain().len(), 1);
    assert_ne!(new_chunks(&sandbox), "0");
    intact(&sandbox);
    sandbox.ok(list);
}
