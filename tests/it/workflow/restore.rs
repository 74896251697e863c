//! Restores: the same bytes, under the right key.

use std::os::unix::fs::{FileExt, MetadataExt};

use crate::harness::{Sandbox, noise};

/// A prepared home with these images backed up under the customer's key, ready to restore.
fn backed_up(os: &[u8], data: &[&[u8]]) -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", os);
    let mut names = Vec::new();
    for (lun, bytes) in data.iter().enumerate() {
        names.push(format!("data{lun}.img"));
        sandbox.write(&names[lun], bytes);
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    sandbox.protect("os.img", &names);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox
}

#[test]
fn images_of_any_shape_come_back_byte_for_byte() {
    let mut zeros_inside = noise(7, 3 << 20);
    zeros_inside[500_000..2_000_000].fill(0);
    let shapes: [&[u8]; 5] = [
        b"",
        b"x",
        &noise(8, 524_289),
        &zeros_inside,
        &vec![0; 1_000_003],
    ];
    let sandbox = backed_up(&noise(6, 1_234_567), &shapes);
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), noise(6, 1_234_567));
    for (lun, bytes) in shapes.iter().enumerate() {
        sandbox.read_back(lun + 1, "back.img").ok();
        assert!(sandbox.bytes("back.img") == *bytes, "data disk {lun}");
    }
}

#[test]
fn a_disk_encryption_set_and_the_platform_key_show_on_the_disk() {
    let sandbox = backed_up(&noise(1, 100_000), &[]);
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    let disk = sandbox.json("Get-AzDisk -ResourceGroupName DestRG -Query [0]");
    assert_eq!(
        disk["Encryption"]["Type"],
        "EncryptionAtRestWithCustomerKey"
    );
    let set = disk["Encryption"]["DiskEncryptionSetId"].as_str().unwrap();
    assert!(set.ends_with("/diskEncryptionSets/testdes1"), "{set}");
    let name = disk["Name"].as_str().unwrap();
    sandbox.ok(&format!(
        "Remove-AzDisk -ResourceGroupName DestRG -DiskName {name} -Force"
    ));
    let left = sandbox
        .stored_files()
        .iter()
        .any(|p| p.to_string_lossy().contains("/disks/"));
    assert!(!left, "the disk's files are gone");
}

#[test]
fn the_details_of_a_restore_name_the_disks_it_made() {
    let mut sandbox = Sandbox::new();
    sandbox.ok("Initialize-RsvHome -Rehearsal");
    // One second for both restores: the names of the first are taken.
    sandbox.set("RSV_NOW", "2027-01-01T00:00:00Z");
    sandbox.prepared();
    sandbox.write("os.img", &noise(1, 100_000));
    sandbox.write("data.img", &noise(2, 100_000));
    sandbox.protect("os.img", &["data.img"]);
    sandbox.backup().ok();
    sandbox.restore_target();
    let disks = || -> Vec<String> {
        let names = sandbox.json("Get-AzDisk -ResourceGroupName DestRG -Query Name");
        serde_json::from_value(names).unwrap()
    };
    let mut before = Vec::new();
    for _ in 0..2 {
        let job = sandbox.restore("-Query JobId").ok();
        let restored = sandbox.ok(&format!(
            "Get-AzRecoveryServicesBackupJobDetail -JobId {job} -VaultId testvault -Query 'Properties.Restored Disks'"
        ));
        let mut named: Vec<_> = restored.split(", ").map(str::to_owned).collect();
        let mut made = disks();
        made.retain(|name| !before.contains(name));
        made.sort();
        named.sort();
        assert_eq!((named.len(), &named), (2, &made));
        before = disks();
    }
    assert_eq!(before.len(), 4);
}

#[test]
fn r100_without_a_set_the_platform_key_encrypts_the_disk() {
    let sandbox = backed_up(&noise(2, 300_000), &[]);
    sandbox.restore("").ok();
    let disk = sandbox.json("Get-AzDisk -ResourceGroupName DestRG -Query [0]");
    assert_eq!(
        disk["Encryption"]["Type"],
        "EncryptionAtRestWithPlatformKey"
    );
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), noise(2, 300_000));
}

#[test]
fn a_sparse_image_takes_the_space_of_its_data() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    let size = 64u64 << 30;
    let file = std::fs::File::create(sandbox.path().join("os.img")).unwrap();
    file.set_len(size).unwrap();
    // Ten MiB of data, one MiB at a time, spread from the first byte to the last.
    let starts: Vec<u64> = (0..10u64)
        .map(|n| n * ((size - (1 << 20)) / 9) / 524_288 * 524_288)
        .collect();
    for (n, start) in starts.iter().enumerate() {
        file.write_all_at(&noise(n as u64, 1 << 20), *start)
            .unwrap();
    }
    drop(file);
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    let stored: u64 = sandbox
        .stored_files()
        .iter()
        .filter(|p| p.to_string_lossy().contains("/disks/"))
        .map(|p| std::fs::metadata(p).unwrap().blocks() * 512)
        .sum();
    assert!(
        (10 << 20..11 << 20).contains(&stored),
        "the managed disk takes {stored} bytes"
    );
    sandbox.read_back(0, "back.img").ok();
    let back = std::fs::File::open(sandbox.path().join("back.img")).unwrap();
    assert_eq!(back.metadata().unwrap().len(), size);
    let blocks = back.metadata().unwrap().blocks() * 512;
    assert!(blocks < 12 << 20, "the raw file is sparse again: {blocks}");
    for (n, start) in starts.iter().enumerate() {
        let mut found = vec![0; 1 << 20];
        back.read_exact_at(&mut found, *start).unwrap();
        assert!(found == noise(n as u64, 1 << 20), "data at {start}");
    }
}

