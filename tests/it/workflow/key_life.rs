//! The life of a key: deleted, recovered, purged, restored – and what each state means to a backup.

use jiff::Timestamp;
use rsvault::state::{Document, Home, LOCK_WAIT, Marks, RootKey, StateFile};

use crate::harness::{Sandbox, noise};

/// Changes the state as no cmdlet can.
pub(crate) fn edit(sandbox: &Sandbox, change: impl FnOnce(&mut Document)) {
    let home = Home::from_variables(None, |name| match name {
        "RSV_HOME" => Some(sandbox.home().into()),
        "RSV_CONFIG_HOME" => Some(sandbox.config().into()),
        "RSV_STATE_HOME" => Some(sandbox.path().join("state").into()),
        _ => None,
    })
    .unwrap();
    let installation = home.installation().unwrap().unwrap();
    let root_key = RootKey::open(&home, installation).unwrap();
    let file = StateFile::open(&home, &root_key);
    let mut locked = file.lock(LOCK_WAIT).unwrap();
    let mut document: Document = serde_json::from_slice(&locked.read().unwrap().body).unwrap();
    change(&mut document);
    let marks = Marks {
        log_sequence: document.log.head.sequence,
        time: Timestamp::now(),
    };
    let body = serde_json::to_vec_pretty(&document).unwrap();
    locked.commit(&body, marks).unwrap();
}

/// Lets the clock be set, and lets the operator purge.
pub(super) fn rehearse(sandbox: &Sandbox) {
    edit(sandbox, |state| state.rehearsal = true);
}

pub(super) fn purge_protection(sandbox: &Sandbox, on: bool) {
    edit(sandbox, |state| {
        let id = rsvault::domain::Tagged::id(state.key_vault_named("testkeyvault").unwrap());
        let operator = state.account.object_id;
        let vault = state.key_vaults.get_mut(&id).unwrap();
        vault.purge_protection = on;
        let mine = vault.policies.iter_mut().find(|p| p.object_id == operator);
        mine.unwrap()
            .keys
            .insert(rsvault::domain::KeyPermission::Purge);
    });
}

/// A vault under testkey with one recovery point, and a target to restore to.
pub(crate) fn protected() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(7, 300_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    (sandbox, key)
}

/// A key in a second key vault that the vault may use too.
pub(super) fn another_key(sandbox: &Sandbox) -> String {
    sandbox.ok("New-AzKeyVault -VaultName otherkv -ResourceGroupName testrg -Location japaneast -EnablePurgeProtection");
    sandbox.ok("Add-AzKeyVaultKey -VaultName otherkv -Name other -Destination Software");
    let principal =
        sandbox.ok("Get-AzRecoveryServicesVault -Name testvault -Query Identity.PrincipalId");
    sandbox.ok(&format!(
        "Set-AzKeyVaultAccessPolicy -VaultName otherkv -ObjectId {principal} -PermissionsToKeys get,list,unwrapKey,wrapKey"
    ));
    sandbox.ok("Get-AzKeyVaultKey -VaultName otherkv -Name other -Query Id")
}

pub(super) const REMOVE: &str = "Remove-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Force";
pub(super) const UNDO: &str = "Undo-AzKeyVaultKeyRemoval -VaultName testkeyvault -Name testkey";
pub(super) const REMOVE_VAULT: &str = "Remove-AzKeyVault -VaultName testkeyvault -Force";
pub(super) const UNDO_VAULT: &str =
    "Undo-AzKeyVaultRemoval -VaultName testkeyvault -ResourceGroupName testrg -Location japaneast";

#[test]
fn r56_key_vaults_own_unwrap_takes_an_expired_key_so_disks_stay_readable() {
    let (sandbox, _) = protected();
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Expires 2020-01-01");
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), noise(7, 300_000));
}

