//! The one line of a root key file, in its two kinds.
//!
//! ```text
//! RSVROOT1 key-file   <installation> <base64url key> <check>
//! RSVROOT1 passphrase <installation> <base64url cost ‖ salt> <base64url sealed key> <check>
//! ```
//!
//! check is the first 8 bytes of SHA-256 over what stands before it, in hexadecimal: it catches
//! copying errors. The sealed key is Cobblestone-256 under Argon2id(passphrase, salt, cost) with
//! the context `canonical("rsv/v1/root-key", installation, cost, salt)`.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::crypto::{
    self, PASSPHRASE_SALT_BYTES, PassphraseCost, Secret, canonical, passphrase_key, random, seal,
};
use crate::state::{Digest, Error, Passphrase};

/// First word of the file: magic and format version.
const MAGIC: &str = "RSVROOT1";
/// Magic of any format version.
const MAGIC_ANY: &str = "RSVROOT";
/// Second word: the key itself.
const KIND_FILE: &str = "key-file";
/// Second word: the key sealed under a passphrase.
const KIND_PASSPHRASE: &str = "passphrase";
/// Context of the seal.
const LABEL: &[u8] = b"rsv/v1/root-key";
/// Longest file that is read; a key file has 126 bytes, a sealed one 267.
pub(super) const FILE_BYTES_MAX: usize = 512;
/// Length of the check in hexadecimal letters.
const CHECK_LETTERS: usize = 16;
/// Cost and salt in one word.
const COST_BYTES: usize = 12 + PASSPHRASE_SALT_BYTES;

/// A line that was read; the passphrase of a sealed one is not asked for yet.
pub(super) enum Line {
    /// The key as it is.
    Plain(Uuid, Secret<32>),
    /// The key under a passphrase.
    Sealed(Sealed),
}

/// A sealed root key.
pub(super) struct Sealed {
    pub(super) installation: Uuid,
    cost: PassphraseCost,
    salt: [u8; PASSPHRASE_SALT_BYTES],
    sealed: Vec<u8>,
}

/// The line of a key file.
pub(super) fn plain(installation: Uuid, secret: &Secret<32>) -> Zeroizing<String> {
    let mut key = [0; 43];
    URL_SAFE_NO_PAD.encode_slice(secret.expose(), &mut key).ok();
    let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES_MAX));
    for part in [MAGIC, " ", KIND_FILE, " ", &installation.to_string(), " "] {
        text.push_str(part);
    }
    text.extend(key.iter().map(|&letter| char::from(letter)));
    key.zeroize();
    finish(&mut text);
    text
}

/// The line of a key under a passphrase, with a fresh salt.
pub(super) fn sealed(
    installation: Uuid,
    secret: &Secret<32>,
    passphrase: &Passphrase,
) -> Result<Zeroizing<String>, Error> {
    let (cost, salt) = (PassphraseCost::DEFAULT, random()?);
    let key = passphrase_key(passphrase.expose(), &salt, cost)?;
    let sealed = seal(&key, &bound_to(installation, cost, &salt), secret.expose())?;
    let envelope = Sealed {
        installation,
        cost,
        salt,
        sealed,
    };
    Ok(Zeroizing::new(envelope.to_text()))
}

impl Sealed {
    fn to_text(&self) -> String {
        let cost = [self.cost.to_bytes().as_slice(), &self.salt].concat();
        let mut text = format!(
            "{MAGIC} {KIND_PASSPHRASE} {} {} {}",
            self.installation,
            URL_SAFE_NO_PAD.encode(cost),
            URL_SAFE_NO_PAD.encode(&self.sealed)
        );
        finish(&mut text);
        text
    }

    /// True when a guess costs next to nothing, as no file that is written here does.
    pub(super) fn is_cheap(&self) -> bool {
        self.cost.memory_kib <= 64 && self.cost.passes == 1
    }