#[test]
fn only_the_disks_asked_for_are_restored() {
    let sandbox = backed_up(b"os", &[b"zero", b"one"]);
    sandbox.restore("-RestoreDiskList 1").ok();
    let disks = sandbox.json("Get-AzDisk -ResourceGroupName DestRG");
    assert_eq!(disks.as_array().unwrap().len(), 2);
    sandbox.read_back(1, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), b"one");
    sandbox
        .restore("-RestoreDiskList 7")
        .fails("ResourceNotFound", 3);
    sandbox.restore("-RestoreOnlyOSDisk").ok();
    let disks = sandbox.json("Get-AzDisk -ResourceGroupName DestRG");
    assert_eq!(disks.as_array().unwrap().len(), 3);
}

#[test]
fn the_machines_configuration_lands_in_the_staging_account() {
    let sandbox = backed_up(b"os", &[b"data"]);
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    let file = sandbox
        .stored_files()
        .into_iter()
        .find(|p| p.starts_with(sandbox.path().join("staging")))
        .unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let configuration: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(configuration["name"], "V2VM");
    let profile = &configuration["properties"]["storageProfile"];
    assert!(
        profile["osDisk"]["name"]
            .as_str()
            .unwrap()
            .starts_with("v2vm-osdisk-")
    );
    assert_eq!(profile["dataDisks"][0]["lun"], 0);
}

#[test]
fn what_azure_would_refuse_is_refused() {
    let sandbox = backed_up(b"os", &[]);
    let point = sandbox.newest_point();
    let base = "Restore-AzRecoveryServicesBackupItem -RecoveryPoint - -VaultId testvault -StorageAccountResourceGroupName DestRG";
    let run = |more: &str| sandbox.run_with(&format!("{base} {more}"), &point);
    run("-StorageAccountName destaccount").fails("UnmanagedVMRestoreWarning", 2);
    run("-StorageAccountName nosuch -TargetResourceGroupName DestRG").fails("ResourceNotFound", 3);
    run("-StorageAccountName destaccount -TargetResourceGroupName nosuch")
        .fails("ResourceGroupNotFound", 3);
    run("-StorageAccountName destaccount -TargetResourceGroupName DestRG -DiskEncryptionSetId nosuch")
        .fails("ResourceNotFound", 3);
    sandbox.ok("New-AzStorageAccount -ResourceGroupName DestRG -Name faraway -Location westeurope -Path far");
    let text = run("-StorageAccountName faraway -TargetResourceGroupName DestRG")
        .fails("RsvStorageAccountLocation", 1);
    assert!(
        text.contains("Storage account location should be same as vault location"),
        "{text}"
    );
    let vault = sandbox.ok("Get-AzRecoveryServicesVault -Name testvault -Output json");
    sandbox
        .run_with(
            &format!("{base} -StorageAccountName destaccount -TargetResourceGroupName DestRG"),
            &vault,
        )
        .fails("RsvWrongKind", 2);
    assert_eq!(
        sandbox.json("Get-AzDisk -ResourceGroupName DestRG"),
        serde_json::json!([])
    );
}

#[test]
fn a_set_is_refused_where_it_cannot_apply() {
    let sandbox = Sandbox::new();
    sandbox.prepared();
    sandbox.write("os.img", b"os");
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    let text = sandbox
        .restore("-DiskEncryptionSetId testdes1")
        .fails("RsvDiskEncryptionSetNotApplicable", 1);
    assert!(
        text.contains("platform key"),
        "it says which key applies instead: {text}"
    );
    sandbox.restore("").ok();
}

#[test]
fn access_tokens_expire_are_revoked_and_cannot_be_forged() {
    let sandbox = backed_up(b"secret disk", &[]);
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    let disk = sandbox.ok("Get-AzDisk -ResourceGroupName DestRG -Query [0].Name");
    let grant = |seconds: u32| {
        sandbox.ok(&format!(
            "Grant-AzDiskAccess -ResourceGroupName DestRG -DiskName {disk} -Access Read -DurationInSecond {seconds} -Query AccessSAS"
        ))
    };
    let save = |token: &str| {
        sandbox.run_with(
            "Save-AzVhd -SourceUri - -LocalFilePath back.img -OverWrite",
            token,
        )
    };
    let token = grant(600);
    save(&token).ok();
    let mut forged = token.clone().into_bytes();
    let last = forged.len() - 2;
    forged[last] ^= 1;
    save(std::str::from_utf8(&forged).unwrap()).fails("AuthenticationFailed", 1);
    save("nonsense").fails("AuthenticationFailed", 1);
    let short = grant(1);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    save(&short).fails("AuthenticationFailed", 1);
    sandbox.ok(&format!(
        "Revoke-AzDiskAccess -ResourceGroupName DestRG -DiskName {disk}"
    ));
    let text = save(&token).fails("AuthenticationFailed", 1);
    assert!(text.contains("revoked"), "{text}");
}
