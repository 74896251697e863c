//! Repairs a repository: what can still be opened is copied out of damaged packs, those are set
//! aside, and the index is made anew from the packs that are left.
//!
//! Nothing is deleted. Chunks that are lost are in no index afterwards, so the next backup that
//! meets their content stores them again, and every recovery point that names them is whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::crypto::random;
use crate::engine::buffer::PageBuffer;
use crate::engine::bytes::hex;
use crate::engine::compress::Decompressor;
use crate::engine::files::TempFile;
use crate::engine::format::{PACK_BYTES_TARGET, SALT_BYTES};
use crate::engine::index::{self, Index};
use crate::engine::index_upkeep;
use crate::engine::intent::{self, Intent, Purpose};
use crate::engine::pack_check::{PackCheck, is_damage, list_packs};
use crate::engine::pack_reader::{Location, PackReader};
use crate::engine::pack_writer::{PackBuilder, SaltSource};
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
    /// [`Error::Busy`] while a backup, restore or verification runs, [`Error::Cancelled`], I/O.
    pub fn repair(&self, dry_run: bool, observer: &dyn Observer) -> Result<RepairReport, Error> {
        self.check_writable()?;
        intent::sweep(&self.layout)?;
        if !files::names(&self.layout.intents())?.is_empty() {
            return Err(Error::Busy("the repository".into()));
        }
        let writer = random::<16>().map_err(|e| Error::crypto("writer id", e))?;
        let generation = index::generation(&self.layout)?;
        let _intent = Intent::create(&self.layout, &writer, Purpose::Backup, generation)?;
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
        let keys = &self.keys.current;
        let salts = SaltSource::new(*writer, *writer);
        let (mut open, mut count): (Option<PackBuilder>, u64) = (None, 0);
        for (salt, check) in broken {
            for (location, _) in check.blobs.iter().filter(|(_, problem)| problem.is_none()) {
                let stored = self.stored_bytes(salt, location)?;
                if open.as_ref().is_some_and(|pack| !pack.fits(stored.len())) {
                    self.write_pack(open.take(), writer, &mut count)?;
                }
                let pack = match &mut open {
                    Some(pack) => pack,
                    empty => {
                        let buffer = PageBuffer::new(PACK_BYTES_TARGET);
                        empty.insert(PackBuilder::create(keys, &salts, buffer)?)
                    }
                };
                pack.push(location.record, &stored)?;
            }
        }
        self.write_pack(open, writer, &mut count)
    }

    /// The bytes of a blob as they were before they were sealed: compressed, if they were.
    fn stored_bytes(&self, salt: &[u8; SALT_BYTES], location: &Location) -> Result<Vec<u8>, Error> {
        let path = self.layout.pack(salt);
        let pack = PackReader::open(&path, salt, &self.keys)?;
        let mut sealed = vec![0; location.sealed_len()];
        pack.read(&path, u64::from(location.offset), &mut sealed)?;
        let mut plain = vec![0; location.record.plain_len as usize];
        pack.open_blob(location, &mut sealed, &mut plain, &mut Decompressor::new()?)?;
        sealed.truncate(location.record.stored_len as usize);
        Ok(sealed)
    }

    fn write_pack(
        &self,
        pack: Option<PackBuilder>,
        writer: &[u8; 16],
        count: &mut u64,
    ) -> Result<(), Error> {
        let Some(pack) = pack else {
            return Ok(());
        };
        let sealed = pack.finish()?;
        *count += 1;
        let name = format!("salvage-{count}");
        let mut temp = TempFile::create(self.layout.tmp_file(writer, &name))?;
        temp.write_all(sealed.bytes())?;
        temp.sync()?;
        let path = self.layout.pack(&sealed.salt);
        files::create_folder_durably(files::parent(&path))?;
        temp.name(&path)?;
        files::sync_folder(files::parent(&path))
    }

    /// Moves damaged packs out of the pack folder, under a name that is free.
    fn set_aside(&self, broken: &[([u8; SALT_BYTES], PackCheck)]) -> Result<(), Error> {
        if broken.is_empty() {
            return Ok(());
        }
        let folder = self.layout.damaged();
        files::create_folder_durably(&folder)?;
        let mut touched = BTreeSet::new();
        for (salt, _) in broken {
            let from = self.layout.pack(salt);
            let mut copy = 0;
            while let Err(error) = files::rename_new(&from, &folder.join(aside(salt, copy))) {
                match error {
                    Error::Exists(_) => copy += 1,
                    other => return Err(other),
                }
            }
            touched.insert(files::parent(&from).to_owned());
        }
        files::sync_folder(&folder)?;
        touched.iter().try_for_each(|path| files::sync_folder(path))
    }
}

fn aside(salt: &[u8; SALT_BYTES], copy: u32) -> String {
    format!("{}.{copy}", hex(salt))
}
