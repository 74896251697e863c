//! Update-RsvVaultEncryption: everything goes under a new key, and nothing is lost on the way.

use std::path::PathBuf;
use std::process::{Child, Stdio};

use rsvault::engine::{Repository, points};
use serde_json::{Value, json};

use crate::engine::vectors::{id_text, read_independently};
use crate::harness::{Inside, Sandbox, noise};
use crate::workflow::key_life::protected;

const UPDATE: &str = "Update-RsvVaultEncryption -VaultId testvault";
const DENIED: &str = "UserErrorCMKMissingMangedIdentityPermissionOnKeyVault";

fn intact(sandbox: &Sandbox) -> Value {
    sandbox.json("Test-RsvVault -VaultId testvault -Level Full")
}

/// Every recovery point of every item, read with the independent reader, oldest first.
fn read_all(sandbox: &Sandbox) -> Vec<Vec<u8>> {
    let inside = Inside::of(sandbox);
    let outer = inside.keys().outer;
    let dir = inside.folder.to_str().unwrap();
    let mut images = Vec::new();
    for item in &inside.vault.items {
        let item = item.uuid.into_bytes();
        for header in points(&inside.folder, outer.as_ref(), &item).unwrap() {
            let point = id_text(&header.point);
            let out = sandbox.path().join(format!("read-{point}"));
            let _ = std::fs::remove_file(&out);
            let words = ["restore", dir, &id_text(&item), &point, "0"];
            images.push(read_independently(&words, &inside.lines(), &out).unwrap());
        }
    }
    images
}

/// The repositories beside each other in the vault's folder.
fn repositories(sandbox: &Sandbox) -> Vec<PathBuf> {
    let folder = Inside::of(sandbox).folder;
    let entries = std::fs::read_dir(folder.parent().unwrap()).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Another machine with this image, backed up once.
fn another(sandbox: &Sandbox, name: &str, image: &[u8]) {
    sandbox.write(&format!("{name}.img"), image);
    sandbox.ok(&format!(
        "New-AzVM -ResourceGroupName testrg -Name {name} -Location japaneast -OSDiskPath {name}.img"
    ));
    sandbox.ok(&format!("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name {name} -ResourceGroupName testrg -VaultId testvault"));
    sandbox.ok(&format!(
        "Backup-AzRecoveryServicesBackupItem -Item {name} -VaultId testvault"
    ));
}

/// The properties of the activity log's lines that have this one.
fn evidence(sandbox: &Sandbox, property: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(sandbox.home().join("activity/000001.ndjson")).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let properties = lines.map(|line| line["record"]["Properties"].clone());
    properties
        .filter(|found| found.get(property).is_some())
        .collect()
}

#[test]
fn everything_goes_under_a_new_key_and_the_old_ones_open_nothing_of_it() {
    let (sandbox, _) = protected();
    sandbox.ok("New-RsvDekEpoch -VaultId testvault");
    let mut second = noise(7, 300_000);
    second.extend(noise(8, 900_000));
    sandbox.write("os.img", &second);
    sandbox.backup().ok();
    another(&sandbox, "SOFT", &noise(9, 700_000));
    sandbox.ok("Disable-AzRecoveryServicesBackupProtection -Item SOFT -RemoveRecoveryPoints -Force -VaultId testvault");
    let ids = "Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault -Query [*].RecoveryPointId";
    let (before, names) = (Inside::of(&sandbox), sandbox.ok(ids));
    let images = read_all(&sandbox);

    let done = sandbox.json(UPDATE);
    assert_eq!(done["OldEpochs"], json!([3, 2]), "{done}");
    assert_eq!(
        (&done["Epoch"], &done["RecoveryPoints"], &done["Resumed"]),
        (&json!(4), &json!(3), &json!(false)),
        "{done}"
    );
    assert_eq!(done["RecoveryPointsLeftOut"], json!([]));
    assert_eq!(done["OldDataRemoved"], true, "{done}");
    let told = done["NotDone"].to_string();
    assert!(
        told.contains("soft delete") && told.contains("SOFT"),
        "{told}"
    );
    assert!(told.contains("Copies of the old data elsewhere"), "{told}");
    // Each chunk was read once of the new data, though the points share some.
    let compared = done["BytesCompared"].as_u64().unwrap();
    assert!((1_900_000..2_300_000).contains(&compared), "{done}");

    let after = Inside::of(&sandbox);
    assert_eq!(after.vault.data.older, []);
    assert_eq!(repositories(&sandbox), std::slice::from_ref(&after.folder));
    assert!(Repository::open(&after.folder, before.keys()).is_err());
    let item = after.vault.items[0].uuid.into_bytes();
    let point = points(&after.folder, None, &item).unwrap()[0].point;
    let words = [
        "restore",
        after.folder.to_str().unwrap(),
        &id_text(&item),
        &id_text(&point),
        "0",
    ];
    let out = sandbox.path().join("old");
    assert!(read_independently(&words, &before.lines(), &out).is_err());
    assert!(
        read_all(&sandbox) == images,
        "what the points hold is the same"
    );
    assert_eq!(sandbox.ok(ids), names, "and so are their ids");
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 3);

    // The evidence, and the job.
    let lines = evidence(&sandbox, "OldEpochs");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["OldEpochs"], "3,2", "{lines:?}");
    assert_eq!(lines[0]["Verified"], "true");
    assert_eq!(lines[0]["RecoveryPoints"], "3");
    sandbox.ok("Test-RsvActivityLog");
    let jobs = sandbox.json("Get-AzRecoveryServicesBackupJob -VaultId testvault");
    assert_eq!(jobs[0]["Operation"], "UpdateVaultEncryption", "{jobs}");
    assert_eq!(jobs[0]["Status"], "Completed");

    // Life goes on: equal chunks are known, the deleted item comes back, epochs count on.
    sandbox.backup().ok();
    sandbox.ok("Undo-AzRecoveryServicesBackupItemDeletion -Item SOFT -VaultId testvault");
    assert_eq!(
        sandbox.json("New-RsvDekEpoch -VaultId testvault")["Epoch"],
        5
    );
    sandbox.backup().ok();
    sandbox.restore("").ok();
    sandbox.read_back(0, "back.img").ok();
    assert!(sandbox.bytes("back.img") == second);
    sandbox.ok("Optimize-RsvVault -VaultId testvault");
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 5);
}

