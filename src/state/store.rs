//! The typed state of a home: read, changed under the lock, committed with its log lines.

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::crypto::{self, Secret, derive};
use crate::state::document::{DOCUMENT_VERSION, LogHead};
use crate::state::glance::glance;
use crate::state::line::{CheckedLine, PreparedLine};
use crate::state::{
    Anchor, Digest, Document, Error, Examination, Home, Journal, LOCK_WAIT, Loaded, Locked, Marks,
    Passphrase, RootKey, RootKeyKind, StateFile, Unlock,
};

/// How often the log is read anew when other commands commit meanwhile.
const LOG_READS_MAX: u32 = 5;

/// What the activity log shows against the state and the anchor.
#[derive(Debug)]
pub struct LogReport {
    /// The lines.
    pub journal: Examination,
    /// Sequence of the last line by the state.
    pub state_sequence: u64,
    /// The same by the anchor; absent on a machine that has never committed here.
    pub anchor_sequence: Option<u64>,
    /// Lines that the state holds and a crash kept out of the log: the next command appends them.
    pub pending_lines: u64,
}

/// The state of one home.
#[derive(Debug)]
pub struct Store {
    file: StateFile,
    root_key: RootKey,
    document: Document,
    generation: u64,
    log: Journal,
    /// What this machine had seen when the state was opened.
    anchor: Option<Anchor>,
    warnings: Vec<String>,
}

impl Store {
    /// Opens a home; makes it when there is none yet.
    ///
    /// # Errors
    /// Whatever is wrong with the state, the root key or the anchor.
    pub fn open(home: Option<&Path>, now: Timestamp, unlock: &Unlock<'_>) -> Result<Self, Error> {
        let home = Home::resolve(home)?;
        let (file, root_key) = match home.installation()? {
            Some(installation) => {
                let root_key = RootKey::unlock(&home, installation, unlock)?;
                (StateFile::open(&home, &root_key), root_key)
            }
            None => create(&home, now, unlock)?,
        };
        Self::load(file, root_key)
    }

    /// Opens a home whose state was rolled back, or cannot be read though the generation before it
    /// can, for whoever accepts the older one; gives what is wrong. Nothing is wrong with one that
    /// [`Self::open`] would open.
    ///
    /// # Errors
    /// As [`Self::open`], without those about the anchor.
    pub fn open_rolled_back(
        home: Option<&Path>,
        now: Timestamp,
        unlock: &Unlock<'_>,
    ) -> Result<(Self, Option<Error>), Error> {
        let resolved = Home::resolve(home)?;
        let Some(installation) = resolved.installation()? else {
            return Self::open(home, now, unlock).map(|store| (store, None));
        };
        let root_key = RootKey::unlock(&resolved, installation, unlock)?;
        let file = StateFile::open(&resolved, &root_key);
        match file.read() {
            Err(
                problem @ (Error::RolledBack { .. }
                | Error::AnchorDamaged { .. }
                | Error::Damaged { .. }
                | Error::Missing { .. }),
            ) => {
                let Ok(loaded) = file.read_rolled_back() else {
                    return Err(problem);
                };
                Ok((Self::with(file, root_key, &loaded)?, Some(problem)))
            }
            other => Ok((Self::with(file, root_key, &other?)?, None)),
        }
    }

    /// Makes the older state the current one: its next generation follows whatever was seen, and
    /// the log, which may be ahead of it, goes on where it ends.
    ///
    /// # Errors
    /// [`Error::LogDamaged`] when the log does not hold what the state remembers of it, and those
    /// of a commit.
    pub fn accept_rollback(
        &mut self,
        now: Timestamp,
        record: impl FnOnce(&Document) -> Value,
    ) -> Result<(), Error> {
        let file = self.file.clone();
        let mut locked = file.lock(LOCK_WAIT)?;
        let document = parse(&file, &locked.read_rolled_back()?.body)?;
        self.settle(&document)?;
        self.log.find(document.log.head)?;
        let line = self.log.prepare(&record(&document), self.log.head()?)?;
        self.commit(&mut locked, document, line, now)
    }

    /// Commits a document with its log line, and appends that.
    fn commit(
        &mut self,
        locked: &mut Locked<'_>,
        mut document: Document,
        line: PreparedLine,
        now: Timestamp,
    ) -> Result<(), Error> {
        document.log = LogHead {
            head: line.head,
            pending: vec![line],
        };
        let marks = Marks {
            log_sequence: document.log.head.sequence,
            time: now,
        };
        let committed = locked.commit(&body(&document), marks)?;
        self.warn(committed.anchor_warning);
        self.generation = committed.generation;
        // The commit stands: a line that cannot be appended now is appended by the next command.
        self.warn(self.log.append_prepared(&document.log.pending).err());
        self.document = document;
        Ok(())
    }

