//! Test-RsvActivityLog: an honest log is whole, and whoever changes it is found out.

use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Sandbox, noise};

fn log(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join("activity/000001.ndjson")
}

/// Runs the check on a damaged log; gives its result.
fn damaged(sandbox: &Sandbox) -> Value {
    let run = sandbox.run("Test-RsvActivityLog -Output json");
    let result = serde_json::from_str(&run.stdout).unwrap();
    run.fails_json("RsvActivityLogDamaged", 4);
    result
}

fn problems(result: &Value) -> Vec<(Option<u64>, String)> {
    let list = result["Problems"].as_array().unwrap();
    list.iter()
        .map(|p| {
            (
                p["Line"].as_u64(),
                p["Problem"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

#[test]
fn an_honest_log_is_intact_and_says_from_when_to_when() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    let result = sandbox.json("Test-RsvActivityLog");
    let lines = std::fs::read_to_string(log(&sandbox)).unwrap();
    assert_eq!(result["Result"], "Intact");
    assert_eq!(result["Lines"], lines.lines().count());
    assert_eq!(result["StateSequence"], result["Lines"]);
    assert_eq!(result["AnchorSequence"], result["Lines"]);
    assert_eq!(result["KeyChangeReceipts"], 1);
    assert_eq!(result["JobBooks"][0]["VaultName"], "testvault");
    assert!(result["FirstTime"].as_str().unwrap() <= result["LastTime"].as_str().unwrap());
    let after = std::fs::read_to_string(log(&sandbox)).unwrap();
    assert_eq!(after, lines, "checking writes nothing");
}

#[test]
fn what_was_changed_cut_off_or_left_out_is_named_with_its_line() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    let honest = std::fs::read_to_string(log(&sandbox)).unwrap();
    let lines: Vec<&str> = honest.lines().collect();
    let write = |lines: &[&str]| std::fs::write(log(&sandbox), lines.join("\n") + "\n").unwrap();

    let edited = lines[2].replacen("Succeeded", "Failed", 1);
    let mut changed = lines.clone();
    changed[2] = &edited;
    write(&changed);
    let found = problems(&damaged(&sandbox));
    assert_eq!(found[0].0, Some(3), "{found:?}");
    assert!(found[0].1.contains("MAC"), "{found:?}");

    write(&lines[..lines.len() - 2]);
    let found = problems(&damaged(&sandbox));
    assert!(found[0].1.contains("2 lines are cut off"), "{found:?}");

    let mut without = lines.clone();
    without.remove(3);
    write(&without);
    let found = problems(&damaged(&sandbox));
    assert_eq!(found[0].0, Some(4), "{found:?}");
    assert!(found[0].1.contains("sequence"), "{found:?}");

    let mut swapped = lines.clone();
    swapped.swap(1, 2);
    write(&swapped);
    assert_eq!(problems(&damaged(&sandbox))[0].0, Some(2));

    std::fs::remove_file(log(&sandbox)).unwrap();
    let found = problems(&damaged(&sandbox));
    assert!(found[0].1.contains("cut off"), "{found:?}");

    // A crash leaves the last command's line out: the state holds it, so nothing is lost.
    write(&lines[..lines.len() - 1]);
    let result = sandbox.json("Test-RsvActivityLog");
    assert_eq!(result["PendingLines"], 1);
    // And a line that was not finished: the next command cuts it off.
    std::fs::write(log(&sandbox), format!("{honest}{{\"seq\":")).unwrap();
    let result = sandbox.json("Test-RsvActivityLog");
    assert_eq!(result["UnfinishedBytes"], 7);
}

#[test]
fn a_damaged_job_book_is_found_too() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    let mut files = sandbox.stored_files().into_iter();
    let book = files.find(|f| f.ends_with("jobs.ndjson")).unwrap();
    let text = std::fs::read_to_string(&book).unwrap();
    std::fs::write(&book, text.replacen("InProgress", "Completed!", 1)).unwrap();
    let result = damaged(&sandbox);
    assert_eq!(
        result["Problems"][0]["Record"],
        "job book of vault 'testvault'"
    );
    assert_eq!(result["Problems"][0]["Line"], 1);
}

#[test]
fn r70_every_key_change_leaves_a_receipt_and_reads_no_data() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(9, 200_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    // The packs are away while the keys change: only key records are read.
    let files = sandbox.stored_files();
    let mut folders = files.iter().flat_map(|file| file.ancestors());
    let packs = folders.find(|folder| folder.ends_with("packs")).unwrap();
    let away = packs.with_file_name("packs-away");
    std::fs::rename(packs, &away).unwrap();
    let rotated =
        sandbox.ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey -Query Id");
    sandbox.assign(&rotated);
    std::fs::rename(&away, packs).unwrap();
    // A set's key, and its disk's.
    let new =
        sandbox.ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name deskey -Query Id");
    sandbox.ok(&format!(
        "Update-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -KeyUrl {new}"
    ));
    // A versionless identifier, which follows at the next backup.
    let versionless = rotated.rsplit_once('/').unwrap().0;
    sandbox.assign(versionless);
    sandbox.ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey");
    sandbox.backup().ok();
    let text = std::fs::read_to_string(log(&sandbox)).unwrap();
    let receipts: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["record"]["Properties"].clone())
        .filter(|properties| properties["NewKeyId"].is_string())
        .collect();
    assert_eq!(receipts.len(), 5, "{receipts:#?}");
    for receipt in &receipts {
        assert_eq!(receipt["DataBytesRead"], "0");
        assert_eq!(receipt["RecordsRewrapped"], "1");
        assert_eq!(receipt["Verified"], "true");
    }
    assert_eq!(receipts[0]["OldKeyId"], "");
    assert_eq!(receipts[1]["OldKeyId"], receipts[0]["NewKeyId"]);
    assert!(
        receipts[2]["NewKeyId"]
            .as_str()
            .unwrap()
            .contains("/deskey/")
    );
    assert_ne!(receipts[4]["NewKeyId"], receipts[4]["OldKeyId"]);
    assert_eq!(sandbox.json("Test-RsvActivityLog")["KeyChangeReceipts"], 5);
    sandbox.restore("").ok();
}

#[test]
fn a_key_that_came_without_a_receipt_is_a_problem() {
    let (sandbox, _) = crate::workflow::key_life::protected();
    let old = sandbox.json("Test-RsvActivityLog");
    assert_eq!(old["Result"], "Intact");
    // The same resource under a name that no receipt was written for.
    crate::workflow::key_life::edit(&sandbox, |state| {
        let id = state.vaults.iter().next().unwrap().arm_id();
        let mut vault = state.vaults.remove(&id).unwrap();
        vault.base.name = "other".into();
        state.vaults.put(vault);
    });
    let found = problems(&damaged(&sandbox));
    assert!(found[0].1.contains("no receipt for"), "{found:?}");
}
