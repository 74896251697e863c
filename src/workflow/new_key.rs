//! Making the private key of a key version: slow, so never under the state's lock.

use anyhow::Result;
use uuid::Uuid;

use crate::crypto::RsaPrivate;
use crate::state;
use crate::workflow::{Context, hex};

/// A private key that is durable in the keyring, but that no state names yet.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// 32 lower-case hexadecimal digits.
    pub version: String,
    /// SHA-256 of the SPKI, hex.
    pub spki_sha256: String,
}

impl NewKey {
    /// What -WhatIf goes on with: no key is made.
    #[must_use]
    pub fn pretend() -> Self {
        Self {
            version: Uuid::nil().simple().to_string(),
            spki_sha256: String::new(),
        }
    }
}

/// Generates an RSA key and seals it into the keyring.
///
/// # Errors
/// The keyring's, or no randomness.
pub fn make_key(context: &mut Context, vault: &str, key: &str, bits: u32) -> Result<NewKey> {
    let private = RsaPrivate::generate(bits)?;
    let version = context.fresh_id()?.simple().to_string();
    context.keyring().store(
        &vault.to_lowercase(),
        &key.to_lowercase(),
        &version,
        &private,
    )?;
    Ok(NewKey {
        version,
        spki_sha256: hex(&private.spki_digest()),
    })
}

/// Removes a key that the state did not take. Kept when it is unknown whether it did.
pub fn drop_key<T>(
    context: &mut Context,
    vault: &str,
    key: &str,
    version: &str,
    outcome: &Result<T>,
) {
    let unknown = outcome.as_ref().err().is_some_and(|error| {
        matches!(
            error.downcast_ref::<state::Error>(),
            Some(state::Error::Unknown(_))
        )
    });
    if !unknown {
        // Best effort: files that no state names open nothing.
        let _ = context.keyring().remove_version_files(
            &vault.to_lowercase(),
            &key.to_lowercase(),
            version,
        );
    }
}
