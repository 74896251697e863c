//! What a key must be for a disk encryption set to use it (R129-R131, R138).

use jiff::Timestamp;

use crate::domain::key_vault::key_not_found;
use crate::domain::{KeyId, KeyVault, Refusal, Rules, check_key, check_protection};

/// R129: sizes of RSA keys that disk encryption sets accept, in bits.
const RSA_KEY_BITS: [u32; 3] = [2048, 3072, 4096];

/// A set names a version of its key unless it follows the newest one (`rotate`, R138).
///
/// # Errors
/// `RsvKeyVersionMissing`; Azure documents no code.
pub fn check_key_version(key: &KeyId, rotate: bool) -> Result<(), Refusal> {
    if key.version.is_some() || rotate {
        return Ok(());
    }
    Err(Refusal::usage(
        "RsvKeyVersionMissing",
        format!("The key identifier '{key}' has no version."),
    )
    .hint("Add the version, or -RotationToLatestKeyVersionEnabled true to follow the newest one."))
}

/// Checks `key` of `key_vault` for a set in `location` and returns it with the version to use:
/// the one named, or the newest usable one when the set follows it (`rotate`, R138).
///
/// What the set's identity may do with the key is checked when it uses the key, as in Azure.
///
/// # Errors
/// `RsvKeyVersionMissing`, `RsvRegionMismatch` (R130), `RsvKeyVaultNotProtected` (R131),
/// `KeyNotFound`, `RsvKeySize` (R129), `KeyDisabled`, `RsvKeyExpired`, `RsvKeyNotYetValid`.
pub fn check_disk_key(
    key_vault: &KeyVault,
    key: &KeyId,
    location: &str,
    rotate: bool,
    now: Timestamp,
) -> Result<KeyId, Refusal> {
    check_key_version(key, rotate)?;
    if !key_vault.base.location.eq_ignore_ascii_case(location) {
        return Err(Refusal::refused(
            "RsvRegionMismatch",
            format!(
                "Key vault '{}' is in region '{}', the disk encryption set in '{location}': both \
                 must be in one.",
                key_vault.base.name, key_vault.base.location
            ),
        ));
    }
    check_protection(key_vault)?;
    let found = key_vault.key(&key.name)?;
    let missing = || key_not_found(&key.to_string());
    let mut version = found
        .resolve(key.version.as_deref(), now)
        .ok_or_else(missing)?;
    if rotate {
        version = found.resolve(None, now).ok_or_else(missing)?;
    }
    check_key(
        version,
        &Rules {
            rsa_key_bits: RSA_KEY_BITS.to_vec(),
        },
        now,
    )?;
    Ok(key.with_version(&version.version))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::*;
    use crate::domain::{DEFAULT_KEY_OPS, Key, KeyVersion, Resource};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn version(digit: &str, bits: u32) -> KeyVersion {
        KeyVersion {
            version: digit.repeat(32),
            enabled: true,
            expires: None,
            not_before: None,
            created: NOW,
            updated: NOW,
            bits,
            key_ops: DEFAULT_KEY_OPS.map(str::to_owned).to_vec(),
            spki_sha256: String::new(),
            tags: BTreeMap::new(),
        }
    }

    fn key_vault(versions: Vec<KeyVersion>) -> KeyVault {
        let key = Key {
            name: "deskey".into(),
            versions,
            rotation: None,
        };
        KeyVault {
            base: Resource {
                subscription: Uuid::nil(),
                group: "testrg".into(),
                name: "testkeyvault".into(),
                location: "japaneast".into(),
                tags: BTreeMap::new(),
                created: NOW,
            },
            tenant_id: Uuid::nil(),
            sku: "Standard".into(),
            for_deployment: false,
            for_template_deployment: false,
            for_disk_encryption: false,
            rbac: false,
            soft_delete: true,
            retention_days: 90,
            purge_protection: true,
            public_network_access: true,
            policies: Vec::new(),
            keys: BTreeMap::from([("deskey".to_owned(), key)]),
            deleted_keys: BTreeMap::new(),
        }
    }

    fn check(key_vault: &KeyVault, version: Option<&str>, rotate: bool) -> Result<KeyId, Refusal> {
        let mut key = key_vault.key_id("deskey");
        key.version = version.map(|digit| digit.repeat(32));
        check_disk_key(key_vault, &key, "JapanEast", rotate, NOW)
    }

    #[test]
    fn r138_a_set_that_rotates_uses_the_newest_version_and_another_one_its_own() {
        let vault = key_vault(vec![version("1", 2048), version("2", 4096)]);
        let used = |named, rotate| check(&vault, named, rotate).unwrap().version.unwrap();
        assert_eq!(used(Some("1"), false), "1".repeat(32));
        assert_eq!(used(Some("1"), true), "2".repeat(32));
        assert_eq!(used(None, true), "2".repeat(32));
        assert_eq!(
            check(&vault, None, false).unwrap_err().code,
            "RsvKeyVersionMissing"
        );
        assert_eq!(
            check(&vault, Some("3"), true).unwrap_err().code,
            "KeyNotFound"
        );
    }

    #[test]
    fn r129_only_rsa_2048_3072_and_4096_are_taken() {
        for bits in [2048, 3072, 4096] {
            assert!(
                check(&key_vault(vec![version("1", bits)]), None, true).is_ok(),
                "{bits}"
            );
        }
        let odd = check(&key_vault(vec![version("1", 8192)]), None, true);
        assert_eq!(odd.unwrap_err().code, "RsvKeySize");
    }

    #[test]
    fn r130_the_key_vault_is_in_the_region_of_the_set() {
        let mut vault = key_vault(vec![version("1", 2048)]);
        vault.base.location = "japanwest".into();
        assert_eq!(
            check(&vault, None, true).unwrap_err().code,
            "RsvRegionMismatch"
        );
    }

    #[test]
    fn r131_the_key_vault_has_soft_delete_and_purge_protection() {
        let mut vault = key_vault(vec![version("1", 2048)]);
        vault.purge_protection = false;
        assert_eq!(
            check(&vault, None, true).unwrap_err().code,
            "RsvKeyVaultNotProtected"
        );
        vault.purge_protection = true;
        vault.soft_delete = false;
        assert_eq!(
            check(&vault, None, true).unwrap_err().code,
            "RsvKeyVaultNotProtected"
        );
    }

    #[test]
    fn a_disabled_version_is_refused() {
        let mut only = version("1", 2048);
        only.enabled = false;
        let found = check(&key_vault(vec![only]), Some("1"), false);
        assert_eq!(found.unwrap_err().code, "KeyDisabled");
    }
}
