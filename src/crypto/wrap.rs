//! Wrap groups: which keys open a data-encryption key (DEK), and proof that they belong to it.
//!
//! `wrap_format.rs` documents the bytes. Unwrapping by an RSA key happens outside, where a key
//! provider has the private key; here the result is checked against commitment and tags.

use zeroize::Zeroizing;

use crate::crypto::wrap_format::{
    self, WRAP_PARTS_MAX, WrapExtension, check_extensions, check_part, encode_extensions,
    encode_header,
};
use crate::crypto::{
    Error, Secret, canonical, derive, digest, hmac_sha256, open, seal, verify_equal,
};

/// The key id of parts under the platform key.
pub const PLATFORM_KEY_ID: &str = "platform";

const WHAT: &str = "wrap group";

/// Who holds the keys of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrapClass {
    /// The platform key of this installation.
    Platform = 0,
    /// Keys in key vaults, and never the platform key.
    Customer = 1,
}

/// What the DEK encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrapPurpose {
    /// The backups of a vault.
    VaultKey = 1,
    /// A managed disk.
    DiskKey = 2,
    /// A local snapshot.
    SnapshotKey = 3,
}

/// How a part is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrapAlgorithm {
    /// RSA-OAEP with SHA-256 and MGF1-SHA-256, empty label, by a key-vault key.
    RsaOaep256 = 1,
    /// Cobblestone-256 under the platform key.
    Platform = 2,
}

/// What a group says about its DEK besides the commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrapHeader {
    /// Who holds the keys.
    pub class: WrapClass,
    /// The data has a second layer under a key of the platform; class customer only.
    pub infrastructure: bool,
    /// The number of this DEK in the life of its owner.
    pub epoch: u32,
    /// Id of the dedup domain.
    pub domain: [u8; 16],
    /// Id of the vault, disk or snapshot.
    pub owner: [u8; 16],
    /// What the DEK encrypts.
    pub purpose: WrapPurpose,
    /// Sections for later, in rising order of their types.
    pub extensions: Vec<WrapExtension>,
}

/// One wrapping of the DEK, which every part gives alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrapPart {
    /// How it is wrapped.
    pub algorithm: WrapAlgorithm,
    /// URL of the key with its version, or [`PLATFORM_KEY_ID`]; 1 to 512 printable ASCII bytes.
    pub key_id: String,
    /// SHA-256 of the key's SPKI in DER; zeros for the platform key.
    pub spki_digest: [u8; 32],
    /// When it was wrapped, Unix seconds.
    pub created_unix: i64,
    /// The wrapped DEK, 1 to 1,024 bytes.
    pub ciphertext: Vec<u8>,
    tag: [u8; 32],
}

impl WrapPart {
    /// A part that [`WrapGroup::add_part`] has yet to bind.
    #[must_use]
    pub fn new(
        algorithm: WrapAlgorithm,
        key_id: String,
        spki_digest: [u8; 32],
        created_unix: i64,
        ciphertext: Vec<u8>,
    ) -> Self {
        Self {
            algorithm,
            key_id,
            spki_digest,
            created_unix,
            ciphertext,
            tag: [0; 32],
        }
    }

    /// The bind tag as stored; [`WrapGroup::verify`] says whether it is right.
    #[must_use]
    pub fn tag(&self) -> &[u8; 32] {
        &self.tag
    }

    pub(crate) fn with_tag(mut self, tag: [u8; 32]) -> Self {
        self.tag = tag;
        self
    }
}

impl WrapHeader {
    /// Bit 7 of the class byte: infrastructure encryption.
    pub(crate) const INFRASTRUCTURE: u8 = 0x80;

    /// The class as one byte, bound to every object under the DEK: bit 7 is infrastructure
    /// encryption, the others are [`WrapClass`].
    #[must_use]
    pub fn class_byte(&self) -> u8 {
        let layer = if self.infrastructure {
            Self::INFRASTRUCTURE
        } else {
            0
        };
        self.class as u8 | layer
    }
}

