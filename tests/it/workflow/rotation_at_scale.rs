//! Rotation of a vault with a thousand recovery points in three epochs: it wraps three keys anew
//! and reads no data.

use std::fs;
use std::time::{Duration, Instant};

use rsvault::engine::{BackupRequest, PointHeader, Repository, SourceDisk, points};
use serde_json::Value;

use crate::harness::{Inside, Sandbox, noise, words};
use crate::workflow::key_life::protected;

const POINTS: u64 = 1000;
/// Points with the same content as their neighbours: a disk seldom changes between two backups.
const SAME: u64 = 25;
const STATUS: &str = "Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties.LastUpdateStatus";

fn image(sequence: u64) -> Vec<u8> {
    noise(1000 + sequence / SAME, 3000)
}

/// Adds a recovery point as a backup does, without a process of its own.
fn add(
    sandbox: &Sandbox,
    repository: &Repository,
    item: [u8; 16],
    last: &PointHeader,
) -> PointHeader {
    let sequence = last.sequence + 1;
    let path = sandbox.path().join("small.img");
    fs::write(&path, image(sequence)).unwrap();
    let mut label: Value = serde_json::from_slice(&last.label).unwrap();
    label["recovery_point_id"] = (last.created_ms + 1).to_string().into();
    let request = BackupRequest {
        item,
        point: rsvault::crypto::random().unwrap(),
        sequence,
        previous: last.digest(),
        created_ms: last.created_ms + 1,
        label: serde_json::to_vec(&label).unwrap(),
        disks: vec![SourceDisk {
            lun: 0,
            role: 0,
            label: br#"{"name":"os"}"#.to_vec(),
            path,
        }],
        level: 1,
        writer: rsvault::crypto::random().unwrap(),
    };
    let mut made = None;
    let keep = |header: &PointHeader| {
        made = Some(header.clone());
        Ok(())
    };
    repository.backup(&request, &(), keep).unwrap();
    made.unwrap()
}

/// A thousand recovery points, a third of them in each of three epochs.
fn thousand() -> (Sandbox, String) {
    let (sandbox, key) = protected();
    for epoch in 0..3 {
        if epoch > 0 {
            let more = if epoch == 2 { "-AfterLeak" } else { "" };
            sandbox.ok(&format!("New-RsvDekEpoch -VaultId testvault {more}"));
        }
        let inside = Inside::of(&sandbox);
        let (repository, item) = (inside.repository(), inside.vault.items[0].uuid.into_bytes());
        let mut last = points(&inside.folder, None, &item).unwrap().pop().unwrap();
        while last.sequence < POINTS * (epoch + 1) / 3 {
            last = add(&sandbox, &repository, item, &last);
        }
    }
    (sandbox, key)
}

fn needed(sandbox: &Sandbox, key: &str) -> usize {
    let uses = sandbox.json(&format!("Get-RsvKeyUsage -KeyId {key}"));
    uses.as_array().unwrap().len()
}

/// Restores every recovery point and compares it with what was backed up.
fn restore_all(sandbox: &Sandbox) -> u64 {
    let inside = Inside::of(sandbox);
    let (repository, item) = (inside.repository(), inside.vault.items[0].uuid.into_bytes());
    let mut epochs = std::collections::BTreeSet::new();
    let chain = points(&inside.folder, None, &item).unwrap();
    for header in &chain {
        let point = repository.open_point(&item, &header.point).unwrap();
        let mut out = vec![0; point.disks()[0].size as usize];
        point.read_at(0, 0, &mut out).unwrap();
        let expected = match header.sequence {
            1 => noise(7, 300_000),
            sequence => image(sequence),
        };
        assert!(out == expected, "point {}", header.sequence);
        epochs.insert(header.epoch);
    }
    assert_eq!(epochs.len(), 3);
    chain.len() as u64
}

#[test]
fn rotating_a_vault_of_a_thousand_points_in_three_epochs_takes_seconds_and_opens_no_data() {
    let (sandbox, old) = thousand();
    let folder = Inside::of(&sandbox).folder;
    let new =
        sandbox.ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey -Query Id");
    let set = |key: &str| {
        format!("Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {key}")
    };
    // A rotation that fails leaves everything as it was.
    sandbox.grant("get,list,unwrapKey");
    let wraps = fs::read_dir(folder.join("wraps")).unwrap().count();
    let code = "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault";
    sandbox.run(&set(&new)).fails(code, 1);
    assert_eq!(sandbox.ok(STATUS), "Failed");
    assert_eq!((needed(&sandbox, &old), needed(&sandbox, &new)), (1, 0));
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Index");
    sandbox.grant("get,list,unwrapKey,wrapKey");

    // Watched: no file of packs, index or points is opened.
    let trace = sandbox.path().join("trace");
    let started = Instant::now();
    let calls = "trace=openat,open,openat2";
    let strace = [
        "strace",
        "-f",
        "-qq",
        "-e",
        calls,
        "-o",
        trace.to_str().unwrap(),
    ];
    let output = sandbox.run_under(&strace, &words(&set(&new)));
    let took = started.elapsed();
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(&trace).unwrap();
    let count = |part: &str| text.lines().filter(|line| line.contains(part)).count();
    assert!(count("/wraps/") >= 6, "three records read, three written");
    for part in ["/packs/", "/index/", "/points/"] {
        assert_eq!(count(part), 0, "{part}");
    }
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!((needed(&sandbox, &old), needed(&sandbox, &new)), (0, 1));
    assert_eq!(sandbox.ok(STATUS), "Succeeded");
    assert_eq!(fs::read_dir(folder.join("wraps")).unwrap().count(), wraps);

    // Once more with the data not even there.
    let third =
        sandbox.ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey -Query Id");
    for part in ["packs", "index", "points"] {
        fs::rename(folder.join(part), sandbox.path().join(part)).unwrap();
    }
    sandbox.ok(&set(&third));
    for part in ["packs", "index", "points"] {
        fs::rename(sandbox.path().join(part), folder.join(part)).unwrap();
    }

    // What is not needed is really not needed.
    for key in [&old, &new] {
        let run = sandbox.run(&format!("Get-RsvKeyUsage -KeyId {key}"));
        assert!(run.stderr.contains("not needed"), "{}", run.stderr);
        run.ok();
        let version = key.rsplit('/').next().unwrap();
        sandbox.ok(&format!(
            "Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Version {version} -Enable false"
        ));
    }
    let report = sandbox.json("Test-RsvVault -VaultId testvault -Level Full");
    assert_eq!(report["RecoveryPoints"], POINTS);
    assert_eq!(restore_all(&sandbox), POINTS);
    sandbox.restore("").ok();
    sandbox.read_back(0, "back.img").ok();
    assert!(sandbox.bytes("back.img") == image(POINTS));
}
