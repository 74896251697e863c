//! Managed disks after their restore: re-encrypted, rewrapped, or refused; nothing left behind.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rsvault::crypto::{RsaPublic, Secret, WrapAlgorithm, WrapGroup, WrapPart};
use rsvault::engine::DiskWriter;
use serde_json::Value;

use crate::harness::{Sandbox, noise};

const SIZE: usize = 1_300_000;

/// A disk restored with these parameters, beside the disk encryption set testdes1.
fn restored(more: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    let mut image = noise(3, SIZE);
    image[100_000..800_000].fill(0);
    sandbox.write("os.img", &image);
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.restore(more).ok();
    sandbox
}

fn disk(sandbox: &Sandbox) -> Value {
    sandbox.json("Get-AzDisk -ResourceGroupName DestRG -Query [0]")
}

/// What Update-AzDisk does with what New-AzDiskUpdateConfig makes of these parameters.
fn update(sandbox: &Sandbox, config: &str) -> crate::harness::Run {
    let config = sandbox.ok(&format!("New-AzDiskUpdateConfig {config} -Output json"));
    let name = disk(sandbox)["Name"].as_str().unwrap().to_owned();
    sandbox.run_with(
        &format!(
            "Update-AzDisk -ResourceGroupName DestRG -DiskName {name} -DiskUpdate - -Query EncryptionChange"
        ),
        &config,
    )
}

/// The first word of what Update-AzDisk says it did.
fn change(run: crate::harness::Run) -> String {
    let text = run.ok();
    text.split(':').next().unwrap().to_owned()
}

fn reads_back(sandbox: &Sandbox) {
    sandbox.read_back(0, "back.img").ok();
    assert!(sandbox.bytes("back.img") == sandbox.bytes("os.img"));
    sandbox.ok(&format!(
        "Revoke-AzDiskAccess -ResourceGroupName DestRG -DiskName {}",
        disk(sandbox)["Name"].as_str().unwrap()
    ));
}

fn disk_files(sandbox: &Sandbox) -> Vec<PathBuf> {
    let mut files = sandbox.stored_files();
    files.retain(|path| path.starts_with(sandbox.home().join("disks")));
    files
}

fn another_set(sandbox: &Sandbox, set: &str, key_name: &str) {
    sandbox.ok(&format!(
        "Add-AzKeyVaultKey -VaultName testkeyvault -Name {key_name} -Destination Software"
    ));
    let key = sandbox.ok(&format!(
        "Get-AzKeyVaultKey -VaultName testkeyvault -Name {key_name} -Query Id"
    ));
    let config = sandbox.ok(&format!(
        "New-AzDiskEncryptionSetConfig -Location japaneast -KeyUrl {key} -Output json"
    ));
    sandbox
        .run_with(
            &format!(
                "New-AzDiskEncryptionSet -ResourceGroupName testrg -Name {set} -InputObject -"
            ),
            &config,
        )
        .ok();
    let principal = sandbox.ok(&format!(
        "Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name {set} -Query Identity.PrincipalId"
    ));
    sandbox.ok(&format!(
        "Set-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {principal} -PermissionsToKeys get,wrapKey,unwrapKey"
    ));
}

#[test]
fn r103_a_disk_under_the_platform_key_is_re_encrypted_into_new_files() {
    let sandbox = restored("");
    let before = disk(&sandbox);
    let old_files = disk_files(&sandbox);
    let config = "-EncryptionType EncryptionAtRestWithCustomerKey -DiskEncryptionSetId testdes1";
    assert_eq!(change(update(&sandbox, config)), "ReEncrypted");
    let after = disk(&sandbox);
    assert_eq!(
        after["Encryption"]["Type"],
        "EncryptionAtRestWithCustomerKey"
    );
    assert_eq!(after["UniqueId"], before["UniqueId"]);
    assert_eq!(after["Id"], before["Id"]);
    let files = disk_files(&sandbox);
    assert_eq!(files.len(), 3, "{files:?}");
    assert!(
        old_files.iter().all(|old| !old.exists()),
        "the old files are destroyed"
    );
    reads_back(&sandbox);
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Enable false");
    sandbox.read_back(0, "back.img").fails("KeyDisabled", 1);
}

