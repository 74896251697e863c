//! Key backups: all versions of a key in one file, sealed under this installation's root key or,
//! to be opened anywhere, under a passphrase.
//!
//! `"RSVKEYB1"`, the installation (16 bytes), then Cobblestone-256 under
//! `derive(root key, "rsv/v1/key-backup", [installation])` with the context
//! `canonical("rsv/v1/key-backup", installation)`, over: be32 length and JSON of the key's record,
//! then per version, in order, be32 length and PKCS#8 DER.
//!
//! The portable form: `"RSVKEYP1"`, cost (12 bytes) and salt (16) of Argon2id, then the same in
//! Cobblestone-256 under `Argon2id(passphrase, salt, cost)` with the context
//! `canonical("rsv/v1/key-backup-portable", cost, salt)`.

use anyhow::Result;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::crypto::{
    self, PASSPHRASE_SALT_BYTES, PassphraseCost, RsaPrivate, canonical, open, passphrase_key,
    random, seal,
};
use crate::domain::{Key, KeyVault, Refusal, RefusalKind};
use crate::state::{self, Passphrase};
use crate::workflow::{Context, hex};

const MAGIC: &[u8; 8] = b"RSVKEYB1";
const LABEL: &str = "rsv/v1/key-backup";
const MAGIC_PORTABLE: &[u8; 8] = b"RSVKEYP1";
const LABEL_PORTABLE: &str = "rsv/v1/key-backup-portable";
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
    portable: bool,
}

impl RestoredKey {
    /// The key with its versions and their attributes.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.record.key
    }

    /// Keys go back into the subscription and the region they come from. The subscription of
    /// another home is another one, so a portable backup is bound to the region alone.
    ///
    /// # Errors
    /// `RsvKeyBackupElsewhere`.
    pub fn check_target(&self, vault: &KeyVault) -> Result<(), Refusal> {
        let same_region = vault
            .base
            .location
            .eq_ignore_ascii_case(&self.record.location);
        if same_region && (self.portable || vault.base.subscription == self.record.subscription) {
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

/// The sealed backup of a key; with a passphrase it opens in any home.
///
/// # Errors
/// A private key that cannot be opened.
pub fn back_up_key(
    context: &Context,
    vault: &KeyVault,
    key: &Key,
    passphrase: Option<&Passphrase>,
) -> Result<Vec<u8>> {
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
    if let Some(passphrase) = passphrase {
        return seal_portable(passphrase, &plain);
    }
    let installation = context.installation();
    let sealed = seal(&context.key_backup_key(), &bound_to(installation), &plain)?;
    Ok([MAGIC.as_slice(), installation.as_bytes(), &sealed].concat())
}

fn seal_portable(passphrase: &Passphrase, plain: &[u8]) -> Result<Vec<u8>> {
    let (cost, salt) = (PassphraseCost::DEFAULT, random::<PASSPHRASE_SALT_BYTES>()?);
    let key = passphrase_key(passphrase.expose(), &salt, cost)?;
    let sealed = seal(&key, &bound_to_cost(cost, &salt), plain)?;
    Ok([MAGIC_PORTABLE.as_slice(), &cost.to_bytes(), &salt, &sealed].concat())
}

fn bound_to_cost(cost: PassphraseCost, salt: &[u8]) -> Vec<u8> {
    canonical(&[LABEL_PORTABLE.as_bytes(), &cost.to_bytes(), salt])
}

fn put(plain: &mut Vec<u8>, part: &[u8]) -> Result<()> {
    plain.extend_from_slice(&u32::try_from(part.len())?.to_be_bytes());
    plain.extend_from_slice(part);
    Ok(())
}

fn bound_to(installation: Uuid) -> Vec<u8> {
    canonical(&[LABEL.as_bytes(), installation.as_bytes()])
}

/// Opens a key backup of this installation, or a portable one with its passphrase.
///
/// # Errors
/// `RsvNotAKeyBackup`, `RsvKeyBackupElsewhere` for another installation's, `RsvWrongPassphrase`,
/// or damage (exit 4).
pub fn open_key_backup(
    context: &Context,
    bytes: &[u8],
    ask: impl FnOnce() -> Result<Passphrase, state::Error>,
) -> Result<RestoredKey> {
    if let Some(body) = bytes.strip_prefix(MAGIC_PORTABLE) {
        return open_portable(body, ask);
    }
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
    parse(&Zeroizing::new(plain), false)
}

fn open_portable(
    body: &[u8],
    ask: impl FnOnce() -> Result<Passphrase, state::Error>,
) -> Result<RestoredKey> {
    const WHAT: &str = "key backup";
    let truncated = crypto::Error::Truncated { what: WHAT };
    let Some((cost, rest)) = body.split_first_chunk() else {
        return Err(truncated.into());
    };
    let Some((salt, sealed)) = rest.split_first_chunk::<PASSPHRASE_SALT_BYTES>() else {
        return Err(truncated.into());
    };
    let cost = PassphraseCost::from_bytes(*cost)?;
    let key = passphrase_key(ask()?.expose(), salt, cost)?;
    let plain = open(&key, &bound_to_cost(cost, salt), sealed, WHAT);
    let plain = plain.map_err(|error| match error {
        crypto::Error::WrongKey { .. } => anyhow::Error::from(
            Refusal::refused(
                "RsvWrongPassphrase",
                "The passphrase does not open the key backup.",
            )
            .hint("Without it the backup opens nowhere; there is no way around it."),
        ),
        other => other.into(),
    })?;
    parse(&Zeroizing::new(plain), true)
}

/// Reads the plaintext of a backup.
pub(crate) fn parse(plain: &[u8], portable: bool) -> Result<RestoredKey> {
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
    Ok(RestoredKey {
        record,
        private,
        portable,
    })
}
