//! The primitives against Wycheproof. Every count is asserted: an empty file is a failure.

use aws_lc_rs::aead::{
    AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rsvault::crypto::{Error, RsaPrivate, Secret, expand, hmac_sha256};
use sha2::{Sha256, Sha512};
use wycheproof::{TestResult, aead, hkdf as hkdf_set, mac, rsa_oaep};

/// Rows for 256-bit keys, 96-bit nonces and 128-bit tags, each both ways and by the two calls the
/// program makes: (valid, invalid).
fn check_aead(name: aead::TestName, algorithm: &'static Algorithm) -> (u32, u32) {
    let set = aead::TestSet::load(name).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in set.test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for test in group.tests {
            let key = LessSafeKey::new(UnboundKey::new(algorithm, &test.key).unwrap());
            let nonce = || Nonce::try_assume_unique_for_key(&test.nonce).unwrap();
            let aad = || Aad::from(&test.aad[..]);
            let mut opened = vec![1; test.ct.len()];
            let result = key.open_separate_gather(nonce(), aad(), &test.ct, &test.tag, &mut opened);
            let mut both = [&test.ct[..], &test.tag[..]].concat();
            let in_place = key
                .open_in_place(nonce(), aad(), &mut both)
                .map(|p| p.to_vec());
            if test.result == TestResult::Valid {
                valid += 1;
                result.unwrap();
                assert_eq!(opened, *test.pt, "tcId {}", test.tc_id);
                assert_eq!(in_place.unwrap(), *test.pt, "tcId {}", test.tc_id);
                let mut sealed = vec![0; test.pt.len() + 16];
                key.seal_in_place_scatter(nonce(), aad(), &mut [], &test.pt, &mut sealed)
                    .unwrap();
                assert_eq!(sealed, [&test.ct[..], &test.tag[..]].concat());
            } else {
                invalid += 1;
                assert!(result.is_err() && in_place.is_err(), "tcId {}", test.tc_id);
            }
        }
    }
    (valid, invalid)
}

#[test]
fn aes_256_gcm_agrees_on_all_66_rows() {
    assert_eq!(check_aead(aead::TestName::AesGcm, &AES_256_GCM), (39, 27));
}

#[test]
fn chacha20_poly1305_agrees_on_all_rows() {
    let rows = check_aead(aead::TestName::ChaCha20Poly1305, &CHACHA20_POLY1305);
    assert_eq!(rows, (256, 60));
}

/// `rsa` 0.10.0 ignores the first octet of the padded message on purpose (it must not become an
/// oracle, Manger 2001), so tcId 23 "First byte is 1" opens. That one deviation, and no other.
fn check_oaep(name: rsa_oaep::TestName, bits: u32) {
    let set = rsa_oaep::TestSet::load(name).unwrap();
    let (mut rows, mut ours) = (0, 0);
    let mut deviations = Vec::new();
    for group in set.test_groups {
        let library = {
            use rsa::pkcs8::DecodePrivateKey;
            rsa::PrivateKey::from_pkcs8_der(&group.pkcs8).unwrap()
        };
        let key = RsaPrivate::from_pkcs8_der(&group.pkcs8).unwrap();
        assert_eq!(key.public().bits(), bits);
        for test in group.tests {
            rows += 1;
            let scheme = rsa::Oaep::<Sha256>::new_with_label(test.label.to_vec());
            let found = library.decrypt(scheme, &test.ct);
            let agrees = match test.result {
                TestResult::Valid => found.as_deref() == Ok(test.pt.as_slice()),
                _ => found.is_err(),
            };
            if !agrees {
                deviations.push(test.tc_id);
            }
            // Ours takes 32-byte messages without a label and gives one error for the rest.
            let valid = test.result == TestResult::Valid && test.label.is_empty();
            match key.unwrap(&test.ct) {
                Ok(secret) => {
                    assert!(valid && secret.expose() == test.pt.as_slice());
                    ours += 1;
                }
                Err(error) => {
                    assert!(!valid || test.pt.len() != 32, "tcId {}", test.tc_id);
                    assert!(matches!(error, Error::Unwrap));
                }
            }
        }
    }
    assert_eq!((rows, deviations, ours), (37, vec![23], 1));
}

#[test]
fn rsa_oaep_256_agrees_on_37_rows_of_2048_bits_but_one() {
    check_oaep(rsa_oaep::TestName::Rsa2048Sha256Mgf1Sha256, 2048);
}

#[test]
fn rsa_oaep_256_agrees_on_37_rows_of_3072_bits_but_one() {
    check_oaep(rsa_oaep::TestName::Rsa3072Sha256Mgf1Sha256, 3072);
}

#[test]
fn rsa_oaep_256_agrees_on_37_rows_of_4096_bits_but_one() {
    check_oaep(rsa_oaep::TestName::Rsa4096Sha256Mgf1Sha256, 4096);
}

#[test]
fn hkdf_sha_512_expand_agrees_on_80_rows_and_refuses_what_is_too_long() {
    let set = hkdf_set::TestSet::load(hkdf_set::TestName::HkdfSha512).unwrap();
    let (mut valid, mut too_long) = (0, 0);
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let (prk, _) = Hkdf::<Sha512>::extract(Some(&test.salt), &test.ikm);
        let mut okm = vec![0; test.size];
        if test.result == TestResult::Valid {
            expand(&prk, &test.info, &mut okm);
            assert_eq!(okm, *test.okm, "tcId {}", test.tc_id);
            valid += 1;
        } else {
            assert!(test.size > 255 * 64);
            let run = || expand(&prk, &test.info, &mut okm);
            assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
            too_long += 1;
        }
    }
    assert_eq!((valid, too_long), (80, 3));
}

#[test]
fn expand_agrees_with_the_hkdf_crate_on_keys_that_it_takes() {
    for prk_len in [64, 65, 127, 128, 129, 200] {
        let prk: Vec<u8> = (0..prk_len).map(|i| (i * 7) as u8).collect();
        let theirs = Hkdf::<Sha512>::from_prk(&prk).unwrap();
        for len in [1, 32, 63, 64, 65, 76, 128, 255 * 64] {
            let (mut a, mut b) = (vec![0; len], vec![0; len]);
            expand(&prk, b"info", &mut a);
            theirs.expand(b"info", &mut b).unwrap();
            assert_eq!(a, b, "{prk_len} bytes to {len}");
        }
    }
    assert!(Hkdf::<Sha512>::from_prk(&[0; 32]).is_err());
}

#[test]
fn hmac_sha_256_agrees_on_all_174_rows() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let (mut valid, mut invalid, mut ours) = (0, 0, 0);
    for group in set.test_groups {
        let tag_len = group.tag_size / 8;
        for test in group.tests {
            let mut hmac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&test.key).unwrap();
            hmac.update(&test.msg);
            let tag = hmac.finalize().into_bytes();
            let agrees = tag[..tag_len] == *test.tag.as_slice();
            assert_eq!(agrees, !test.result.must_fail(), "tcId {}", test.tc_id);
            *(if agrees { &mut valid } else { &mut invalid }) += 1;
            if let Some(key) = Secret::from_slice(&test.key) {
                let (head, tail) = test.msg.split_at(test.msg.len() / 2);
                assert_eq!(hmac_sha256(&key, &[head, tail])[..], tag[..]);
                ours += 1;
            }
        }
    }
    assert_eq!((valid, invalid, ours), (66, 108, 162));
}
