//! Where an installation lies, for those who ask without opening it.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::state::Home;

/// The folders of an installation and its root key file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The home.
    pub home: PathBuf,
    /// The folder of the rollback anchor.
    pub anchors: PathBuf,
    /// The root key file; absent while the home holds no installation.
    pub root_key: Option<PathBuf>,
}

/// Finds the folders; touches nothing.
///
/// # Errors
/// No default folder.
pub fn places(home: Option<&Path>) -> Result<Places> {
    let home = Home::resolve(home)?;
    // Whoever asks may be looking for what is wrong with a home that cannot be read.
    let installation = home.installation().unwrap_or_default();
    let anchor = home.anchor(installation.unwrap_or_default());
    Ok(Places {
        home: home.folder().to_owned(),
        anchors: anchor.parent().map(Path::to_owned).unwrap_or_default(),
        root_key: installation.map(|id| home.root_key_file(id)),
    })
}
