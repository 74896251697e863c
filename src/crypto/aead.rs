//! AES-256-GCM and ChaCha20-Poly1305 with counted nonces under single-use keys.

use std::sync::atomic::{AtomicU64, Ordering};

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use chacha20poly1305::ChaCha20Poly1305;

use crate::crypto::{Error, Secret, expand, verify_equal};

/// Length of a GCM tag in bytes.
pub const TAG_BYTES: usize = 16;

/// Messages one sealer takes. Far below any bound of GCM; a caller that gets here has a bug.
const MESSAGES_MAX: u64 = 1 << 38;

/// The ciphers of the format: the first layer's, and the second layer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aead {
    /// AES-256-GCM (NIST SP 800-38D): everything but infrastructure encryption.
    Aes256Gcm,
    /// ChaCha20-Poly1305 (RFC 8439): infrastructure encryption, so that no flaw of one cipher
    /// opens both layers.
    ChaCha20Poly1305,
}

/// A cipher with its key schedule.
enum Cipher {
    Aes(Box<Aes256Gcm>),
    ChaCha(ChaCha20Poly1305),
}

impl Cipher {
    fn seal(&self, nonce: [u8; 12], aad: &[u8], buffer: &mut [u8]) -> Option<[u8; TAG_BYTES]> {
        let nonce = Nonce::from(nonce);
        let tag = match self {
            Self::Aes(cipher) => cipher.encrypt_inout_detached(&nonce, aad, buffer.into()),
            Self::ChaCha(cipher) => cipher.encrypt_inout_detached(&nonce, aad, buffer.into()),
        };
        tag.ok().map(Into::into)
    }

    fn open(&self, nonce: [u8; 12], aad: &[u8], buffer: &mut [u8], tag: &[u8; TAG_BYTES]) -> bool {
        let (nonce, tag) = (Nonce::from(nonce), (*tag).into());
        let opened = match self {
            Self::Aes(cipher) => cipher.decrypt_inout_detached(&nonce, aad, buffer.into(), &tag),
            Self::ChaCha(cipher) => cipher.decrypt_inout_detached(&nonce, aad, buffer.into(), &tag),
        };
        opened.is_ok()
    }
}

/// key(32) ‖ base nonce(12) ‖ commitment(32) = HKDF-Expand-SHA-512(input key, info).
pub struct MessageKeys {
    aead: Aead,
    key: Secret<32>,
    base_nonce: [u8; 12],
    commitment: [u8; 32],
}

impl MessageKeys {
    /// Derives the AES-256-GCM keys of one pack or stream. `info` must be unique under `input`.
    #[must_use]
    pub fn derive(input: &Secret<32>, info: &[u8]) -> Self {
        Self::derive_for(Aead::Aes256Gcm, input, info)
    }

    /// As [`MessageKeys::derive`], for either cipher. `info` names the cipher, too.
    #[must_use]
    pub fn derive_for(aead: Aead, input: &Secret<32>, info: &[u8]) -> Self {
        let mut okm = Secret::<76>::zeroed();
        expand(input.expose(), info, okm.expose_mut());
        let (key, rest) = okm.expose().split_at(32);
        let (nonce, commitment) = rest.split_at(12);
        let mut keys = Self {
            aead,
            key: Secret::zeroed(),
            base_nonce: [0; 12],
            commitment: [0; 32],
        };
        keys.key.expose_mut().copy_from_slice(key);
        keys.base_nonce.copy_from_slice(nonce);
        keys.commitment.copy_from_slice(commitment);
        keys
    }

    /// The public commitment: whoever opens must find the same one.
    #[must_use]
    pub fn commitment(&self) -> &[u8; 32] {
        &self.commitment
    }

    fn cipher(&self) -> Cipher {
        let key = Key::<Aes256Gcm>::from(*self.key.expose());
        match self.aead {
            Aead::Aes256Gcm => Cipher::Aes(Box::new(Aes256Gcm::new(&key))),
            Aead::ChaCha20Poly1305 => Cipher::ChaCha(ChaCha20Poly1305::new(&key)),
        }
    }
}

/// nonce(i) = base nonce XOR be96(i).
fn nonce(base: &[u8; 12], index: u64) -> [u8; 12] {
    let mut nonce = *base;
    for (byte, count) in nonce[4..].iter_mut().zip(index.to_be_bytes()) {
        *byte ^= count;
    }
    nonce
}

/// Seals the messages of one pack or stream, each under its own counter value.
///
/// Not `Clone`; the counter is taken atomically, so several threads may seal for one pack.
pub struct Sealer {
    cipher: Cipher,
    base_nonce: [u8; 12],
    next: AtomicU64,
}

impl Sealer {
    /// Starts at message 0. Consumes the keys: one sealer per derived key.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the keys are consumed on purpose"
    )]
    pub fn new(keys: MessageKeys) -> Self {
        let cipher = keys.cipher();
        Self {
            cipher,
            base_nonce: keys.base_nonce,
            next: AtomicU64::new(0),
        }
    }

    /// Takes the next message number, so that it can stand in the associated data.
    ///
    /// # Errors
    /// [`Error::Limit`] after 2^38 messages.
    fn take(&self) -> Result<u64, Error> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        if index < MESSAGES_MAX {
            Ok(index)
        } else {
            Err(Error::Limit("messages under one key"))
        }
    }

    /// AEAD(key, base nonce XOR be96(i), aad(i), buffer) in place; gives i and the tag.
    ///
    /// # Errors
    /// [`Error::Limit`] after 2^38 messages.
    pub fn seal(
        &self,
        buffer: &mut [u8],
        aad: impl FnOnce(u64) -> Vec<u8>,
    ) -> Result<(u64, [u8; TAG_BYTES]), Error> {
        let index = self.take()?;
        let tag = self
            .cipher
            .seal(nonce(&self.base_nonce, index), &aad(index), buffer)
            .ok_or(Error::Limit("message length"))?;
        Ok((index, tag))
    }
}

/// Opens the messages of one pack or stream.
pub struct Opener {
    cipher: Cipher,
    base_nonce: [u8; 12],
}

impl Opener {
    /// Checks the commitment (constant time) before anything is decrypted.
    ///
    /// # Errors
    /// [`Error::WrongKey`] when the stored commitment is another key's.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the keys are consumed on purpose"
    )]
    pub fn new(keys: MessageKeys, stored: &[u8], what: &'static str) -> Result<Self, Error> {
        if !verify_equal(&keys.commitment, stored) {
            return Err(Error::WrongKey { what });
        }
        Ok(Self {
            cipher: keys.cipher(),
            base_nonce: keys.base_nonce,
        })
    }

    /// Opens message `index` in place.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] when key, index, associated data, bytes or tag differ.
    pub fn open(
        &self,
        index: u64,
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_BYTES],
        what: &'static str,
    ) -> Result<(), Error> {
        let nonce = nonce(&self.base_nonce, index);
        if self.cipher.open(nonce, aad, buffer, tag) {
            Ok(())
        } else {
            Err(Error::NotAuthentic { what })
        }
    }
}
