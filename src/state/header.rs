//! The bytes of a state file: one JSON header line, then the body.
//!
//! MAC = HMAC-SHA-256(state key, canonical(magic, format, generation, prev, len, sha256,
//! installation)), where the body stands in by its SHA-256. The header is valid only in the
//! spelling [`encode`] gives it, so no byte of the file can change unnoticed.

use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::crypto::{Secret, canonical, derive, hmac_sha256, verify_equal};
use crate::state::{Digest, Error, RootKey};

/// First field of the header.
const MAGIC: &str = "rsv-state";

/// The format version written here.
const FORMAT: u32 = 1;

/// The keys of one installation's state file and anchor.
#[derive(Debug, Clone)]
pub(crate) struct StateKeys {
    pub(crate) installation: Uuid,
    state_mac: Secret<32>,
    pub(crate) anchor_mac: Secret<32>,
}

impl StateKeys {
    /// derive(RK, "rsv/v1/state-mac" or "rsv/v1/anchor-mac", installation).
    pub(crate) fn new(root_key: &RootKey) -> Self {
        let installation = root_key.installation();
        let context: &[&[u8]] = &[installation.as_bytes()];
        Self {
            installation,
            state_mac: derive(root_key.secret(), "rsv/v1/state-mac", context),
            anchor_mac: derive(root_key.secret(), "rsv/v1/anchor-mac", context),
        }
    }
}

/// The first line of a state file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    magic: String,
    format: u32,
    generation: u64,
    prev: Digest,
    len: u64,
    sha256: Digest,
    installation: Uuid,
    mac: Digest,
}

impl Header {
    fn mac(&self, keys: &StateKeys) -> Digest {
        let fields = canonical(&[
            self.magic.as_bytes(),
            &self.format.to_be_bytes(),
            &self.generation.to_be_bytes(),
            &self.prev.0,
            &self.len.to_be_bytes(),
            &self.sha256.0,
            self.installation.as_bytes(),
        ]);
        Digest(hmac_sha256(&keys.state_mac, &[&fields]))
    }
}

/// The part of a header that every format version has.
#[derive(Deserialize)]
struct AnyHeader {
    magic: String,
    format: u64,
}

/// A state file that has been proved authentic.
pub(crate) struct Verified {
    pub(crate) format: u32,
    pub(crate) generation: u64,
    pub(crate) digest: Digest,
    pub(crate) body: Vec<u8>,
}

impl Verified {
    /// Refuses to build on a format this version does not know.
    pub(crate) fn check_writable(&self, path: &Path) -> Result<(), Error> {
        if self.format == FORMAT {
            return Ok(());
        }
        Err(newer(path, self.format.into()))
    }
}

/// The file of one generation; `prev` is the digest of the file before, `body` ends in a newline.
pub(crate) fn encode(keys: &StateKeys, generation: u64, prev: Digest, body: &[u8]) -> Vec<u8> {
    let mut header = Header {
        magic: MAGIC.to_owned(),
        format: FORMAT,
        generation,
        prev,
        len: body.len() as u64,
        sha256: Digest::of(body),
        installation: keys.installation,
        mac: Digest::ZERO,
    };
    header.mac = header.mac(keys);
    let mut file = spell(&header);
    file.extend_from_slice(body);
    file
}

/// Checks a state file and takes it apart, without a second copy of what may be megabytes.
pub(crate) fn decode(path: &Path, keys: &StateKeys, file: Vec<u8>) -> Result<Verified, Error> {
    let damaged = |what: &str| Error::damaged(path, what);
    let (line, body) = split(&file).ok_or_else(|| damaged("it has no first line"))?;
    let any: AnyHeader = serde_json::from_slice(line)
        .map_err(|_| damaged("its first line is not a state header"))?;
    if any.magic != MAGIC || any.format == 0 {
        return Err(damaged("its first line is not a state header"));
    }
    let verified = decode_known(path, keys, line, body);
    match verified {
        // Bytes of a newer format mean what this version thinks only if they prove authentic.
        Err(_) if any.format > u64::from(FORMAT) => Err(newer(path, any.format)),
        Err(error) => Err(error),
        Ok(header) => {
            let (digest, start) = (Digest::of(&file), line.len() + 1);
            let mut body = file;
            body.drain(..start);
            Ok(Verified {
                format: header.format,
                generation: header.generation,
                digest,
                body,
            })
        }
    }
}

fn decode_known(path: &Path, keys: &StateKeys, line: &[u8], body: &[u8]) -> Result<Header, Error> {
    let damaged = |what: &str| Error::damaged(path, what);
    let header: Header = serde_json::from_slice(line)
        .map_err(|error| Error::damaged(path, format!("its first line is invalid: {error}")))?;
    if header.installation != keys.installation {
        return Err(Error::OtherInstallation {
            path: path.to_path_buf(),
            found: header.installation,
            wanted: keys.installation,
        });
    }
    if spell(&header) != [line, b"\n"].concat() {
        return Err(damaged("its first line is not spelt as rsv writes it"));
    }
    if header.len != body.len() as u64 {
        return Err(damaged("it is not as long as its first line says"));
    }
    if header.sha256 != Digest::of(body) {
        return Err(damaged("its body does not match its digest"));
    }
    if !verify_equal(&header.mac.0, &header.mac(keys).0) {
        return Err(damaged(
            "its MAC does not match: not written with this root key",
        ));
    }
    Ok(header)
}

/// The installation a state file claims, unproved.
pub(crate) fn installation(file: &[u8]) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Claim {
        magic: String,
        installation: Uuid,
    }
    let (line, _) = split(file)?;
    let claim: Claim = serde_json::from_slice(line).ok()?;
    (claim.magic == MAGIC).then_some(claim.installation)
}

fn newer(path: &Path, found: u64) -> Error {
    Error::Newer {
        path: path.to_path_buf(),
        found,
        known: FORMAT,
    }
}

/// Header line without its newline, and body.
fn split(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = file.iter().position(|&byte| byte == b'\n')?;
    Some((&file[..end], &file[end + 1..]))
}

/// The header as the one line it is valid as.
fn spell(header: &Header) -> Vec<u8> {
    // Numbers, ASCII strings and UUIDs: nothing here can fail to become JSON.
    let mut line = serde_json::to_vec(header).unwrap_or_default();
    line.push(b'\n');
    line
}
