//! SHA-256 digests as they are written in state files: 64 lower-case hexadecimal letters.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::crypto;

/// 32 bytes, written as 64 lower-case hexadecimal letters. Also used for MACs, which are as long.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// What the first generation and the first line name as their predecessor.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256(bytes).
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(crypto::digest(bytes))
    }

    /// Reads exactly 64 lower-case hexadecimal letters; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        crypto::from_hex(text).map(Self)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crypto::hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not 64 lower-case hexadecimal letters"))
    }
}
