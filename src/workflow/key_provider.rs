//! Key vaults that live on this machine. Every use of a key is checked here, per principal and
//! operation, and nowhere else: there is no way to a private key that goes past it.

use anyhow::Result;
use jiff::Timestamp;
use uuid::Uuid;

use crate::crypto::{Keyring, Secret};
use crate::domain::{Key, KeyId, KeyPermission, KeyVault, KeyVersion, Refusal, RefusalKind};
use crate::state::Document;
use crate::workflow::hex;

/// A data-encryption key wrapped by one key version.
#[derive(Debug, Clone)]
pub struct Wrapped {
    /// The key identifier, with the version that was used.
    pub key: KeyId,
    /// SHA-256 of the key's SPKI.
    pub spki_digest: [u8; 32],
    /// RSA-OAEP-256 ciphertext.
    pub ciphertext: Vec<u8>,
}

/// What wraps and unwraps data-encryption keys: a local key vault now; PKCS#11 or Azure later.
pub trait KeyProvider {
    /// Looks a key version up for `principal` (`get`). Without a version: the newest usable one.
    ///
    /// # Errors
    /// `ResourceNotFound`, `KeyNotFound`, `ForbiddenByPolicy`, `ForbiddenByRbac`.
    fn describe(&self, principal: Uuid, key: &KeyId) -> Result<KeyVersion>;

    /// Wraps a data-encryption key for `principal` (`wrapKey`).
    ///
    /// # Errors
    /// As [`Self::describe`]; `KeyDisabled`, `Forbidden`.
    fn wrap(&self, principal: Uuid, key: &KeyId, dek: &Secret<32>) -> Result<Wrapped>;

    /// Unwraps one for `principal` (`unwrapKey`). `key` carries the version that wrapped it.
    ///
    /// # Errors
    /// As [`Self::wrap`]; `RsvKeyUnwrapFailed`.
    fn unwrap(&self, principal: Uuid, key: &KeyId, ciphertext: &[u8]) -> Result<Secret<32>>;
}

/// The key vaults of a home.
pub struct LocalKeyVaults<'a> {
    document: &'a Document,
    keyring: &'a Keyring,
    now: Timestamp,
    denied: &'a [KeyId],
}

impl<'a> LocalKeyVaults<'a> {
    /// The key vaults as `document` describes them at `now`.
    #[must_use]
    pub fn new(document: &'a Document, keyring: &'a Keyring, now: Timestamp) -> Self {
        Self {
            document,
            keyring,
            now,
            denied: &[],
        }
    }

    /// The same, as if nobody were permitted to use any version of these keys: a rehearsal.
    #[must_use]
    pub fn denying(self, denied: &'a [KeyId]) -> Self {
        Self { denied, ..self }
    }

    /// The key vault a key identifier names.
    ///
    /// # Errors
    /// `ResourceNotFound`.
    pub fn key_vault(&self, key: &KeyId) -> Result<&'a KeyVault, Refusal> {
        self.document.key_vault_named(&key.vault)
    }

    fn allowed(
        &self,
        principal: Uuid,
        key: &KeyId,
        permission: KeyPermission,
    ) -> Result<(&'a Key, &'a KeyVersion), Refusal> {
        let key_vault = self.key_vault(key)?;
        if self.denied.iter().any(|d| d.is_same_key(key)) {
            return Err(Refusal::refused(
                "ForbiddenByPolicy",
                format!(
                    "The rehearsal denies '{principal}' the permission {permission} on key '{}'.",
                    key.versionless()
                ),
            ));
        }
        self.document.check_tenant(principal, key_vault)?;
        let access = self.document.key_access(key_vault);
        let checked = access.check(principal, permission, Some(&key.name));
        // A step's own permission would only lead to the next step's refusal.
        checked.map_err(|refusal| match key_vault.rbac {
            true => refusal,
            false => {
                let needs = self.document.key_needs(principal);
                refusal.hint(key_vault.policy_hint(principal, needs))
            }
        })?;
        // Who may use the key is told what became of it, and how to get it back (R57, R58).
        let found = key_vault.key(&key.name).or_else(|missing| {
            self.document.check_key_kept(key, self.now)?;
            Err(missing)
        })?;
        let version = found
            .resolve(key.version.as_deref(), self.now)
            .ok_or_else(|| {
                let mut refusal = Refusal::not_found(format!(
                    "A key with (name/id) {key} was not found in this key vault."
                ));
                refusal.code = "KeyNotFound";
                refusal
            })?;
        Ok((found, version))
    }
}

impl KeyProvider for LocalKeyVaults<'_> {
    fn describe(&self, principal: Uuid, key: &KeyId) -> Result<KeyVersion> {
        Ok(self.allowed(principal, key, KeyPermission::Get)?.1.clone())
    }

    fn wrap(&self, principal: Uuid, key: &KeyId, dek: &Secret<32>) -> Result<Wrapped> {
        let (found, version) = self.allowed(principal, key, KeyPermission::WrapKey)?;
        version.check_use("wrapKey", self.now)?;
        let public =
            self.keyring
                .public(&key.vault, &found.name.to_lowercase(), &version.version)?;
        // The file can be written without the root key; the digest in the MACed state cannot.
        if hex(&public.spki_digest()) != version.spki_sha256 {
            return Err(Refusal::new(
                RefusalKind::Damaged,
                "RsvPublicKeySwapped",
                format!("The public key file of '{key}' is not the key's: it was replaced."),
            )
            .into());
        }
        Ok(Wrapped {
            key: key.with_version(&version.version),
            spki_digest: public.spki_digest(),
            ciphertext: public.wrap(dek)?,
        })
    }

    fn unwrap(&self, principal: Uuid, key: &KeyId, ciphertext: &[u8]) -> Result<Secret<32>> {
        let (found, version) = self.allowed(principal, key, KeyPermission::UnwrapKey)?;
        version.check_use("unwrapKey", self.now)?;
        let private =
            self.keyring
                .load(&key.vault, &found.name.to_lowercase(), &version.version)?;
        Ok(private.unwrap(ciphertext)?)
    }
}
