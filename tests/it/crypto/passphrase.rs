//! Argon2id: the reference implementation's answers, and the limits.

use rsvault::crypto::{PassphraseCost, passphrase_key};

const SMALL: PassphraseCost = PassphraseCost {
    memory_kib: 64,
    passes: 1,
    lanes: 4,
};

#[test]
fn the_default_cost_is_the_second_choice_of_rfc_9106() {
    let cost = PassphraseCost::DEFAULT;
    assert_eq!((cost.memory_kib, cost.passes, cost.lanes), (65_536, 3, 4));
}

#[test]
fn the_reference_implementation_gives_the_same_keys() {
    // Made with the C implementation (argon2-cffi 25.1, hash_secret_raw, type ID, version 19).
    let hex = |key: &[u8; 32]| key.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let key = passphrase_key(b"password", &[7; 16], SMALL).unwrap();
    assert_eq!(
        hex(key.expose()),
        "007eb72f3fe574100f10d687c409266118b4507aaca2df806b2663b7df50de63"
    );
    let salt = std::array::from_fn(|i| i as u8);
    let key = passphrase_key("pässword 2".as_bytes(), &salt, PassphraseCost::DEFAULT).unwrap();
    assert_eq!(
        hex(key.expose()),
        "40f29b251531e8d8db18799021f02169d88afddd6687279263c8e72c2eb2ae29"
    );
}

#[test]
fn passphrase_salt_and_each_cost_change_the_key() {
    let key = |passphrase: &[u8], salt, cost| {
        *passphrase_key(passphrase, &[salt; 16], cost)
            .unwrap()
            .expose()
    };
    let first = key(b"password", 7, SMALL);
    assert_ne!(first, key(b"passworD", 7, SMALL));
    assert_ne!(first, key(b"password", 8, SMALL));
    for cost in [
        PassphraseCost {
            memory_kib: 72,
            ..SMALL
        },
        PassphraseCost { passes: 2, ..SMALL },
        PassphraseCost { lanes: 2, ..SMALL },
    ] {
        assert_ne!(first, key(b"password", 7, cost));
    }
}

#[test]
fn a_cost_that_would_be_a_memory_bomb_is_refused_before_anything_is_allocated() {
    let max = PassphraseCost::MAX;
    for cost in [
        PassphraseCost {
            memory_kib: u32::MAX,
            ..max
        },
        PassphraseCost {
            passes: u32::MAX,
            ..max
        },
        PassphraseCost { lanes: 17, ..max },
        PassphraseCost { lanes: 0, ..max },
        PassphraseCost { passes: 0, ..max },
        PassphraseCost {
            memory_kib: 31,
            ..SMALL
        },
    ] {
        assert!(cost.check().is_err(), "{cost:?}");
        assert!(PassphraseCost::from_bytes(cost.to_bytes()).is_err());
        assert!(passphrase_key(b"x", &[0; 16], cost).is_err());
    }
    assert_eq!(PassphraseCost::from_bytes(max.to_bytes()).unwrap(), max);
}