#[test]
fn r103_a_disk_under_a_set_goes_to_another_without_its_data_being_read() {
    let sandbox = restored("-DiskEncryptionSetId testdes1");
    another_set(&sandbox, "testdes2", "otherkey");
    let data = || {
        let files = disk_files(&sandbox);
        let data = files.iter().find(|p| p.ends_with("data")).unwrap();
        let meta = std::fs::metadata(data).unwrap();
        (data.clone(), meta.ino(), meta.mtime_nsec())
    };
    let before = data();
    assert_eq!(
        change(update(&sandbox, "-DiskEncryptionSetId testdes1")),
        "Unchanged"
    );
    assert_eq!(
        change(update(&sandbox, "-DiskEncryptionSetId testdes2")),
        "Rewrapped"
    );
    assert_eq!(data(), before);
    assert_eq!(disk_files(&sandbox).len(), 3, "one key record is left");
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Enable false");
    reads_back(&sandbox);
    sandbox.ok("Remove-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -Force");
    // Rotation of the new set reaches the record under its new name.
    sandbox.ok("Add-AzKeyVaultKey -VaultName testkeyvault -Name otherkey -Destination Software");
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name otherkey -Query Id");
    sandbox.ok(&format!(
        "Update-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes2 -KeyUrl {key}"
    ));
    let uses = sandbox.json(&format!("Get-RsvKeyUsage -KeyId {key}"));
    assert_eq!(uses.as_array().unwrap().len(), 1, "{uses}");
    reads_back(&sandbox);
}

#[test]
fn r103_a_disk_follows_the_newest_version_of_its_sets_key() {
    let sandbox = restored("-DiskEncryptionSetId testdes1");
    sandbox.ok("Update-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -RotationToLatestKeyVersionEnabled true -KeyUrl https://testkeyvault.vault.azure.net/keys/deskey");
    let old = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Query Version");
    sandbox.ok("Add-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Destination Software");
    assert_eq!(
        change(update(&sandbox, "-DiskEncryptionSetId testdes1")),
        "Rewrapped"
    );
    sandbox.ok(&format!(
        "Update-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Version {old} -Enable false"
    ));
    reads_back(&sandbox);
}

#[test]
fn r104_a_set_whose_identity_may_not_use_its_key_re_encrypts_nothing() {
    let sandbox = restored("");
    let before = (disk(&sandbox), disk_files(&sandbox));
    let principal = sandbox.ok("Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -Query Identity.PrincipalId");
    sandbox.ok(&format!(
        "Remove-AzKeyVaultAccessPolicy -VaultName testkeyvault -ObjectId {principal}"
    ));
    update(&sandbox, "-DiskEncryptionSetId testdes1").fails("ForbiddenByPolicy", 1);
    assert_eq!((disk(&sandbox), disk_files(&sandbox)), before);
    reads_back(&sandbox);
}

#[test]
fn r132_a_disk_under_a_customers_key_never_returns_to_the_platform_key() {
    let sandbox = restored("-DiskEncryptionSetId testdes1");
    let platform = "-EncryptionType EncryptionAtRestWithPlatformKey";
    let text = update(&sandbox, platform).fails("RsvDiskKeepsCustomerKey", 1);
    assert!(text.contains("R132"), "{text}");
    sandbox
        .run(&format!(
            "New-AzDiskUpdateConfig {platform} -DiskEncryptionSetId testdes1"
        ))
        .fails("RsvEncryptionTypeUnsupported", 2);
    // On a disk that is under it already it asks for nothing.
    sandbox.restore("").ok();
    let name = sandbox.ok("Get-AzDisk -ResourceGroupName DestRG -Query [1].Name");
    let config = sandbox.ok(&format!("New-AzDiskUpdateConfig {platform} -Output json"));
    let run = sandbox.run_with(
        &format!(
            "Update-AzDisk -ResourceGroupName DestRG -DiskName {name} -DiskUpdate - -Query EncryptionChange"
        ),
        &config,
    );
    assert_eq!(change(run), "Unchanged");
}

#[test]
fn r133_a_disk_of_a_machine_under_guest_encryption_takes_no_set() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", b"os");
    sandbox.ok("New-AzVM -ResourceGroupName testrg -Name V2VM -Location japaneast -OSDiskPath os.img -EncryptionEnabled");
    sandbox.ok("Enable-AzRecoveryServicesBackupProtection -Policy DefaultPolicy -Name V2VM -ResourceGroupName testrg -VaultId testvault");
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.restore("").ok();
    update(&sandbox, "-DiskEncryptionSetId testdes1").fails("RsvDiskEncryptionSetNotApplicable", 1);
}

#[test]
fn r137_a_disk_that_is_being_read_keeps_its_encryption() {
    let sandbox = restored("");
    let name = disk(&sandbox)["Name"].as_str().unwrap().to_owned();
    let grant = format!(
        "Grant-AzDiskAccess -ResourceGroupName DestRG -DiskName {name} -Access Read -DurationInSecond 600 -Query AccessSAS"
    );
    let token = sandbox.ok(&grant);
    update(&sandbox, "-DiskEncryptionSetId testdes1").fails("RsvDiskAccessActive", 1);
    // Tags are not encryption.
    update(&sandbox, "-Tag env=test").ok();
    assert_eq!(disk(&sandbox)["Tags"]["env"], "test");
    sandbox
        .run_with("Save-AzVhd -SourceUri - -LocalFilePath back.img", &token)
        .ok();
    sandbox.ok(&format!(
        "Revoke-AzDiskAccess -ResourceGroupName DestRG -DiskName {name}"
    ));
    update(&sandbox, "-DiskEncryptionSetId testdes1").ok();
    assert_eq!(disk(&sandbox)["Tags"]["env"], "test");
}

