//! Primitives: AES-256-GCM, ChaCha20-Poly1305, Cobblestone-256, HKDF-Expand, HMAC, BLAKE3, RSA-OAEP-256, randomness.
//!
//! The first line of each item is its formula. This layer knows no chunk, pack or state file; it
//! does code the three small objects that are nothing but cryptography: wrap groups, sealed
//! private keys and access tokens. Every construction is one that `docs/threat-model.md` names,
//! and nothing is negotiated from stored data. No function takes a nonce: counters live in
//! [`Sealer`] and [`StreamWriter`].

mod aead;
mod carried;
mod error;
mod file;
mod hash;
mod hex;
mod kdf;
mod keyring;
mod passphrase;
mod random;
mod rsa_key;
mod secret;
mod stream;
mod token;
mod wrap;
mod wrap_format;

pub use aead::{Aead, MessageKeys, Opener, Sealer, TAG_BYTES};
pub use carried::{carried_id_key, carry_id_key};
pub use error::Error;
pub use file::{open_regular, read_regular};
pub use hash::{IdKey, digest, hmac_sha256, keyless, verify_equal};
pub use hex::{from_hex, hex};
pub use kdf::{canonical, derive, expand};
pub use keyring::Keyring;
pub use passphrase::{PASSPHRASE_SALT_BYTES, PassphraseCost, passphrase_key};
pub use random::random;
pub use rsa_key::{RsaPrivate, RsaPublic};
pub use secret::Secret;
pub use stream::{
    Gather, ReadAt, Room, STREAM_CHUNK_BYTES, STREAM_HEADER_BYTES, StreamReader, StreamShape,
    StreamWriter, open, seal, sealed_len,
};
pub use token::AccessToken;
pub use wrap::{
    PLATFORM_KEY_ID, WrapAlgorithm, WrapClass, WrapGroup, WrapHeader, WrapPart, WrapPurpose,
    dek_commitment, platform_unwrap, platform_wrap,
};
pub use wrap_format::{WRAP_GROUP_BYTES_MAX, WRAP_PARTS_MAX, WrapExtension};
