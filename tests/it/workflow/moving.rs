//! Moving house: docs/moving-house.md is run as it stands, and what may go wrong goes wrong well.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Sandbox, copy, files, noise};

/// Runs the blocks of the page that are marked for this machine, those that contain `only`.
pub(super) fn run_page(sandbox: &Sandbox, machine: &str, wanted: &[&str]) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/moving-house.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks = page.split("```bash ").skip(1);
    let mut ran = 0;
    for block in blocks {
        let (head, rest) = block.split_once('\n').unwrap();
        let script = rest.split("```").next().unwrap();
        if head != machine || !wanted.iter().any(|word| script.contains(word)) {
            continue;
        }
        let run = sandbox.command();
        let folder = Path::new(env!("CARGO_BIN_EXE_rsv")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .env_clear()
            .envs(run.get_envs().filter_map(|(k, v)| Some((k, v?))))
            .env("PATH", format!("{}:{path}", folder.display()))
            .current_dir(sandbox.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{text}");
        ran += 1;
    }
    assert_eq!(ran, wanted.len(), "blocks for {machine}: {wanted:?}");
}

/// A box between two homes, and the passphrase that goes another way.
pub(super) fn two_homes() -> (Sandbox, Sandbox, tempfile::TempDir) {
    let (mut old, mut new) = (Sandbox::new(), Sandbox::new());
    let between = tempfile::tempdir().unwrap();
    for sandbox in [&mut old, &mut new] {
        sandbox.set("BOX", between.path().to_str().unwrap());
        sandbox.write("key.pass", b"a passphrase for the key\n");
        let path = sandbox.path().join("key.pass");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    (old, new, between)
}

/// The vault's folder in the box.
pub(super) fn boxed(between: &Path) -> PathBuf {
    let entries = fs::read_dir(between).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths.find(|path| path.is_dir()).unwrap()
}

pub(super) fn filled(sandbox: &Sandbox, customer: bool) -> Vec<u8> {
    let (_, key) = sandbox.prepared();
    if customer {
        sandbox.assign(&key);
    }
    let image = noise(5, 900_000);
    sandbox.write("os.img", &noise(4, 900_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.write("os.img", &image);
    sandbox.backup().ok();
    image
}

#[test]
fn the_page_about_moving_house_works_as_it_stands_on_a_machine_that_knows_nothing() {
    let (old, new, _between) = two_homes();
    let image = filled(&old, true);
    run_page(&old, "old", &["Backup-AzKeyVaultKey", "cp -a"]);
    // The old house burns down.
    drop(old);
    run_page(
        &new,
        "new",
        &["New-AzKeyVault", "Import-RsvVault", "Save-AzVhd"],
    );
    assert!(new.bytes("os.img") == image);
    let vault = new.json("Get-AzRecoveryServicesVaultProperty -VaultId testvault");
    assert!(
        vault["encryptionProperties"]["KeyUri"]
            .to_string()
            .contains("/keys/testkey/"),
        "{vault}"
    );
    let items = new.json(
        "Get-AzRecoveryServicesBackupItem -WorkloadType AzureVM -BackupManagementType AzureVM -VaultId testvault",
    );
    assert_eq!(items[0]["ProtectionState"], "ProtectionStopped", "{items}");
    let points =
        new.json("Get-AzRecoveryServicesBackupRecoveryPoint -Item V2VM -VaultId testvault");
    assert_eq!(points.as_array().unwrap().len(), 2);
}

#[test]
fn a_vault_under_the_platform_key_comes_with_the_old_root_key_and_then_needs_it_no_more() {
    let (old, new, between) = two_homes();
    let image = filled(&old, false);
    run_page(&old, "old", &["cp -a", "Initialize-RsvHome"]);
    drop(old);
    new.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    let folder = boxed(between.path());
    let line = format!(
        "Import-RsvVault -Path {} -ResourceGroupName testrg -Name testvault",
        folder.display()
    );
    new.run(&line).fails("RsvForeignPlatformKey", 1);
    let key = between.path().join("old-root.key");
    new.ok(&format!("{line} -RootKeyFile {}", key.display()));
    fs::remove_file(key).unwrap();
    new.ok("New-AzStorageAccount -ResourceGroupName testrg -Name destaccount -Location japaneast -Path staging");
    new.ok("New-AzResourceGroup -Name DestRG -Location japaneast");
    let point = new.newest_point();
    new.run_with("Restore-AzRecoveryServicesBackupItem -RecoveryPoint - -StorageAccountName destaccount -StorageAccountResourceGroupName testrg -TargetResourceGroupName DestRG -VaultId testvault", &point).ok();
    new.read_back(0, "back.img").ok();
    assert!(new.bytes("back.img") == image);
    new.run(&line).fails("Conflict", 1);
    new.run(&line.replace("testvault", "another"))
        .fails("RsvVaultAlreadyHere", 1);
}

#[test]
fn an_import_without_the_key_or_from_changed_data_brings_nothing() {
    let (old, new, between) = two_homes();
    filled(&old, true);
    run_page(&old, "old", &["Backup-AzKeyVaultKey", "cp -a"]);
    let folder = boxed(between.path());
    let import = |folder: &Path| {
        format!(
            "Import-RsvVault -Path {} -ResourceGroupName testrg -Name testvault -UserAssignedIdentity mover",
            folder.display()
        )
    };
    new.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    new.ok("New-AzUserAssignedIdentity -ResourceGroupName testrg -Name mover -Location japaneast");
    let text = new.run(&import(&folder)).fails("RsvImportKeyUnusable", 1);
    assert!(text.contains("testkeyvault") && text.contains("Restore-AzKeyVaultKey"));
    new.ok("New-AzKeyVault -VaultName testkeyvault -ResourceGroupName testrg -Location japaneast -EnablePurgeProtection");
    let restore = format!(
        "Restore-AzKeyVaultKey -VaultName testkeyvault -InputFile {} -BackupPassphraseFd 0",
        between.path().join("testkey.keybackup").display()
    );
    new.run_with(&restore, "not the passphrase")
        .fails("RsvWrongPassphrase", 1);
    new.run_with(&restore, "a passphrase for the key").ok();
    // The identity has no permission yet.
    new.run(&import(&folder)).fails("RsvImportKeyUnusable", 1);
    let identity = new
        .ok("Get-AzUserAssignedIdentity -ResourceGroupName testrg -Name mover -Query PrincipalId");
    new.ok(&format!("Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {identity} -PermissionsToKeys get,unwrapKey"));
    // To open it is not enough: what is backed up here goes under a data key of its own.
    let text = new.run(&import(&folder)).fails("RsvImportKeyUnusable", 1);
    assert!(text.contains("wrapKey"), "{text}");
    new.ok(&format!("Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {identity} -PermissionsToKeys get,unwrapKey,wrapKey"));
    new.run(&import(folder.parent().unwrap()))
        .fails("RsvNotAVaultFolder", 2);
    let good = between.path().join("good");
    copy(&folder, &good);
    let files = files(&folder);
    let parts = ["config", "points", "wraps"];
    let mut refused = 0;
    for file in files {
        let name = file.strip_prefix(&folder).unwrap().to_str().unwrap();
        if !parts.iter().any(|part| name.contains(part)) {
            continue;
        }
        let bytes = fs::read(&file).unwrap();
        for at in [bytes.len() / 3, bytes.len() - 1] {
            let mut bad = bytes.clone();
            bad[at] ^= 4;
            fs::write(&file, &bad).unwrap();
            let run = new.run(&import(&folder));
            assert_eq!(run.exit, 4, "{name} byte {at}: {}", run.stderr);
            refused += 1;
        }
        fs::write(&file, &bytes).unwrap();
    }
    assert!(refused >= 8, "{refused}");
    assert_eq!(
        new.json("Get-AzRecoveryServicesVault")
            .as_array()
            .unwrap()
            .len(),
        0
    );
    new.ok(&import(&folder));
}

#[test]
fn a_portable_key_backup_is_bound_to_its_passphrase_and_every_byte() {
    let (old, new, between) = two_homes();
    old.prepared();
    let file = between.path().join("testkey.keybackup");
    run_page(&old, "old", &["Backup-AzKeyVaultKey"]);
    let good = fs::read(&file).unwrap();
    new.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    for (vault, region) in [("testkeyvault", "japaneast"), ("farkeyvault", "japanwest")] {
        new.ok(&format!(
            "New-AzKeyVault -VaultName {vault} -ResourceGroupName testrg -Location {region}"
        ));
    }
    let line = |vault: &str| {
        format!(
            "Restore-AzKeyVaultKey -VaultName {vault} -InputFile {} -BackupPassphraseFile key.pass",
            file.display()
        )
    };
    for at in (0..good.len()).step_by(good.len() / 12) {
        let mut bad = good.clone();
        bad[at] ^= 0x80;
        fs::write(&file, &bad).unwrap();
        assert_ne!(new.run(&line("testkeyvault")).exit, 0, "byte {at}");
    }
    for len in [0, 8, 20, 36, 60, good.len() - 1] {
        fs::write(&file, &good[..len]).unwrap();
        assert_ne!(new.run(&line("testkeyvault")).exit, 0, "cut at {len}");
    }
    fs::write(&file, &good).unwrap();
    new.run(&line("farkeyvault"))
        .fails("RsvKeyBackupElsewhere", 1);
    new.ok(&line("testkeyvault"));
    new.run("Backup-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Passphrase secret")
        .fails("RsvParameterNotSupported", 2);
}