#[test]
fn r109_a_set_of_another_region_does_not_fit_the_disk() {
    let sandbox = restored("");
    sandbox.ok("New-AzKeyVault -VaultName farkeyvault -ResourceGroupName testrg -Location westeurope -EnablePurgeProtection");
    sandbox.ok("Add-AzKeyVaultKey -VaultName farkeyvault -Name farkey -Destination Software");
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName farkeyvault -Name farkey -Query Id");
    let config = sandbox.ok(&format!(
        "New-AzDiskEncryptionSetConfig -Location westeurope -KeyUrl {key} -Output json"
    ));
    sandbox
        .run_with(
            "New-AzDiskEncryptionSet -ResourceGroupName testrg -Name fardes -InputObject -",
            &config,
        )
        .ok();
    update(&sandbox, "-DiskEncryptionSetId fardes").fails("RsvDiskEncryptionSetMismatch", 1);
    sandbox
        .restore("-DiskEncryptionSetId fardes")
        .fails("RsvDiskEncryptionSetMismatch", 1);
}

#[test]
fn the_disk_itself_can_be_edited_and_given_back_but_only_in_what_can_change() {
    let sandbox = restored("");
    let mut edited = disk(&sandbox);
    let name = edited["Name"].as_str().unwrap().to_owned();
    let give = |object: &Value| {
        sandbox.run_with(
            &format!(
                "Update-AzDisk -ResourceGroupName DestRG -DiskName {name} -Disk - -Query EncryptionChange"
            ),
            &object.to_string(),
        )
    };
    edited["OsType"] = "linux".into();
    edited["Tags"] = serde_json::json!({"a": "b"});
    let run = give(&edited);
    assert_eq!(change(run), "Unchanged");
    assert_eq!(disk(&sandbox)["OsType"], "Linux");
    edited["Encryption"]["DiskEncryptionSetId"] = "testdes1".into();
    give(&edited).fails("RsvDiskUpdateUnsupported", 2);
    edited["Encryption"]["Type"] = "EncryptionAtRestWithCustomerKey".into();
    assert_eq!(change(give(&edited)), "ReEncrypted");
    edited["DiskSizeGB"] = 4095.into();
    let text = give(&edited).fails("RsvDiskUpdateUnsupported", 2);
    assert!(text.contains("DiskSizeGB"), "{text}");
    let whatif = sandbox.run_with(
        &format!("Update-AzDisk -ResourceGroupName DestRG -DiskName {name} -DiskUpdate - -WhatIf"),
        r#"{"Encryption":{"DiskEncryptionSetId":"testdes1"}}"#,
    );
    whatif.ok();
    for (words, code) in [
        ("-DiskUpdate nonsense", "RsvDiskUpdateUnsupported"),
        ("-DiskUpdate {}", "RsvNothingToChange"),
    ] {
        sandbox
            .run(&format!(
                "Update-AzDisk -ResourceGroupName DestRG -DiskName {name} {words}"
            ))
            .fails(code, 2);
    }
    sandbox
        .run(&format!(
            "Update-AzDisk -ResourceGroupName DestRG -DiskName {name}"
        ))
        .fails("MissingMandatoryParameter", 2);
}

#[test]
fn what_dead_processes_left_of_disks_and_jobs_is_swept_but_not_what_lives() {
    let sandbox = restored("");
    let (disks, jobs) = (sandbox.home().join("disks"), sandbox.home().join("jobs"));
    let book = std::fs::read_dir(&jobs).unwrap().next().unwrap().unwrap();
    let id = |n: u128| uuid::Uuid::from_u128(n).to_string();
    let orphan = disks.join(id(1));
    let partial = disks.join(format!("{}.partial", id(2)));
    let foreign = disks.join("mine");
    for folder in [&orphan, &partial, &foreign] {
        std::fs::create_dir(folder).unwrap();
        std::fs::write(folder.join("data"), b"x").unwrap();
    }
    let lock = |n| book.path().join(format!("{}.lock", id(n)));
    std::fs::write(lock(1), b"").unwrap();
    std::fs::write(lock(1).with_extension("cancel"), b"").unwrap();
    let live = std::fs::File::create(lock(2)).unwrap();
    live.lock().unwrap();
    let remove = || {
        let name = disk(&sandbox)["Name"].as_str().unwrap().to_owned();
        sandbox.ok(&format!(
            "Remove-AzDisk -ResourceGroupName DestRG -DiskName {name} -Force"
        ));
    };
    // Somebody is making disks: nobody can say which of these are theirs.
    let writing = std::fs::File::create(sandbox.home().join("disks.lock")).unwrap();
    writing.lock_shared().unwrap();
    remove();
    assert!(orphan.exists() && partial.exists());
    drop(writing);
    sandbox.restore("").ok();
    assert!(!orphan.exists() && !partial.exists());
    assert!(foreign.exists(), "what is not ours stays");
    assert!(!lock(1).exists() && !lock(1).with_extension("cancel").exists());
    assert!(lock(2).exists(), "a live job's lock stays");
    reads_back(&sandbox);
}

