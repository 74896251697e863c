//! Wrap groups: the rules of their parts, their one encoding, and the platform key.

use proptest::collection::vec;
use proptest::prelude::*;
use rsvault::crypto::{
    Error, PLATFORM_KEY_ID, Secret, WRAP_GROUP_BYTES_MAX, WRAP_PARTS_MAX, WrapAlgorithm, WrapClass,
    WrapExtension, WrapGroup, WrapHeader, WrapPart, WrapPurpose, dek_commitment, digest,
    platform_unwrap, platform_wrap,
};

use crate::crypto::{customer_group, fixture_key, header, key_url, rsa_part, secret};

fn plain_part(number: u8, ciphertext: Vec<u8>) -> WrapPart {
    let algorithm = WrapAlgorithm::RsaOaep256;
    WrapPart::new(algorithm, key_url(number), [9; 32], -1, ciphertext)
}

fn extension(kind: u16, value: &[u8]) -> WrapExtension {
    let value = value.to_vec();
    WrapExtension { kind, value }
}

fn group_with(extensions: Vec<WrapExtension>) -> Result<WrapGroup, Error> {
    let header = WrapHeader {
        extensions,
        ..header(WrapClass::Customer)
    };
    WrapGroup::new(header, &secret(5))
}

#[test]
fn a_part_unwrapped_by_its_key_verifies() {
    let dek = Secret::random().unwrap();
    let group = WrapGroup::decode(&customer_group(&dek, &[1, 2]).encode()).unwrap();
    for (index, number) in [(0, 1), (1, 2)] {
        let part = &group.parts()[index];
        assert_eq!(part.spki_digest, fixture_key(number).spki_digest());
        let found = fixture_key(number).unwrap(&part.ciphertext).unwrap();
        assert_eq!(found.expose(), dek.expose());
        group.verify(&found, index).unwrap();
    }
    assert!(matches!(group.verify(&dek, 2), Err(Error::WrapRule(_))));
}

#[test]
fn another_data_encryption_key_is_found_by_the_commitment() {
    let group = customer_group(&secret(1), &[1]);
    assert!(matches!(
        group.verify(&secret(2), 0),
        Err(Error::WrongKey { .. })
    ));
    let mut group = group;
    let refused = group.add_part(&secret(2), rsa_part(2, &secret(2)));
    assert!(matches!(refused, Err(Error::WrongKey { .. })));
    assert_eq!(group.parts().len(), 1);
}

#[test]
fn a_part_moved_to_another_epoch_is_not_authentic() {
    let dek = secret(1);
    let bytes = customer_group(&dek, &[1]).encode();
    let mut other = bytes.clone();
    other[15] ^= 1; // the last byte of the epoch
    let other = WrapGroup::decode(&other).unwrap();
    assert_eq!(other.header().epoch, 6);
    assert!(matches!(
        other.verify(&dek, 0),
        Err(Error::NotAuthentic { .. })
    ));
    assert_ne!(digest(&bytes), other.digest());
}

#[test]
fn the_commitment_depends_on_the_owner_and_is_in_the_header() {
    let group = customer_group(&secret(1), &[1]);
    let commitment = dek_commitment(&secret(1), &[0x0e; 16]);
    assert_eq!(*group.commitment(), commitment);
    assert_eq!(group.encode()[48..80], commitment);
    assert_ne!(dek_commitment(&secret(1), &[0x0f; 16]), commitment);
    assert_ne!(dek_commitment(&secret(2), &[0x0e; 16]), commitment);
}

#[test]
fn the_last_part_cannot_be_removed() {
    let mut group = customer_group(&secret(1), &[1, 2]);
    assert!(matches!(
        group.remove_part("nobody"),
        Err(Error::WrapRule(_))
    ));
    assert_eq!(group.remove_part(&key_url(1)).unwrap().key_id, key_url(1));
    assert!(matches!(
        group.remove_part(&key_url(2)),
        Err(Error::WrapRule(_))
    ));
    group.verify(&secret(1), 0).unwrap();
}

