//! What somebody without a key can put into a vault's folder: it may be listed, but nothing follows.

use std::fs;
use std::path::PathBuf;

use crate::harness::{Sandbox, noise};

fn protected() -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 200_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox
}

/// The file of the newest recovery point.
fn newest(sandbox: &Sandbox) -> PathBuf {
    let files = sandbox.stored_files();
    let mut points: Vec<_> = files
        .into_iter()
        .filter(|f| f.iter().any(|part| part == "points"))
        .collect();
    points.sort();
    points.pop().unwrap()
}

/// Puts a recovery point behind the newest one: it links, but nobody's key made its body.
fn forge(sandbox: &Sandbox) -> PathBuf {
    let last = newest(sandbox);
    let bytes = fs::read(&last).unwrap();
    let label = u32::from_be_bytes(bytes[112..116].try_into().unwrap()) as usize;
    let digest_at = 116 + label;
    let head = digest_at + 32 + 8;
    let sequence = u64::from_be_bytes(bytes[64..72].try_into().unwrap()) + 1;
    let point = [9; 16];
    let mut forged = bytes[..digest_at].to_vec();
    forged[48..64].copy_from_slice(&point);
    forged[64..72].copy_from_slice(&sequence.to_be_bytes());
    forged[72..104].copy_from_slice(&rsvault::crypto::digest(&bytes[..head]));
    let body = noise(5, 300);
    forged.extend_from_slice(&rsvault::crypto::digest(&body));
    forged.extend_from_slice(&(body.len() as u64).to_be_bytes());
    forged.extend_from_slice(&body);
    let name = format!("{sequence:016}-{}", uuid::Uuid::from_bytes(point));
    let path = last.with_file_name(name);
    fs::write(&path, forged).unwrap();
    path
}

#[test]
fn the_head_never_moves_to_a_recovery_point_that_no_key_made() {
    let sandbox = protected();
    let forged = forge(&sandbox);
    let list = "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault";
    sandbox.run(list).fails("RsvRepositoryDamaged", 4);
    sandbox.backup().fails("RsvRepositoryDamaged", 4);
    sandbox
        .run("Optimize-RsvVault -VaultId testvault")
        .fails("RsvOptimizeDamaged", 4);
    // Nothing was destroyed because of it: without the file all is as it was.
    fs::remove_file(forged).unwrap();
    sandbox.ok(list);
    sandbox.backup().ok();
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
}

const REPAIR: &str = "Repair-RsvVault -VaultId testvault -SetAsidePoints";

#[test]
fn what_no_key_made_is_set_aside_on_request_and_the_log_says_so() {
    let sandbox = protected();
    let good = newest(&sandbox);
    let forged = forge(&sandbox);
    let folder = forged.parent().unwrap().to_owned();
    fs::write(folder.join("a name that is nobody's"), b"junk").unwrap();
    fs::write(
        folder.join("0000000000000001-0000000000000001.gone"),
        b"junk",
    )
    .unwrap();
    let look = sandbox.json(&format!("{REPAIR} -WhatIf"));
    assert_eq!(
        look["PointsSetAside"].as_array().unwrap().len(),
        3,
        "{look}"
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 4);
    // Without the switch they stay.
    sandbox.ok("Repair-RsvVault -VaultId testvault");
    assert!(forged.exists());
    let done = sandbox.json(REPAIR);
    assert_eq!(done["PointsSetAside"], look["PointsSetAside"]);
    assert_eq!(done["ItemsLeft"], serde_json::json!([]));
    let left: Vec<_> = fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 1);
    assert!(good.exists());
    let aside = folder.ancestors().nth(2).unwrap().join("damaged");
    assert_eq!(
        fs::read_dir(aside).unwrap().count(),
        3,
        "nothing is deleted"
    );
    let log = fs::read_to_string(sandbox.home().join("activity/000001.ndjson")).unwrap();
    let name = forged.file_name().unwrap().to_str().unwrap();
    assert!(log.contains(name), "the log names the files");
    sandbox.ok("Test-RsvActivityLog");
    sandbox.ok("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault");
    sandbox.backup().ok();
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
}

#[test]
fn a_damaged_point_without_which_the_chain_is_not_whole_is_left_where_it_is() {
    let sandbox = protected();
    sandbox.backup().ok();
    let mut points = sandbox.stored_files();
    points.retain(|f| f.iter().any(|part| part == "points"));
    points.sort();
    for path in &points {
        let bytes = fs::read(path).unwrap();
        let mut bad = bytes.clone();
        *bad.last_mut().unwrap() ^= 1;
        fs::write(path, &bad).unwrap();
        let done = sandbox.json(REPAIR);
        assert_eq!(done["PointsSetAside"], serde_json::json!([]));
        assert_eq!(done["ItemsLeft"].as_array().unwrap().len(), 1, "{done}");
        assert!(fs::read(path).unwrap() == bad);
        fs::write(path, &bytes).unwrap();
    }
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
}

#[test]
fn recovery_points_that_are_lost_are_given_up_only_when_told_so_and_the_others_work_again() {
    let sandbox = protected();
    for seed in 2..5 {
        sandbox.write("os.img", &noise(seed, 200_000));
        sandbox.backup().ok();
    }
    let list = "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault";
    let newest = newest(&sandbox);
    let folder = newest.parent().unwrap();
    let second = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let second = second
        .into_iter()
        .find(|path| path.to_string_lossy().contains("/0000000000000002-"));
    // A damaged one, and the newest is gone.
    let second = second.unwrap();
    let mut bytes = fs::read(&second).unwrap();
    bytes[40] ^= 8;
    fs::write(&second, bytes).unwrap();
    fs::remove_file(&newest).unwrap();
    let said = sandbox.run(list).fails("RsvRepositoryDamaged", 4);
    assert!(said.contains("-GiveUpPoints"), "{said}");
    let done = sandbox.json("Repair-RsvVault -VaultId testvault -SetAsidePoints");
    assert_eq!(done["ItemsLeft"].as_array().unwrap().len(), 1, "{done}");
    let would = sandbox.json("Repair-RsvVault -VaultId testvault -GiveUpPoints -WhatIf");
    assert_eq!(would["PointsGivenUp"][0]["First"], 2, "{would}");
    sandbox.run(list).fails("RsvRepositoryDamaged", 4);
    let done = sandbox.json("Repair-RsvVault -VaultId testvault -GiveUpPoints");
    let runs = done["PointsGivenUp"].as_array().unwrap().iter();
    let runs: Vec<_> = runs
        .map(|run| (run["First"].as_u64(), run["Last"].as_u64()))
        .collect();
    assert_eq!(runs, [(Some(2), Some(2)), (Some(4), Some(4))], "{done}");
    assert_eq!(
        done["PointsSetAside"].as_array().unwrap().len(),
        1,
        "{done}"
    );
    assert_eq!(sandbox.json(list).as_array().unwrap().len(), 2);
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
    sandbox.ok("Optimize-RsvVault -VaultId testvault");
    sandbox.backup().ok();
    assert_eq!(sandbox.json(list).as_array().unwrap().len(), 3);
    let log = fs::read_to_string(sandbox.home().join("activity/000001.ndjson")).unwrap();
    assert!(log.contains("2 runs of lost ones given up"), "{log}");
    sandbox.ok("Test-RsvActivityLog");
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
}
