//! The rollback anchor: what this machine has seen last, kept outside the home.
//!
//! Written after each commit (state durable, then anchor), so it is never ahead of an honest
//! state. Its folder is not flushed: losing the newest anchor in a power cut leaves it one behind.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::crypto::{canonical, hmac_sha256, verify_equal};
use crate::state::header::StateKeys;
use crate::state::{Digest, Error, Home, fs};

/// First field of the file.
const MAGIC: &str = "rsv-anchor";

/// The format version written here.
const FORMAT: u32 = 1;

/// What the caller has reached besides the state's generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// Sequence of the last activity log line, 0 when there is none.
    pub log_sequence: u64,
    /// The time of this command.
    pub time: Timestamp,
}

/// The newest generation, log line and time this machine has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Generation of the state file.
    pub generation: u64,
    /// Digest of that state file.
    pub digest: Digest,
    /// Largest log sequence and time of all commits so far.
    pub marks: Marks,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnchorFile {
    magic: String,
    format: u32,
    installation: Uuid,
    generation: u64,
    digest: Digest,
    log_sequence: u64,
    time: Timestamp,
    mac: Digest,
}

impl AnchorFile {
    fn mac(&self, keys: &StateKeys) -> Digest {
        let fields = canonical(&[
            self.magic.as_bytes(),
            &self.format.to_be_bytes(),
            self.installation.as_bytes(),
            &self.generation.to_be_bytes(),
            &self.digest.0,
            &self.log_sequence.to_be_bytes(),
            &self.time.as_nanosecond().to_be_bytes(),
        ]);
        Digest(hmac_sha256(&keys.anchor_mac, &[&fields]))
    }
}

impl Anchor {
    /// The anchor after a commit; log sequence and time never go back.
    pub(crate) fn after(before: Option<&Self>, generation: u64, digest: Digest, m: Marks) -> Self {
        let marks = before.map_or(m, |anchor| Marks {
            log_sequence: anchor.marks.log_sequence.max(m.log_sequence),
            time: anchor.marks.time.max(m.time),
        });
        Self {
            generation,
            digest,
            marks,
        }
    }

    /// Reads the anchor; a machine that has never seen this installation has none.
    pub(crate) fn read(home: &Home, keys: &StateKeys) -> Result<Option<Self>, Error> {
        let path = home.anchor(keys.installation);
        let Some(bytes) = fs::read(&path)? else {
            return Ok(None);
        };
        let damaged = |what: String| Error::AnchorDamaged {
            path: path.clone(),
            what,
        };
        let file: AnchorFile =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if file.magic != MAGIC || file.format != FORMAT || file.installation != keys.installation {
            return Err(damaged("it is not an anchor of this installation".into()));
        }
        if !verify_equal(&file.mac.0, &file.mac(keys).0) {
            return Err(damaged("its MAC does not match".into()));
        }
        Ok(Some(Self {
            generation: file.generation,
            digest: file.digest,
            marks: Marks {
                log_sequence: file.log_sequence,
                time: file.time,
            },
        }))
    }

    /// Replaces the anchor file.
    pub(crate) fn write(&self, home: &Home, keys: &StateKeys) -> Result<(), Error> {
        let path = home.anchor(keys.installation);
        let mut file = AnchorFile {
            magic: MAGIC.to_owned(),
            format: FORMAT,
            installation: keys.installation,
            generation: self.generation,
            digest: self.digest,
            log_sequence: self.marks.log_sequence,
            time: self.marks.time,
            mac: Digest::ZERO,
        };
        file.mac = file.mac(keys);
        let mut bytes = serde_json::to_vec(&file).unwrap_or_default();
        bytes.push(b'\n');
        if let Some(folder) = path.parent() {
            home.create_folder(folder)?;
        }
        // One name will do: anchors are written under the state lock. A crash may have left one.
        let temporary = path.with_extension("json.tmp");
        home.files().remove(&temporary)?;
        home.files().write_durable(&temporary, &bytes)?;
        let renamed = home.files().rename(&temporary, &path);
        if renamed.is_err() {
            home.files().remove(&temporary).ok();
        }
        renamed
    }

    /// Refuses a state that is older than the anchor, or another one of the same generation.
    pub(crate) fn check(&self, path: &Path, generation: u64, digest: Digest) -> Result<(), Error> {
        let is_older = generation < self.generation;
        let is_other = generation == self.generation && digest != self.digest;
        if !is_older && !is_other {
            return Ok(());
        }
        Err(Error::RolledBack {
            path: path.to_path_buf(),
            found: generation,
            found_digest: digest,
            seen: self.generation,
            seen_digest: self.digest,
        })
    }
}
