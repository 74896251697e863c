//! The state file: read without a lock, replaced as a whole under one (reliability 3.3).
//!
//! Commit: temporary file, fsync, link to `state.json.1`, rename, fsync of the folder, anchor.
//! The rename is the commit point; an error before it changed nothing, one after it is unknown.
//! A state that cannot be read gives way to `state.json.1` only when somebody approves that.

use std::path::PathBuf;
use std::time::Duration;

use uuid::Builder;

use crate::crypto::random;
use crate::state::header::{StateKeys, Verified, decode, encode};
use crate::state::lock::Lock;
use crate::state::{
    Anchor, Digest, Error, Home, LOCK_WAIT, Marks, Passphrase, RootKey, Unlock, fs,
};

/// Start of the names of temporary files; process id and 8 random bytes follow.
const TEMPORARY: &str = "state.json.tmp.";

/// Second name of the current file while it becomes `state.json.1`.
const PREVIOUS_NEW: &str = "state.json.1.new";

/// A second name of a current file that could not be read, once another one took its place.
const DAMAGED: &str = "state.json.damaged";

/// The state file of one installation and the keys that prove it.
#[derive(Debug, Clone)]
pub struct StateFile {
    home: Home,
    keys: StateKeys,
}

/// One generation of the state, proved authentic.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Format version of the file. One newer than this rsv writes can be read, not locked.
    pub format: u32,
    /// Counts commits from 1.
    pub generation: u64,
    /// SHA-256 of the whole file.
    pub digest: Digest,
    /// The caller's bytes; they end in a newline.
    pub body: Vec<u8>,
    /// What this machine had seen; `None` on a machine that has not yet committed.
    pub anchor: Option<Anchor>,
}

/// A commit that is durable.
#[derive(Debug)]
pub struct Committed {
    /// The new generation.
    pub generation: u64,
    /// SHA-256 of the new file.
    pub digest: Digest,
    /// Why the rollback anchor could not be written; the commit stands all the same.
    pub anchor_warning: Option<Error>,
}

/// A home that is ready for use, made just now or found.
#[derive(Debug)]
pub struct Created {
    /// Its state file.
    pub file: StateFile,
    /// Its root key.
    pub root_key: RootKey,
    /// The first commit; `None` when another command had made the home before.
    pub committed: Option<Committed>,
}

/// The state file under its exclusive lock; dropping it unlocks.
#[derive(Debug)]
pub struct Locked<'a> {
    file: &'a StateFile,
    lock: Lock,
    base: Option<Base>,
    is_unknown: bool,
    /// The current file cannot be read: it must not take the place of the good one before it.
    is_damaged: bool,
}

/// What the next generation is built on.
#[derive(Debug, Clone, Copy)]
struct Base {
    generation: u64,
    digest: Digest,
    anchor: Option<Anchor>,
}

impl StateFile {
    /// Prepares to read and change the state of this home. Touches no file yet.
    #[must_use]
    pub fn open(home: &Home, root_key: &RootKey) -> Self {
        Self {
            home: home.clone(),
            keys: StateKeys::new(root_key),
        }
    }

    /// Makes a home with a new installation, root key and first generation. When several commands
    /// do so at once, one makes it and the others use it.
    ///
    /// # Errors
    /// [`Error::Missing`] when the home holds data but no state, [`Error::RootKeyInUse`] when
    /// `RSV_ROOT_KEY_FILE` names the key of another home, and those of [`Locked::commit`].
    pub fn create(home: &Home, body: &[u8], marks: Marks) -> Result<Created, Error> {
        Self::create_with(home, body, marks, &Unlock::KEY_FILE)
    }

    /// As [`Self::create`], with the root key kept and opened as `unlock` says.
    ///
    /// # Errors
    /// As [`Self::create`], and those of the passphrase.
    pub fn create_with(
        home: &Home,
        body: &[u8],
        marks: Marks,
        unlock: &Unlock<'_>,
    ) -> Result<Created, Error> {
        // Before the lock: people think, and Argon2 works, for longer than others should wait.
        let passphrase = unlock.choose.map(|choose| choose()).transpose()?;
        home.create_folder(home.folder())?;
        let lock = Lock::take(home.files(), &home.state_lock(), LOCK_WAIT)?;
        if let Some(installation) = home.installation()? {
            let root_key = RootKey::unlock(home, installation, unlock)?;
            return Ok(Created {
                file: Self::open(home, &root_key),
                root_key,
                committed: None,
            });
        }
        let (root_key, is_new) = first_root_key(home, passphrase.as_ref(), unlock)?;
        let file = Self::open(home, &root_key);
        let mut locked = Locked::new(&file, lock);
        let committed = locked.write_generation(None, body, marks);
        if is_new && matches!(committed, Err(Error::NotCommitted(_))) {
            // No state refers to it. After a crash it may stay behind, just as useless.
            let path = home.root_key_file(root_key.installation());
            home.files().remove(&path).ok();
        }
        drop(locked);
        Ok(Created {
            file,
            root_key,
            committed: Some(committed?),
        })
    }

