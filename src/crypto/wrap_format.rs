//! The bytes of a wrap group, format 1. All integers are big-endian; nothing is optional.
//!
//! ```text
//! header, 80 bytes
//!    0   8  magic "RSVWRAP1"
//!    8   1  version = 1
//!    9   1  purpose: 1 DEK of a vault, 2 DEK of a disk, 3 DEK of a snapshot
//!   10   1  class: 0 platform, 1 customer; bit 7: infrastructure encryption, customer only
//!   11   1  operator: 0 any part gives the DEK; others are for later
//!   12   4  epoch
//!   16  16  domain id
//!   32  16  owner id: the vault's, the disk's or the snapshot's
//!   48  32  commitment = derive(DEK, "rsv/v1/commit", [owner id])
//! extensions
//!   80   2  e = bytes of the extension area, at most 4,096
//!   82   e  per extension: type (2), length (2), value. Bit 15 of the type is the critical bit;
//!           types stand in rising order of their low 15 bits, each at most once.
//!           An unknown critical extension refuses the group, any other is kept as it is.
//!           0x8001: K_id carried over from the previous epoch, sealed under this DEK
//!           (`carried.rs`).
//! parts
//!         1  number of parts, 1 to 16
//!   per part
//!         1  algorithm: 1 RSA-OAEP-256 by a key-vault key, 2 Cobblestone-256 by the platform key
//!         2  k = bytes of the key id, 1 to 512
//!         k  key id, printable ASCII: the key's URL with its version, or "platform"
//!        32  SHA-256 of the key's SPKI; zeros for the platform key
//!         8  created, signed Unix seconds
//!         2  c = bytes of the ciphertext, 1 to 1,024
//!         c  ciphertext
//!        32  bind tag = HMAC-SHA-256(K_bind, canonical("rsv/v1/wrap", header, extension area,
//!            algorithm, key id, SPKI digest, created, ciphertext)),
//!            K_bind = derive(DEK, "rsv/v1/bind", [owner id])
//! ```
//!
//! The group ends with its last part. Class customer has parts of algorithm 1 only, class platform
//! of algorithm 2 only; no two parts name the same key. A group has exactly one encoding.

use crate::crypto::{
    Error, WrapAlgorithm, WrapClass, WrapGroup, WrapHeader, WrapPart, WrapPurpose,
};

/// Parts a group can hold.
pub const WRAP_PARTS_MAX: usize = 16;
/// Longest encoding of a group in bytes; readers need not look at longer files.
pub const WRAP_GROUP_BYTES_MAX: usize =
    82 + EXTENSIONS_MAX + 1 + WRAP_PARTS_MAX * (77 + KEY_ID_MAX + CIPHERTEXT_MAX);

const MAGIC: &[u8; 8] = b"RSVWRAP1";
const VERSION: u8 = 1;
/// Operator: any part gives the DEK.
const ANY_PART: u8 = 0;
const EXTENSIONS_MAX: usize = 4096;
const KEY_ID_MAX: usize = 512;
const CIPHERTEXT_MAX: usize = 1024;
const CRITICAL: u16 = 1 << 15;
const WHAT: &str = "wrap group";

/// One type-length-value section of a wrap group, authenticated by every part's tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrapExtension {
    /// The type; bit 15 says that a reader who does not know it must refuse the group.
    pub kind: u16,
    /// The value, at most 4,092 bytes.
    pub value: Vec<u8>,
}

impl WrapExtension {
    /// K_id carried over from the previous epoch, sealed under this group's DEK.
    pub const CARRIED_ID_KEY: u16 = CRITICAL | 1;

    /// Types that this version knows, with their critical bits.
    const KNOWN: [u16; 1] = [Self::CARRIED_ID_KEY];
}

/// The 80 header bytes.
pub(crate) fn encode_header(header: &WrapHeader, commitment: &[u8; 32]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend([VERSION, header.purpose as u8, header.class_byte()]);
    out.push(ANY_PART);
    out.extend(header.epoch.to_be_bytes());
    out.extend(header.domain);
    out.extend(header.owner);
    out.extend(commitment);
    out
}

/// The extension area without its length. [`check_extensions`] keeps every length in 16 bits.
pub(crate) fn encode_extensions(extensions: &[WrapExtension]) -> Vec<u8> {
    let mut out = Vec::new();
    for extension in extensions {
        out.extend(extension.kind.to_be_bytes());
        put_sized(&mut out, &extension.value);
    }
    out
}

/// The whole group.
pub(crate) fn encode(group: &WrapGroup) -> Vec<u8> {
    let mut out = encode_header(group.header(), group.commitment());
    put_sized(&mut out, &encode_extensions(&group.header().extensions));
    out.push(u8::try_from(group.parts().len()).unwrap_or(u8::MAX));
    for part in group.parts() {
        out.push(part.algorithm as u8);
        put_sized(&mut out, part.key_id.as_bytes());
        out.extend(part.spki_digest);
        out.extend(part.created_unix.to_be_bytes());
        put_sized(&mut out, &part.ciphertext);
        out.extend(part.tag());
    }
    out
}

