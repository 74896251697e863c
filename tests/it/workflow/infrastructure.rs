//! Infrastructure encryption: a second layer, chosen with the first customer key.

use serde_json::Value;

use crate::engine::vectors::{id_text, read_independently};
use crate::harness::{Inside, Sandbox, noise};

const STATE: &str = "Get-AzRecoveryServicesVaultProperty -VaultId testvault -Query encryptionProperties.InfrastructureEncryptionState";
const SET: &str = "Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId";

fn second_key(sandbox: &Sandbox) -> String {
    sandbox.ok("Add-AzKeyVaultKey -VaultName testkeyvault -Name second -Destination Software");
    sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name second -Query Id")
}

/// A vault with both layers and one recovery point.
fn layered() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.ok(&format!("{SET} {key} -InfrastructureEncryption"));
    sandbox.write("os.img", &noise(7, 900_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    (sandbox, key)
}

fn verify(sandbox: &Sandbox, level: &str) -> Value {
    sandbox.json(&format!("Test-RsvVault -VaultId testvault -Level {level}"))
}

#[test]
fn r75_infrastructure_encryption_comes_with_the_first_key_and_later_updates_keep_it() {
    let (sandbox, _) = layered();
    assert_eq!(sandbox.ok(STATE), "Enabled");
    let property = "Properties.EncryptionProperty.InfrastructureEncryption";
    let shown = sandbox.ok(&format!(
        "Get-AzRecoveryServicesVault -Name testvault -Query {property}"
    ));
    assert_eq!(shown, "Enabled");
    // A later update says nothing of it, or the same again.
    let second = second_key(&sandbox);
    sandbox.ok(&format!("{SET} {second}"));
    assert_eq!(sandbox.ok(STATE), "Enabled");
    sandbox.ok(&format!("{SET} {second} -InfrastructureEncryption"));
    sandbox.ok("New-RsvDekEpoch -VaultId testvault");
    assert_eq!(sandbox.ok(STATE), "Enabled");
    sandbox.write("os.img", &noise(8, 900_000));
    sandbox.backup().ok();
    let report = verify(&sandbox, "Full");
    assert_eq!(report["RecoveryPoints"], 2);
    assert_eq!(report["CoveragePercent"], 100, "{report}");
    assert_eq!(report["BytesRead"], report["PackBytes"]);
    sandbox.ok("Repair-RsvVault -VaultId testvault");
    sandbox.restore_target();
    sandbox.restore("").ok();
    sandbox.read_back(0, "back.img").ok();
    assert!(sandbox.bytes("back.img") == noise(8, 900_000));
    // Both layers of both epochs, as the format is documented.
    let inside = Inside::of(&sandbox);
    let item = inside.vault.items[0].uuid.into_bytes();
    let outer = inside.keys().outer;
    let chain = rsvault::engine::points(&inside.folder, outer.as_ref(), &item).unwrap();
    for (number, header) in chain.iter().enumerate() {
        let (item, point) = (id_text(&item), id_text(&header.point));
        let words = [
            "restore",
            inside.folder.to_str().unwrap(),
            &item,
            &point,
            "0",
        ];
        let out = sandbox.path().join(format!("read-{number}"));
        let read = read_independently(&words, &inside.lines(), &out).unwrap();
        assert!(read == noise(7 + number as u64, 900_000), "{number}");
    }
}

#[test]
fn r75_a_vault_with_a_key_gets_no_second_layer_later() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox
        .run("Set-AzRecoveryServicesVaultProperty -VaultId testvault -InfrastructureEncryption")
        .fails("MissingMandatoryParameter", 2);
    sandbox.assign(&key);
    assert_eq!(sandbox.ok(STATE), "Disabled");
    let second = second_key(&sandbox);
    sandbox
        .run(&format!("{SET} {second} -InfrastructureEncryption"))
        .fails("RsvInfrastructureEncryptionFixed", 1);
    assert_eq!(sandbox.ok(STATE), "Disabled");
    sandbox.ok(&format!("{SET} {second}"));
    assert_eq!(sandbox.ok(STATE), "Disabled");
}

#[test]
fn damage_to_the_second_layer_is_found_with_and_without_the_customers_key() {
    let (sandbox, _) = layered();
    let files = sandbox.stored_files();
    let pack = files
        .iter()
        .find(|path| path.components().any(|c| c.as_os_str() == "packs"))
        .unwrap();
    let mut bytes = std::fs::read(pack).unwrap();
    assert!(!bytes.starts_with(b"RSVPACK1"));
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(pack, &bytes).unwrap();
    let full = "Test-RsvVault -VaultId testvault -Level Full";
    sandbox.run(full).fails("RsvVaultDamaged", 4);
    bytes[middle] ^= 4;
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(pack, &bytes).unwrap();
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Enable false");
    let structure = "Test-RsvVault -VaultId testvault -Level Structure";
    sandbox.run(structure).fails("RsvVaultDamaged", 4);
    bytes[last] ^= 1;
    std::fs::write(pack, &bytes).unwrap();
    assert_eq!(verify(&sandbox, "Structure")["RecoveryPoints"], 1);
}