#[test]
fn r83_a_deleted_key_holds_its_name_and_shows_when_it_goes() {
    let (sandbox, _) = protected();
    let list = "Get-AzKeyVaultKey -VaultName testkeyvault -InRemovedState";
    assert_eq!(sandbox.ok(list), "");
    let run = sandbox.run(&format!("{REMOVE} -PassThru -Output json"));
    assert!(run.stderr.contains("'testvault'"), "{}", run.stderr);
    let deleted: serde_json::Value = serde_json::from_str(&run.ok()).unwrap();
    let date = |name: &str| {
        deleted[name]
            .as_str()
            .unwrap()
            .parse::<Timestamp>()
            .unwrap()
    };
    let days = date("ScheduledPurgeDate").duration_since(date("DeletedDate"));
    assert_eq!(days.as_hours(), 90 * 24);
    let add = "Add-AzKeyVaultKey -VaultName testkeyvault -Name TestKey -Destination Software";
    sandbox.run(add).fails("ObjectIsDeletedButRecoverable", 1);
    let plain = "Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey";
    sandbox.run(plain).fails("KeyNotFound", 3);
    let one = sandbox.ok(&format!("{plain} -InRemovedState"));
    assert!(one.contains("Scheduled Purge Date"), "{one}");
    let json = sandbox.ok(&format!("{plain} -InRemovedState -Output json"));
    sandbox
        .run_with("Undo-AzKeyVaultKeyRemoval -InputObject -", &json)
        .ok();
    sandbox.ok(plain);
    sandbox.run(UNDO).fails("KeyNotFound", 3);
    sandbox
        .run("Remove-AzKeyVaultKey -VaultName testkeyvault -Name testkey")
        .fails("ConfirmationRequired", 2);
}

#[test]
fn r85_r86_under_purge_protection_nothing_is_purged_before_its_date() {
    let (sandbox, _) = protected();
    purge_protection(&sandbox, true);
    sandbox.ok(REMOVE);
    let text = sandbox
        .run(&format!("{REMOVE} -InRemovedState"))
        .fails("Forbidden", 1);
    assert!(
        text.contains("Operation \"purge\" is not allowed"),
        "{text}"
    );
    sandbox.ok(UNDO);
    sandbox.ok(REMOVE_VAULT);
    let purge = format!("{REMOVE_VAULT} -InRemovedState -Location japaneast");
    sandbox.run(&purge).fails("MethodNotAllowed", 1);
    sandbox.ok(UNDO_VAULT);
    sandbox.backup().ok();
}

#[test]
fn a_key_that_is_still_needed_is_purged_only_by_force_and_by_who_may() {
    let (sandbox, key) = protected();
    sandbox.ok(REMOVE);
    let purge = REMOVE.replace("-Force", "-InRemovedState -Confirm:false");
    sandbox.run(&purge).fails("ForbiddenByPolicy", 1);
    purge_protection(&sandbox, false);
    let text = sandbox.run(&purge).fails("RsvKeyStillNeeded", 1);
    assert!(text.contains("'testvault'"), "{text}");
    sandbox
        .run(&format!("{REMOVE} -InRemovedState -WhatIf"))
        .ok();
    let version = key.rsplit('/').next().unwrap();
    let file = |extension: &str| {
        let folder = sandbox.home().join("keyvault/testkeyvault/testkey");
        folder.join(format!("{version}.{extension}"))
    };
    assert!(file("shred").exists() && file("sealed").exists());
    let run = sandbox.run(&format!("{REMOVE} -InRemovedState"));
    assert!(run.stderr.contains("Lost: "), "{}", run.stderr);
    run.ok();
    assert!(!file("shred").exists() && !file("sealed").exists());
    sandbox.run(UNDO).fails("KeyNotFound", 3);
    // The name is free again, but the new key is another one.
    sandbox.ok("Add-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Destination Software");
    sandbox.backup().fails("RsvKeyPurged", 3);
}

#[test]
fn r50_past_its_date_a_deleted_key_is_gone_and_the_next_change_shreds_it() {
    let (mut sandbox, key) = protected();
    rehearse(&sandbox);
    sandbox.ok(REMOVE);
    let version = key.rsplit('/').next().unwrap();
    let shred = sandbox
        .home()
        .join(format!("keyvault/testkeyvault/testkey/{version}.shred"));
    let later = Timestamp::now() + jiff::SignedDuration::from_hours(91 * 24);
    sandbox.set("RSV_NOW", &later.to_string());
    let list = "Get-AzKeyVaultKey -VaultName testkeyvault -InRemovedState";
    assert_eq!(sandbox.ok(list), "");
    assert!(shred.exists(), "reading changes nothing");
    sandbox.run(UNDO).fails("KeyNotFound", 3);
    assert!(!shred.exists());
    sandbox.backup().fails("RsvKeyPurged", 3);
    sandbox.ok("Add-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Destination Software");
}

