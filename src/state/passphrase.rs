//! Passphrases: where they come from, what they may look like. Never from an argument or a
//! variable's value: those can be read by others.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::state::{Error, KeyFault};

/// Fewest bytes of a passphrase that is chosen here.
const BYTES_MIN: usize = 8;
/// Most bytes that are read.
const BYTES_MAX: usize = 1024;

/// A passphrase: bytes that are wiped when dropped and hidden in `Debug`.
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

impl Passphrase {
    /// Takes the first line of what was typed or read, without its end.
    ///
    /// # Errors
    /// [`Error::PassphraseUnusable`] when it is empty, too long, or holds a NUL.
    pub fn new(mut bytes: Zeroizing<Vec<u8>>) -> Result<Self, Error> {
        let unusable = |what| Err(Error::PassphraseUnusable { what });
        if let Some(end) = bytes.iter().position(|&b| b == b'\n') {
            if end + 1 < bytes.len() {
                return unusable("it has more than one line");
            }
            bytes.truncate(end);
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        match bytes.len() {
            0 => unusable("it is empty"),
            n if n > BYTES_MAX => unusable("it is longer than 1024 bytes"),
            _ if bytes.contains(&0) => unusable("it holds a zero byte"),
            _ => Ok(Self(bytes)),
        }
    }

    /// Checks a passphrase that is chosen now.
    ///
    /// # Errors
    /// [`Error::PassphraseUnusable`] below 8 bytes.
    pub fn check_choice(self) -> Result<Self, Error> {
        if self.0.len() < BYTES_MIN {
            let what = "it has fewer than 8 bytes; several random words are easy to keep";
            return Err(Error::PassphraseUnusable { what });
        }
        Ok(self)
    }

    /// Reads a file: a regular one must be the owner's alone; a pipe may be anyone's.
    ///
    /// # Errors
    /// [`Error::PassphraseFileUnsafe`], [`Error::PassphraseUnusable`], [`Error::Io`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::io("read passphrase file", path, source);
        let flags = i32::try_from(OFlags::CLOEXEC.bits()).unwrap_or(0);
        let mut options = File::options();
        let file = options.read(true).custom_flags(flags).open(path);
        let file = file.map_err(failed)?;
        check(&file, path)?;
        // Room for all of it, so that the buffer never moves and leaves a copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES_MAX + 4));
        let mut limited = file.take(BYTES_MAX as u64 + 3);
        limited.read_to_end(&mut bytes).map_err(failed)?;
        Self::new(bytes)
    }

    /// Reads a descriptor that the process was started with.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_descriptor(number: u32) -> Result<Self, Error> {
        Self::read(&PathBuf::from(format!("/dev/fd/{number}")))
    }

    /// True when the other one is the same, compared in constant time.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        crate::crypto::verify_equal(&self.0, &other.0)
    }

    /// The bytes themselves.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

fn check(file: &File, path: &Path) -> Result<(), Error> {
    let found = file.metadata();
    let found = found.map_err(|source| Error::io("read passphrase file", path, source))?;
    if !found.is_file() {
        return Ok(());
    }
    let user = rustix::process::geteuid().as_raw();
    let mode = found.permissions().mode() & 0o7777;
    let owner = found.uid();
    let fault = if owner != user {
        KeyFault::Owner { owner, user }
    } else if mode & 0o077 != 0 {
        let path = path.to_path_buf();
        KeyFault::Mode { mode, path }
    } else {
        return Ok(());
    };
    Err(Error::PassphraseFileUnsafe {
        path: path.to_path_buf(),
        fault,
    })
}

/// How the root key of a home is opened, and how a new home's is kept.
pub struct Unlock<'a> {
    /// Gives the passphrase of the root key file at the path.
    pub ask: &'a dyn Fn(&Path) -> Result<Passphrase, Error>,
    /// Gives the passphrase of a new home; absent: a key file.
    pub choose: Option<&'a dyn Fn() -> Result<Passphrase, Error>>,
}

impl Unlock<'static> {
    /// Key files only: whoever cannot ask.
    pub const KEY_FILE: Self = Unlock {
        ask: &|path| {
            Err(Error::PassphraseNeeded {
                path: path.to_path_buf(),
                how: "",
            })
        },
        choose: None,
    };
}
