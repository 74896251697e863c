//! Key backups: all versions of a key in one file, sealed under this installation's root key.
//!
//! `"RSVKEYB1"`, the installation (16 bytes), then Cobblestone-256 under
//! `derive(root key, "rsv/v1/key-backup", [installation])` with the context
//! `canonical("rsv/v1/key-backup", installation)`, over: be32 length and JSON of the key's record,
//! then per version, in order, be32 length and PKCS#8 DER.

use anyhow::Result;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::crypto::{RsaPrivate, canonical, open, seal};
use crate::domain::{Key, KeyVault, Refusal, RefusalKind};
use crate::workflow::{Context, hex};

const MAGIC: &[u8; 8] = b"RSVKEYB1";
const LABEL: &str = "rsv/v1/key-backup";
/// Longest backup that is read: some hundred versions of RSA 4096.
pub const KEY_BACKUP_BYTES_MAX: u64 = 1024 * 1024;

/// What a backup says of the key.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    /// Subscription of the key vault: restore stays within it.
    subscription: Uuid,
    /// Region of the key vault: restore stays within it.
    location: String,
    key: Key,
}

/// A key read from a backup.
pub struct RestoredKey {
    record: Record,
    private: Vec<RsaPrivate>,
}

impl RestoredKey {
    /// The key with its versions and their attributes.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.record.key
    }

    /// Keys go back into the subscription and the region they come from.
    ///
    /// # Errors
    /// `RsvKeyBackupElsewhere`.
    pub fn check_target(&self, vault: &KeyVault) -> Result<(), Refusal> {
        let same_region = vault
            .base
            .location
            .eq_ignore_ascii_case(&self.record.location);
        if same_region && vault.base.subscription == self.record.subscription {
            return Ok(());
        }
        Err(Refusal::refused(
            "RsvKeyBackupElsewhere",
            format!(
                "The key comes from region '{}' of subscription {}: it goes back there only.",
                self.record.location, self.record.subscription
            ),
        ))
    }

    /// Seals the private keys into a key vault; the state names them next.
    ///
    /// # Errors
    /// The keyring's.
    pub fn store(&self, context: &Context, vault: &str) -> Result<()> {
        let (vault, name) = (vault.to_lowercase(), self.key().name.to_lowercase());
        for (version, private) in self.key().versions.iter().zip(&self.private) {
            // A purge leaves the public key behind.
            let keyring = context.keyring();
            if !keyring.contains(&vault, &name, &version.version)? {
                keyring.remove_version_files(&vault, &name, &version.version)?;
                keyring.store(&vault, &name, &version.version, private)?;
            }
        }
        Ok(())
    }
}

/// The sealed backup of a key.
///
/// # Errors
/// A private key that cannot be opened.
pub fn back_up_key(context: &Context, vault: &KeyVault, key: &Key) -> Result<Vec<u8>> {
    let record = serde_json::to_vec(&Record {
        subscription: vault.base.subscription,
        location: vault.base.location.clone(),
        key: key.clone(),
    })?;
    // Sized once: growing would leave copies of private keys behind.
    let room = record.len() + 4 + key.versions.len() * 4096;
    let mut plain = Zeroizing::new(Vec::with_capacity(room));
    put(&mut plain, &record)?;
    let (vault, name) = (vault.base.name.to_lowercase(), key.name.to_lowercase());
    for version in &key.versions {
        let private = context.keyring().load(&vault, &name, &version.version)?;
        put(&mut plain, &private.to_pkcs8_der()?)?;
    }
    let installation = context.installation();
    let sealed = seal(&context.key_backup_key(), &bound_to(installation), &plain)?;
    Ok([MAGIC.as_slice(), installation.as_bytes(), &sealed].concat())
}

fn put(plain: &mut Vec<u8>, part: &[u8]) -> Result<()> {
    plain.extend_from_slice(&u32::try_from(part.len())?.to_be_bytes());
    plain.extend_from_slice(part);
    Ok(())
}

fn bound_to(installation: Uuid) -> Vec<u8> {
    canonical(&[LABEL.as_bytes(), installation.as_bytes()])
}

/// Opens a key backup of this installation.
///
/// # Errors
/// `RsvNotAKeyBackup`, `RsvKeyBackupElsewhere` for another installation's, or damage (exit 4).
pub fn open_key_backup(context: &Context, bytes: &[u8]) -> Result<RestoredKey> {
    let header = bytes
        .strip_prefix(MAGIC)
        .and_then(|b| b.split_first_chunk());
    let Some((installation, sealed)) = header else {
        return Err(
            Refusal::usage("RsvNotAKeyBackup", "The file is not a key backup of rsv.")
                .hint("Backup-AzKeyVaultKey makes one.")
                .into(),
        );
    };
    let installation = Uuid::from_bytes(*installation);
    if installation != context.installation() {
        return Err(Refusal::refused(
            "RsvKeyBackupElsewhere",
            format!(
                "The key backup was made by installation {installation}; this is {}. It is sealed \
                 under the root key there, and opens nowhere else.",
                context.installation()
            ),
        )
        .hint("Restore it in a home of that installation, with its root key file.")
        .into());
    }
    let plain = open(
        &context.key_backup_key(),
        &bound_to(installation),
        sealed,
        "key backup",
    )?;
    parse(&Zeroizing::new(plain))
}

fn parse(plain: &[u8]) -> Result<RestoredKey> {
    let damaged = || {
        Refusal::new(
            RefusalKind::Damaged,
            "RsvKeyBackupDamaged",
            "The key backup does not hold what its record says.",
        )
    };
    let mut rest = plain;
    let mut next = || -> Option<&[u8]> {
        let (len, after) = rest.split_first_chunk()?;
        let (part, after) = after.split_at_checked(u32::from_be_bytes(*len) as usize)?;
        rest = after;
        Some(part)
    };
    let record: Record = serde_json::from_slice(next().ok_or_else(damaged)?)?;
    let mut private = Vec::new();
    for version in &record.key.versions {
        let key = RsaPrivate::from_pkcs8_der(next().ok_or_else(damaged)?)?;
        if hex(&key.spki_digest()) != version.spki_sha256 {
            return Err(damaged().into());
        }
        private.push(key);
    }
    Ok(RestoredKey { record, private })
}