#[test]
fn what_if_says_what_would_be_done_and_writes_nothing() {
    let (sandbox, _) = protected();
    let files = |sandbox: &Sandbox| {
        let mut files: Vec<_> = sandbox.stored_files();
        files.sort();
        let read = |path: PathBuf| (std::fs::read(&path).unwrap(), path);
        files.into_iter().map(read).collect::<Vec<_>>()
    };
    let before = files(&sandbox);
    let run = sandbox.run(&format!("{UPDATE} -WhatIf -Output json"));
    let would: Value = serde_json::from_str(&run.ok()).unwrap();
    assert_eq!(would["DryRun"], true);
    assert_eq!(
        (&would["Epoch"], &would["RecoveryPoints"]),
        (&json!(3), &json!(1))
    );
    assert!(would["BytesNeeded"].as_u64().unwrap() >= 300_000, "{would}");
    assert!(files(&sandbox) == before);
}

/// Starts the command and holds it while it copies.
fn held(sandbox: &Sandbox) -> Child {
    let mut child = sandbox
        .command()
        .args(UPDATE.split(' '))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let old = Inside::of(sandbox).folder;
    loop {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        let copying = |folder: &PathBuf| {
            let intents = std::fs::read_dir(folder.join("intents"));
            *folder != old && intents.is_ok_and(|mut intents| intents.next().is_some())
        };
        if repositories(sandbox).iter().any(copying) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    signal(&child, "-STOP");
    child
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let status = std::process::Command::new("kill")
        .args([name, &pid])
        .status();
    assert!(status.unwrap().success());
}

/// Lets it go on; it has to fail with this code.
fn fails(child: Child, code: &str, exit: i32) {
    signal(&child, "-CONT");
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains(&format!("[{code}]")), "{text}");
    assert_eq!(output.status.code(), Some(exit), "{text}");
}

