//! RSA key pairs that wrap data-encryption keys: RSA-OAEP with SHA-256, MGF1-SHA-256, no label.
//!
//! Only two primes, e = 65537 and moduli of 2048, 3072 or 4096 bits, as Key Vault allows for RSA
//! keys. The `rsa` crate blinds every private operation with the operating system's randomness.

use std::fmt;

use getrandom::SysRng;
use rsa::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding,
    PrivateKeyInfoRef,
};
use rsa::traits::PublicKeyParts;
use rsa::{PrivateKey, PublicKey};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::crypto::{Error, Secret, digest};

const SIZES: [u32; 3] = [2048, 3072, 4096];
/// 65537, big-endian.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// The public half: wraps keys and names the pair by the digest of its SPKI.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaPublic {
    key: PublicKey,
    spki: Vec<u8>,
}

impl RsaPublic {
    /// Reads a SubjectPublicKeyInfo in DER (RFC 5280 section 4.1).
    ///
    /// # Errors
    /// [`Error::BadKey`] for another algorithm, size or exponent, or an encoding that is not DER.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, Error> {
        let public = Self::new(PublicKey::from_public_key_der(der).map_err(refused)?)?;
        // One key, one digest: another spelling of the same key (or RSA-PSS) is not accepted.
        if public.spki == der {
            Ok(public)
        } else {
            Err(Error::BadKey("not a plain RSA key in DER".into()))
        }
    }

    /// Reads a SubjectPublicKeyInfo in PEM (RFC 7468 section 13).
    ///
    /// # Errors
    /// As [`Self::from_spki_der`].
    pub fn from_spki_pem(pem: &str) -> Result<Self, Error> {
        let (label, der) = rsa::pkcs8::Document::from_pem(pem).map_err(refused)?;
        if label == "PUBLIC KEY" {
            Self::from_spki_der(der.as_bytes())
        } else {
            Err(Error::BadKey("not a public key in PEM".into()))
        }
    }

    fn new(key: PublicKey) -> Result<Self, Error> {
        let bits = key.n().bit_width_vartime();
        if !SIZES.contains(&bits) {
            return Err(Error::BadKey(format!(
                "{bits} bits instead of 2048, 3072 or 4096"
            )));
        }
        if *key.e_bytes() != EXPONENT {
            return Err(Error::BadKey("the public exponent is not 65537".into()));
        }
        let spki = key.to_public_key_der().map_err(refused)?.into_vec();
        Ok(Self { key, spki })
    }

    /// The SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn to_spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// The SubjectPublicKeyInfo in PEM, lines ended by LF.
    ///
    /// # Errors
    /// [`Error::BadKey`] when the encoder fails, which no accepted key makes it do.
    pub fn to_spki_pem(&self) -> Result<String, Error> {
        self.key.to_public_key_pem(LineEnding::LF).map_err(refused)
    }

    /// SHA-256(SPKI DER): the key's fingerprint in wrap records.
    #[must_use]
    pub fn spki_digest(&self) -> [u8; 32] {
        digest(&self.spki)
    }

    /// Bits of the modulus: 2048, 3072 or 4096.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.key.n().bit_width_vartime()
    }

    /// The modulus n, big-endian without leading zeros: `n` of a JSON Web Key (RFC 7518 6.3.1.1).
    #[must_use]
    pub fn modulus(&self) -> Box<[u8]> {
        self.key.n_bytes()
    }

    /// The exponent e, big-endian without leading zeros: `e` of a JSON Web Key.
    #[must_use]
    pub fn exponent(&self) -> Box<[u8]> {
        self.key.e_bytes()
    }

    /// RSA-OAEP(SHA-256, MGF1-SHA-256, empty label, secret): as many bytes as the modulus has.
    ///
    /// # Errors
    /// [`Error::Random`] when the operating system gives no randomness.
    pub fn wrap(&self, secret: &Secret<32>) -> Result<Vec<u8>, Error> {
        // Key and message sizes are fixed, so the random seed is all that can be missing.
        self.key
            .oaep_encrypt::<Sha256>(secret.expose())
            .map_err(|e| Error::Random(e.to_string()))
    }
}

impl fmt::Debug for RsaPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaPublic({} bits)", self.bits())
    }
}

/// A key pair. `rsa` wipes the private numbers when it is dropped.
#[derive(Clone)]
pub struct RsaPrivate {
    key: PrivateKey,
    public: RsaPublic,
}

impl RsaPrivate {
    /// Makes a new pair. The time it takes varies widely and grows steeply with the size.
    ///
    /// # Errors
    /// [`Error::BadKey`] unless `bits` is 2048, 3072 or 4096; [`Error::Random`].
    pub fn generate(bits: u32) -> Result<Self, Error> {
        if !SIZES.contains(&bits) {
            return Err(Error::BadKey(format!(
                "{bits} bits instead of 2048, 3072 or 4096"
            )));
        }
        let key = PrivateKey::new(&mut SysRng, bits as usize)
            .map_err(|e| Error::Random(e.to_string()))?;
        Self::new(key)
    }

    /// Reads a PKCS#8 key in DER (RFC 5958).
    ///
    /// # Errors
    /// [`Error::BadKey`] for another algorithm (RSA-PSS too), size, exponent or number of primes,
    /// or numbers that do not belong together.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        let info = PrivateKeyInfoRef::try_from(der).map_err(refused)?;
        if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID {
            return Err(Error::BadKey("not a plain RSA key".into()));
        }
        Self::new(PrivateKey::from_pkcs8_der(der).map_err(refused)?)
    }

    fn new(key: PrivateKey) -> Result<Self, Error> {
        let public = RsaPublic::new(key.to_public_key())?;
        Ok(Self { key, public })
    }

    /// The pair as PKCS#8 in DER, wiped when dropped.
    ///
    /// # Errors
    /// [`Error::BadKey`] when the encoder fails, which no accepted key makes it do.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        Ok(self.key.to_pkcs8_der().map_err(refused)?.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &RsaPublic {
        &self.public
    }

    /// SHA-256(SPKI DER) of the public half.
    #[must_use]
    pub fn spki_digest(&self) -> [u8; 32] {
        self.public.spki_digest()
    }

    /// Undoes [`RsaPublic::wrap`].
    ///
    /// # Errors
    /// [`Error::Unwrap`] whatever went wrong: a second text would be a padding oracle.
    pub fn unwrap(&self, wrapped: &[u8]) -> Result<Secret<32>, Error> {
        let plain = self.key.oaep_decrypt::<Sha256>(wrapped).map(Zeroizing::new);
        plain
            .ok()
            .and_then(|plain| Secret::from_slice(&plain))
            .ok_or(Error::Unwrap)
    }
}

impl fmt::Debug for RsaPrivate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaPrivate({} bits, …)", self.public.bits())
    }
}

/// The encoder's or decoder's words; they name structure, never key material.
fn refused(error: impl fmt::Display) -> Error {
    Error::BadKey(error.to_string())
}
