//! Keys of a key vault and their versions: what a version may be used for, and when.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::{KeyId, Refusal, RotationPolicy};

/// One version of an RSA key. The private part is sealed in the keyring, never here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyVersion {
    /// 32 lower-case hexadecimal digits.
    pub version: String,
    /// Disabled versions do nothing (R80).
    pub enabled: bool,
    /// Not valid from then on.
    #[serde(default)]
    pub expires: Option<Timestamp>,
    /// Not valid before.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
    /// When its attributes last changed.
    pub updated: Timestamp,
    /// Modulus size in bits.
    pub bits: u32,
    /// Key operations it allows.
    pub key_ops: Vec<String>,
    /// SHA-256 of the public key's SPKI, hex.
    pub spki_sha256: String,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// What a new RSA key may do unless -KeyOps says otherwise.
pub const DEFAULT_KEY_OPS: [&str; 6] = [
    "encrypt",
    "decrypt",
    "sign",
    "verify",
    "wrapKey",
    "unwrapKey",
];

impl KeyVersion {
    /// Checks that the version may do `operation` (`wrapKey`, `unwrapKey`) at `now`.
    ///
    /// Key Vault's own rule (R56): an expired or not-yet-valid version still unwraps.
    ///
    /// # Errors
    /// `KeyDisabled` (R80), `Forbidden` (R81) with Key Vault's words.
    pub fn check_use(&self, operation: &str, now: Timestamp) -> Result<(), Refusal> {
        if !self.enabled {
            return Err(Refusal::refused(
                "KeyDisabled",
                format!("Operation {operation} is not allowed on a disabled key."),
            ));
        }
        if !self
            .key_ops
            .iter()
            .any(|op| op.eq_ignore_ascii_case(operation))
        {
            return Err(Refusal::refused(
                "Forbidden",
                format!("Operation {operation} is not permitted on this key."),
            ));
        }
        if operation.eq_ignore_ascii_case("unwrapKey") {
            return Ok(());
        }
        self.check_valid(now).map_err(|refusal| Refusal {
            code: "Forbidden",
            ..refusal
        })
    }

    /// Checks the dates (R55; Backup refuses an expired key for unwrapping too).
    ///
    /// # Errors
    /// `RsvKeyExpired` or `RsvKeyNotYetValid`, with the date.
    pub fn check_valid(&self, now: Timestamp) -> Result<(), Refusal> {
        if let Some(expires) = self.expires.filter(|at| *at <= now) {
            return Err(Refusal::refused(
                "RsvKeyExpired",
                format!("The key expired at {expires}."),
            ));
        }
        if let Some(start) = self.not_before.filter(|at| *at > now) {
            return Err(Refusal::refused(
                "RsvKeyNotYetValid",
                format!("The key is not valid before {start}."),
            ));
        }
        Ok(())
    }

    /// Backup's rule for opening data (R55): enabled and valid, where Key Vault's own unwrap asks
    /// for enabled alone (R56).
    ///
    /// # Errors
    /// `KeyDisabled`, `RsvKeyExpired` or `RsvKeyNotYetValid`, with the command that heals.
    pub fn check_backup(&self, key: &KeyId, now: Timestamp) -> Result<(), Refusal> {
        self.check_use("unwrapKey", now)
            .and_then(|()| self.check_valid(now))
            .map_err(|refusal| self.heal(key, refusal, now))
    }

    /// Adds the command that lifts the reason of a refusal.
    #[must_use]
    pub fn heal(&self, key: &KeyId, refusal: Refusal, now: Timestamp) -> Refusal {
        let change = match refusal.code {
            "KeyDisabled" => "-Enable true".to_owned(),
            "RsvKeyExpired" => {
                let year = SignedDuration::from_hours(24 * 365);
                let later = now.checked_add(year).unwrap_or(Timestamp::MAX);
                format!("-Expires {}", later.strftime("%Y-%m-%d"))
            }
            "RsvKeyNotYetValid" => format!("-NotBefore {}", now.strftime("%Y-%m-%dT%H:%M:%SZ")),
            _ => return refusal,
        };
        refusal.hint(format!(
            "rsv Update-AzKeyVaultKey -VaultName {} -Name {} -Version {} {change}",
            key.vault, key.name, self.version
        ))
    }
}

/// A key: its versions, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Name, in the case it was made with.
    pub name: String,
    /// Versions, oldest first; never empty.
    pub versions: Vec<KeyVersion>,
    /// Rotation policy, if one was set.
    #[serde(default)]
    pub rotation: Option<RotationPolicy>,
}

impl Key {
    /// The newest version; `None` only for a damaged state.
    #[must_use]
    pub fn newest(&self) -> Option<&KeyVersion> {
        self.versions.last()
    }

    /// The version named, or the newest enabled one that is valid now (R65).
    #[must_use]
    pub fn resolve(&self, version: Option<&str>, now: Timestamp) -> Option<&KeyVersion> {
        match version {
            Some(version) => self
                .versions
                .iter()
                .find(|v| v.version.eq_ignore_ascii_case(version)),
            None => {
                let usable = |v: &&KeyVersion| v.enabled && v.check_valid(now).is_ok();
                self.versions
                    .iter()
                    .rev()
                    .find(usable)
                    .or_else(|| self.newest())
            }
        }
    }
}

/// Checks a key name: 1-127 letters, digits or '-'.
///
/// # Errors
/// `BadParameter`, `Invalid key name.`
pub fn check_key_name(name: &str) -> Result<(), Refusal> {
    let fits = (1..=127).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if fits {
        return Ok(());
    }
    Err(Refusal::usage(
        "BadParameter",
        format!(
            "Invalid key name. '{}' is not 1-127 letters, digits or '-'.",
            name.escape_debug()
        ),
    ))
}