#[test]
fn a_customer_key_is_never_wrapped_by_the_platform_key() {
    let dek = secret(1);
    let refused = platform_wrap(&secret(2), &dek, header(WrapClass::Customer), 0);
    assert!(matches!(refused, Err(Error::WrapRule(_))));
    let mut group = platform_wrap(&secret(2), &dek, header(WrapClass::Platform), 0).unwrap();
    let refused = group.add_part(&dek, rsa_part(1, &dek));
    assert!(matches!(refused, Err(Error::WrapRule(_))));
    // Nor when the stored bytes say so.
    let mut relabelled = group.encode();
    relabelled[10] = 1;
    let refused = WrapGroup::decode(&relabelled);
    assert!(matches!(refused, Err(Error::Malformed { .. })));
}

#[test]
fn parts_that_break_a_rule_are_refused() {
    let dek = secret(1);
    let mut group = customer_group(&dek, &[1]);
    let oaep = WrapAlgorithm::RsaOaep256;
    let named = |id: &str| WrapPart::new(oaep, id.into(), [9; 32], 0, vec![1]);
    let refused = [
        named(&key_url(1)),
        named(PLATFORM_KEY_ID),
        named(""),
        named("https://kv/keys/a b"),
        named("https://kv/keys/ä"),
        named(&"k".repeat(513)),
        WrapPart::new(oaep, key_url(2), [0; 32], 0, vec![1]),
        plain_part(2, Vec::new()),
        plain_part(2, vec![0; 1025]),
    ];
    for part in refused {
        let text = format!("{part:?}");
        let added = group.add_part(&dek, part);
        assert!(matches!(added, Err(Error::WrapRule(_))), "{text}");
    }
    for number in 2..=16 {
        let part = plain_part(number, vec![0; 1024]);
        group.add_part(&dek, part).unwrap();
    }
    assert_eq!(group.parts().len(), WRAP_PARTS_MAX);
    let one_more = group.add_part(&dek, plain_part(17, vec![1]));
    assert!(matches!(one_more, Err(Error::WrapRule(_))));
}

#[test]
fn the_largest_group_has_the_length_that_is_announced() {
    let dek = secret(5);
    let mut group = group_with(vec![extension(2, &[0; 4092])]).unwrap();
    for number in 0..16 {
        let id = format!("{number:0>512}");
        let algorithm = WrapAlgorithm::RsaOaep256;
        let part = WrapPart::new(algorithm, id, [9; 32], i64::MIN, vec![0; 1024]);
        group.add_part(&dek, part).unwrap();
    }
    let bytes = group.encode();
    assert_eq!(bytes.len(), WRAP_GROUP_BYTES_MAX);
    assert_eq!(WrapGroup::decode(&bytes).unwrap(), group);
}

#[test]
fn a_group_without_parts_is_not_decoded() {
    let group = WrapGroup::new(header(WrapClass::Customer), &secret(1)).unwrap();
    let refused = WrapGroup::decode(&group.encode());
    assert!(matches!(refused, Err(Error::Malformed { .. })));
}

#[test]
fn an_unknown_critical_extension_refuses_the_group_and_any_other_is_kept() {
    let dek = secret(5);
    let carried = extension(WrapExtension::CARRIED_ID_KEY, b"sealed K_id");
    let mut group = group_with(vec![carried, extension(2, b"later")]).unwrap();
    group.add_part(&dek, plain_part(1, vec![1])).unwrap();
    let read = WrapGroup::decode(&group.encode()).unwrap();
    assert_eq!(read.extension(2), Some(b"later".as_slice()));
    let carried = read.extension(WrapExtension::CARRIED_ID_KEY);
    assert_eq!(carried, Some(b"sealed K_id".as_slice()));
    read.verify(&dek, 0).unwrap();

    let mut group = group_with(vec![extension(0x8002, b"later")]).unwrap();
    group.add_part(&dek, plain_part(1, vec![1])).unwrap();
    let refused = WrapGroup::decode(&group.encode());
    assert!(matches!(refused, Err(Error::Unsupported { .. })));
}

#[test]
fn extensions_have_one_order_one_spelling_and_a_limit() {
    let refused = [
        vec![extension(3, b""), extension(2, b"")],
        vec![extension(2, b""), extension(2, b"")],
        vec![extension(0x8002, b""), extension(2, b"")],
        vec![extension(1, b"the critical bit is missing")],
        vec![extension(2, &[0; 4093])],
    ];
    for extensions in refused {
        let text = format!("{extensions:?}");
        let made = group_with(extensions);
        assert!(matches!(made, Err(Error::WrapRule(_))), "{text}");
    }
}

