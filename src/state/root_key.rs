//! The root key file: 32 random bytes outside the home, without which the home opens nothing;
//! plain in a file of the owner's alone, or sealed under a passphrase. The key proves itself by
//! the MAC of the state file.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, openat};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::crypto::{Secret, random, verify_equal};
use crate::state::root_key_format::{self, FILE_BYTES_MAX, Line};
use crate::state::{Error, Home, Passphrase, Unlock};

/// Which rule for key files (reliability 2.10) a file breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The last part of its path is a symbolic link.
    #[error("it is a symbolic link; name the file itself")]
    Symlink,
    /// It is a folder, pipe or device.
    #[error("it is not a regular file")]
    NotRegular,
    /// Another user owns it.
    #[error("user {owner} owns it, not the user who runs rsv ({user})")]
    Owner {
        /// User id of the owner.
        owner: u32,
        /// Effective user id of this process.
        user: u32,
    },
    /// Group or others may read or write it.
    #[error("its mode is {mode:03o}; run: chmod 600 '{}'", path.display())]
    Mode {
        /// Permission bits.
        mode: u32,
        /// The file to change.
        path: PathBuf,
    },
    /// It has a second name somewhere.
    #[error("it has {links} hard links, one is allowed")]
    Links {
        /// Number of names.
        links: u64,
    },
    /// Group or others could replace it.
    #[error("its folder has mode {mode:03o}; run: chmod go-w '{}'", path.display())]
    Folder {
        /// Permission bits of the folder.
        mode: u32,
        /// The folder to change.
        path: PathBuf,
    },
}

/// How a root key file keeps its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootKeyKind {
    /// As it is, in a file of the owner's alone.
    KeyFile,
    /// Sealed under a passphrase.
    Passphrase,
}

/// The key everything else in a home hangs on, and the installation it belongs to.
#[derive(Debug, Clone)]
pub struct RootKey {
    installation: Uuid,
    secret: Secret<32>,
    kind: RootKeyKind,
}

impl RootKey {
    /// Makes a new key and its key file (0600), durably. The file must not exist.
    ///
    /// # Errors
    /// As [`Self::create_with`].
    pub fn create(home: &Home, installation: Uuid) -> Result<Self, Error> {
        Self::create_with(home, installation, None)
    }

