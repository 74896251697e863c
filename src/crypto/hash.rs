//! Hashes and MACs: one module, so that a faster library is a one-file change.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::crypto::Secret;

/// SHA-256(bytes).
#[must_use]
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// BLAKE3(bytes), unkeyed: for checks of ciphertext that need no key. Never of plaintext.
#[must_use]
pub fn keyless(ciphertext: &[u8]) -> [u8; 32] {
    *blake3::hash(ciphertext).as_bytes()
}

/// `HMAC-SHA-256(key, parts[0] ‖ parts[1] ‖ …)`. Callers make the concatenation unambiguous.
#[must_use]
pub fn hmac_sha256(key: &Secret<32>, parts: &[&[u8]]) -> [u8; 32] {
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes a key of any length (RFC 2104)"
    )]
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose())
        .expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// a = b in constant time; false when the lengths differ.
#[must_use]
pub fn verify_equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Names chunks: id = BLAKE3-keyed(K_id, plaintext). Nobody without K_id can test a guess.
#[derive(Debug, Clone)]
pub struct IdKey(Secret<32>);

impl IdKey {
    /// Uses K_id.
    #[must_use]
    pub fn new(key: Secret<32>) -> Self {
        Self(key)
    }

    /// K_id itself, to be carried to the next epoch.
    #[must_use]
    pub fn secret(&self) -> &Secret<32> {
        &self.0
    }

    /// The id of a chunk.
    #[must_use]
    pub fn id(&self, plaintext: &[u8]) -> [u8; 32] {
        *blake3::keyed_hash(self.0.expose(), plaintext).as_bytes()
    }
}
