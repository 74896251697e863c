//! One line of a journal, and how it proves itself.
//!
//! A line is `{"seq":N,"prev":"<hex>","record":R,"mac":"<hex>"}`. `prev` is the SHA-256 of the line
//! before, without its newline. MAC = HMAC-SHA-256(key, canonical("rsv-journal", line up to
//! `,"mac":`)): it covers the bytes as they stand, so no value is ever spelt out again to check it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::crypto::{Secret, canonical, hmac_sha256, verify_equal};
use crate::state::Digest;

/// Longest line, newline included. Bounds what a reader must hold; a record has some hundred bytes.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// What stands before and after the MAC's 64 letters.
const MAC_BEFORE: &str = ",\"mac\":\"";
const MAC_AFTER: &str = "\"}";

/// The last line of a journal: how many there are, and the digest that pins them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Sequence of the last line, 0 when there is none.
    pub sequence: u64,
    /// SHA-256 of the last line without its newline, zero when there is none.
    pub digest: Digest,
}

impl Head {
    /// The head of an empty journal.
    pub const START: Self = Self {
        sequence: 0,
        digest: Digest::ZERO,
    };
}

/// A record as it was read, with its proved place in the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// 1-based sequence; also the number of the line in its file.
    pub sequence: u64,
    /// The caller's record.
    pub record: Value,
}

/// A finished line that can be appended later, any number of times, with the same result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreparedLine {
    /// The journal's head once this line is in it.
    pub head: Head,
    pub(crate) text: String,
}

impl PreparedLine {
    /// The record in it.
    #[must_use]
    pub fn record(&self) -> Option<Value> {
        let mut line: Value = serde_json::from_str(&self.text).ok()?;
        line.get_mut("record").map(Value::take)
    }

    /// Writes the line that follows `before`.
    pub(crate) fn compose(key: &Secret<32>, before: Head, record: &Value) -> Self {
        let sequence = before.sequence + 1;
        let prev = before.digest;
        let mut text = format!("{{\"seq\":{sequence},\"prev\":\"{prev}\",\"record\":{record}");
        let mac = mac(key, text.as_bytes());
        text.push_str(MAC_BEFORE);
        text.push_str(&mac.to_string());
        text.push_str(MAC_AFTER);
        let digest = Digest::of(text.as_bytes());
        Self {
            head: Head { sequence, digest },
            text,
        }
    }

    /// Checks that lines prove themselves and follow each other. Returns the head before the
    /// first line and the head after each; else the number of the bad line and what is wrong.
    pub(crate) fn check_chain(
        key: &Secret<32>,
        lines: &[Self],
    ) -> Result<Vec<Head>, (u64, &'static str)> {
        let mut heads: Vec<Head> = Vec::with_capacity(lines.len() + 1);
        for line in lines {
            let bad = |what| (line.head.sequence, what);
            let checked = CheckedLine::check(key, line.text.as_bytes()).map_err(bad)?;
            match heads.last() {
                Some(&before) => checked.check_follows(before).map_err(bad)?,
                None => heads.push(Head {
                    sequence: checked.head.sequence.saturating_sub(1),
                    digest: checked.prev,
                }),
            }
            heads.push(checked.head);
        }
        Ok(heads)
    }
}

/// A line that has proved itself, though not yet its place.
#[derive(Debug)]
pub(crate) struct CheckedLine {
    /// The head this line makes.
    pub(crate) head: Head,
    /// Digest of the line it follows.
    pub(crate) prev: Digest,
    pub(crate) record: Value,
}

impl CheckedLine {
    /// Checks MAC and shape of a line given without its newline.
    pub(crate) fn check(key: &Secret<32>, line: &[u8]) -> Result<Self, &'static str> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields {
            seq: u64,
            prev: Digest,
            record: Value,
            #[serde(rename = "mac")]
            _mac: Digest,
        }
        let end_bytes = MAC_BEFORE.len() + 64 + MAC_AFTER.len();
        let split = line.len().checked_sub(end_bytes).ok_or("it is too short")?;
        let (text, end) = line.split_at(split);
        let expected = format!("{MAC_BEFORE}{}{MAC_AFTER}", mac(key, text));
        if !verify_equal(end, expected.as_bytes()) {
            return Err("its MAC does not match");
        }
        let fields: Fields = serde_json::from_slice(line).map_err(|_| "it is not a log line")?;
        let sequence = fields.seq;
        let digest = Digest::of(line);
        Ok(Self {
            head: Head { sequence, digest },
            prev: fields.prev,
            record: fields.record,
        })
    }

    /// Checks that this line follows `before`.
    pub(crate) fn check_follows(&self, before: Head) -> Result<(), &'static str> {
        if self.head.sequence != before.sequence + 1 {
            return Err("its sequence does not follow the line before");
        }
        if self.prev != before.digest {
            return Err("it does not follow the line before");
        }
        Ok(())
    }
}

fn mac(key: &Secret<32>, text: &[u8]) -> Digest {
    Digest(hmac_sha256(key, &[&canonical(&[b"rsv-journal", text])]))
}
