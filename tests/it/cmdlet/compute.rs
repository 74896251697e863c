//! Machines, storage accounts, disk encryption sets and disks through the program.

use crate::harness::{Sandbox, noise};

fn restored() -> Sandbox {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.assign(&key);
    sandbox.write("os.img", &noise(4, 200_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    sandbox.restore_target();
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    sandbox
}

#[test]
fn machines_are_images_that_exist() {
    let sandbox = Sandbox::new();
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    let new = "New-AzVM -ResourceGroupName testrg -Location japaneast -Name";
    sandbox
        .run(&format!("{new} vm1 -OSDiskPath nosuch.img"))
        .fails("RsvDiskPathNotFound", 3);
    sandbox
        .run(&format!("{new} vm1 -OSDiskPath ."))
        .fails("RsvDiskPathUnsupported", 1);
    sandbox.write("os.img", b"os");
    sandbox.ok(&format!("{new} vm1 -OSDiskPath os.img"));
    sandbox
        .run(&format!("{new} VM1 -OSDiskPath os.img"))
        .fails("Conflict", 1);
    let machine = sandbox.json("Get-AzVM -ResourceGroupName testrg -Name vm1");
    let path = machine["StorageProfile"]["OsDisk"]["Path"]
        .as_str()
        .unwrap();
    assert_eq!(path, sandbox.path().join("os.img").to_str().unwrap());
    sandbox
        .run("Remove-AzVM -ResourceGroupName testrg -Name vm1")
        .fails("ConfirmationRequired", 2);
    sandbox.ok("Remove-AzVM -ResourceGroupName testrg -Name vm1 -Force");
    assert!(sandbox.path().join("os.img").exists(), "the image stays");
    sandbox
        .run("Get-AzVM -ResourceGroupName testrg -Name vm1")
        .fails("ResourceNotFound", 3);
}

#[test]
fn storage_accounts_are_folders() {
    let sandbox = Sandbox::new();
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    let new = "New-AzStorageAccount -ResourceGroupName testrg -Location japaneast -Name";
    sandbox.ok(&format!(
        "{new} staging -Path ./folder -SkuName Standard_GRS"
    ));
    let account = sandbox.json("Get-AzStorageAccount -ResourceGroupName testrg -Name staging");
    assert_eq!(account["Sku"]["Name"], "Standard_GRS");
    assert!(sandbox.path().join("folder").is_dir());
    sandbox
        .run(&format!("{new} Bad_Name -Path ./other"))
        .fails("AccountNameInvalid", 2);
}

#[test]
fn a_sets_key_change_rewraps_its_disks_and_reads_no_data() {
    let sandbox = restored();
    let data = || {
        let mut files: Vec<_> = sandbox
            .stored_files()
            .into_iter()
            .filter(|p| p.ends_with("data") && p.to_string_lossy().contains("/disks/"))
            .map(|p| std::fs::metadata(p).unwrap())
            .collect();
        let file = files.remove(0);
        (
            file.modified().unwrap(),
            std::os::unix::fs::MetadataExt::ino(&file),
        )
    };
    let before = data();
    sandbox.ok("Add-AzKeyVaultKey -VaultName testkeyvault -Name newdeskey -Destination Software");
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name newdeskey -Query Id");
    let vault = sandbox.ok("Get-AzKeyVault -VaultName testkeyvault -Output id");
    sandbox.ok(&format!(
        "Update-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -KeyUrl {key} -SourceVaultId {vault}"
    ));
    assert_eq!(data(), before);
    let set = sandbox.json("Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1");
    assert_eq!(set["ActiveKey"]["KeyUrl"], key.as_str());
    assert_eq!(set["PreviousKeys"].as_array().unwrap().len(), 1);
    // The old key is not needed any more.
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Enable false");
    sandbox.read_back(0, "back.img").ok();
    assert_eq!(sandbox.bytes("back.img"), noise(4, 200_000));
}

#[test]
fn a_set_in_use_stays_and_a_disk_being_read_stays() {
    let sandbox = restored();
    let remove = "Remove-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1 -Force";
    let text = sandbox.run(remove);
    assert_eq!(text.exit, 1, "{}", text.stderr);
    let disk = sandbox.ok("Get-AzDisk -ResourceGroupName DestRG -Query [0].Name");
    sandbox.ok(&format!(
        "Grant-AzDiskAccess -ResourceGroupName DestRG -DiskName {disk} -Access Read -DurationInSecond 600"
    ));
    let remove_disk = format!("Remove-AzDisk -ResourceGroupName DestRG -DiskName {disk} -Force");
    sandbox.run(&remove_disk).fails("RsvDiskAccessActive", 1);
    sandbox.ok(&format!(
        "Revoke-AzDiskAccess -ResourceGroupName DestRG -DiskName {disk}"
    ));
    sandbox.ok(&remove_disk);
    sandbox.ok(remove);
    sandbox
        .run("Get-AzDiskEncryptionSet -ResourceGroupName testrg -Name testdes1")
        .fails("ResourceNotFound", 3);
}
