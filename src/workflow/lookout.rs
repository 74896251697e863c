//! A look at a home that changes nothing and asks nobody: what Tab completion offers values from.

use std::path::Path;

use anyhow::Result;

use crate::domain::{Item, Job, Rules, Vault};
use crate::engine;
use crate::state::{Document, Store};
use crate::workflow::{Context, JobBook, RecoveryPoint, outer_key, repository_folder};

/// A home, opened to be looked at.
pub struct Lookout(Context);

impl Lookout {
    /// Opens the home if there is one; nothing is made, locked or written. Of the state's large
    /// tables only these are read.
    ///
    /// # Errors
    /// As opening it for a command.
    pub fn open(home: Option<&Path>, tables: &[&str]) -> Result<Option<Self>> {
        let Some(store) = Store::glance(home, tables)? else {
            return Ok(None);
        };
        let rules = Rules::default();
        Ok(Some(Self(Context::new(store, rules, None)?)))
    }

    /// The state.
    #[must_use]
    pub fn document(&self) -> &Document {
        self.0.document()
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }

    /// The recovery points of an item, newest first, as the vault's data has them.
    ///
    /// # Errors
    /// The chain is damaged, or I/O.
    pub fn recovery_points(&self, vault: &Vault, item: &Item) -> Result<Vec<RecoveryPoint>> {
        let folder = repository_folder(&self.0, &vault.data);
        let outer = outer_key(&self.0, vault);
        let headers = engine::points(&folder, outer.as_ref(), item.uuid.as_bytes())?;
        headers.iter().rev().map(RecoveryPoint::read).collect()
    }

    /// The jobs of a vault, newest first.
    ///
    /// # Errors
    /// The book is damaged, or I/O.
    pub fn jobs(&self, vault: &Vault) -> Result<Vec<Job>> {
        let folder = self.0.home().jobs().join(vault.data.owner.to_string());
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        JobBook::open(&self.0, vault)?.list()
    }
}
