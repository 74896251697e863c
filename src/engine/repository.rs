//! A repository on disk: made, opened, and everything that needs its keys.

use std::path::Path;

use crate::crypto::random;
use crate::engine::config::{Domain, RepositoryConfig};
use crate::engine::files::TempFile;
use crate::engine::format::{CHUNK_LOG2_DEFAULT, CHUNK_LOG2_MAX, CHUNK_LOG2_MIN};
use crate::engine::index_upkeep::{self, RebuildReport};
use crate::engine::keys::KeySet;
use crate::engine::layout::Layout;
use crate::engine::{Error, files};

/// An opened repository of format 1.
#[derive(Debug)]
pub struct Repository {
    pub(crate) layout: Layout,
    pub(crate) keys: KeySet,
    config: RepositoryConfig,
}

impl Repository {
    /// Makes a repository for the current keys' owner, class, epoch and domain.
    ///
    /// The folder may exist and may hold wraps already. `chunk_log2` is usually
    /// [`CHUNK_LOG2_DEFAULT`](crate::engine::CHUNK_LOG2_DEFAULT).
    ///
    /// # Errors
    /// [`Error::Exists`] when there is one already, [`Error::Invalid`], or I/O.
    pub fn create(dir: &Path, keys: KeySet, chunk_log2: u8) -> Result<Self, Error> {
        if !(CHUNK_LOG2_MIN..=CHUNK_LOG2_MAX).contains(&chunk_log2) {
            return Err(Error::Invalid("chunk sizes are 4 KiB to 4 MiB".into()));
        }
        let layout = Layout::under(dir, keys.outer.clone());
        if layout.config().symlink_metadata().is_ok() {
            return Err(Error::Exists(layout.config()));
        }
        files::create_folder_durably(dir)?;
        let folders = [
            layout.packs(),
            layout.index(),
            layout.points(),
            layout.wraps(),
        ];
        for folder in folders.iter().chain([&layout.intents(), &layout.tmp()]) {
            files::create_folder(folder)?;
        }
        files::sync_folder(dir)?;
        let config = RepositoryConfig::new(&keys, chunk_log2);
        let unique = random::<16>().map_err(|e| Error::crypto("temporary name", e))?;
        // The configuration comes last: a folder without it is no repository yet.
        let temp = layout.tmp_file(&unique, "config");
        files::publish(temp, &layout.config(), &config.encode(&keys))?;
        Ok(Self {
            layout,
            keys,
            config,
        })
    }

    /// Opens a repository and authenticates its configuration.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Damaged`], [`Error::Unsupported`], or I/O.
    pub fn open(dir: &Path, keys: KeySet) -> Result<Self, Error> {
        let layout = Layout::under(dir, keys.outer.clone());
        let config = match RepositoryConfig::read(&layout, &keys) {
            Err(Error::NotFound(_)) => {
                let name = format!("repository '{}'", dir.display());
                return Err(Error::NotFound(name));
            }
            other => other?,
        };
        Ok(Self {
            layout,
            keys,
            config,
        })
    }

    /// What the repository says about itself.
    #[must_use]
    pub fn config(&self) -> &RepositoryConfig {
        &self.config
    }

    /// Makes a new index from the packs alone.
    ///
    /// Reads the whole repository. Damaged packs are reported, not removed.
    ///
    /// # Errors
    /// [`Error::Busy`] while another process merges or rebuilds, or I/O.
    pub fn rebuild_index(&self) -> Result<RebuildReport, Error> {
        self.check_writable()?;
        let writer = random::<16>().map_err(|e| Error::crypto("writer id", e))?;
        index_upkeep::rebuild(&self.layout, &self.keys, &writer)
    }

    pub(crate) fn check_writable(&self) -> Result<(), Error> {
        if self.config.is_read_only() {
            return Err(Error::Unsupported {
                object: self.layout.config().display().to_string(),
                problem: "has features that allow reading only".into(),
            });
        }
        Ok(())
    }

    /// Puts the configuration under the newest epoch, if it is not yet, with that epoch's domain.
    ///
    /// Until then it is read by an older epoch's key; a crash before costs nothing.
    ///
    /// # Errors
    /// I/O.
    pub fn settle_epoch(&self) -> Result<(), Error> {
        let current = &self.keys.current;
        if self.config.epoch == current.epoch {
            return Ok(());
        }
        let mut config = self.config.clone();
        config.epoch = current.epoch;
        if !config.domains.iter().any(|d| d.id == current.domain) {
            let like = config.domains.last().cloned();
            config.domains.extend(like.map(|domain| Domain {
                id: current.domain,
                ..domain
            }));
        }
        let unique = random::<16>().map_err(|e| Error::crypto("temporary name", e))?;
        let mut temp = TempFile::create(self.layout.tmp_file(&unique, "config"))?;
        temp.write_all(&config.encode(&self.keys))?;
        temp.sync()?;
        temp.replace(&self.layout.config())?;
        files::sync_folder(self.layout.root())
    }

    /// The chunk size of the current domain; a domain the configuration does not list yet will
    /// have that of the last one.
    pub(crate) fn chunk_log2(&self) -> u8 {
        let (domains, ours) = (&self.config.domains, &self.keys.current.domain);
        let found = domains.iter().find(|d| d.id == *ours);
        found
            .or(domains.last())
            .map_or(CHUNK_LOG2_DEFAULT, |domain| domain.chunk_log2)
    }
}
