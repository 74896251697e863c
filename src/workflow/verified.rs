//! When which pack of a vault was last read whole and found intact, so that samples add up.
//!
//! One line a pack beside the vault's jobs, under a MAC of the installation. Losing it loses
//! nothing but the memory of what was checked.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::crypto::from_hex;
use crate::domain::Vault;
use crate::engine::VerifyReport;
use crate::workflow::memo::Memo;
use crate::workflow::{Context, hex};

/// Bytes of a pack's salt.
const SALT_BYTES: usize = 24;

/// The memory of one repository.
pub(super) struct Verified {
    memo: Memo,
    /// Unix milliseconds by pack.
    pub(super) packs: BTreeMap<[u8; SALT_BYTES], u64>,
}

impl Verified {
    /// Reads what is remembered; a file that is not ours counts as nothing.
    pub(super) fn open(context: &Context, vault: &Vault) -> Self {
        let name = format!("verified-{}", vault.data.repository);
        let memo = Memo::new(context, vault, &name, "rsv/v1/verified");
        let packs = memo.read().and_then(|body| parse(&body));
        Self {
            memo,
            packs: packs.unwrap_or_default(),
        }
    }

    /// Adds what a verification found; forgets packs that are not listed any more.
    pub(super) fn note(&mut self, report: &VerifyReport, now: u64) {
        // An index that cannot be read lists nothing, and says nothing against what was checked.
        if report.packs.is_empty() {
            return;
        }
        self.packs.retain(|salt, _| report.packs.contains_key(salt));
        self.packs
            .extend(report.intact.iter().map(|salt| (*salt, now)));
        for salt in &report.broken {
            self.packs.remove(salt);
        }
    }

    /// Remembers what is in `packs` now.
    pub(super) fn save(&self, context: &Context) -> Result<()> {
        let line = |(salt, time): (&[u8; SALT_BYTES], &u64)| format!("{} {time}", hex(salt));
        let lines: Vec<String> = self.packs.iter().map(line).collect();
        self.memo.write(context, &lines.join("\n"))
    }
}

fn parse(body: &str) -> Option<BTreeMap<[u8; SALT_BYTES], u64>> {
    let entry = |line: &str| {
        let (salt, time) = line.split_once(' ')?;
        Some((from_hex(salt)?, time.parse().ok()?))
    };
    body.lines().map(entry).collect()
}