/// The folder of the one disk, and a key record of its owner's under the set's public key: anybody
/// can make one.
fn foreign_record(sandbox: &Sandbox) -> (PathBuf, Secret<32>, WrapGroup) {
    let files = disk_files(sandbox);
    let wrap = files.iter().find(|path| path.ends_with("wrap")).unwrap();
    let ours = WrapGroup::decode(&std::fs::read(wrap).unwrap()).unwrap();
    let keys = sandbox.home().join("keyvault/testkeyvault/deskey");
    let public = std::fs::read_dir(keys).unwrap().map(|e| e.unwrap().path());
    let public = public.filter(|path| path.extension().is_some_and(|e| e == "pub"));
    let pem = std::fs::read_to_string(public.last().unwrap()).unwrap();
    let public = RsaPublic::from_spki_pem(&pem).unwrap();
    let dek = Secret::random().unwrap();
    let mut group = WrapGroup::new(ours.header().clone(), &dek).unwrap();
    let part = WrapPart::new(
        WrapAlgorithm::RsaOaep256,
        ours.parts()[0].key_id.clone(),
        public.spki_digest(),
        ours.parts()[0].created_unix,
        public.wrap(&dek).unwrap(),
    );
    group.add_part(&dek, part).unwrap();
    (wrap.parent().unwrap().to_owned(), dek, group)
}

#[test]
fn a_disk_that_somebody_made_under_the_sets_public_key_is_not_taken_for_the_disk() {
    let sandbox = restored("-DiskEncryptionSetId testdes1");
    let (folder, dek, group) = foreign_record(&sandbox);
    let id = uuid::Uuid::parse_str(folder.file_name().unwrap().to_str().unwrap()).unwrap();
    let elsewhere = sandbox.path().join("forged");
    std::fs::create_dir(&elsewhere).unwrap();
    let (id, size) = (id.into_bytes(), SIZE as u64);
    let mut disk = DiskWriter::create(&elsewhere, id, &dek, size).unwrap();
    disk.write_extent(0, &vec![6; SIZE]).unwrap();
    disk.put_wrap(&group.encode()).unwrap();
    disk.finish().unwrap();
    let forged = elsewhere.join(folder.file_name().unwrap());
    for file in ["data", "map", "wrap"] {
        std::fs::copy(forged.join(file), folder.join(file)).unwrap();
    }
    let text = sandbox
        .read_back(0, "back.img")
        .fails("RsvWrongWrapRecord", 4);
    assert!(text.contains("another key than the state names"), "{text}");
    assert!(!sandbox.path().join("back.img").exists());
    update(&sandbox, "-DiskEncryptionSetId testdes1").fails("RsvWrongWrapRecord", 4);
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Query Id");
    sandbox
        .run(&format!("Get-RsvKeyUsage -KeyId {key}"))
        .fails("RsvWrongWrapRecord", 4);
}

#[test]
fn a_key_is_needed_whatever_a_changed_record_says_of_it() {
    let sandbox = restored("-DiskEncryptionSetId testdes1");
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Query Id");
    let uses = || sandbox.json(&format!("Get-RsvKeyUsage -KeyId {key}"));
    assert_eq!(uses().as_array().unwrap().len(), 1);
    let wrap = disk_files(&sandbox)
        .into_iter()
        .find(|path| path.ends_with("wrap"));
    let wrap = wrap.unwrap();
    let bytes = std::fs::read(&wrap).unwrap();
    let at = bytes.windows(6).position(|w| w == b"deskey").unwrap();
    let mut changed = bytes.clone();
    changed[at..at + 6].copy_from_slice(b"nobody");
    std::fs::write(&wrap, changed).unwrap();
    assert_eq!(
        uses().as_array().unwrap().len(),
        1,
        "the state names the set"
    );
    sandbox.ok("Remove-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Force");
    // A record of the platform's class opens with no key of the set's: it is not believed.
    let mut changed = bytes.clone();
    changed[10] = 0;
    std::fs::write(&wrap, changed).unwrap();
    let run = sandbox.run(&format!("Get-RsvKeyUsage -KeyId {key}"));
    assert_eq!(run.exit, 4, "{}", run.stderr);
}
