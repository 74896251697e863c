//! The keys of one repository: everything derives from the data-encryption key (DEK) and the
//! owner's id, each use under its own label.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::crypto::{IdKey, Secret, derive};
use crate::engine::stored::OuterKey;

/// The bit of a class that says: with infrastructure encryption.
pub(crate) const CLASS_INFRASTRUCTURE: u8 = 0x80;

/// The subkeys of one DEK epoch.
#[derive(Debug, Clone)]
pub struct RepositoryKeys {
    pub(crate) owner: [u8; 16],
    pub(crate) epoch: u32,
    pub(crate) class: u8,
    pub(crate) domain: [u8; 16],
    pub(crate) pack: Secret<32>,
    pub(crate) stream: Secret<32>,
    pub(crate) id: IdKey,
    pub(crate) manifest: Secret<32>,
    pub(crate) salt: Secret<32>,
    pub(crate) config: Secret<32>,
    commitment: [u8; 32],
    /// What there was of each item when the epoch ended; `None`: it has not.
    ends: Option<Arc<BTreeMap<[u8; 16], ItemEnd>>>,
}

/// What there was of an item when a key epoch ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemEnd {
    /// The sequence of its newest recovery point.
    pub newest: u64,
    /// The first and last sequence of each tombstone in its chain; `None`: nobody could tell, since
    /// the chain was not there whole.
    pub expired: Option<Vec<(u64, u64)>>,
}

impl RepositoryKeys {
    /// K_x = HKDF-Expand-SHA-512(DEK, canonical("rsv/v1/x", owner), 32).
    ///
    /// "rsv/v1/cut" is reserved for the cut points of content-defined chunking.
    #[must_use]
    pub fn derive(
        dek: &Secret<32>,
        owner: [u8; 16],
        epoch: u32,
        class: u8,
        domain: [u8; 16],
    ) -> Self {
        let subkey = |label: &str| derive::<32>(dek, label, &[&owner]);
        Self {
            owner,
            epoch,
            class,
            domain,
            pack: subkey("rsv/v1/pack"),
            stream: subkey("rsv/v1/stream"),
            id: IdKey::new(subkey("rsv/v1/id")),
            manifest: subkey("rsv/v1/man"),
            salt: subkey("rsv/v1/salt"),
            config: subkey("rsv/v1/conf"),
            commitment: *subkey("rsv/v1/commit").expose(),
            ends: None,
        }
    }

    /// Of an epoch that ended when there was this of the items: what comes after it, or is of
    /// another item, is not believed to be of this epoch.
    #[must_use]
    pub fn ended(mut self, ends: BTreeMap<[u8; 16], ItemEnd>) -> Self {
        self.ends = Some(Arc::new(ends));
        self
    }

    /// True when the epoch had not ended by this place in the item's chain.
    pub(crate) fn reaches(&self, item: &[u8; 16], sequence: u64) -> bool {
        self.had(item, |end| sequence <= end.newest)
    }

    /// True when the epoch had not ended before a tombstone for this run was made. A run within a
    /// longer one was there before that took it in.
    pub(crate) fn had_expired(&self, item: &[u8; 16], (first, last): (u64, u64)) -> bool {
        let within = |run: &(u64, u64)| run.0 <= first && last <= run.1;
        self.had(item, |end| match &end.expired {
            Some(runs) => runs.iter().any(within),
            None => last <= end.newest,
        })
    }

    fn had(&self, item: &[u8; 16], what: impl FnOnce(&ItemEnd) -> bool) -> bool {
        let ends = self.ends.as_ref();
        ends.is_none_or(|ends| ends.get(item).is_some_and(what))
    }

    /// With the K_id of an epoch before, so that equal chunks keep their ids.
    #[must_use]
    pub fn with_id_key(mut self, carried: Secret<32>) -> Self {
        self.id = IdKey::new(carried);
        self
    }

    /// K_id, to be carried to the next epoch.
    #[must_use]
    pub fn id_key(&self) -> &Secret<32> {
        self.id.secret()
    }

    /// The public commitment to the DEK, for wrap records.
    #[must_use]
    pub fn commitment(&self) -> &[u8; 32] {
        &self.commitment
    }
}

/// The keys of all epochs a repository holds data of.
#[derive(Debug, Clone)]
pub struct KeySet {
    /// The epoch new data is written under.
    pub current: RepositoryKeys,
    /// Epochs that are only read.
    pub older: Vec<RepositoryKeys>,
    /// The key of the second layer, where there is one.
    pub outer: Option<OuterKey>,
}

impl KeySet {
    /// A set of one epoch.
    #[must_use]
    pub fn new(current: RepositoryKeys) -> Self {
        Self {
            current,
            older: Vec::new(),
            outer: None,
        }
    }

    /// The newest epoch that names chunks as the epoch of `domain` does.
    pub(crate) fn newest_in(&self, domain: &[u8; 16]) -> Option<&RepositoryKeys> {
        std::iter::once(&self.current)
            .chain(&self.older)
            .filter(|keys| keys.domain == *domain)
            .max_by_key(|keys| keys.epoch)
    }

    /// The keys of an epoch.
    pub(crate) fn epoch(&self, epoch: u32) -> Option<&RepositoryKeys> {
        std::iter::once(&self.current)
            .chain(&self.older)
            .find(|keys| keys.epoch == epoch)
    }
}
