//! Tests of the crypto layer, and the fixtures that they share.

use std::path::PathBuf;

use rsvault::crypto::{
    RsaPrivate, Secret, WrapAlgorithm, WrapClass, WrapGroup, WrapHeader, WrapPart, WrapPurpose,
};

mod cobblestone;
mod keyring;
mod nonces;
mod passphrase;
mod rsa_key;
mod tamper;
mod token;
mod wrap;
mod wycheproof_vectors;

fn test_file(path: &str) -> Vec<u8> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(path);
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// One of the four RSA-2048 keys under `tests/fixtures/keys`, 1 to 4.
fn fixture_key(number: u8) -> RsaPrivate {
    RsaPrivate::from_pkcs8_der(&test_file(&format!(
        "fixtures/keys/rsa2048-{number}.pk8.der"
    )))
    .unwrap()
}

fn secret(byte: u8) -> Secret<32> {
    Secret::take(&mut [byte; 32])
}

fn header(class: WrapClass) -> WrapHeader {
    WrapHeader {
        class,
        infrastructure: false,
        epoch: 7,
        domain: [0xd0; 16],
        owner: [0x0e; 16],
        purpose: WrapPurpose::VaultKey,
        extensions: Vec::new(),
    }
}

fn key_url(number: u8) -> String {
    format!("https://kv.vault.azure.net/keys/backup/{number:032x}")
}

/// A part that wraps `dek` by fixture key `number`.
fn rsa_part(number: u8, dek: &Secret<32>) -> WrapPart {
    let key = fixture_key(number);
    WrapPart::new(
        WrapAlgorithm::RsaOaep256,
        key_url(number),
        key.spki_digest(),
        1_800_000_000,
        key.public().wrap(dek).unwrap(),
    )
}

/// A customer group with one part for each of the fixture keys named.
fn customer_group(dek: &Secret<32>, keys: &[u8]) -> WrapGroup {
    let mut group = WrapGroup::new(header(WrapClass::Customer), dek).unwrap();
    for number in keys {
        group.add_part(dek, rsa_part(*number, dek)).unwrap();
    }
    group
}
