//! Backups: what is stored, what is refused.

use serde_json::Value;

use crate::harness::{Sandbox, noise};

/// A number of the newest job's details.
pub(super) fn number(sandbox: &Sandbox, name: &str) -> u64 {
    let job =
        sandbox.ok("Get-AzRecoveryServicesBackupJob -VaultId testvault -Query [0] -Output json");
    let detail = sandbox
        .run_with(
            "Get-AzRecoveryServicesBackupJobDetail -Job - -VaultId testvault -Output json",
            &job,
        )
        .ok();
    let detail: Value = serde_json::from_str(&detail).unwrap();
    detail["Properties"][name]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn an_unchanged_image_is_stored_once() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 8 << 20));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    let first = number(&sandbox, "Stored Bytes");
    assert!(first > 8 << 20, "random data does not shrink: {first}");
    let again = "Backup-AzRecoveryServicesBackupItem -Item V2VM -VaultId testvault -FullRead";
    sandbox.ok(again);
    assert_eq!(
        number(&sandbox, "Bytes Read"),
        8 << 20,
        "the image is read in full"
    );
    assert_eq!(number(&sandbox, "New Bytes"), 0);
    let second = number(&sandbox, "Stored Bytes");
    assert!(second * 1000 < first, "{second} of {first}");
    let points =
        sandbox.json("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault");
    assert_eq!(points.as_array().unwrap().len(), 2);
    assert!(points[0]["RecoveryPointTime"].as_str() > points[1]["RecoveryPointTime"].as_str());
}

#[test]
fn an_image_that_became_smaller_is_backed_up_with_a_word_about_it() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 300_000));
    sandbox.write("data.img", &noise(2, 200_000));
    sandbox.protect("os.img", &["data.img"]);
    sandbox.backup().ok();
    let warned = |size: usize| {
        sandbox.write("data.img", &noise(2, size));
        let run = sandbox.backup();
        assert_eq!(run.exit, 0, "{}", run.stderr);
        run.stderr
    };
    let text = warned(150_000);
    assert!(
        text.contains("is 150000 bytes, it was 200000 in the recovery point before"),
        "{text}"
    );
    // The one disk, by its name, and only when it shrank.
    let name = sandbox.ok(
        "Get-AzVM -ResourceGroupName testrg -Name V2VM -Query StorageProfile.DataDisks[0].Name",
    );
    assert_eq!(text.matches("WARNING").count(), 1, "{text}");
    assert!(text.contains(&format!("Disk '{name}'")), "{text}");
    assert!(!warned(150_000).contains("WARNING"));
    assert!(!warned(250_000).contains("WARNING"));
    assert!(warned(0).contains("is 0 bytes, it was 250000"));
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
}

#[test]
fn an_image_that_is_gone_fails_the_job_and_commits_nothing() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", b"image");
    sandbox.protect("os.img", &[]);
    std::fs::remove_file(sandbox.path().join("os.img")).unwrap();
    let run = sandbox.backup();
    assert_eq!(run.exit, 3, "{}", run.stderr);
    assert!(run.stderr.contains("os.img"), "{}", run.stderr);
    let jobs = sandbox.json("Get-AzRecoveryServicesBackupJob -VaultId testvault -Operation Backup");
    assert_eq!(jobs[0]["Status"], "Failed");
    let points =
        sandbox.json("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault");
    assert_eq!(points, serde_json::json!([]));
    let item = sandbox.json("Get-AzRecoveryServicesBackupItem -BackupManagementType AzureVM -WorkloadType AzureVM -VaultId testvault");
    assert_eq!(item[0]["LastBackupStatus"], "Failed");
}

#[test]
fn a_vault_that_was_rolled_back_says_so() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", b"one");
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.backup().ok();
    // Takes the newest recovery point out of the vault's data, as an older copy of it would.
    let newest = sandbox
        .stored_files()
        .into_iter()
        .filter(|p| p.to_string_lossy().contains("/points/"))
        .max_by_key(|p| p.file_name().unwrap().to_owned())
        .unwrap();
    std::fs::remove_file(&newest).unwrap();
    let text = sandbox
        .run("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault")
        .fails("RsvRecoveryPointsRolledBack", 4);
    assert!(text.contains("number 2"), "{text}");
}

#[test]
fn a_committed_point_that_no_state_names_is_rolled_forward() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", &noise(3, 100_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    let before = std::fs::read(sandbox.home().join("state.json")).unwrap();
    let anchor = std::fs::read_dir(sandbox.path().join("state"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    sandbox.backup().ok();
    // As if the process had died between the recovery point's commit and the state's.
    std::fs::write(sandbox.home().join("state.json"), before).unwrap();
    std::fs::remove_file(anchor.path()).unwrap();
    let log = sandbox.home().join("activity/000001.ndjson");
    let text = std::fs::read_to_string(&log).unwrap();
    let kept: Vec<_> = text.lines().collect();
    std::fs::write(&log, kept[..kept.len() - 1].join("\n") + "\n").unwrap();
    let points =
        sandbox.json("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault");
    assert_eq!(points.as_array().unwrap().len(), 2);
    sandbox.backup().ok();
    let points =
        sandbox.json("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault");
    assert_eq!(points.as_array().unwrap().len(), 3);
}

#[test]
fn the_vault_keeps_the_compression_level_its_backups_use() {
    let text: Vec<u8> = (0..200_000u32)
        .flat_map(|n| format!("{} line\n", n.wrapping_mul(2_654_435_761) % 9973).into_bytes())
        .collect();
    let stored = |level: &str| {
        let sandbox = Sandbox::new();
        sandbox.prepared();
        sandbox.ok(&format!(
            "Update-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -CompressionLevel {level}"
        ));
        let vault = sandbox.json("Get-AzRecoveryServicesVault -Name testvault");
        assert_eq!(vault["CompressionLevel"].to_string(), level);
        sandbox.write("os.img", &text);
        sandbox.protect("os.img", &[]);
        sandbox.backup().ok();
        number(&sandbox, "Stored Bytes")
    };
    let (fast, small) = (stored("1"), stored("19"));
    assert!(small < fast, "{small} at 19, {fast} at 1");
    let sandbox = Sandbox::new();
    sandbox.prepared();
    for level in ["0", "20", "high"] {
        let run = sandbox.run(&format!(
            "Update-AzRecoveryServicesVault -ResourceGroupName testrg -Name testvault -CompressionLevel {level}"
        ));
        assert_eq!(run.exit, 2, "{}", run.stderr);
    }
    let vault = sandbox.json("Get-AzRecoveryServicesVault -Name testvault");
    assert_eq!(
        vault.get("CompressionLevel"),
        None,
        "the default, until one is set"
    );
    let made = sandbox.json(
        "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name other -Location japaneast -CompressionLevel 6",
    );
    assert_eq!(made["CompressionLevel"], 6);
}
