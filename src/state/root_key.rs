//! The root key file: 32 random bytes outside the home, without which the home opens nothing.
//!
//! Format 1 is one line, `RSVROOT1 key-file <installation> <base64url key> <check>`, where check is
//! the first 8 bytes of SHA-256 over what stands before it, in hexadecimal. It catches copying
//! errors; the key proves itself by the MAC of the state file.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::fs::{Mode, OFlags, openat};
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::crypto::Secret;
use crate::state::{Digest, Error, Home};

/// First word of the file: magic and format version.
const MAGIC: &str = "RSVROOT1";

/// Magic of any format version.
const MAGIC_ANY: &str = "RSVROOT";

/// Second word: how the key is kept. Passphrase envelopes will be another word.
const KIND: &str = "key-file";

/// Longest file that is read; a key file has 126 bytes.
const FILE_BYTES_MAX: u64 = 512;

/// Length of the check in hexadecimal letters.
const CHECK_LETTERS: usize = 16;

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

/// The key everything else in a home hangs on, and the installation it belongs to.
#[derive(Debug, Clone)]
pub struct RootKey {
    installation: Uuid,
    secret: Secret<32>,
}

impl RootKey {
    /// Makes a new key and its file (0600), durably. The file must not exist.
    ///
    /// # Errors
    /// [`Error::Io`] with `AlreadyExists` when there is one; [`Error::RootKeyUnsafe`] when its
    /// folder is open to others; [`Error::Random`].
    pub fn create(home: &Home, installation: Uuid) -> Result<Self, Error> {
        let secret = Secret::random()?;
        let path = home.root_key_file(installation);
        let folder = path.parent().unwrap_or(&path);
        home.create_folder(folder)?;
        let key = Self {
            installation,
            secret,
        };
        home.files()
            .write_durable(&path, key.to_text().as_bytes())?;
        // Read back: what cannot be opened again must not become the root of anything.
        let opened = home
            .files()
            .sync_folder(folder)
            .and_then(|()| Self::open_any(&path));
        if opened.is_err() {
            home.files().remove(&path).ok();
        }
        opened
    }

    /// Reads the key file of an installation by the rule of reliability 2.10.
    ///
    /// # Errors
    /// [`Error::RootKeyMissing`], [`Error::RootKeyUnsafe`], [`Error::RootKeyDamaged`],
    /// [`Error::RootKeyOfAnother`], [`Error::Newer`], [`Error::Io`].
    pub fn open(home: &Home, installation: Uuid) -> Result<Self, Error> {
        let path = home.root_key_file(installation);
        let key = Self::open_any(&path)?;
        if key.installation != installation {
            return Err(Error::RootKeyOfAnother {
                path,
                found: key.installation,
                wanted: installation,
            });
        }
        Ok(key)
    }

    /// Reads a key file, whichever installation it belongs to.
    pub(crate) fn open_any(path: &Path) -> Result<Self, Error> {
        let file = open_checked(path)?;
        // Room for all of it, so that the buffer never moves and leaves a copy behind.
        let mut text = Zeroizing::new(Vec::with_capacity(FILE_BYTES_MAX as usize + 1));
        file.take(FILE_BYTES_MAX + 1)
            .read_to_end(&mut text)
            .map_err(|source| Error::io("read", path, source))?;
        Self::from_text(path, &text)
    }

    /// The installation the key belongs to.
    #[must_use]
    pub fn installation(&self) -> Uuid {
        self.installation
    }

    /// The key itself, to derive others from.
    #[must_use]
    pub fn secret(&self) -> &Secret<32> {
        &self.secret
    }

    /// The file's one line.
    fn to_text(&self) -> Zeroizing<String> {
        let mut key = [0; 43];
        URL_SAFE_NO_PAD
            .encode_slice(self.secret.expose(), &mut key)
            .ok();
        let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES_MAX as usize));
        for part in [MAGIC, " ", KIND, " ", &self.installation.to_string(), " "] {
            text.push_str(part);
        }
        text.extend(key.iter().map(|&letter| char::from(letter)));
        key.zeroize();
        let check = check(&text);
        text.push(' ');
        text.push_str(&check);
        text.push('\n');
        text
    }

    /// Reads the file's one line; it must be exactly what [`Self::to_text`] gives.
    fn from_text(path: &Path, text: &[u8]) -> Result<Self, Error> {
        let damaged = |what| Error::RootKeyDamaged {
            path: path.to_path_buf(),
            what,
        };
        let text = std::str::from_utf8(text).map_err(|_| damaged("it is not text"))?;
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let &[magic, kind, installation, key, _] = words.as_slice() else {
            return Err(damaged("it is not one line of five words"));
        };
        if magic != MAGIC || kind != KIND {
            return Err(match magic.strip_prefix(MAGIC_ANY).map(str::parse) {
                Some(Ok(found)) if found > 1 => Error::Newer {
                    path: path.to_path_buf(),
                    found,
                    known: 1,
                },
                _ => damaged("it does not start with RSVROOT1 key-file"),
            });
        }
        let installation =
            Uuid::parse_str(installation).map_err(|_| damaged("its installation is not a UUID"))?;
        let mut secret = Secret::zeroed();
        match URL_SAFE_NO_PAD.decode_slice(key, secret.expose_mut()) {
            Ok(32) => {}
            _ => return Err(damaged("its key is not 32 bytes in base64url")),
        }
        let read = Self {
            installation,
            secret,
        };
        if read.to_text().as_str() != text {
            return Err(damaged("its check does not match"));
        }
        Ok(read)
    }
}

/// The first letters of SHA-256 over everything before the check.
fn check(text: &str) -> String {
    let mut digest = Digest::of(text.as_bytes()).to_string();
    digest.truncate(CHECK_LETTERS);
    digest
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