    /// The home this state file lies in.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Reads and proves the current generation, without a lock.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Damaged`], [`Error::OtherInstallation`],
    /// [`Error::RolledBack`], [`Error::AnchorDamaged`], [`Error::Io`]; [`Error::Newer`] when a
    /// newer format does not prove authentic by the rules of this one.
    pub fn read(&self) -> Result<Loaded, Error> {
        let (verified, anchor) = self.read_verified()?;
        Ok(loaded(verified, anchor))
    }

    /// Reads and proves the generation before, for a repair. It is older than the anchor by its
    /// nature, so the anchor has no say.
    ///
    /// # Errors
    /// As [`Self::read`], without those about the anchor.
    pub fn read_previous(&self) -> Result<Loaded, Error> {
        Ok(loaded(self.decode_file(self.home.state_previous())?, None))
    }

    /// Reads and proves a generation although this machine has seen a newer one, or its anchor is
    /// damaged: the current one or, when that file is damaged or gone, the one before it.
    ///
    /// # Errors
    /// As [`Self::read`], without those about the anchor; those of the current file, when neither
    /// proves itself.
    pub fn read_rolled_back(&self) -> Result<Loaded, Error> {
        Ok(self.read_readable()?.0)
    }

    /// As [`Self::read_rolled_back`], and whether the current file could not be read.
    fn read_readable(&self) -> Result<(Loaded, bool), Error> {
        let anchor = Anchor::read(&self.home, &self.keys).ok().flatten();
        let path = self.home.state();
        let (verified, is_damaged) = match self.decode_file(path.clone()) {
            Err(error @ (Error::Damaged { .. } | Error::Missing { .. })) => {
                let previous = self.decode_file(self.home.state_previous());
                (previous.map_err(|_| error)?, true)
            }
            other => (other?, false),
        };
        verified.check_writable(&path)?;
        Ok((loaded(verified, anchor), is_damaged))
    }

    /// Reads and proves one of the two state files.
    fn decode_file(&self, path: PathBuf) -> Result<Verified, Error> {
        let Some(bytes) = fs::read(&path)? else {
            let holds = self.home.holds()?;
            let holds = holds.unwrap_or_else(|| self.home.root_key_file(self.keys.installation));
            return Err(Error::Missing {
                path,
                holds,
                previous: None,
            });
        };
        decode(&path, &self.keys, bytes)
    }

    /// Takes the exclusive lock and removes what interrupted commits have left behind.
    ///
    /// # Errors
    /// [`Error::Busy`] when another command holds it for longer than `wait`; [`Error::Io`].
    pub fn lock(&self, wait: Duration) -> Result<Locked<'_>, Error> {
        let lock = Lock::take(self.home.files(), &self.home.state_lock(), wait)?;
        let locked = Locked::new(self, lock);
        locked.sweep();
        Ok(locked)
    }

    fn read_verified(&self) -> Result<(Verified, Option<Anchor>), Error> {
        let path = self.home.state();
        // The anchor first: a commit by another process between the two reads then makes the
        // state newer than the anchor, never older.
        let anchor = Anchor::read(&self.home, &self.keys);
        let verified = self.decode_file(path.clone()).map_err(|error| {
            let previous = self.read_previous().ok().map(|state| state.generation);
            error.with_previous(previous)
        })?;
        let anchor = anchor?;
        if let Some(anchor) = &anchor {
            anchor.check(&path, verified.generation, verified.digest)?;
        }
        Ok((verified, anchor))
    }
}

impl<'a> Locked<'a> {
    fn new(file: &'a StateFile, lock: Lock) -> Self {
        Self {
            file,
            lock,
            base: None,
            is_unknown: false,
            is_damaged: false,
        }
    }

    /// Reads and proves the generation that the next commit will follow.
    ///
    /// # Errors
    /// As [`StateFile::read`], and [`Error::Newer`] for every newer format.
    pub fn read(&mut self) -> Result<Loaded, Error> {
        let (verified, anchor) = self.file.read_verified()?;
        verified.check_writable(&self.file.home.state())?;
        self.base = Some(Base {
            generation: verified.generation,
            digest: verified.digest,
            anchor,
        });
        Ok(loaded(verified, anchor))
    }

    /// As [`Self::read`], but accepts a state that is older than what this machine has seen: the
    /// next commit gets a generation after both.
    ///
    /// # Errors
    /// As [`StateFile::read_rolled_back`].
    pub fn read_rolled_back(&mut self) -> Result<Loaded, Error> {
        let (loaded, is_damaged) = self.file.read_readable()?;
        self.is_damaged = is_damaged;
        let seen = loaded.anchor.map_or(0, |anchor| anchor.generation);
        self.base = Some(Base {
            generation: loaded.generation.max(seen),
            digest: loaded.digest,
            anchor: loaded.anchor,
        });
        Ok(loaded)
    }

