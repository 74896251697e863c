//! The file `config`: feature masks, owner and dedup domains, under a MAC.

use crate::crypto::{canonical, hmac_sha256, verify_equal};
use crate::engine::bytes::{Cursor, Problem};
use crate::engine::format::{
    CHUNK_LOG2_MAX, CHUNK_LOG2_MIN, CHUNKER_FIXED, CONFIG_BYTES_MAX, HASH_BLAKE3_KEYED,
    MAGIC_CONFIG, TYPE_CONFIG, VERSION,
};
use crate::engine::keys::{CLASS_INFRASTRUCTURE, KeySet};
use crate::engine::layout::Layout;
use crate::engine::{Error, files};

/// One space within which equal chunks are stored once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// The domain's id.
    pub id: [u8; 16],
    /// Chunker id: 1 is fixed-size chunks aligned to the image.
    pub chunker: u8,
    /// Chunk size: 2^n bytes.
    pub chunk_log2: u8,
    /// Hash id of chunk ids: 1 is keyed BLAKE3.
    pub id_hash: u8,
}

/// What a repository says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryConfig {
    /// Features whoever does not know them may ignore.
    pub compatible: u64,
    /// Features whoever does not know them may still read past.
    pub read_only_compatible: u64,
    /// Features whoever does not know them must refuse.
    pub incompatible: u64,
    /// The repository's owner.
    pub owner: [u8; 16],
    /// Encryption class: opaque here, bound to every object.
    pub class: u8,
    /// The DEK epoch the configuration is authenticated under.
    pub epoch: u32,
    /// At least one domain.
    pub domains: Vec<Domain>,
}

/// Incompatible feature: packs, index segments and recovery points have a second layer.
const INFRASTRUCTURE: u64 = 1;
/// Read-only compatible features this version knows: none yet.
const KNOWN: u64 = 0;

impl RepositoryConfig {
    pub(crate) fn new(keys: &KeySet, chunk_log2: u8) -> Self {
        let incompatible = keys.outer.as_ref().map_or(0, |_| INFRASTRUCTURE);
        let keys = &keys.current;
        let domain = Domain {
            id: keys.domain,
            chunker: CHUNKER_FIXED,
            chunk_log2,
            id_hash: HASH_BLAKE3_KEYED,
        };
        Self {
            compatible: 0,
            read_only_compatible: 0,
            incompatible,
            owner: keys.owner,
            class: keys.class,
            epoch: keys.epoch,
            domains: vec![domain],
        }
    }

    /// True when an unknown feature forbids writing.
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only_compatible & !KNOWN != 0
    }

    /// True when files have a second layer.
    #[must_use]
    pub fn has_infrastructure(&self) -> bool {
        self.incompatible & INFRASTRUCTURE != 0
    }

    /// Feature, class and the key that was given say the same of the second layer.
    fn check_layers(&self, keys: &KeySet) -> Result<(), Problem> {
        let layered = self.has_infrastructure();
        if layered != (self.class & CLASS_INFRASTRUCTURE != 0) {
            return Err("has another class than its features say".into());
        }
        match (layered, &keys.outer) {
            (true, None) => Err("has infrastructure encryption, whose key was not given".into()),
            (false, Some(_)) => Err("has no infrastructure encryption".into()),
            _ => Ok(()),
        }
    }

    /// The configuration's bytes, MAC included.
    pub(crate) fn encode(&self, keys: &KeySet) -> Vec<u8> {
        let mut out = MAGIC_CONFIG.to_vec();
        out.extend_from_slice(&[TYPE_CONFIG, VERSION, self.class, 0]);
        out.extend_from_slice(&self.epoch.to_be_bytes());
        for mask in [
            self.compatible,
            self.read_only_compatible,
            self.incompatible,
        ] {
            out.extend_from_slice(&mask.to_be_bytes());
        }
        out.extend_from_slice(&self.owner);
        out.extend_from_slice(&(self.domains.len() as u16).to_be_bytes());
        for domain in &self.domains {
            out.extend_from_slice(&domain.id);
            out.extend_from_slice(&[domain.chunker, domain.chunk_log2, domain.id_hash]);
        }
        // No tagged sections yet.
        out.extend_from_slice(&0u16.to_be_bytes());
        let mac = mac(keys, &out);
        out.extend_from_slice(&mac);
        out
    }

    /// Reads and authenticates the configuration of a repository.
    pub(crate) fn read(layout: &Layout, keys: &KeySet) -> Result<Self, Error> {
        let path = layout.config();
        let bytes = files::read(&path, CONFIG_BYTES_MAX)?;
        Self::decode(&bytes, keys).map_err(|p| p.in_object(path.display().to_string()))
    }

    pub(crate) fn decode(bytes: &[u8], keys: &KeySet) -> Result<Self, Problem> {
        let (body, stored) = bytes.split_last_chunk::<32>().ok_or("is cut short")?;
        let mut fields = Cursor::new(body);
        fields.start(MAGIC_CONFIG, TYPE_CONFIG)?;
        let class = fields.u8()?;
        fields.zeros(1)?;
        let epoch = fields.u32()?;
        let known = keys
            .epoch(epoch)
            .ok_or("belongs to a key epoch that was not given")?;
        let expected = hmac_sha256(&known.config, &[&mac_input(body)]);
        if !verify_equal(&expected, stored) {
            return Err("is damaged, or belongs to another key".into());
        }
        let mut config = Self {
            compatible: fields.u64()?,
            read_only_compatible: fields.u64()?,
            incompatible: fields.u64()?,
            owner: fields.array()?,
            class,
            epoch,
            domains: Vec::new(),
        };
        let unknown = config.incompatible & !INFRASTRUCTURE;
        if unknown != 0 {
            return Err(Problem::Unsupported(format!(
                "needs the features {unknown:#x}"
            )));
        }
        for _ in 0..fields.u16()? {
            config.domains.push(domain(&mut fields)?);
        }
        fields.sections()?;
        fields.end()?;
        if config.owner != known.owner || class != known.class {
            return Err("belongs to another owner or class".into());
        }
        config.check_layers(keys)?;
        if !config.domains.iter().any(|d| d.id == known.domain) {
            return Err("does not list the dedup domain of the key".into());
        }
        Ok(config)
    }
}

fn domain(fields: &mut Cursor<'_>) -> Result<Domain, Problem> {
    let id = fields.array()?;
    fields.only(CHUNKER_FIXED, "chunker")?;
    let chunk_log2 = fields.u8()?;
    fields.only(HASH_BLAKE3_KEYED, "chunk hash")?;
    if !(CHUNK_LOG2_MIN..=CHUNK_LOG2_MAX).contains(&chunk_log2) {
        return Err("names an impossible chunk size".into());
    }
    Ok(Domain {
        id,
        chunker: CHUNKER_FIXED,
        chunk_log2,
        id_hash: HASH_BLAKE3_KEYED,
    })
}

/// MAC = HMAC-SHA-256(K_conf, canonical("rsv/v1/config", everything before it)).
pub(crate) fn mac(keys: &KeySet, body: &[u8]) -> [u8; 32] {
    hmac_sha256(&keys.current.config, &[&mac_input(body)])
}

fn mac_input(body: &[u8]) -> Vec<u8> {
    canonical(&[b"rsv/v1/config", body])
}
