//! When which pack of a vault was last read whole and found intact, so that samples add up.
//!
//! One line a pack beside the vault's jobs, under a MAC of the installation. Losing it loses
//! nothing but the memory of what was checked.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::crypto::{Secret, derive, hmac_sha256, verify_equal};
use crate::domain::Vault;
use crate::workflow::{Context, hex};

/// Bytes of a pack's salt.
const SALT_BYTES: usize = 24;

/// The memory of one repository.
pub(super) struct Verified {
    path: PathBuf,
    key: Secret<32>,
    /// Unix milliseconds by pack.
    pub(super) packs: BTreeMap<[u8; SALT_BYTES], u64>,
}

impl Verified {
    /// Reads what is remembered; a file that is not ours counts as nothing.
    pub(super) fn open(context: &Context, vault: &Vault) -> Self {
        let data = &vault.data;
        let folder = context.home().jobs().join(data.owner.to_string());
        let path = folder.join(format!("verified-{}", data.repository));
        let key = derive(&context.job_key(data.owner), "rsv/v1/verified", &[]);
        let mut verified = Self {
            path,
            key,
            packs: BTreeMap::new(),
        };
        if let Ok(text) = std::fs::read_to_string(&verified.path) {
            verified.packs = verified.parse(&text).unwrap_or_default();
        }
        verified
    }

    fn parse(&self, text: &str) -> Option<BTreeMap<[u8; SALT_BYTES], u64>> {
        let (body, mac) = text.trim_end().rsplit_once('\n')?;
        let expected = hex(&hmac_sha256(&self.key, &[body.as_bytes()]));
        if !verify_equal(expected.as_bytes(), mac.as_bytes()) {
            return None;
        }
        body.lines()
            .map(|line| {
                let (salt, time) = line.split_once(' ')?;
                Some((salt_from_hex(salt)?, time.parse().ok()?))
            })
            .collect()
    }

    /// Remembers what is in `packs` now.
    pub(super) fn save(&self, context: &Context) -> Result<()> {
        let folder = self.path.parent().unwrap_or(&self.path);
        context.home().create_folder(&context.home().jobs())?;
        context.home().create_folder(folder)?;
        let lines: Vec<String> = self
            .packs
            .iter()
            .map(|(salt, time)| format!("{} {time}", hex(salt)))
            .collect();
        let body = lines.join("\n");
        let mac = hex(&hmac_sha256(&self.key, &[body.as_bytes()]));
        let temp = self.path.with_extension(context.fresh_id()?.to_string());
        let write = || -> std::io::Result<()> {
            let mut options = std::fs::OpenOptions::new();
            let options = options.write(true).create_new(true).mode(0o600);
            let mut file = options.open(&temp)?;
            file.write_all(format!("{body}\n{mac}\n").as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&temp, &self.path)
        };
        write().with_context(|| format!("writing {}", self.path.display()))
    }
}

fn salt_from_hex(text: &str) -> Option<[u8; SALT_BYTES]> {
    let mut salt = [0; SALT_BYTES];
    if text.len() != 2 * SALT_BYTES || !text.is_ascii() {
        return None;
    }
    for (at, byte) in salt.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(salt)
}