    fn load(file: StateFile, root_key: RootKey) -> Result<Self, Error> {
        let loaded = file.read()?;
        Self::with(file, root_key, &loaded)
    }

    fn with(file: StateFile, root_key: RootKey, loaded: &Loaded) -> Result<Self, Error> {
        let document = parse(&file, &loaded.body)?;
        Ok(Self::of(document, file, root_key, loaded))
    }

    fn of(document: Document, file: StateFile, root_key: RootKey, loaded: &Loaded) -> Self {
        let home = file.home();
        let log = Journal::open(
            home.activity().join("000001.ndjson"),
            derive(
                root_key.secret(),
                "rsv/v1/activity-log",
                &[root_key.installation().as_bytes()],
            ),
        );
        Self {
            file,
            root_key,
            document,
            generation: loaded.generation,
            log,
            anchor: loaded.anchor,
            warnings: Vec::new(),
        }
    }

    /// Opens a home only if there is one: makes, locks and writes nothing. Of the state's large
    /// tables only these are read: whoever looks at a few names waits for no others.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn glance(home: Option<&Path>, tables: &[&str]) -> Result<Option<Self>, Error> {
        let home = Home::resolve(home)?;
        let Some(installation) = home.installation()? else {
            return Ok(None);
        };
        let root_key = RootKey::open(&home, installation)?;
        let file = StateFile::open(&home, &root_key);
        let loaded = file.read()?;
        let document = readable(&file, glance(&loaded.body, tables))?;
        Ok(Some(Self::of(document, file, root_key, &loaded)))
    }

    /// The state as it was last read.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Counts commits from 1.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The home's folders.
    #[must_use]
    pub fn home(&self) -> &Home {
        self.file.home()
    }

    /// The root key.
    #[must_use]
    pub fn root_key(&self) -> &Secret<32> {
        self.root_key.secret()
    }

    /// How the root key file keeps the root key.
    #[must_use]
    pub fn root_key_kind(&self) -> RootKeyKind {
        self.root_key.kind()
    }

    /// Keeps the root key under a passphrase, or without one, from now on.
    ///
    /// # Errors
    /// As [`RootKey::keep_as`].
    pub fn keep_root_key(&mut self, passphrase: Option<&Passphrase>) -> Result<(), Error> {
        self.root_key.keep_as(self.file.home(), passphrase)
    }

    /// The installation's id.
    #[must_use]
    pub fn installation(&self) -> Uuid {
        self.root_key.installation()
    }

    /// The activity log, with the last commit's lines in it.
    ///
    /// # Errors
    /// The log is damaged, or cannot be written.
    pub fn activity_log(&self) -> Result<&Journal, Error> {
        self.settle(&self.document)?;
        Ok(&self.log)
    }

    /// When this home was last changed, as the rollback anchor remembers; it never goes back.
    #[must_use]
    pub fn last_change(&self) -> Option<Timestamp> {
        self.anchor.map(|anchor| anchor.marks.time)
    }

    /// Generation and digest of the state that this machine had seen last.
    #[must_use]
    pub fn seen(&self) -> Option<(u64, Digest)> {
        self.anchor.map(|anchor| (anchor.generation, anchor.digest))
    }

    /// Proves every line of the activity log, and its end by the state and the anchor. Writes
    /// nothing. `visit` sees each record that proves itself, with a value of `restart` at hand:
    /// when another command commits meanwhile, it sees them all again with a new one.
    ///
    /// # Errors
    /// The state itself is damaged or rolled back, or I/O. What is wrong with the log is in the
    /// report.
    pub fn examine_log<V>(
        &self,
        mut restart: impl FnMut() -> V,
        mut visit: impl FnMut(&mut V, &Value),
    ) -> Result<(LogReport, V), Error> {
        let mut tries = 0;
        loop {
            let loaded = self.file.read()?;
            let document = parse(&self.file, &loaded.body)?;
            let mut seen = restart();
            let journal = self.log.examine(|record| visit(&mut seen, record))?;
            tries += 1;
            let is_behind = journal.head.sequence > document.log.head.sequence;
            if !is_behind || tries == LOG_READS_MAX {
                let report = self.judge_log(journal, &document, loaded.anchor);
                let kept_out = usize::try_from(report.pending_lines).unwrap_or(0);
                let pending = &document.log.pending;
                for line in &pending[pending.len().saturating_sub(kept_out)..] {
                    if let Ok(line) = CheckedLine::check(self.log.key(), line.text.as_bytes()) {
                        visit(&mut seen, &line.record);
                    }
                }
                return Ok((report, seen));
            }
        }
    }

    /// Compares the end of the log with what the state and the anchor say of it.
    fn judge_log(
        &self,
        mut journal: Examination,
        document: &Document,
        anchor: Option<Anchor>,
    ) -> LogReport {
        let LogHead { head, pending } = &document.log;
        let heads = PreparedLine::check_chain(self.log.key(), pending);
        // Before the first pending line, after the first, …: a crash may have come at each.
        let heads = heads.unwrap_or_default();
        let reached = heads.iter().rposition(|h| *h == journal.head);
        let mut pending_lines = 0;
        if let Some(reached) = reached {
            pending_lines = (heads.len() - 1 - reached) as u64;
        } else if journal.head != *head {
            let (line, what) = if journal.head.sequence < head.sequence {
                let missing = head.sequence - journal.head.sequence;
                let what = format!("it is missing: {missing} lines are cut off the end");
                (journal.lines + 1, what)
            } else if journal.head.sequence > head.sequence {
                (head.sequence + 1, "the state does not know it".to_owned())
            } else {
                (journal.lines, "the state has another last line".to_owned())
            };
            journal.add(line, what);
        }
        let anchor_sequence = anchor.map(|anchor| anchor.marks.log_sequence);
        if let Some(seen) = anchor_sequence.filter(|seen| *seen > head.sequence) {
            let what = format!("this machine has seen {seen} lines, the state knows fewer");
            journal.add(head.sequence, what);
        }
        LogReport {
            journal,
            state_sequence: head.sequence,
            anchor_sequence,
            pending_lines,
        }
    }

    /// Warnings that came up, each once.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Reads the state anew.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn refresh(&mut self) -> Result<(), Error> {
        let loaded = self.file.read()?;
        self.document = parse(&self.file, &loaded.body)?;
        self.generation = loaded.generation;
        Ok(())
    }

    /// Changes the newest state under the lock and commits it with the log line of `record`.
    ///
    /// When the closure refuses, the state stays as it is and only the log line is committed;
    /// the closure's error is returned.
    ///
    /// # Errors
    /// The closure's error, or [`Error`] of the commit: `NotCommitted` or `Unknown`.
    pub fn change<T, E: From<Error>>(
        &mut self,
        now: Timestamp,
        change: impl FnOnce(&mut Document) -> Result<T, E>,
        record: impl FnOnce(&Document, Option<&E>) -> Value,
    ) -> Result<T, E> {
        let file = self.file.clone();
        let mut locked = file.lock(LOCK_WAIT)?;
        let before = parse(&file, &locked.read()?.body)?;
        self.settle(&before)?;
        let mut document = before.clone();
        let outcome = change(&mut document);
        if outcome.is_err() {
            document = before;
        }
        let line = self.log.prepare(
            &record(&document, outcome.as_ref().err()),
            document.log.head,
        )?;
        self.commit(&mut locked, document, line, now)?;
        outcome
    }

    /// Appends the last commit's lines, if a crash kept them out of the log.
    fn settle(&self, document: &Document) -> Result<(), Error> {
        if document.log.pending.is_empty() {
            return Ok(());
        }
        self.home().create_folder(&self.home().activity())?;
        self.log.append_prepared(&document.log.pending)?;
        Ok(())
    }

    fn warn(&mut self, error: Option<Error>) {
        if let Some(error) = error {
            self.warnings.push(error.to_string());
        }
    }
}

