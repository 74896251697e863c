//! Where everything of one installation lies: home, configuration folder, anchor folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};

use directories::ProjectDirs;
use uuid::Uuid;

use crate::state::{Error, Files, fs, header};

/// The folders of one installation. Making one touches no file.
#[derive(Debug, Clone)]
pub struct Home {
    folder: PathBuf,
    config: PathBuf,
    anchors: PathBuf,
    root_key_file: Option<PathBuf>,
    files: Files,
}

impl Home {
    /// Finds the folders: `home` or `RSV_HOME`, `RSV_CONFIG_HOME`, `RSV_STATE_HOME`, else the
    /// user's data, configuration and state folders. `RSV_ROOT_KEY_FILE` names the root key file.
    ///
    /// # Errors
    /// [`Error::NoDefaultFolder`] when a default is needed and the user has no home folder.
    pub fn resolve(home: Option<&Path>) -> Result<Self, Error> {
        Self::from_variables(home, |name| std::env::var_os(name))
    }

    /// Finds the folders as [`Self::resolve`] does, with the variables from elsewhere.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub fn from_variables(
        home: Option<&Path>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Error> {
        let user = ProjectDirs::from("", "", "rsv");
        let user = user.as_ref();
        let named = |name: &str| variable(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let choose = |what, name, given: Option<PathBuf>, default: Option<&Path>| {
            let chosen = given
                .or_else(|| named(name))
                .or_else(|| default.map(Path::to_path_buf));
            let chosen = chosen.ok_or(Error::NoDefaultFolder {
                what,
                variable: name,
            })?;
            make_absolute(&chosen)
        };
        let given = home.map(Path::to_path_buf);
        let data_default = user.map(ProjectDirs::data_dir);
        let config_default = user.map(ProjectDirs::config_dir);
        // Only Linux has a state folder of its own.
        let state_default = user.map(|dirs| dirs.state_dir().unwrap_or(dirs.data_local_dir()));
        Ok(Self {
            folder: choose("data", "RSV_HOME", given, data_default)?,
            config: choose("configuration", "RSV_CONFIG_HOME", None, config_default)?,
            anchors: choose("state", "RSV_STATE_HOME", None, state_default)?,
            root_key_file: named("RSV_ROOT_KEY_FILE")
                .map(|path| make_absolute(&path))
                .transpose()?,
            files: Files::default(),
        })
    }

    /// Makes all changes through `files` instead.
    #[must_use]
    pub fn with_files(mut self, files: Files) -> Self {
        self.files = files;
        self
    }

    /// The file system this home is changed through.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The home itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of `config.toml` and, unless named otherwise, of the root key file.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// `state.json`: the control-plane resources.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    /// `state.json.1`: the generation before.
    #[must_use]
    pub fn state_previous(&self) -> PathBuf {
        self.folder.join("state.json.1")
    }

    /// `state.lock`: never removed, never renamed.
    #[must_use]
    pub fn state_lock(&self) -> PathBuf {
        self.folder.join("state.lock")
    }

    /// `activity/`: the activity log.
    #[must_use]
    pub fn activity(&self) -> PathBuf {
        self.folder.join("activity")
    }

    /// `jobs/`: one journal of job records per vault.
    #[must_use]
    pub fn jobs(&self) -> PathBuf {
        self.folder.join("jobs")
    }

    /// `keyvault/`: sealed private keys.
    #[must_use]
    pub fn keyvault(&self) -> PathBuf {
        self.folder.join("keyvault")
    }

    /// `vaults/`: backup data of vaults that were not given a folder elsewhere.
    #[must_use]
    pub fn vaults(&self) -> PathBuf {
        self.folder.join("vaults")
    }

    /// `disks/`: managed disks.
    #[must_use]
    pub fn disks(&self) -> PathBuf {
        self.folder.join("disks")
    }

    /// `disks.lock`: held shared by whoever makes or replaces files of disks; never removed.
    #[must_use]
    pub fn disks_lock(&self) -> PathBuf {
        self.folder.join("disks.lock")
    }

    /// `snapshots/`: local copies of recovery points.
    #[must_use]
    pub fn snapshots(&self) -> PathBuf {
        self.folder.join("snapshots")
    }

    /// `intents/`: operations under way.
    #[must_use]
    pub fn intents(&self) -> PathBuf {
        self.folder.join("intents")
    }

    /// The root key file: `RSV_ROOT_KEY_FILE`, else `root-<installation>.key` in the
    /// configuration folder.
    #[must_use]
    pub fn root_key_file(&self, installation: Uuid) -> PathBuf {
        let default = || self.config.join(format!("root-{installation}.key"));
        self.root_key_file.clone().unwrap_or_else(default)
    }

    /// The rollback anchor, outside the home.
    #[must_use]
    pub fn anchor(&self, installation: Uuid) -> PathBuf {
        self.anchors.join(format!("{installation}.json"))
    }

    /// Makes a folder (0700) and those above it, durably. One that is there is left as it is.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn create_folder(&self, path: &Path) -> Result<(), Error> {
        self.files.create_folder(path)
    }

    /// The installation the state file names; `None` when the home is new. Only good for finding
    /// the root key: the name is authentic once [`crate::state::StateFile::read`] has succeeded.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no state file though the home holds data, and
    /// [`Error::Damaged`] when its first line cannot be read, in both cases only when its
    /// predecessor names no installation either.
    pub fn installation(&self) -> Result<Option<Uuid>, Error> {
        let path = self.state();
        let (state, previous) = (fs::read(&path)?, fs::read(&self.state_previous())?);
        let mut found = [&state, &previous].into_iter().flatten();
        if let Some(installation) = found.find_map(|bytes| header::installation(bytes)) {
            return Ok(Some(installation));
        }
        if state.is_some() {
            return Err(Error::damaged(&path, "its first line cannot be read"));
        }
        match self.holds()? {
            None => Ok(None),
            // Another command has made the home since the file was looked for.
            Some(_) if path.exists() => self.installation(),
            Some(holds) => Err(Error::Missing {
                path,
                holds,
                previous: None,
            }),
        }
    }

    /// Something in the home that only an earlier state can have brought about.
    pub(crate) fn holds(&self) -> Result<Option<PathBuf>, Error> {
        if self.state_previous().exists() {
            return Ok(Some(self.state_previous()));
        }
        let folders = [
            self.keyvault(),
            self.vaults(),
            self.disks(),
            self.snapshots(),
            self.activity(),
            self.jobs(),
            self.intents(),
        ];
        for folder in folders {
            let first_entry = match std::fs::read_dir(&folder) {
                Ok(mut entries) => entries.next(),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(Error::io("read folder", &folder, error)),
            };
            if first_entry.is_some() {
                return Ok(Some(folder));
            }
        }
        Ok(None)
    }
}

/// Makes a path independent of the folder the command was started in.
fn make_absolute(path: &Path) -> Result<PathBuf, Error> {
    absolute(path).map_err(|source| Error::io("find", path, source))
}
