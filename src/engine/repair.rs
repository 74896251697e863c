//! Repairs a repository: what can still be opened is copied out of damaged packs, those are set
//! aside, and the index is made anew from the packs that are left.
//!
//! Nothing is deleted. Chunks that are lost are in no index afterwards, so the next backup that
//! meets their content stores them again, and every recovery point that names them is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::crypto::random;
use crate::engine::bytes::hex;
use crate::engine::copier::Copier;
use crate::engine::format::SALT_BYTES;
use crate::engine::index::Index;
use crate::engine::index_upkeep;
use crate::engine::intent::{self, Purpose};
use crate::engine::pack_check::{PackCheck, is_damage, list_packs};
use crate::engine::pack_reader::Location;
use crate::engine::repository::Repository;
use crate::engine::{Error, Observer, files};

/// What a repair did, or would do.
#[derive(Debug, Default)]
pub struct RepairReport {
    /// Packs read to their last byte.
    pub packs: u64,
    /// Packs set aside, each with what is wrong with it.
    pub set_aside: Vec<(String, String)>,
    /// Blobs copied out of them.
    pub salvaged: u64,
    /// Blobs in them that cannot be opened.
    pub lost: u64,
    /// Names in the pack folder that are no packs'; left alone.
    pub unknown: Vec<String>,
}

impl Repository {
    /// Sets damaged packs aside and makes the index anew; with `dry_run` only looks.
    ///
    /// # Errors
    /// [`Error::Busy`] while a backup, restore or verification runs, unless with `dry_run`;
    /// [`Error::Cancelled`], I/O.
    pub fn repair(&self, dry_run: bool, observer: &dyn Observer) -> Result<RepairReport, Error> {
        self.check_writable()?;
        let writer = random::<16>().map_err(|e| Error::crypto("writer id", e))?;
        let purpose = match dry_run {
            true => Purpose::Restore,
            false => Purpose::Repair,
        };
        let _intent = intent::begin(&self.layout, &self.keys, &writer, purpose)?;
        let (salts, unknown) = list_packs(&self.layout)?;
        let mut report = RepairReport {
            packs: salts.len() as u64,
            unknown,
            ..RepairReport::default()
        };
        let mut broken = self.check_packs(&salts, &BTreeMap::new(), observer)?;
        broken.retain(|(_, check)| !check.is_intact());
        match Index::load(&self.layout, &self.keys) {
            Ok(index) => match self.ask_index(&index, &mut broken) {
                Err(error) if is_damage(&error) => {}
                other => other?,
            },
            // The packs' own indexes have to do.
            Err(error) if is_damage(&error) => {}
            Err(error) => return Err(error),
        }
        for (salt, check) in &broken {
            let whole = check.problem.clone();
            let problem = whole.or_else(|| check.blobs.iter().find_map(|(_, p)| p.clone()));
            let entry = (hex(salt), problem.unwrap_or_default());
            report.set_aside.push(entry);
            let good = check.blobs.iter().filter(|(_, p)| p.is_none()).count();
            report.salvaged += good as u64;
            report.lost += (check.blobs.len() - good) as u64;
        }
        if dry_run {
            return Ok(report);
        }
        self.salvage(&broken, &writer)?;
        self.set_aside(&broken)?;
        index_upkeep::rebuild(&self.layout, &self.keys, &writer)?;
        Ok(report)
    }

    /// Copies what can be opened into new packs; durable before anything is set aside.
    fn salvage(
        &self,
        broken: &[([u8; SALT_BYTES], PackCheck)],
        writer: &[u8; 16],
    ) -> Result<(), Error> {
        let mut copier = Copier::new(self, *writer);
        for (salt, check) in broken {
            let good = check.blobs.iter().filter(|(_, problem)| problem.is_none());
            let good: Vec<Location> = good.map(|(location, _)| *location).collect();
            copier.copy(salt, &good)?;
        }
        // The index is made anew afterwards.
        copier.finish().map(drop)
    }

    /// Moves damaged packs out of the pack folder, under a name that is free.
    fn set_aside(&self, broken: &[([u8; SALT_BYTES], PackCheck)]) -> Result<(), Error> {
        if broken.is_empty() {
            return Ok(());
        }
        let mut touched = BTreeSet::new();
        for (salt, _) in broken {
            let from = self.layout.pack(salt);
            self.move_aside(&from, &hex(salt))?;
            touched.insert(files::parent(&from).to_owned());
        }
        files::sync_folder(&self.layout.damaged())?;
        touched.iter().try_for_each(|path| files::sync_folder(path))
    }

    /// Moves a file to what is set aside, under `name` and a number that is free. The folders are
    /// synced by the caller.
    pub(crate) fn move_aside(&self, from: &Path, name: &str) -> Result<(), Error> {
        let folder = self.layout.damaged();
        files::create_folder_durably(&folder)?;
        let mut copy = 0;
        loop {
            match files::rename_new(from, &folder.join(format!("{name}.{copy}"))) {
                Err(Error::Exists(_)) => copy += 1,
                other => return other,
            }
        }
    }
}
