//! Small files beside a vault's jobs that remember something worth having but not needed: under
//! a MAC of the installation, replaced whole. Losing one loses nothing but the memory.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::crypto::{Secret, derive, hmac_sha256, read_regular, verify_equal};
use crate::domain::Vault;
use crate::workflow::{Context, hex};

/// Largest file read: a line of 63 bytes for each of a million packs, which hold 16 TB.
const BYTES_MAX: u64 = 64 << 20;

/// One such file.
pub(super) struct Memo {
    path: PathBuf,
    key: Secret<32>,
}

impl Memo {
    /// The file `name` of a vault; `label` keeps its MAC apart from other files'.
    pub(super) fn new(context: &Context, vault: &Vault, name: &str, label: &str) -> Self {
        let owner = vault.data.owner;
        let folder = context.home().jobs().join(owner.to_string());
        Self {
            path: folder.join(name),
            key: derive(&context.job_key(owner), label, &[]),
        }
    }

    /// What the file says; one that is not ours, or is not there, says nothing.
    pub(super) fn read(&self) -> Option<String> {
        let bytes = read_regular(&self.path, BYTES_MAX).ok()?;
        let text = std::str::from_utf8(&bytes).ok()?;
        let (body, mac) = text.trim_end().rsplit_once('\n')?;
        let expected = self.mac(body);
        verify_equal(expected.as_bytes(), mac.as_bytes()).then(|| body.to_owned())
    }

    /// Replaces what the file says.
    ///
    /// # Errors
    /// I/O.
    pub(super) fn write(&self, context: &Context, body: &str) -> Result<()> {
        let folder = self.path.parent().unwrap_or(&self.path);
        context.home().create_folder(&context.home().jobs())?;
        context.home().create_folder(folder)?;
        let temp = self.path.with_extension(context.fresh_id()?.to_string());
        let write = || -> std::io::Result<()> {
            let mut options = std::fs::OpenOptions::new();
            let options = options.write(true).create_new(true).mode(0o600);
            let mut file = options.open(&temp)?;
            file.write_all(format!("{body}\n{}\n", self.mac(body)).as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&temp, &self.path)
        };
        write().with_context(|| format!("writing {}", self.path.display()))
    }

    fn mac(&self, body: &str) -> String {
        hex(&hmac_sha256(&self.key, &[body.as_bytes()]))
    }
}