/// Lengths were limited when the value was taken in, far below 2^16.
fn put_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Reads one group that fills `bytes`.
///
/// # Errors
/// [`Error::Truncated`], [`Error::Malformed`], or [`Error::Unsupported`] for what a newer version
/// may have written.
pub(crate) fn decode(bytes: &[u8]) -> Result<WrapGroup, Error> {
    let mut input = Reader(bytes);
    if input.array()? != *MAGIC {
        return Err(malformed("it does not start with RSVWRAP1"));
    }
    if input.byte()? != VERSION {
        return Err(unsupported("the version is not 1"));
    }
    let (mut header, commitment) = decode_header(&mut input)?;
    header.extensions = decode_extensions(input.sized(EXTENSIONS_MAX)?)?;
    let count = input.byte()?;
    if count == 0 {
        return Err(malformed("it has no parts"));
    }
    let mut group = WrapGroup::from_stored(header, commitment);
    for _ in 0..count {
        let part = decode_part(&mut input)?;
        group.push(part).map_err(malformed)?;
    }
    if input.0.is_empty() {
        Ok(group)
    } else {
        Err(malformed("bytes follow the last part"))
    }
}

fn decode_header(input: &mut Reader<'_>) -> Result<(WrapHeader, [u8; 32]), Error> {
    let purpose = match input.byte()? {
        1 => WrapPurpose::VaultKey,
        2 => WrapPurpose::DiskKey,
        3 => WrapPurpose::SnapshotKey,
        _ => return Err(unsupported("the purpose is not known")),
    };
    let class = input.byte()?;
    let infrastructure = class & WrapHeader::INFRASTRUCTURE != 0;
    if input.byte()? != ANY_PART {
        return Err(unsupported("the operator is not known"));
    }
    let header = WrapHeader {
        purpose,
        class: match class & !WrapHeader::INFRASTRUCTURE {
            0 if !infrastructure => WrapClass::Platform,
            1 => WrapClass::Customer,
            _ => return Err(unsupported("the class is not known")),
        },
        infrastructure,
        epoch: u32::from_be_bytes(input.array()?),
        domain: input.array()?,
        owner: input.array()?,
        extensions: Vec::new(),
    };
    Ok((header, input.array()?))
}

fn decode_extensions(area: &[u8]) -> Result<Vec<WrapExtension>, Error> {
    let mut input = Reader(area);
    let mut extensions = Vec::new();
    while !input.0.is_empty() {
        let kind = u16::from_be_bytes(input.array()?);
        let value = input.sized(EXTENSIONS_MAX)?.to_vec();
        if kind & CRITICAL != 0 && !WrapExtension::KNOWN.contains(&kind) {
            return Err(unsupported("a critical extension is not known"));
        }
        extensions.push(WrapExtension { kind, value });
    }
    check_extensions(&extensions).map_err(malformed)?;
    Ok(extensions)
}

fn decode_part(input: &mut Reader<'_>) -> Result<WrapPart, Error> {
    let algorithm = match input.byte()? {
        1 => WrapAlgorithm::RsaOaep256,
        2 => WrapAlgorithm::Platform,
        _ => return Err(unsupported("the algorithm of a part is not known")),
    };
    let key_id = String::from_utf8(input.sized(KEY_ID_MAX)?.to_vec())
        .map_err(|_| malformed("a key id is not printable ASCII"))?;
    let spki_digest = input.array()?;
    let created_unix = i64::from_be_bytes(input.array()?);
    let ciphertext = input.sized(CIPHERTEXT_MAX)?.to_vec();
    let tag = input.array()?;
    let part = WrapPart::new(algorithm, key_id, spki_digest, created_unix, ciphertext);
    Ok(part.with_tag(tag))
}

/// The rules of one part that do not depend on its group, or the one that is broken.
pub(crate) fn check_part(part: &WrapPart) -> Result<(), &'static str> {
    if part.key_id.is_empty() || part.key_id.len() > KEY_ID_MAX {
        return Err("a key id has not 1 to 512 bytes");
    }
    if !part.key_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("a key id is not printable ASCII");
    }
    if part.ciphertext.is_empty() || part.ciphertext.len() > CIPHERTEXT_MAX {
        return Err("a ciphertext has not 1 to 1,024 bytes");
    }
    Ok(())
}

/// The rules of the extension area, or the one that is broken.
pub(crate) fn check_extensions(extensions: &[WrapExtension]) -> Result<(), &'static str> {
    let bytes: usize = extensions.iter().map(|e| e.value.len() + 4).sum();
    if bytes > EXTENSIONS_MAX {
        return Err("the extensions are longer than 4,096 bytes");
    }
    let number = |extension: &WrapExtension| extension.kind & !CRITICAL;
    if !extensions.is_sorted_by(|a, b| number(a) < number(b)) {
        return Err("the extensions are out of order or repeated");
    }
    let known = |number| {
        WrapExtension::KNOWN
            .iter()
            .find(|k| **k & !CRITICAL == number)
    };
    for extension in extensions {
        if known(number(extension)).is_some_and(|known| *known != extension.kind) {
            return Err("an extension has the wrong critical bit");
        }
    }
    Ok(())
}

/// Takes fields off the front of what is left.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, Error> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (found, rest) = self
            .0
            .split_first_chunk()
            .ok_or(Error::Truncated { what: WHAT })?;
        self.0 = rest;
        Ok(*found)
    }

    fn sized(&mut self, max: usize) -> Result<&'a [u8], Error> {
        let length = usize::from(u16::from_be_bytes(self.array()?));
        if length > max {
            return Err(malformed("a length is over its limit"));
        }
        let (found, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(Error::Truncated { what: WHAT })?;
        self.0 = rest;
        Ok(found)
    }
}

fn malformed(why: &'static str) -> Error {
    Error::Malformed { what: WHAT, why }
}

fn unsupported(why: &'static str) -> Error {
    Error::Unsupported { what: WHAT, why }
}
