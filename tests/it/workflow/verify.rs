//! Verify and repair through the program.

use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Run, Sandbox, noise};

/// A home with one recovery point of an image of several chunks.
fn backed_up() -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 3 << 20));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox
}

fn stored(sandbox: &Sandbox, folder: &str) -> Vec<PathBuf> {
    let inside = |path: &PathBuf| path.to_string_lossy().contains(&format!("/{folder}/"));
    let mut files: Vec<_> = sandbox.stored_files().into_iter().filter(inside).collect();
    files.sort();
    files
}

fn flip(path: &PathBuf, position: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[position] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// It has to end with this exit code.
fn ends(run: &Run, exit: i32) {
    assert_eq!(
        run.exit, exit,
        "rsv {}\n{}{}",
        run.words, run.stdout, run.stderr
    );
}

fn test(sandbox: &Sandbox, more: &str) -> (Run, Value) {
    let run = sandbox.run(&format!(
        "Test-RsvVault -VaultId testvault {more} -Output json"
    ));
    let value = serde_json::from_str(&run.stdout).unwrap_or(Value::Null);
    (run, value)
}

#[test]
fn damage_is_found_named_set_aside_and_healed_by_the_next_backup() {
    let sandbox = backed_up();
    let (run, value) = test(&sandbox, "-Level Full");
    run.ok();
    assert_eq!(
        (&value["Result"], &value["CoveragePercent"]),
        (&"Intact".into(), &100.into())
    );
    flip(&stored(&sandbox, "packs")[0], 1000);
    test(&sandbox, "").0.ok();
    let (run, value) = test(&sandbox, "-Level Full");
    assert!(
        run.exit == 4 && run.stderr.contains("RsvVaultDamaged"),
        "{}",
        run.stderr
    );
    let affected = &value["Damage"][0]["Affected"][0];
    assert_eq!(
        (&affected["ItemName"], &affected["Disk"]),
        (&"V2VM".into(), &"OS disk".into())
    );
    let point: Value = serde_json::from_str(&sandbox.newest_point()).unwrap();
    assert_eq!(affected["RecoveryPointId"], point["RecoveryPointId"]);
    assert!(affected["Offset"].as_u64().unwrap() < 3 << 20);

    sandbox.json("Repair-RsvVault -VaultId testvault -WhatIf");
    assert!(stored(&sandbox, "damaged").is_empty());
    let run = sandbox.run("Repair-RsvVault -VaultId testvault -Output json");
    let repaired: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(repaired["BlobsLost"], 1, "{repaired}");
    let warned = "rsv Test-RsvVault -VaultId testvault -Level Full";
    assert!(
        run.exit == 0
            && run.stderr.contains("WARNING: 1 blob is lost")
            && run.stderr.contains(warned),
        "{}",
        run.stderr
    );
    assert_eq!(stored(&sandbox, "damaged").len(), 1);
    ends(&test(&sandbox, "").0, 4);
    sandbox.restore_target();
    assert_eq!(sandbox.restore("").exit, 4);
    sandbox.backup().ok();
    test(&sandbox, "-Level Full").0.ok();
    let run = sandbox.run("Repair-RsvVault -VaultId testvault");
    assert!(!run.stderr.contains("WARNING"), "{}", run.stderr);
    sandbox.restore("").ok();
    sandbox.read_back(0, "out.img").ok();
    assert!(sandbox.bytes("out.img") == noise(1, 3 << 20));
}

#[test]
fn the_structure_is_verified_without_the_key_and_the_rest_is_not() {
    let sandbox = backed_up();
    sandbox.grant("get,list");
    test(&sandbox, "-Level Structure").0.ok();
    let (run, _) = test(&sandbox, "");
    assert_eq!(run.exit, 1, "{}", run.stderr);
    flip(&stored(&sandbox, "packs")[0], 9);
    ends(&test(&sandbox, "-Level Structure").0, 4);
}

#[test]
fn removed_recovery_points_are_found_at_both_ends_of_the_chain() {
    let sandbox = backed_up();
    sandbox.backup().ok();
    for point in stored(&sandbox, "points")
        .into_iter()
        .filter(|path| path.is_file())
    {
        let bytes = std::fs::read(&point).unwrap();
        std::fs::remove_file(&point).unwrap();
        let (run, value) = test(&sandbox, "-Level Structure");
        ends(&run, 4);
        assert!(
            value["Damage"][0]["Object"]
                .as_str()
                .unwrap()
                .contains("item"),
            "{value}"
        );
        std::fs::write(&point, bytes).unwrap();
    }
    test(&sandbox, "").0.ok();
}

#[test]
fn samples_are_remembered_and_a_percentage_needs_a_sample() {
    let sandbox = backed_up();
    sandbox.write("os.img", &noise(2, 3 << 20));
    sandbox.backup().ok();
    let coverage = |more: &str| test(&sandbox, more).1["CoveragePercent"].as_u64().unwrap();
    assert_eq!(coverage(""), 0);
    assert!((40..60).contains(&coverage("-Level Sample -Percent 30")));
    assert_eq!(
        coverage("-Level Sample -Percent 30"),
        100,
        "the other pack's turn"
    );
    assert_eq!(coverage(""), 100, "remembered");
    // Somebody else's memory counts for nothing.
    let memory = stored(&sandbox, "jobs");
    let memory = memory
        .iter()
        .find(|p| p.to_string_lossy().contains("verified-"))
        .unwrap();
    flip(memory, 3);
    assert_eq!(coverage(""), 0);
    ends(&test(&sandbox, "-Level Full -Percent 5").0, 2);
}

#[test]
fn what_was_checked_is_not_believed_through_a_link() {
    let sandbox = backed_up();
    test(&sandbox, "-Level Full").0.ok();
    let coverage = || test(&sandbox, "").1["CoveragePercent"].clone();
    assert_eq!(coverage(), 100);
    let memo = sandbox.stored_files().into_iter().find(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("verified-")
    });
    let memo = memo.unwrap();
    let elsewhere = sandbox.path().join("elsewhere");
    std::fs::rename(&memo, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &memo).unwrap();
    assert_eq!(coverage(), 0);
    // The next check writes its own in its place.
    test(&sandbox, "-Level Full").0.ok();
    assert!(memo.symlink_metadata().unwrap().is_file());
    assert_eq!(coverage(), 100);
}