fn create(home: &Home, now: Timestamp, unlock: &Unlock<'_>) -> Result<(StateFile, RootKey), Error> {
    let id = || -> Result<Uuid, Error> {
        Ok(uuid::Builder::from_random_bytes(crypto::random()?).into_uuid())
    };
    let document = Document::new(id()?, id()?, id()?);
    let marks = Marks {
        log_sequence: 0,
        time: now,
    };
    let created = StateFile::create_with(home, &body(&document), marks, unlock)?;
    home.create_folder(&home.activity())?;
    Ok((created.file, created.root_key))
}

/// Pretty-printed, so that a person can read it and a diff is small.
fn body(document: &Document) -> Vec<u8> {
    // A document holds only maps with text keys, so it always serialises.
    let mut bytes = serde_json::to_vec_pretty(document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn parse(file: &StateFile, bytes: &[u8]) -> Result<Document, Error> {
    readable(file, serde_json::from_slice(bytes))
}

/// The document, unless it is damaged or of a newer rsv.
fn readable(file: &StateFile, read: serde_json::Result<Document>) -> Result<Document, Error> {
    let path = file.home().state();
    let document =
        read.map_err(|e| Error::damaged(&path, format!("it does not hold a state: {e}")))?;
    if document.version > DOCUMENT_VERSION {
        return Err(Error::Newer {
            path,
            found: document.version.into(),
            known: DOCUMENT_VERSION,
        });
    }
    Ok(document)
}
