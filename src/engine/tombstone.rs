//! Tombstones: what stands in a chain for recovery points that expired.
//!
//! One covers a run of sequence numbers, names the digest before it and that of its last point, and
//! carries a MAC, so that the chain still links, and so that a point which was removed is told from
//! one that expired. The one that starts with the first sequence number is the chain's floor.

use crate::crypto::{canonical, derive, hmac_sha256, verify_equal};
use crate::engine::Error;
use crate::engine::bytes::{Cursor, Problem, id_text};
use crate::engine::format::{MAGIC_TOMBSTONE, TYPE_TOMBSTONE, VERSION};
use crate::engine::keys::{KeySet, RepositoryKeys};

/// A run of expired recovery points in an item's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    pub(crate) class: u8,
    pub(crate) epoch: u32,
    pub(crate) owner: [u8; 16],
    /// Whose chain it is in.
    pub item: [u8; 16],
    /// Sequence of the first expired point.
    pub first: u64,
    /// Sequence of the last one.
    pub last: u64,
    /// What the first one named as the point before; zero for the first of the item.
    pub previous: [u8; 32],
    /// Digest of the last one, which the next entry of the chain names.
    pub digest: [u8; 32],
    /// When it was made, Unix milliseconds.
    pub created_ms: u64,
    mac: [u8; 32],
}

impl Tombstone {
    /// Seals a run under the current keys.
    pub(crate) fn new(
        keys: &RepositoryKeys,
        item: [u8; 16],
        run: (u64, u64),
        links: ([u8; 32], [u8; 32]),
        created_ms: u64,
    ) -> Self {
        let mut tombstone = Self {
            class: keys.class,
            epoch: keys.epoch,
            owner: keys.owner,
            item,
            first: run.0,
            last: run.1,
            previous: links.0,
            digest: links.1,
            created_ms,
            mac: [0; 32],
        };
        tombstone.mac = tombstone.expected(keys);
        tombstone
    }

    fn fields(&self) -> Vec<u8> {
        let mut out = MAGIC_TOMBSTONE.to_vec();
        out.extend_from_slice(&[TYPE_TOMBSTONE, VERSION, self.class, 0]);
        out.extend_from_slice(&self.epoch.to_be_bytes());
        for id in [&self.owner, &self.item] {
            out.extend_from_slice(id);
        }
        out.extend_from_slice(&self.first.to_be_bytes());
        out.extend_from_slice(&self.last.to_be_bytes());
        out.extend_from_slice(&self.previous);
        out.extend_from_slice(&self.digest);
        out.extend_from_slice(&self.created_ms.to_be_bytes());
        out
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = self.fields();
        out.extend_from_slice(&self.mac);
        out
    }

    /// Reads a tombstone; whether it is authentic is [`Self::verify`]'s matter.
    pub(crate) fn decode(file: &[u8]) -> Result<Self, Problem> {
        let mut fields = Cursor::new(file);
        fields.start(MAGIC_TOMBSTONE, TYPE_TOMBSTONE)?;
        let class = fields.u8()?;
        fields.zeros(1)?;
        let tombstone = Self {
            class,
            epoch: fields.u32()?,
            owner: fields.array()?,
            item: fields.array()?,
            first: fields.u64()?,
            last: fields.u64()?,
            previous: fields.array()?,
            digest: fields.array()?,
            created_ms: fields.u64()?,
            mac: fields.array()?,
        };
        fields.end()?;
        if tombstone.first == 0 || tombstone.first > tombstone.last {
            return Err("covers an impossible run".into());
        }
        Ok(tombstone)
    }

    /// Whoever cannot open the repository cannot have written it; nor can who has the key of an
    /// epoch have done so after it ended.
    pub(crate) fn verify(&self, keys: &KeySet) -> Result<(), Error> {
        let known = keys
            .epoch(self.epoch)
            .filter(|keys| self.owner == keys.owner && self.class == keys.class)
            .filter(|keys| keys.had_expired(&self.item, (self.first, self.last)));
        if known.is_some_and(|keys| verify_equal(&self.expected(keys), &self.mac)) {
            return Ok(());
        }
        Err(Error::damaged(
            format!("tombstone {} of item {}", self.name(), id_text(&self.item)),
            "is not authentic: the recovery points it stands for were removed by somebody else",
        ))
    }

    /// HMAC-SHA-256(derive(K_man, "rsv/v1/tombstone", item), canonical("rsv/v1/tombstone", all
    /// fields before it)).
    fn expected(&self, keys: &RepositoryKeys) -> [u8; 32] {
        let key = derive::<32>(&keys.manifest, "rsv/v1/tombstone", &[&self.item]);
        let input = canonical(&[b"rsv/v1/tombstone", &self.fields()]);
        hmac_sha256(&key, &[&input])
    }

    /// The name of its file.
    pub(crate) fn name(&self) -> String {
        format!("{:016}-{:016}.gone", self.first, self.last)
    }
}

/// The run a file name speaks of.
pub(crate) fn parse_name(name: &str) -> Option<(u64, u64)> {
    let (first, last) = name.strip_suffix(".gone")?.split_once('-')?;
    let number = |text: &str| {
        let digits = text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| digits)
    };
    Some((number(first)?, number(last)?))
}
