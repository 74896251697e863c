//! Key derivation: HKDF-Expand with SHA-512 from keys that are uniformly random already.
//!
//! The Extract step is left out for the reason C2SP chunked-encryption gives: every input key
//! here is 32 uniformly random bytes. The `hkdf` crate refuses such keys as PRK (it wants 64
//! bytes for SHA-512), so Expand is written out over `hmac`; the tests hold it against `hkdf`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::Zeroize;

use crate::crypto::Secret;

/// HKDF-Expand-SHA-512(prk, info, L) of RFC 5869 section 2.3; L is `out.len()`.
///
/// # Panics
/// When L is over 16,320: the rest of a key left at zero would be worse.
pub fn expand(prk: &[u8], info: &[u8], out: &mut [u8]) {
    assert!(
        out.len() <= 255 * 64,
        "RFC 5869 limits L to 255 hash lengths"
    );
    let mut previous = [0u8; 64];
    for (counter, block) in (1u8..=255).zip(out.chunks_mut(64)) {
        #[expect(
            clippy::expect_used,
            reason = "HMAC takes a key of any length (RFC 2104)"
        )]
        let mut mac =
            <Hmac<Sha512> as KeyInit>::new_from_slice(prk).expect("HMAC takes a key of any length");
        if counter > 1 {
            mac.update(&previous);
        }
        mac.update(info);
        mac.update(&[counter]);
        previous = mac.finalize().into_bytes().into();
        block.copy_from_slice(&previous[..block.len()]);
    }
    previous.zeroize();
}

/// Canonical encoding: be32(len) ‖ bytes for every part. No two lists of parts encode alike.
#[must_use]
pub fn canonical(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.iter().map(|p| p.len() + 4).sum());
    for part in parts {
        out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// HKDF-Expand-SHA-512(key, canonical(label, parts…), N).
#[must_use]
pub fn derive<const N: usize>(key: &Secret<32>, label: &str, parts: &[&[u8]]) -> Secret<N> {
    let mut all = vec![label.as_bytes()];
    all.extend_from_slice(parts);
    let mut out = Secret::zeroed();
    expand(key.expose(), &canonical(&all), out.expose_mut());
    out
}