    /// Makes `body` the next generation, then moves the anchor. A newline is added to a body
    /// that does not end in one.
    ///
    /// # Errors
    /// [`Error::NotCommitted`]: the generation before still stands, nothing is left behind.
    /// [`Error::Unknown`]: made, but not proved durable; no further commit under this lock.
    /// Those of [`Self::read`], when it had not been called: nothing was changed.
    pub fn commit(&mut self, body: &[u8], marks: Marks) -> Result<Committed, Error> {
        if self.is_unknown {
            let path = self.file.home.state();
            return Err(Error::AfterUnknown { path }.not_committed());
        }
        if self.base.is_none() {
            self.read()?;
        }
        self.write_generation(self.base, body, marks)
    }

    /// Writes the generation after `base`, the first one when there is none.
    fn write_generation(
        &mut self,
        base: Option<Base>,
        body: &[u8],
        marks: Marks,
    ) -> Result<Committed, Error> {
        let StateFile { home, keys } = self.file;
        let (generation, prev) = base.map_or((1, Digest::ZERO), |b| (b.generation + 1, b.digest));
        let bytes = match body.last() {
            Some(b'\n') => encode(keys, generation, prev, body),
            _ => encode(keys, generation, prev, &[body, b"\n"].concat()),
        };
        let replaced = self.replace(&bytes);
        self.is_unknown = matches!(replaced, Err(Error::Unknown(_)));
        replaced?;
        self.is_damaged = false;
        let digest = Digest::of(&bytes);
        let before = base.and_then(|base| base.anchor);
        let anchor = Anchor::after(before.as_ref(), generation, digest, marks);
        self.base = Some(Base {
            generation,
            digest,
            anchor: Some(anchor),
        });
        Ok(Committed {
            generation,
            digest,
            anchor_warning: anchor.write(home, keys).err(),
        })
    }

    /// Steps 3 to 5 of the commit protocol.
    fn replace(&self, bytes: &[u8]) -> Result<(), Error> {
        let home = &self.file.home;
        let files = home.files();
        let temporary = temporary_path(home).map_err(Error::not_committed)?;
        files
            .write_durable(&temporary, bytes)
            .map_err(Error::not_committed)?;
        if self.is_damaged {
            self.name_too(DAMAGED);
        } else {
            self.keep_previous();
        }
        let renamed = self
            .lock
            .check_in_place()
            .and_then(|()| files.rename(&temporary, &home.state()));
        if let Err(error) = renamed {
            files.remove(&temporary).ok();
            return Err(error.not_committed());
        }
        files.sync_folder(home.folder()).map_err(Error::unknown)
    }

    /// Gives the current file the name `state.json.1` too. Best effort: the first generation has
    /// nothing to keep, and a file system without hard links keeps nothing.
    fn keep_previous(&self) {
        let home = &self.file.home;
        // A rename onto a second name of the same file does nothing and leaves both.
        if self.name_too(PREVIOUS_NEW) {
            let new = home.folder().join(PREVIOUS_NEW);
            home.files().rename(&new, &home.state_previous()).ok();
        }
    }

    /// Gives the current file a second name in the home, whatever had it before.
    fn name_too(&self, name: &str) -> bool {
        let home = &self.file.home;
        let path = home.folder().join(name);
        home.files().remove(&path).ok();
        home.files().link(&home.state(), &path).is_ok()
    }

    /// Removes temporary files. All are stale: they are only ever written under this lock.
    fn sweep(&self) {
        let home = &self.file.home;
        let entries = std::fs::read_dir(home.folder()).into_iter().flatten();
        for name in entries.flatten().map(|entry| entry.file_name()) {
            let is_temporary = name.to_str().is_some_and(|n| n.starts_with(TEMPORARY));
            if is_temporary || name == PREVIOUS_NEW {
                home.files().remove(&home.folder().join(name)).ok();
            }
        }
    }
}

/// A name no other process or thread will choose.
fn temporary_path(home: &Home) -> Result<PathBuf, Error> {
    let pid = std::process::id();
    let random = u64::from_be_bytes(random()?);
    let name = format!("{TEMPORARY}{pid}.{random:016x}");
    Ok(home.folder().join(name))
}

/// Makes the root key of a new home, and says whether it did. A key file that was provided in
/// `RSV_ROOT_KEY_FILE` is taken over, with its installation, unless a home here has used it.
fn first_root_key(
    home: &Home,
    passphrase: Option<&Passphrase>,
    unlock: &Unlock<'_>,
) -> Result<(RootKey, bool), Error> {
    let installation = Builder::from_random_bytes(random()?).into_uuid();
    match RootKey::create_with(home, installation, passphrase) {
        Err(Error::Io { path, source, .. })
            if source.kind() == std::io::ErrorKind::AlreadyExists =>
        {
            let found = RootKey::open_any(&path, unlock)?;
            let installation = found.installation();
            if home.anchor(installation).exists() {
                return Err(Error::RootKeyInUse { path, installation });
            }
            Ok((found, false))
        }
        made => Ok((made?, true)),
    }
}

fn loaded(verified: Verified, anchor: Option<Anchor>) -> Loaded {
    Loaded {
        format: verified.format,
        generation: verified.generation,
        digest: verified.digest,
        body: verified.body,
        anchor,
    }
}