/// commitment = `derive(DEK, "rsv/v1/commit", [owner id])`: names a DEK without telling it.
#[must_use]
pub fn dek_commitment(dek: &Secret<32>, owner: &[u8; 16]) -> [u8; 32] {
    *derive::<32>(dek, "rsv/v1/commit", &[owner]).expose()
}

/// The wraps of one DEK. Tags bind each part to the header; the digest in the state file binds
/// which parts there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrapGroup {
    header: WrapHeader,
    commitment: [u8; 32],
    parts: Vec<WrapPart>,
}

impl WrapGroup {
    /// A group without parts yet, committed to `dek`.
    ///
    /// # Errors
    /// [`Error::WrapRule`] when the extensions are too long, repeated or out of order.
    pub fn new(header: WrapHeader, dek: &Secret<32>) -> Result<Self, Error> {
        check_extensions(&header.extensions).map_err(Error::WrapRule)?;
        let commitment = dek_commitment(dek, &header.owner);
        Ok(Self::from_stored(header, commitment))
    }

    pub(crate) fn from_stored(header: WrapHeader, commitment: [u8; 32]) -> Self {
        Self {
            header,
            commitment,
            parts: Vec::new(),
        }
    }

    /// The header fields.
    #[must_use]
    pub fn header(&self) -> &WrapHeader {
        &self.header
    }

    /// The commitment to the DEK, as stored.
    #[must_use]
    pub fn commitment(&self) -> &[u8; 32] {
        &self.commitment
    }

    /// The parts in the order in which they were added.
    #[must_use]
    pub fn parts(&self) -> &[WrapPart] {
        &self.parts
    }

    /// The value of the extension of type `kind`, critical bit included.
    #[must_use]
    pub fn extension(&self, kind: u16) -> Option<&[u8]> {
        let found = self.header.extensions.iter().find(|e| e.kind == kind)?;
        Some(&found.value)
    }

    /// Binds a part to this group and appends it.
    ///
    /// # Errors
    /// [`Error::WrongKey`] when `dek` is not this group's; [`Error::WrapRule`] when the part does
    /// not fit its class, names a key twice, is too long or one too many.
    pub fn add_part(&mut self, dek: &Secret<32>, part: WrapPart) -> Result<(), Error> {
        self.check_commitment(dek)?;
        let tag = self.bind_tag(dek, &part);
        self.push(part.with_tag(tag)).map_err(Error::WrapRule)
    }

