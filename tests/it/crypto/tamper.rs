//! Every single byte matters: whatever is flipped in a stored object is refused.

use std::fs;

use rsvault::crypto::{
    AccessToken, Error, Keyring, Secret, WrapClass, WrapExtension, WrapGroup, WrapHeader,
    platform_unwrap, platform_wrap,
};

use crate::crypto::{fixture_key, header, rsa_part, secret};

/// Copies of `bytes`, each with one byte changed: lowest bit, then highest bit.
fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len()).flat_map(|at| {
        [0x01, 0x80].map(|bit| {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= bit;
            (at, flipped)
        })
    })
}

fn verify_all(bytes: &[u8], dek: &Secret<32>) -> Result<(), Error> {
    let group = WrapGroup::decode(bytes)?;
    (0..group.parts().len()).try_for_each(|index| group.verify(dek, index))
}

/// A header with an extension that readers may ignore: only its authentication protects it.
fn extended(class: WrapClass) -> WrapHeader {
    let value = b"for a later version".to_vec();
    WrapHeader {
        extensions: vec![WrapExtension { kind: 9, value }],
        ..header(class)
    }
}

#[test]
fn every_flipped_byte_of_a_wrap_group_is_refused() {
    let dek = secret(1);
    let mut group = WrapGroup::new(extended(WrapClass::Customer), &dek).unwrap();
    for number in [1, 2] {
        group.add_part(&dek, rsa_part(number, &dek)).unwrap();
    }
    let bytes = group.encode();
    verify_all(&bytes, &dek).unwrap();
    let mut seen = 0;
    for (at, flipped) in flips(&bytes) {
        assert!(verify_all(&flipped, &dek).is_err(), "byte {at}");
        seen += 1;
    }
    assert_eq!(seen, 2 * bytes.len());
    assert!(seen > 1_000);
}

#[test]
fn every_flipped_byte_of_a_platform_wrap_is_refused() {
    let dek = secret(1);
    let group = platform_wrap(&secret(2), &dek, extended(WrapClass::Platform), 5).unwrap();
    for (at, flipped) in flips(&group.encode()) {
        let opened = WrapGroup::decode(&flipped).and_then(|g| platform_unwrap(&secret(2), &g));
        assert!(opened.is_err(), "byte {at}");
    }
}

#[test]
fn every_flipped_byte_of_a_private_key_at_rest_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let keyring = Keyring::open(home.path().join("keys"), secret(1)).unwrap();
    keyring
        .store("kv", "backup", "v1", &fixture_key(1))
        .unwrap();
    let load = || keyring.load("kv", "backup", "v1");
    for (extension, least) in [("sealed", 1_200), ("shred", 32), ("pub", 400)] {
        let path = home.path().join(format!("keys/kv/backup/v1.{extension}"));
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.len() >= least);
        for (at, flipped) in flips(&bytes) {
            fs::write(&path, flipped).unwrap();
            assert!(load().is_err(), "byte {at} of .{extension}");
        }
        for cut in [0, 1, bytes.len() / 2, bytes.len() - 2] {
            fs::write(&path, &bytes[..cut]).unwrap();
            assert!(load().is_err(), ".{extension} cut to {cut}");
        }
        fs::write(&path, bytes).unwrap();
        load().unwrap();
    }
}

#[test]
fn every_flipped_byte_of_a_token_is_refused() {
    let key = secret(1);
    let text = AccessToken::issue(&key, &[1; 16], &[2; 16], 1_801_440_000);
    AccessToken::parse_and_verify(&key, &text).unwrap();
    let mut seen = 0;
    for at in 0..text.len() {
        for bit in [0x01, 0x02, 0x20] {
            let mut flipped = text.clone().into_bytes();
            flipped[at] ^= bit;
            let flipped = String::from_utf8(flipped).unwrap();
            let refused = AccessToken::parse_and_verify(&key, &flipped);
            assert!(
                matches!(refused, Err(Error::TokenMalformed | Error::TokenForged)),
                "{flipped}"
            );
            seen += 1;
        }
    }
    assert!(seen > 400);
}