    /// Opens the key; a wrong passphrase has an error of its own.
    pub(super) fn open(&self, path: &Path, passphrase: &Passphrase) -> Result<Secret<32>, Error> {
        let key = passphrase_key(passphrase.expose(), &self.salt, self.cost)?;
        let context = bound_to(self.installation, self.cost, &self.salt);
        let opened = crypto::open(&key, &context, &self.sealed, "root key");
        let plain = opened.map(Zeroizing::new).map_err(|error| match error {
            crypto::Error::WrongKey { .. } => Error::WrongPassphrase {
                path: path.to_path_buf(),
            },
            _ => damaged(path, "its sealed key does not open"),
        })?;
        Secret::from_slice(&plain).ok_or_else(|| damaged(path, "its key is not 32 bytes"))
    }
}

fn bound_to(installation: Uuid, cost: PassphraseCost, salt: &[u8]) -> Vec<u8> {
    canonical(&[LABEL, installation.as_bytes(), &cost.to_bytes(), salt])
}

/// Adds the check and the end of the line.
fn finish(text: &mut String) {
    let mut check = Digest::of(text.as_bytes()).to_string();
    check.truncate(CHECK_LETTERS);
    text.push(' ');
    text.push_str(&check);
    text.push('\n');
}

fn damaged(path: &Path, what: &'static str) -> Error {
    Error::RootKeyDamaged {
        path: path.to_path_buf(),
        what,
    }
}

/// Reads a file's one line; it must be exactly what is written here.
pub(super) fn parse(path: &Path, text: &[u8]) -> Result<Line, Error> {
    let text = std::str::from_utf8(text).map_err(|_| damaged(path, "it is not text"))?;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let Some(&magic) = words.first() else {
        return Err(damaged(path, "it is not one line of words"));
    };
    if magic != MAGIC {
        return Err(match magic.strip_prefix(MAGIC_ANY).map(str::parse) {
            Some(Ok(found)) if found > 1 => Error::Newer {
                path: path.to_path_buf(),
                found,
                known: 1,
            },
            _ => damaged(path, "it does not start with RSVROOT1"),
        });
    }
    let installation = |word: &str| {
        Uuid::parse_str(word).map_err(|_| damaged(path, "its installation is not a UUID"))
    };
    match words.as_slice() {
        [_, KIND_FILE, id, key, _] => {
            let line = parse_plain(path, installation(id)?, key)?;
            same(path, text, &plain(line.0, &line.1))?;
            Ok(Line::Plain(line.0, line.1))
        }
        [_, KIND_PASSPHRASE, id, cost, sealed, _] => {
            let line = parse_sealed(path, installation(id)?, cost, sealed)?;
            same(path, text, &line.to_text())?;
            Ok(Line::Sealed(line))
        }
        [_, KIND_FILE | KIND_PASSPHRASE, ..] => {
            Err(damaged(path, "it has not the number of words of its kind"))
        }
        _ => Err(damaged(
            path,
            "its second word is neither key-file nor passphrase",
        )),
    }
}

fn same(path: &Path, found: &str, expected: &str) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(damaged(path, "its check does not match"))
}

fn parse_plain(path: &Path, installation: Uuid, key: &str) -> Result<(Uuid, Secret<32>), Error> {
    let mut secret = Secret::zeroed();
    match URL_SAFE_NO_PAD.decode_slice(key, secret.expose_mut()) {
        Ok(32) => Ok((installation, secret)),
        _ => Err(damaged(path, "its key is not 32 bytes in base64url")),
    }
}

fn parse_sealed(
    path: &Path,
    installation: Uuid,
    cost: &str,
    sealed: &str,
) -> Result<Sealed, Error> {
    let unreadable = || damaged(path, "its sealed key is not base64url");
    let mut head = [0; COST_BYTES];
    if URL_SAFE_NO_PAD.decode_slice(cost, &mut head).ok() != Some(COST_BYTES) {
        return Err(damaged(
            path,
            "its cost and salt are not 28 bytes in base64url",
        ));
    }
    let (cost, salt) = head.split_first_chunk::<12>().ok_or_else(unreadable)?;
    let cost = PassphraseCost::from_bytes(*cost)
        .map_err(|_| damaged(path, "it asks for an impossible passphrase cost"))?;
    let salt = salt.try_into().map_err(|_| unreadable())?;
    let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| unreadable())?;
    Ok(Sealed {
        installation,
        cost,
        salt,
        sealed,
    })
}