    /// Makes a new key and its file (0600), durably; sealed when there is a passphrase. The file
    /// must not exist.
    ///
    /// # Errors
    /// [`Error::Io`] with `AlreadyExists` when there is one; [`Error::RootKeyUnsafe`] when its
    /// folder is open to others; [`Error::Random`].
    pub fn create_with(
        home: &Home,
        installation: Uuid,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, Error> {
        let key = Self::new(installation, Secret::random()?, passphrase);
        let path = home.root_key_file(installation);
        let folder = path.parent().unwrap_or(&path);
        home.create_folder(folder)?;
        key.write(home, &path, passphrase)?;
        if let Err(error) = home.files().sync_folder(folder) {
            home.files().remove(&path).ok();
            return Err(error);
        }
        Ok(key)
    }

    fn new(installation: Uuid, secret: Secret<32>, passphrase: Option<&Passphrase>) -> Self {
        let kind = match passphrase {
            Some(_) => RootKeyKind::Passphrase,
            None => RootKeyKind::KeyFile,
        };
        Self {
            installation,
            secret,
            kind,
        }
    }

    /// Writes a new file and reads it back: what cannot be opened again must not become the root
    /// of anything.
    fn write(
        &self,
        home: &Home,
        path: &Path,
        passphrase: Option<&Passphrase>,
    ) -> Result<(), Error> {
        let text = match passphrase {
            Some(passphrase) => {
                root_key_format::sealed(self.installation, &self.secret, passphrase)?
            }
            None => root_key_format::plain(self.installation, &self.secret),
        };
        home.files().write_durable(path, text.as_bytes())?;
        let read = read_line(path).and_then(|line| match (line, passphrase) {
            (Line::Plain(_, secret), _) => Ok(secret),
            (Line::Sealed(sealed), Some(passphrase)) => sealed.open(path, passphrase),
            (Line::Sealed(_), None) => Err(Error::PassphraseNeeded {
                path: path.to_path_buf(),
                how: "",
            }),
        });
        let same = read.and_then(|secret| {
            if verify_equal(secret.expose(), self.secret.expose()) {
                return Ok(());
            }
            Err(Error::RootKeyDamaged {
                path: path.to_path_buf(),
                what: "it does not hold the key that was written",
            })
        });
        if same.is_err() {
            home.files().remove(path).ok();
        }
        same
    }

    /// Reads the key file of an installation by the rule of reliability 2.10; one under a
    /// passphrase is refused.
    ///
    /// # Errors
    /// As [`Self::unlock`].
    pub fn open(home: &Home, installation: Uuid) -> Result<Self, Error> {
        Self::unlock(home, installation, &Unlock::KEY_FILE)
    }

    /// Reads the root key file of an installation, asking for its passphrase if it has one.
    ///
    /// # Errors
    /// [`Error::RootKeyMissing`], [`Error::RootKeyUnsafe`], [`Error::RootKeyDamaged`],
    /// [`Error::RootKeyOfAnother`], [`Error::PassphraseNeeded`], [`Error::WrongPassphrase`],
    /// [`Error::Newer`], [`Error::Io`].
    pub fn unlock(home: &Home, installation: Uuid, unlock: &Unlock<'_>) -> Result<Self, Error> {
        let path = home.root_key_file(installation);
        let line = read_line(&path)?;
        let found = match &line {
            Line::Plain(found, _) => *found,
            Line::Sealed(sealed) => sealed.installation,
        };
        // Before anybody is asked for a passphrase in vain.
        if found != installation {
            return Err(Error::RootKeyOfAnother {
                path,
                found,
                wanted: installation,
            });
        }
        Self::from_line(line, &path, unlock)
    }

    /// Reads a root key file, whichever installation it belongs to.
    ///
    /// # Errors
    /// As [`Self::unlock`].
    pub fn open_any(path: &Path, unlock: &Unlock<'_>) -> Result<Self, Error> {
        Self::from_line(read_line(path)?, path, unlock)
    }

    fn from_line(line: Line, path: &Path, unlock: &Unlock<'_>) -> Result<Self, Error> {
        match line {
            Line::Plain(installation, secret) => Ok(Self::new(installation, secret, None)),
            Line::Sealed(sealed) => {
                let passphrase = (unlock.ask)(path)?;
                let secret = sealed.open(path, &passphrase)?;
                Ok(Self::new(sealed.installation, secret, Some(&passphrase)))
            }
        }
    }

    /// Keeps the same key in another way from now on, under `passphrase` or as a key file. The
    /// new file is proved before it takes the old one's place in one step.
    ///
    /// # Errors
    /// [`Error::NotCommitted`]: the old file still stands. [`Error::Unknown`]: the new one does,
    /// but is not proved durable.
    pub fn keep_as(&mut self, home: &Home, passphrase: Option<&Passphrase>) -> Result<(), Error> {
        let path = home.root_key_file(self.installation);
        let folder = path.parent().unwrap_or(&path);
        let unique = u64::from_be_bytes(random().map_err(|e| Error::from(e).not_committed())?);
        let temporary = folder.join(format!("root-{}.{unique:016x}.new", self.installation));
        self.write(home, &temporary, passphrase)
            .map_err(Error::not_committed)?;
        if let Err(error) = home.files().rename(&temporary, &path) {
            home.files().remove(&temporary).ok();
            return Err(error.not_committed());
        }
        *self = Self::new(self.installation, self.secret.clone(), passphrase);
        home.files().sync_folder(folder).map_err(Error::unknown)
    }

    /// A key that everybody knows, for fuzzing.
    pub(crate) fn known(installation: Uuid, mut bytes: [u8; 32]) -> Self {
        Self::new(installation, Secret::take(&mut bytes), None)
    }

    /// The installation the key belongs to.
    #[must_use]
    pub fn installation(&self) -> Uuid {
        self.installation
    }

    /// How its file keeps it.
    #[must_use]
    pub fn kind(&self) -> RootKeyKind {
        self.kind
    }

    /// The key itself, to derive others from.
    #[must_use]
    pub fn secret(&self) -> &Secret<32> {
        &self.secret
    }
}

/// Reads a file's line by the rule for key files.
fn read_line(path: &Path) -> Result<Line, Error> {
    let file = open_checked(path)?;
    // Room for all of it, so that the buffer never moves and leaves a copy behind.
    let mut text = Zeroizing::new(Vec::with_capacity(FILE_BYTES_MAX + 1));
    file.take(FILE_BYTES_MAX as u64 + 1)
        .read_to_end(&mut text)
        .map_err(|source| Error::io("read", path, source))?;
    root_key_format::parse(path, &text)
}

/// Opens a key file and checks what was opened, so that nothing can be swapped in between.
fn open_checked(path: &Path) -> Result<File, Error> {
    let unsafe_file = |fault| Error::RootKeyUnsafe {
        path: path.to_path_buf(),
        fault,
    };
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => Error::RootKeyMissing {
            path: path.to_path_buf(),
        },
        _ => Error::io("open", path, source),
    };
    let (Some(folder_path), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(unsafe_file(KeyFault::NotRegular));
    };
    // A bare file name lies in the current folder.
    let folder_path = match folder_path.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder_path,
    };
    let folder = File::open(folder_path).map_err(failed)?;
    let folder_mode = folder.metadata().map_err(failed)?.permissions().mode();
    // Opening a pipe would wait for a writer without NONBLOCK.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = match openat(&folder, name, flags, Mode::empty()) {
        Ok(descriptor) => File::from(descriptor),
        Err(rustix::io::Errno::LOOP) => return Err(unsafe_file(KeyFault::Symlink)),
        Err(error) => return Err(failed(error.into())),
    };
    let found = file.metadata().map_err(failed)?;
    let user = rustix::process::geteuid().as_raw();
    let mode = found.mode() & 0o7777;
    let fault = if !found.is_file() {
        KeyFault::NotRegular
    } else if found.uid() != user {
        let owner = found.uid();
        KeyFault::Owner { owner, user }
    } else if mode & 0o077 != 0 {
        let path = path.to_path_buf();
        KeyFault::Mode { mode, path }
    } else if found.nlink() != 1 {
        let links = found.nlink();
        KeyFault::Links { links }
    } else if folder_mode & 0o022 != 0 {
        let mode = folder_mode & 0o7777;
        let path = folder_path.to_path_buf();
        KeyFault::Folder { mode, path }
    } else {
        return Ok(file);
    };
    Err(unsafe_file(fault))
}
