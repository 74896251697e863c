//! An older state is noticed at once, and counts again only when somebody says so.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Sandbox, copy, noise};

const APPROVE: &str = "Approve-RsvRollback";
const POINTS: &str = "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault -Query RecoveryPointId";

/// A home with a backup, and a copy of its state from before a second one.
fn rolled_back() -> (Sandbox, Value) {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(1, 100_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    let state = sandbox.home().join("state.json");
    let old = fs::read(&state).unwrap();
    sandbox.write("os.img", &noise(2, 100_000));
    sandbox.backup().ok();
    let points = sandbox.json(POINTS);
    fs::write(&state, old).unwrap();
    (sandbox, points)
}

#[test]
fn an_older_state_counts_again_only_when_somebody_approves_it() {
    let (sandbox, points) = rolled_back();
    for line in [
        "Get-AzRecoveryServicesVault",
        "New-AzResourceGroup -Name a -Location b",
    ] {
        let text = sandbox.run(line).fails("RsvRollbackDetected", 4);
        assert!(text.contains(APPROVE), "{text}");
    }
    // Unattended it has to be said.
    let text = sandbox.run(APPROVE).fails("ConfirmationRequired", 2);
    assert!(text.contains("has seen generation"), "{text}");
    assert!(text.contains("stay, and are found again"), "{text}");
    let foreseen = sandbox.json(&format!("{APPROVE} -WhatIf"));
    let generation = |name: &str| foreseen[name].as_u64().unwrap();
    assert!(generation("FoundGeneration") < generation("SeenGeneration"));
    assert_eq!(foreseen["ApprovedAsGeneration"], Value::Null);
    assert_eq!(foreseen["VaultsOutOfReach"], serde_json::json!([]));
    sandbox
        .run("Get-AzRecoveryServicesVault")
        .fails("RsvRollbackDetected", 4);

    let approved = sandbox.json(&format!("{APPROVE} -Reason 'old disk' -Force"));
    assert_eq!(
        approved["ApprovedAsGeneration"],
        generation("SeenGeneration") + 1
    );
    // What was backed up since is there, and the chain goes on.
    assert_eq!(sandbox.json(POINTS), points);
    sandbox.backup().ok();
    sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
    sandbox.ok("Get-AzActivityLog");
    let log = fs::read_to_string(sandbox.home().join("activity/000001.ndjson")).unwrap();
    let line = log.lines().find(|l| l.contains("approveRollback")).unwrap();
    assert!(
        line.contains("old disk") && line.contains("SeenGeneration"),
        "{line}"
    );
    sandbox
        .run(&format!("{APPROVE} -Force"))
        .fails("RsvNoRollback", 1);
}

#[test]
fn recovery_points_that_expired_since_are_no_rollback_after_the_approval() {
    let mut sandbox = Sandbox::new();
    sandbox.ok("Initialize-RsvHome -Rehearsal");
    sandbox.set("RSV_NOW", "2027-01-01T00:00:00Z");
    sandbox.prepared();
    sandbox.write("os.img", &noise(1, 100_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    let state = sandbox.home().join("state.json");
    let old = fs::read(&state).unwrap();
    sandbox.set("RSV_NOW", "2027-03-01T00:00:00Z");
    sandbox.backup().ok();
    let points = sandbox.json(POINTS);
    assert_eq!(points.as_array().unwrap().len(), 1, "the first one expired");
    // The state's head is the expired point.
    fs::write(&state, old).unwrap();
    let approved = sandbox.json(&format!("{APPROVE} -Force"));
    assert_eq!(approved["FoundTime"], "2027-01-01T00:00:00Z");
    assert_eq!(approved["SeenTime"], "2027-03-01T00:00:00Z");
    assert_eq!(sandbox.json(POINTS), points);
    sandbox.backup().ok();
}

/// What an older state does not know: where the data is now, or what its newest key is.
#[test]
fn vaults_whose_data_or_keys_the_older_state_does_not_know_are_named_before_the_approval() {
    for changed in ["Update-RsvVaultEncryption", "New-RsvDekEpoch"] {
        let sandbox = Sandbox::new();
        let (_, key) = sandbox.prepared();
        sandbox.assign(&key);
        sandbox.ok(
            "New-AzRecoveryServicesVault -ResourceGroupName testrg -Name other -Location japaneast",
        );
        sandbox.write("os.img", &noise(1, 100_000));
        sandbox.protect("os.img", &[]);
        sandbox.backup().ok();
        let state = sandbox.home().join("state.json");
        let old = fs::read(&state).unwrap();
        sandbox.ok(&format!("{changed} -VaultId testvault"));
        sandbox.backup().ok();
        fs::write(&state, old).unwrap();

        let warned = "Recovery points of vault 'testvault' cannot";
        let text = sandbox.run(APPROVE).fails("ConfirmationRequired", 2);
        assert!(!text.contains("found again"), "{changed}: {text}");
        assert!(text.contains("points of 'testvault' cannot"), "{text}");
        let run = sandbox.run(&format!("{APPROVE} -WhatIf -Output json"));
        assert!(run.stderr.contains(warned), "{changed}: {}", run.stderr);
        let foreseen: Value = serde_json::from_str(&run.stdout).unwrap();
        let named = &foreseen["VaultsOutOfReach"];
        assert_eq!(*named, serde_json::json!(["testvault"]), "{changed}");
        // It is as it says.
        sandbox.ok(&format!("{APPROVE} -Force"));
        assert_ne!(sandbox.backup().exit, 0, "{changed}");
    }
}

#[test]
fn a_damaged_anchor_is_renewed() {
    let (sandbox, _) = rolled_back();
    let anchor = fs::read_dir(sandbox.path().join("state")).unwrap().next();
    let anchor = anchor.unwrap().unwrap().path();
    fs::write(&anchor, b"{}").unwrap();
    sandbox
        .run("Get-AzRecoveryServicesVault")
        .fails("RsvAnchorDamaged", 4);
    let text = sandbox.run(APPROVE).fails("ConfirmationRequired", 2);
    assert!(text.contains("nobody can say"), "{text}");
    sandbox.ok(&format!("{APPROVE} -Force"));
    sandbox.ok("Get-AzRecoveryServicesVault");
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_or_missing_state_gives_way_to_the_generation_before_only_when_approved() {
    for is_missing in [false, true] {
        let (sandbox, _) = rolled_back();
        sandbox.ok(&format!("{APPROVE} -Force"));
        let points = sandbox.json(POINTS);
        sandbox.ok("New-AzResourceGroup -Name lost -Location japaneast");
        let state = sandbox.home().join("state.json");
        let code = if is_missing {
            fs::remove_file(&state).unwrap();
            "RsvStateMissing"
        } else {
            flip(&state);
            "RsvStateDamaged"
        };
        for line in [
            "Get-AzResourceGroup",
            "New-AzResourceGroup -Name a -Location b",
        ] {
            let text = sandbox.run(line).fails(code, 4);
            assert!(
                text.contains("state.json.1") && text.contains(APPROVE),
                "{text}"
            );
        }
        let text = sandbox.run(APPROVE).fails("ConfirmationRequired", 2);
        assert!(text.contains("are lost"), "{text}");
        let foreseen = sandbox.json(&format!("{APPROVE} -WhatIf"));
        let generation = |name: &str| foreseen[name].as_u64().unwrap();
        assert_eq!(
            generation("FoundGeneration") + 1,
            generation("SeenGeneration")
        );
        let approved = sandbox.json(&format!("{APPROVE} -Force -Reason 'bad block'"));
        assert_eq!(
            approved["ApprovedAsGeneration"],
            generation("SeenGeneration") + 1
        );
        sandbox
            .run("Get-AzResourceGroup -Name lost")
            .fails("ResourceGroupNotFound", 3);
        assert_eq!(sandbox.json(POINTS), points);
        sandbox.backup().ok();
        sandbox.ok("Test-RsvVault -VaultId testvault -Level Full");
        sandbox.ok("Test-RsvActivityLog");
        let log = fs::read_to_string(sandbox.home().join("activity/000001.ndjson")).unwrap();
        let line = log
            .lines()
            .rfind(|l| l.contains("approveRollback"))
            .unwrap();
        assert!(
            line.contains("bad block") && line.contains("Unreadable"),
            "{line}"
        );
    }
}

#[test]
fn a_damaged_state_without_a_good_one_before_it_is_not_approved_and_stays_as_it_is() {
    let (sandbox, _) = rolled_back();
    let home = sandbox.home();
    let (state, previous) = (home.join("state.json"), home.join("state.json.1"));
    flip(&state);
    flip(&previous);
    let before = (fs::read(&state).unwrap(), fs::read(&previous).unwrap());
    let text = sandbox
        .run(&format!("{APPROVE} -Force"))
        .fails("RsvStateDamaged", 4);
    assert!(text.contains("restore it from your backup"), "{text}");
    assert_eq!(
        (fs::read(&state).unwrap(), fs::read(&previous).unwrap()),
        before
    );
}

/// Whoever damages the state may have put a much older one beside it: the approval shows how old.
#[test]
fn an_old_generation_in_the_place_of_the_one_before_is_shown_as_what_it_is() {
    let (sandbox, _) = rolled_back();
    let home = sandbox.home();
    fs::copy(home.join("state.json"), sandbox.path().join("old")).unwrap();
    sandbox.ok(&format!("{APPROVE} -Force"));
    for name in ["a", "b", "c"] {
        sandbox.ok(&format!(
            "New-AzResourceGroup -Name {name} -Location japaneast"
        ));
    }
    flip(&home.join("state.json"));
    fs::copy(sandbox.path().join("old"), home.join("state.json.1")).unwrap();
    let foreseen = sandbox.json(&format!("{APPROVE} -WhatIf"));
    let generation = |name: &str| foreseen[name].as_u64().unwrap();
    assert!(
        generation("FoundGeneration") + 4 < generation("SeenGeneration"),
        "{foreseen}"
    );
}

#[test]
fn a_whole_home_put_back_is_noticed_by_the_anchor() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", &noise(1, 100_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    let golden = sandbox.path().join("golden");
    copy(&sandbox.home(), &golden);
    sandbox.backup().ok();
    copy(&golden, &sandbox.home());
    for line in [
        "Get-AzRecoveryServicesVault",
        POINTS,
        "Test-RsvVault -VaultId testvault",
    ] {
        sandbox.run(line).fails("RsvRollbackDetected", 4);
    }
    // Accepted, it works as it did then: the log was put back as well.
    sandbox.ok(&format!("{APPROVE} -Force"));
    assert_eq!(sandbox.json(POINTS).as_array().unwrap().len(), 1);
    sandbox.backup().ok();
}