#[test]
fn a_key_that_is_revoked_meanwhile_switches_nothing_and_the_next_run_goes_on() {
    let (sandbox, _) = protected();
    sandbox.write("os.img", &noise(8, 6_000_000));
    sandbox.backup().ok();
    let child = held(&sandbox);
    // What would change what is copied has to wait.
    sandbox
        .backup()
        .fails("UserErrorBackupOperationInProgress", 1);
    sandbox
        .run(UPDATE)
        .fails("UserErrorBackupOperationInProgress", 1);
    sandbox
        .run("Optimize-RsvVault -VaultId testvault")
        .fails("RsvEngineBusy", 5);
    sandbox.grant("get,list,wrapKey");
    fails(child, DENIED, 1);
    sandbox.run(UPDATE).fails(DENIED, 1);
    sandbox.grant("get,list,unwrapKey,wrapKey");
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 2);
    let done = sandbox.json(UPDATE);
    assert_eq!(done["Resumed"], true, "{done}");
    assert_eq!(done["RecoveryPoints"], 2);
    assert_eq!(
        done["RecoveryPointsReused"], 2,
        "all was copied by then: {done}"
    );
    assert_eq!(done["BytesRead"], 0, "{done}");
    assert_eq!(repositories(&sandbox).len(), 1);
    assert!(read_all(&sandbox) == [noise(7, 300_000), noise(8, 6_000_000)]);
}

#[test]
fn a_re_encryption_that_is_stopped_switches_nothing_and_the_next_run_goes_on() {
    let (sandbox, _) = protected();
    sandbox.write("os.img", &noise(8, 6_000_000));
    sandbox.backup().ok();
    let child = held(&sandbox);
    let jobs =
        "Get-AzRecoveryServicesBackupJob -VaultId testvault -Operation UpdateVaultEncryption";
    let id = sandbox.json(&format!("{jobs} -Status InProgress"))[0]["JobId"].clone();
    sandbox.ok(&format!(
        "Stop-AzRecoveryServicesBackupJob -VaultId testvault -JobId {}",
        id.as_str().unwrap()
    ));
    fails(child, "RsvJobCancelled", 1);
    assert_eq!(sandbox.json(jobs)[0]["Status"], "Cancelled");
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 2);
    assert_eq!(sandbox.json(UPDATE)["Resumed"], true);
    assert_eq!(repositories(&sandbox).len(), 1);
    assert!(read_all(&sandbox) == [noise(7, 300_000), noise(8, 6_000_000)]);
}

#[test]
fn a_damaged_copy_is_found_given_up_and_made_again() {
    let (sandbox, _) = protected();
    let known = packs(&sandbox);
    sandbox.write("os.img", &noise(8, 6_000_000));
    sandbox.backup().ok();
    let known = [known, packs(&sandbox)].concat();
    // All is copied, and the last check before the switch refuses it.
    let child = held(&sandbox);
    sandbox.grant("get,list,wrapKey");
    fails(child, DENIED, 1);
    sandbox.grant("get,list,unwrapKey,wrapKey");
    damage(&sandbox, &known);
    let text = sandbox.run(UPDATE).fails("RsvReencryptDamaged", 4);
    assert!(text.contains("given up"), "{text}");
    assert_eq!(repositories(&sandbox).len(), 1);
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 2);
    let done = sandbox.json(UPDATE);
    assert_eq!(done["Resumed"], false, "{done}");
    assert!(read_all(&sandbox) == [noise(7, 300_000), noise(8, 6_000_000)]);
}

#[test]
fn a_machine_that_is_backed_up_meanwhile_is_not_left_behind() {
    let (sandbox, _) = protected();
    sandbox.write("os.img", &noise(8, 6_000_000));
    sandbox.backup().ok();
    let child = held(&sandbox);
    another(&sandbox, "LATE", &noise(9, 300_000));
    fails(child, "RsvVaultChangedMeanwhile", 5);
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 3);
    let done = sandbox.json(UPDATE);
    assert_eq!(
        (&done["Resumed"], &done["RecoveryPoints"]),
        (&json!(true), &json!(3)),
        "{done}"
    );
    assert_eq!(done["RecoveryPointsReused"], 2, "{done}");
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 3);
}

#[test]
fn a_restore_that_reads_the_old_data_finishes_and_a_later_command_removes_it() {
    let (sandbox, _) = protected();
    sandbox.write("os.img", &noise(8, 6_000_000));
    sandbox.backup().ok();
    sandbox.write("point.json", sandbox.newest_point().as_bytes());
    let old = Inside::of(&sandbox).folder;
    let mut child = sandbox
        .command()
        .args("Restore-AzRecoveryServicesBackupItem -RecoveryPoint @point.json -StorageAccountName destaccount -StorageAccountResourceGroupName DestRG -TargetResourceGroupName DestRG -VaultId testvault".split(' '))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while std::fs::read_dir(old.join("intents"))
        .unwrap()
        .next()
        .is_none()
    {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    signal(&child, "-STOP");
    let done = sandbox.json(UPDATE);
    assert_eq!(done["OldDataRemoved"], false, "{done}");
    assert!(
        done["NotDone"].to_string().contains("not removed yet"),
        "{done}"
    );
    assert!(old.is_dir());
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 2);
    signal(&child, "-CONT");
    assert!(child.wait().unwrap().success());
    sandbox.read_back(0, "back.img").ok();
    assert!(sandbox.bytes("back.img") == noise(8, 6_000_000));
    sandbox.ok("Optimize-RsvVault -VaultId testvault");
    assert!(!old.exists());
}