    /// Appends a part with the tag it has, or names the rule that it breaks.
    pub(crate) fn push(&mut self, part: WrapPart) -> Result<(), &'static str> {
        check_part(&part)?;
        let platform = part.key_id == PLATFORM_KEY_ID && part.spki_digest == [0; 32];
        let named = part.key_id != PLATFORM_KEY_ID && part.spki_digest != [0; 32];
        match (self.header.class, part.algorithm) {
            (WrapClass::Platform, WrapAlgorithm::Platform) if platform => {}
            (WrapClass::Customer, WrapAlgorithm::RsaOaep256) if named => {}
            (WrapClass::Platform, WrapAlgorithm::Platform)
            | (WrapClass::Customer, WrapAlgorithm::RsaOaep256) => {
                return Err("key id and SPKI digest do not fit the algorithm");
            }
            _ => return Err("the algorithm of a part does not fit the class"),
        }
        if self.parts.iter().any(|other| other.key_id == part.key_id) {
            return Err("two parts name the same key");
        }
        if self.parts.len() == WRAP_PARTS_MAX {
            return Err("it has more than 16 parts");
        }
        self.parts.push(part);
        Ok(())
    }

    /// Takes a part out.
    ///
    /// # Errors
    /// [`Error::WrapRule`] for the last part or an unknown key id.
    pub fn remove_part(&mut self, key_id: &str) -> Result<WrapPart, Error> {
        let found = self.parts.iter().position(|part| part.key_id == key_id);
        let index = found.ok_or(Error::WrapRule("no part names this key"))?;
        if self.parts.len() == 1 {
            return Err(Error::WrapRule("the last part cannot be removed"));
        }
        Ok(self.parts.remove(index))
    }

    /// Checks in constant time that `dek` is this group's and that part `index` belongs to it.
    ///
    /// # Errors
    /// [`Error::WrongKey`] when the commitment differs, [`Error::NotAuthentic`] when the tag does,
    /// [`Error::WrapRule`] when there is no such part.
    pub fn verify(&self, dek: &Secret<32>, index: usize) -> Result<(), Error> {
        let part = self
            .parts
            .get(index)
            .ok_or(Error::WrapRule("there is no such part"))?;
        self.check_commitment(dek)?;
        if verify_equal(&self.bind_tag(dek, part), &part.tag) {
            Ok(())
        } else {
            Err(Error::NotAuthentic { what: WHAT })
        }
    }

    /// The bytes to store. A group without parts has an encoding that nobody decodes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        wrap_format::encode(self)
    }

    /// Reads one group that fills `bytes`. Nothing in it is to be trusted before `verify`.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::Malformed`], or [`Error::Unsupported`] for what a newer
    /// version may have written, such as an unknown critical extension.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        wrap_format::decode(bytes)
    }

    /// SHA-256 of the encoding, by which the state file refers to the group.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.encode())
    }

    fn check_commitment(&self, dek: &Secret<32>) -> Result<(), Error> {
        let own = dek_commitment(dek, &self.header.owner);
        if verify_equal(&own, &self.commitment) {
            Ok(())
        } else {
            Err(Error::WrongKey { what: WHAT })
        }
    }

    /// HMAC-SHA-256(K_bind, canonical(everything but the tag and the other parts)).
    fn bind_tag(&self, dek: &Secret<32>, part: &WrapPart) -> [u8; 32] {
        let key = derive(dek, "rsv/v1/bind", &[&self.header.owner]);
        let message = canonical(&[
            b"rsv/v1/wrap",
            &encode_header(&self.header, &self.commitment),
            &encode_extensions(&self.header.extensions),
            &[part.algorithm as u8],
            part.key_id.as_bytes(),
            &part.spki_digest,
            &part.created_unix.to_be_bytes(),
            &part.ciphertext,
        ]);
        hmac_sha256(&key, &[&message])
    }

    /// canonical("rsv/v1/platform-wrap", header, extension area).
    fn platform_context(&self) -> Vec<u8> {
        canonical(&[
            b"rsv/v1/platform-wrap",
            &encode_header(&self.header, &self.commitment),
            &encode_extensions(&self.header.extensions),
        ])
    }
}

/// A group of class platform whose one part is Cobblestone-256(platform key, header, DEK).
///
/// # Errors
/// [`Error::WrapRule`] unless the class is platform; [`Error::Random`].
pub fn platform_wrap(
    platform_key: &Secret<32>,
    dek: &Secret<32>,
    header: WrapHeader,
    created_unix: i64,
) -> Result<WrapGroup, Error> {
    let mut group = WrapGroup::new(header, dek)?;
    let ciphertext = seal(platform_key, &group.platform_context(), dek.expose())?;
    let part = WrapPart::new(
        WrapAlgorithm::Platform,
        PLATFORM_KEY_ID.into(),
        [0; 32],
        created_unix,
        ciphertext,
    );
    group.add_part(dek, part)?;
    Ok(group)
}

/// Undoes [`platform_wrap`], and verifies what it finds.
///
/// # Errors
/// [`Error::WrapRule`] when no part is under the platform key;
/// [`Error::WrongKey`], [`Error::NotAuthentic`] or [`Error::Truncated`] when it does not open.
pub fn platform_unwrap(platform_key: &Secret<32>, group: &WrapGroup) -> Result<Secret<32>, Error> {
    let by_platform = |part: &WrapPart| part.algorithm == WrapAlgorithm::Platform;
    let found = group.parts.iter().position(by_platform);
    let index = found.ok_or(Error::WrapRule("no part is under the platform key"))?;
    let sealed = &group.parts[index].ciphertext;
    let plain = open(platform_key, &group.platform_context(), sealed, WHAT)?;
    let dek = Secret::from_slice(&Zeroizing::new(plain));
    let dek = dek.ok_or(Error::NotAuthentic { what: WHAT })?;
    group.verify(&dek, index)?;
    Ok(dek)
}
