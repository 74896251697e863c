//! Where things lie in a repository folder.

use std::path::{Path, PathBuf};

use crate::engine::bytes::{hex, id_text};
use crate::engine::format::SALT_BYTES;
use crate::engine::stored::OuterKey;

/// The paths of one repository.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
    outer: Option<OuterKey>,
}

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        Self::under(root, None)
    }

    /// With `outer`, packs, index segments and recovery points have a second layer.
    pub(crate) fn under(root: &Path, outer: Option<OuterKey>) -> Self {
        Self {
            root: root.to_owned(),
            outer,
        }
    }

    pub(crate) fn outer(&self) -> Option<&OuterKey> {
        self.outer.as_ref()
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.root.join("config")
    }

    pub(crate) fn packs(&self) -> PathBuf {
        self.root.join("packs")
    }

    /// Packs are spread over 256 folders by the first byte of their salt.
    pub(crate) fn pack(&self, salt: &[u8; SALT_BYTES]) -> PathBuf {
        let name = hex(salt);
        self.packs()
            .join(name.get(..2).unwrap_or_default())
            .join(name)
    }

    /// Where damaged packs are set aside.
    pub(crate) fn damaged(&self) -> PathBuf {
        self.root.join("damaged")
    }

    pub(crate) fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    pub(crate) fn points(&self) -> PathBuf {
        self.root.join("points")
    }

    pub(crate) fn item(&self, item: &[u8; 16]) -> PathBuf {
        self.points().join(id_text(item))
    }

    pub(crate) fn wraps(&self) -> PathBuf {
        self.root.join("wraps")
    }

    pub(crate) fn intents(&self) -> PathBuf {
        self.root.join("intents")
    }

    pub(crate) fn intent(&self, writer: &[u8; 16]) -> PathBuf {
        self.intents().join(id_text(writer))
    }

    pub(crate) fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Temporary files carry their writer's id, so that what a dead writer left can be told.
    pub(crate) fn tmp_file(&self, writer: &[u8; 16], name: &str) -> PathBuf {
        self.tmp().join(format!("{}.{name}", id_text(writer)))
    }
}