/// Flips a byte in the middle of the largest pack that is not in `known`; gives all packs.
fn damage(sandbox: &Sandbox, known: &[PathBuf]) {
    let packs = packs(sandbox).into_iter();
    let new = packs.filter(|pack| !known.contains(pack));
    let pack = new
        .max_by_key(|pack| pack.metadata().unwrap().len())
        .unwrap();
    let mut bytes = std::fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&pack, bytes).unwrap();
}

fn packs(sandbox: &Sandbox) -> Vec<PathBuf> {
    let files = sandbox.stored_files().into_iter();
    let is_pack = |path: &PathBuf| path.components().any(|c| c.as_os_str() == "packs");
    files.filter(is_pack).collect()
}

#[test]
fn damaged_points_end_it_and_are_left_out_only_when_told_so() {
    let (sandbox, _) = protected();
    damage(&sandbox, &[]);
    sandbox.write("os.img", &noise(8, 300_000));
    sandbox.backup().ok();
    let before = Inside::of(&sandbox).folder;
    let text = sandbox.run(UPDATE).fails("RsvReencryptDamaged", 4);
    assert!(text.contains("-SkipDamaged"), "{text}");
    assert_eq!(Inside::of(&sandbox).folder, before);
    // R126: what an immutable vault keeps is not left out, damaged or not.
    let immutable = "Update-AzRecoveryServicesVault -VaultId testvault -ImmutabilityState";
    sandbox.ok(&format!("{immutable} Unlocked"));
    let skip = format!("{UPDATE} -SkipDamaged");
    sandbox.run(&skip).fails("RsvVaultImmutable", 1);
    sandbox.ok(&format!("{immutable} Disabled"));
    let run = sandbox.run(&format!("{UPDATE} -SkipDamaged -Output json"));
    assert_eq!(run.exit, 6, "{}", run.stderr);
    let done: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(
        run.stderr.contains("RsvReencryptedInPart"),
        "{}",
        run.stderr
    );
    let left = done["RecoveryPointsLeftOut"].as_array().unwrap();
    assert_eq!(
        (left.len(), &left[0]["ItemName"]),
        (1, &json!("V2VM")),
        "{done}"
    );
    assert!(
        left[0]["Problem"].as_str().unwrap().contains("chunk"),
        "{done}"
    );
    assert!(read_all(&sandbox) == [noise(8, 300_000)]);
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 1);
    sandbox.ok(UPDATE);
}

#[test]
fn a_damaged_newest_point_is_left_out_too_and_the_next_backup_follows_the_one_before() {
    let (sandbox, _) = protected();
    let known = packs(&sandbox);
    sandbox.write("os.img", &noise(8, 300_000));
    sandbox.backup().ok();
    damage(&sandbox, &known);
    let run = sandbox.run(&format!("{UPDATE} -SkipDamaged"));
    assert_eq!(run.exit, 6, "{}", run.stderr);
    assert!(read_all(&sandbox) == [noise(7, 300_000)]);
    sandbox.backup().ok();
    assert!(read_all(&sandbox) == [noise(7, 300_000), noise(8, 300_000)]);
    intact(&sandbox);
}

#[test]
fn what_a_later_epoch_or_key_makes_useless_is_given_up_and_removed() {
    let (sandbox, _) = protected();
    sandbox.write("os.img", &noise(8, 6_000_000));
    sandbox.backup().ok();
    let mut child = held(&sandbox);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(repositories(&sandbox).len(), 2);
    // The key may go on to another version, and to another key: the new data follows at the switch.
    let new =
        sandbox.ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey -Query Id");
    sandbox.assign(&new);
    sandbox.ok("New-RsvDekEpoch -VaultId testvault");
    let done = sandbox.json(UPDATE);
    assert_eq!(
        (&done["Resumed"], &done["Epoch"]),
        (&json!(false), &json!(4)),
        "{done}"
    );
    assert_eq!(repositories(&sandbox).len(), 1);
    let uses = sandbox.json(&format!("Get-RsvKeyUsage -KeyId {new}"));
    assert_eq!(uses.as_array().unwrap().len(), 1, "{uses}");
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 2);
    sandbox.ok("Test-RsvActivityLog");
}

