//! A rehearsal of a key's loss: what it tries, what it proves, and what it leaves alone.

use serde_json::Value;

use crate::harness::{Sandbox, noise};
use crate::workflow::key_life::protected;

const TEST: &str = "Test-RsvKeyRevocation -VaultId testvault";

fn checks<'a>(result: &'a Value, key: &str) -> Vec<&'a Value> {
    let all = result["Checks"].as_array().unwrap();
    all.iter().filter(|check| check["Key"] == key).collect()
}

#[test]
fn without_its_key_nothing_of_a_vault_is_read_and_with_it_a_sample_is() {
    let (sandbox, _) = protected();
    let vault = "Get-AzRecoveryServicesVault -Name testvault";
    let key_vault = "Get-AzKeyVault -VaultName testkeyvault";
    let before = (sandbox.json(vault), sandbox.json(key_vault));
    let result = sandbox.json(TEST);
    assert_eq!(result["Result"], "Holds", "{result}");
    assert_eq!(result["ChecksFailed"], 0);
    assert_eq!(checks(&result, "Allowed").len(), 4, "{result}");
    let denied = checks(&result, "Denied");
    assert_eq!(denied.len(), 3, "{result}");
    for check in denied {
        let told = check["Result"].as_str().unwrap();
        let code = "[UserErrorCMKMissingMangedIdentityPermissionOnKeyVault]";
        assert!(told.contains(code) && told.contains("rehearsal"), "{told}");
    }
    assert_eq!(result["SampleBytes"], 300_000);
    assert_eq!(sandbox.json(TEST)["SampleDigest"], result["SampleDigest"]);
    // Nothing real was changed, and the key works as before.
    assert_eq!((sandbox.json(vault), sandbox.json(key_vault)), before);
    sandbox.backup().ok();
    let log = sandbox.ok("Get-AzActivityLog -Output json -DetailedOutput");
    assert!(log.contains("Rsv/vaults/keyRevocation/action"), "{log}");
    let lines = std::fs::read_to_string(sandbox.home().join("activity/000001.ndjson")).unwrap();
    let digest = result["SampleDigest"].as_str().unwrap();
    assert!(lines.contains(digest) && lines.contains("without the key: holds"));
    sandbox.ok("Test-RsvActivityLog");
}

#[test]
fn disks_under_the_same_key_are_part_of_the_rehearsal() {
    let (sandbox, _) = protected();
    let key = sandbox.ok("Get-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Query Id");
    sandbox.restore("-DiskEncryptionSetId testdes1").ok();
    assert_eq!(checks(&sandbox.json(TEST), "Denied").len(), 3);
    sandbox.ok(&format!(
        "Set-AzRecoveryServicesVaultProperty -VaultId testvault -EncryptionKeyId {key}"
    ));
    let result = sandbox.json(TEST);
    assert_eq!(checks(&result, "Denied").len(), 4, "{result}");
    assert_eq!(result["Result"], "Holds", "{result}");
}

#[test]
fn a_key_that_does_not_open_the_vault_or_damage_in_the_sample_fails_the_rehearsal() {
    let (sandbox, _) = protected();
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Enable false");
    let run = sandbox.run(&format!("{TEST} -Output json"));
    let result: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(result["Result"], "DoesNotHold", "{result}");
    let told = run.fails_json("RsvRevocationDoesNotHold", 1);
    assert!(told.contains("disabled key"), "{told}");
    sandbox.ok("Update-AzKeyVaultKey -VaultName testkeyvault -Name testkey -Enable true");
    let packs: Vec<_> = sandbox
        .stored_files()
        .into_iter()
        .filter(|path| path.is_file() && path.components().any(|c| c.as_os_str() == "packs"))
        .collect();
    assert!(!packs.is_empty());
    for pack in packs {
        let mut bytes = std::fs::read(&pack).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&pack, bytes).unwrap();
    }
    sandbox.run(TEST).fails("RsvRevocationDoesNotHold", 1);
}

#[test]
fn a_vault_without_points_or_without_a_key_says_so() {
    let sandbox = Sandbox::new();
    let (_, key) = sandbox.prepared();
    sandbox.run(TEST).fails("RsvNoCustomerKey", 1);
    sandbox.assign(&key);
    let run = sandbox.run(&format!("{TEST} -Output json"));
    assert!(
        run.stderr.contains("nothing to be tried on"),
        "{}",
        run.stderr
    );
    let result: Value = serde_json::from_str(&run.ok()).unwrap();
    assert_eq!(result["Result"], "HoldsInPart");
    assert_eq!(result["ChecksNotTried"], 2);
    sandbox.write("os.img", &noise(3, 100_000));
    sandbox.protect("os.img", &[]);
    sandbox.backup().ok();
    assert_eq!(sandbox.json(TEST)["Result"], "Holds");
}
