//! Which RSA keys are taken, how they are named, and what they wrap.

use rsvault::crypto::{Error, RsaPrivate, RsaPublic, digest};

use crate::crypto::{fixture_key, secret, test_file};

#[test]
fn a_generated_key_wraps_unwraps_and_survives_its_encodings() {
    let key = RsaPrivate::generate(2048).unwrap();
    let read = RsaPrivate::from_pkcs8_der(&key.to_pkcs8_der().unwrap()).unwrap();
    assert_eq!(read.public(), key.public());
    let public = RsaPublic::from_spki_der(key.public().to_spki_der()).unwrap();
    let wrapped = public.wrap(&secret(9)).unwrap();
    assert_eq!(wrapped.len(), 256);
    assert_eq!(read.unwrap(&wrapped).unwrap().expose(), &[9; 32]);
}

#[test]
fn the_encodings_are_those_of_openssl() {
    let key = fixture_key(1);
    let pkcs8 = test_file("fixtures/keys/rsa2048-1.pk8.der");
    assert_eq!(*key.to_pkcs8_der().unwrap(), pkcs8);
    let spki = test_file("fixtures/keys/rsa2048-1.spki.der");
    assert_eq!(key.public().to_spki_der(), spki);
    assert_eq!(key.spki_digest(), digest(&spki));
    let pem = String::from_utf8(test_file("fixtures/keys/rsa2048-1.spki.pem")).unwrap();
    assert_eq!(key.public().to_spki_pem().unwrap(), pem);
    assert_eq!(RsaPublic::from_spki_pem(&pem).unwrap(), *key.public());
}

#[test]
fn modulus_and_exponent_are_what_a_json_web_key_shows() {
    let key = fixture_key(1);
    let modulus = key.public().modulus();
    assert_eq!(modulus.len(), 256);
    let spki = key.public().to_spki_der();
    assert!(spki.windows(256).any(|window| *window == *modulus));
    assert_eq!(*key.public().exponent(), [1, 0, 1]);
    assert_eq!(key.public().bits(), 2048);
}

#[test]
fn wrapping_twice_gives_different_bytes() {
    let public = fixture_key(1).public().clone();
    let (a, b) = (public.wrap(&secret(1)), public.wrap(&secret(1)));
    assert_ne!(a.unwrap(), b.unwrap());
}

#[test]
fn every_failed_unwrap_gives_the_same_error() {
    let key = fixture_key(1);
    let good = key.public().wrap(&secret(1)).unwrap();
    let mut flipped = good.clone();
    flipped[255] ^= 1;
    let by_another = fixture_key(2).public().wrap(&secret(1)).unwrap();
    let message_of_31 = {
        use rsa::pkcs8::DecodePublicKey;
        let public = rsa::PublicKey::from_public_key_der(key.public().to_spki_der()).unwrap();
        public.oaep_encrypt::<sha2::Sha256>(&[1; 31]).unwrap()
    };
    let longer = [good.as_slice(), &[0]].concat();
    let refused: [&[u8]; 8] = [
        &[],
        &good[1..],
        &longer,
        &flipped,
        &by_another,
        &message_of_31,
        &[0; 256],
        &[0xff; 256],
    ];
    for wrapped in refused {
        let error = key.unwrap(wrapped).unwrap_err();
        assert_eq!(error.to_string(), Error::Unwrap.to_string());
        assert_eq!(error.code(), "RsvKeyUnwrapFailed");
    }
    assert!(key.unwrap(&good).is_ok());
}

#[test]
fn small_odd_exponent_multi_prime_and_pss_keys_are_refused() {
    let private = [
        ("rsa1024", "1024 bits instead of 2048"),
        ("rsa2048-e3", "exponent is not 65537"),
        ("rsa2048-3-primes", "PKCS#8"),
        ("rsa2048-pss", "not a plain RSA key"),
    ];
    for (name, reason) in private {
        let der = test_file(&format!("fixtures/keys/refused-{name}.pk8.der"));
        let refused = RsaPrivate::from_pkcs8_der(&der).unwrap_err();
        assert!(refused.to_string().contains(reason), "{name}: {refused}");
        assert_eq!(refused.code(), "RsvBadKey");
    }
    let public = [
        ("rsa1024", "1024 bits instead of 2048"),
        ("rsa2048-e3", "exponent is not 65537"),
        ("rsa2048-pss", "not a plain RSA key"),
    ];
    for (name, reason) in public {
        let der = test_file(&format!("fixtures/keys/refused-{name}.spki.der"));
        let refused = RsaPublic::from_spki_der(&der).unwrap_err();
        assert!(refused.to_string().contains(reason), "{name}: {refused}");
    }
}

#[test]
fn no_other_size_is_generated() {
    for bits in [0, 1024, 2047, 2049, 8192, u32::MAX] {
        assert!(matches!(RsaPrivate::generate(bits), Err(Error::BadKey(_))));
    }
}

#[test]
fn trailing_bytes_and_private_keys_are_no_public_keys() {
    let key = fixture_key(1);
    let longer = [key.public().to_spki_der(), &[0]].concat();
    assert!(RsaPublic::from_spki_der(&longer).is_err());
    assert!(RsaPublic::from_spki_der(&key.to_pkcs8_der().unwrap()).is_err());
    let mislabelled = key.public().to_spki_pem().unwrap();
    let mislabelled = mislabelled.replace("PUBLIC", "PRIVATE");
    assert!(RsaPublic::from_spki_pem(&mislabelled).is_err());
}

#[test]
fn debug_output_holds_sizes_only() {
    let key = fixture_key(1);
    assert_eq!(format!("{key:?}"), "RsaPrivate(2048 bits, …)");
    assert_eq!(format!("{:?}", key.public()), "RsaPublic(2048 bits)");
}