#[test]
fn a_rotation_in_between_keeps_what_was_copied_and_the_new_key_wraps_it() {
    let (sandbox, old) = protected();
    sandbox.write("os.img", &noise(8, 6_000_000));
    sandbox.backup().ok();
    let mut child = held(&sandbox);
    child.kill().unwrap();
    child.wait().unwrap();
    let new =
        sandbox.ok("Invoke-AzKeyVaultKeyRotation -VaultName testkeyvault -Name testkey -Query Id");
    sandbox.assign(&new);
    let done = sandbox.json(UPDATE);
    assert_eq!(done["Resumed"], true, "{done}");
    let version = old.rsplit('/').next().unwrap();
    sandbox.ok(&format!(
        "Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Version {version} -Enable false"
    ));
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 2);
    let wraps = Inside::of(&sandbox).folder.join("wraps");
    assert_eq!(std::fs::read_dir(wraps).unwrap().count(), 1);
    sandbox.ok("Test-RsvActivityLog");
}

#[test]
fn a_vault_under_the_platform_key_is_encrypted_anew_too() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", &noise(7, 300_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    let done = sandbox.json(UPDATE);
    assert_eq!(
        (&done["Epoch"], &done["OldEpochs"]),
        (&json!(2), &json!([1])),
        "{done}"
    );
    assert!(
        !done["NotDone"].to_string().contains("customer's key"),
        "{done}"
    );
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 1);
    sandbox.backup().ok();
}

#[test]
fn infrastructure_encryption_stays_around_the_new_data() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.ok(&format!("Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {key} -InfrastructureEncryption"));
    sandbox.write("os.img", &noise(7, 900_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.ok(UPDATE);
    let state = "Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties.InfrastructureEncryptionState";
    assert_eq!(sandbox.ok(state), "Enabled");
    assert_eq!(intact(&sandbox)["RecoveryPoints"], 1);
    assert!(read_all(&sandbox) == [noise(7, 900_000)]);
    for pack in packs(&sandbox) {
        assert!(!std::fs::read(pack).unwrap().starts_with(b"RSVPACK1"));
    }
}

/// What a shell does in a file system of three megabytes that takes the place of the vault's
/// folder; nobody outside sees it.
const SMALL: &str = r#"
set -e
cp -a "$VAULT" "$VAULT.kept"
mount -t tmpfs -o size=3m none "$VAULT"
cp -a "$VAULT.kept/." "$VAULT/"
ls "$VAULT" > before
"$RSV" Update-RsvVaultEncryption -VaultId testvault 2> refused && exit 9
"$RSV" Update-RsvVaultEncryption -VaultId testvault -WhatIf 2>> refused && exit 9
ls "$VAULT" > after
mount -o remount,size=30m "$VAULT"
"$RSV" Update-RsvVaultEncryption -VaultId testvault > done
"$RSV" Test-RsvVault -VaultId testvault -Level Full > intact
"#;

#[test]
fn without_room_for_it_nothing_is_begun() {
    let (sandbox, _) = protected();
    sandbox.write("os.img", &noise(8, 1_600_000));
    sandbox.backup().ok();
    let vault = Inside::of(&sandbox).folder.parent().unwrap().to_owned();
    let run = sandbox.command();
    let output = std::process::Command::new("unshare")
        .args(["-rm", "sh", "-c", SMALL])
        .env_clear()
        .envs(run.get_envs().filter_map(|(k, v)| Some((k, v?))))
        .env("RSV", run.get_program())
        .env("VAULT", vault)
        .current_dir(sandbox.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{:?} {text}", output.status);
    let read = |name: &str| String::from_utf8(sandbox.bytes(name)).unwrap();
    assert_eq!(
        read("refused").matches("[RsvNotEnoughSpace]").count(),
        2,
        "{}",
        read("refused")
    );
    assert_eq!(read("before"), read("after"));
    assert!(read("intact").contains("Intact"), "{}", read("intact"));
    assert_ne!(read("done"), "");
}