#[test]
fn newer_versions_and_reserved_values_are_told_apart_from_damage() {
    let bytes = customer_group(&secret(1), &[1]).encode();
    // Version, purpose, class with the infrastructure bit, operator, algorithm of the part.
    for (at, value) in [(8, 2), (9, 4), (10, 0x82), (11, 2), (83, 3)] {
        let mut newer = bytes.clone();
        newer[at] = value;
        let refused = WrapGroup::decode(&newer);
        assert!(matches!(refused, Err(Error::Unsupported { .. })), "{at}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(matches!(
        WrapGroup::decode(&longer),
        Err(Error::Malformed { .. })
    ));
    for len in 0..bytes.len() {
        assert!(WrapGroup::decode(&bytes[..len]).is_err());
    }
}

#[test]
fn the_platform_key_unwraps_what_it_wrapped_and_no_other_does() {
    let dek = Secret::random().unwrap();
    let disk = WrapHeader {
        purpose: WrapPurpose::DiskKey,
        ..header(WrapClass::Platform)
    };
    let made = platform_wrap(&secret(3), &dek, disk, 1_800_000_000).unwrap();
    let group = WrapGroup::decode(&made.encode()).unwrap();
    assert_eq!(group.parts()[0].key_id, PLATFORM_KEY_ID);
    let found = platform_unwrap(&secret(3), &group).unwrap();
    assert_eq!(found.expose(), dek.expose());
    let other = platform_unwrap(&secret(4), &group);
    assert!(matches!(other, Err(Error::WrongKey { .. })));
    let none = platform_unwrap(&secret(3), &customer_group(&dek, &[1]));
    assert!(matches!(none, Err(Error::WrapRule(_))));
}

fn any_part() -> impl Strategy<Value = (String, [u8; 32], i64, Vec<u8>)> {
    let id = "https://[a-z]{1,24}/keys/[0-9A-Za-z-]{1,100}/[0-9a-f]{32}";
    (
        id,
        any::<[u8; 32]>(),
        any::<i64>(),
        vec(any::<u8>(), 1..300),
    )
}

proptest! {
    #[test]
    fn every_group_survives_its_encoding(
        ids in any::<([u8; 16], [u8; 16], u32, [u8; 32])>(),
        disk in any::<bool>(),
        value in proptest::option::of(vec(any::<u8>(), 0..200)),
        parts in proptest::collection::btree_map("[a-z]{9}", any_part(), 1..5),
    ) {
        let (domain, owner, epoch, mut dek) = ids;
        let dek = Secret::take(&mut dek);
        let purpose = if disk { WrapPurpose::DiskKey } else { WrapPurpose::VaultKey };
        let kind = WrapExtension::CARRIED_ID_KEY;
        let header = WrapHeader {
            domain,
            owner,
            epoch,
            purpose,
            extensions: value.into_iter().map(|v| extension(kind, &v)).collect(),
            ..header(WrapClass::Customer)
        };
        let mut group = WrapGroup::new(header, &dek).unwrap();
        for (unique, (id, mut spki, created, ciphertext)) in parts {
            spki[0] |= 1; // zeros mean the platform key
            let id = id + &unique;
            let part = WrapPart::new(WrapAlgorithm::RsaOaep256, id, spki, created, ciphertext);
            group.add_part(&dek, part).unwrap();
        }
        let read = WrapGroup::decode(&group.encode()).unwrap();
        prop_assert_eq!(&read, &group);
        for index in 0..read.parts().len() {
            prop_assert!(read.verify(&dek, index).is_ok());
        }
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in vec(any::<u8>(), 0..600)) {
        prop_assert!(WrapGroup::decode(&bytes).is_err());
        let with_header = [b"RSVWRAP1\x01\x01\x01\x00".as_slice(), &bytes].concat();
        if let Ok(group) = WrapGroup::decode(&with_header) {
            prop_assert_eq!(group.encode(), with_header);
        }
    }

    #[test]
    fn what_decodes_after_damage_encodes_back_to_the_same_bytes(
        edits in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut group = group_with(vec![extension(2, b"later")]).unwrap();
        for number in 1..4 {
            group.add_part(&secret(5), plain_part(number, vec![number; 9])).unwrap();
        }
        let mut bytes = group.encode();
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(read) = WrapGroup::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes.clone());
        }
        prop_assert!(WrapGroup::decode(&bytes[..cut.index(bytes.len())]).is_err());
    }
}
