//! AES-256-GCM and ChaCha20-Poly1305 with counted nonces under single-use keys.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::aead::{
    AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, MAX_TAG_LEN, Nonce, UnboundKey,
};

use crate::crypto::{Error, Secret, expand, verify_equal};

/// Length of a GCM tag in bytes.
pub const TAG_BYTES: usize = MAX_TAG_LEN;

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

/// A cipher with its key schedule. The library keeps it on the heap and wipes it when dropped.
struct Cipher(LessSafeKey);

impl Cipher {
    fn new(aead: Aead, key: &Secret<32>) -> Result<Self, Error> {
        let algorithm = match aead {
            Aead::Aes256Gcm => &AES_256_GCM,
            Aead::ChaCha20Poly1305 => &CHACHA20_POLY1305,
        };
        let key = UnboundKey::new(algorithm, key.expose());
        Ok(Self(LessSafeKey::new(
            key.map_err(|_| Error::Limit("key length"))?,
        )))
    }

    /// Encrypts `plain` to where it belongs. "Extra" input is what the library calls input that
    /// is not encrypted in place; the tag comes behind it.
    fn seal(&self, nonce: [u8; 12], aad: &[u8], plain: &[u8], sealed: &mut [u8]) -> bool {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let aad = Aad::from(aad);
        self.0
            .seal_in_place_scatter(nonce, aad, &mut [], plain, sealed)
            .is_ok()
    }

    fn open(&self, nonce: [u8; 12], aad: &[u8], sealed: &mut [u8]) -> bool {
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.0.open_in_place(nonce, Aad::from(aad), sealed).is_ok()
    }

    fn open_into(&self, nonce: [u8; 12], aad: &[u8], sealed: &[u8], plain: &mut [u8]) -> bool {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let Some((body, tag)) = sealed.split_last_chunk::<TAG_BYTES>() else {
            return false;
        };
        self.0
            .open_separate_gather(nonce, Aad::from(aad), body, tag, plain)
            .is_ok()
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

    fn cipher(&self) -> Result<Cipher, Error> {
        Cipher::new(self.aead, &self.key)
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
    ///
    /// # Errors
    /// [`Error::Limit`] when the library takes no key of this length; it takes this one.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the keys are consumed on purpose"
    )]
    pub fn new(keys: MessageKeys) -> Result<Self, Error> {
        Ok(Self {
            cipher: keys.cipher()?,
            base_nonce: keys.base_nonce,
            next: AtomicU64::new(0),
        })
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

    /// sealed = AEAD(key, base nonce XOR be96(i), aad(i), plain) ‖ tag; gives i. `sealed` is
    /// [`TAG_BYTES`] longer than `plain`.
    ///
    /// # Errors
    /// [`Error::Limit`] after 2^38 messages, or when `sealed` has another length.
    pub fn seal(
        &self,
        plain: &[u8],
        sealed: &mut [u8],
        aad: impl FnOnce(u64) -> Vec<u8>,
    ) -> Result<u64, Error> {
        let index = self.take()?;
        let nonce = nonce(&self.base_nonce, index);
        let fits = sealed.len() == plain.len() + TAG_BYTES;
        if fits && self.cipher.seal(nonce, &aad(index), plain, sealed) {
            Ok(index)
        } else {
            Err(Error::Limit("message length"))
        }
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
            cipher: keys.cipher()?,
            base_nonce: keys.base_nonce,
        })
    }

    /// Opens message `index` in place and gives its plaintext.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] when key, index, associated data, bytes or tag differ.
    pub fn open<'a>(
        &self,
        index: u64,
        aad: &[u8],
        sealed: &'a mut [u8],
        what: &'static str,
    ) -> Result<&'a mut [u8], Error> {
        let nonce = nonce(&self.base_nonce, index);
        let plain = sealed.len().saturating_sub(TAG_BYTES);
        if self.cipher.open(nonce, aad, sealed) {
            Ok(&mut sealed[..plain])
        } else {
            Err(Error::NotAuthentic { what })
        }
    }

    /// As [`Opener::open`], into `plain`, which has the exact length. Zero when it fails.
    ///
    /// # Errors
    /// As [`Opener::open`].
    pub fn open_into(
        &self,
        index: u64,
        aad: &[u8],
        sealed: &[u8],
        plain: &mut [u8],
        what: &'static str,
    ) -> Result<(), Error> {
        let nonce = nonce(&self.base_nonce, index);
        if self.cipher.open_into(nonce, aad, sealed, plain) {
            Ok(())
        } else {
            plain.fill(0);
            Err(Error::NotAuthentic { what })
        }
    }
}