#[test]
fn r84_a_purge_that_was_cut_short_is_finished_and_never_undone() {
    let (sandbox, _) = protected();
    sandbox.ok(REMOVE);
    edit(&sandbox, |state| {
        let id = rsvault::domain::Tagged::id(state.key_vault_named("testkeyvault").unwrap());
        let vault = state.key_vaults.get_mut(&id).unwrap();
        vault
            .deleted_keys
            .get_mut("testkey")
            .unwrap()
            .deletion
            .purging = true;
    });
    let add = "Add-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Destination Software";
    sandbox
        .run(&format!("{add} -WhatIf"))
        .fails("ObjectIsBeingDeleted", 1);
    let run = sandbox.run("New-AzResourceGroup -Name any -Location japaneast");
    assert!(run.stderr.contains("'testvault'"), "{}", run.stderr);
    run.ok();
    sandbox.run(UNDO).fails("KeyNotFound", 3);
    sandbox.ok(add);
}

#[test]
fn r87_a_deleted_key_vault_holds_its_name_until_it_is_purged() {
    let sandbox = Sandbox::new();
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    let new = "New-AzKeyVault -VaultName kv1 -ResourceGroupName testrg -Location japaneast";
    let free = "Test-AzKeyVaultNameAvailability -Name KV1 -Query NameAvailable";
    assert_eq!(sandbox.ok(free), "True");
    sandbox.ok(new);
    assert_eq!(sandbox.ok(free), "False");
    sandbox.ok("Add-AzKeyVaultKey -VaultName kv1 -Name k -Destination Software");
    assert_eq!(
        sandbox.ok("Remove-AzKeyVault -VaultName kv1 -Force -PassThru"),
        "True"
    );
    assert_eq!(sandbox.ok(free), "False");
    sandbox.run(new).fails("ConflictError", 1);
    sandbox
        .run("Get-AzKeyVaultKey -VaultName kv1 -Name k")
        .fails("RsvKeyVaultDeleted", 3);
    let all = sandbox.json("Get-AzKeyVault -InRemovedState");
    assert_eq!(all[0]["VaultName"], "kv1");
    let one = "Get-AzKeyVault -InRemovedState -VaultName kv1 -Location";
    sandbox
        .run(&format!("{one} westeurope"))
        .fails("ResourceNotFound", 3);
    let json = sandbox.ok(&format!("{one} japaneast -Output json"));
    sandbox
        .run_with("Undo-AzKeyVaultRemoval -InputObject - -Tag a=b", &json)
        .ok();
    sandbox.ok("Get-AzKeyVaultKey -VaultName kv1 -Name k");
    sandbox.ok("Remove-AzKeyVault -VaultName kv1 -Force");
    sandbox.ok("Remove-AzKeyVault -VaultName kv1 -Location japaneast -InRemovedState -Force");
    assert_eq!(sandbox.ok(free), "True");
    sandbox.ok(new);
    sandbox
        .run("Get-AzKeyVaultKey -VaultName kv1 -Name k")
        .fails("KeyNotFound", 3);
}

#[test]
fn a_key_backup_opens_in_its_installation_alone_and_never_replaces_a_key() {
    let (sandbox, _) = protected();
    let backup = "Backup-AzKeyVaultKey -VaultName testkeyvault -Name testkey -OutputFile key.bak";
    let path = sandbox.ok(backup);
    assert!(path.ends_with("key.bak"), "{path}");
    sandbox.run(backup).fails("ConfirmationRequired", 2);
    let restore = "Restore-AzKeyVaultKey -VaultName testkeyvault -InputFile";
    sandbox
        .run(&format!("{restore} key.bak"))
        .fails("Conflict", 1);
    sandbox
        .run(&format!("{restore} nosuch.bak"))
        .fails("RsvFileNotFound", 3);
    sandbox.write("text.bak", b"not a backup");
    sandbox
        .run(&format!("{restore} text.bak"))
        .fails("RsvNotAKeyBackup", 2);
    let mut bytes = sandbox.bytes("key.bak");
    *bytes.last_mut().unwrap() ^= 1;
    sandbox.write("damaged.bak", &bytes);
    let run = sandbox.run(&format!("{restore} damaged.bak"));
    assert_eq!(run.exit, 4, "{}", run.stderr);
    let elsewhere = Sandbox::new();
    elsewhere.prepared();
    elsewhere.write("key.bak", &sandbox.bytes("key.bak"));
    elsewhere
        .run(&format!("{restore} key.bak"))
        .fails("RsvKeyBackupElsewhere", 1);
}
