//! The typed state of a home: read, changed under the lock, committed with its log lines.

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::crypto::{self, Secret, derive};
use crate::state::document::{DOCUMENT_VERSION, LogHead};
use crate::state::{Document, Error, Home, Journal, LOCK_WAIT, Marks, RootKey, StateFile};

/// The state of one home.
#[derive(Debug)]
pub struct Store {
    file: StateFile,
    root_key: RootKey,
    document: Document,
    generation: u64,
    log: Journal,
    warnings: Vec<String>,
}

impl Store {
    /// Opens a home; makes it when there is none yet.
    ///
    /// # Errors
    /// Whatever is wrong with the state, the root key or the anchor.
    pub fn open(home: Option<&Path>, now: Timestamp) -> Result<Self, Error> {
        let home = Home::resolve(home)?;
        let (file, root_key) = match home.installation()? {
            Some(installation) => {
                let root_key = RootKey::open(&home, installation)?;
                (StateFile::open(&home, &root_key), root_key)
            }
            None => create(&home, now)?,
        };
        Self::load(file, root_key)
    }

    fn load(file: StateFile, root_key: RootKey) -> Result<Self, Error> {
        let home = file.home();
        let loaded = file.read()?;
        let document = parse(&file, &loaded.body)?;
        let log = Journal::open(
            home.activity().join("000001.ndjson"),
            derive(
                root_key.secret(),
                "rsv/v1/activity-log",
                &[root_key.installation().as_bytes()],
            ),
        );
        let warnings = Vec::new();
        Ok(Self {
            file,
            root_key,
            document,
            generation: loaded.generation,
            log,
            warnings,
        })
    }

    /// Opens a home only if there is one: makes, locks and writes nothing.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_existing(home: Option<&Path>) -> Result<Option<Self>, Error> {
        let home = Home::resolve(home)?;
        let Some(installation) = home.installation()? else {
            return Ok(None);
        };
        let root_key = RootKey::open(&home, installation)?;
        let file = StateFile::open(&home, &root_key);
        Self::load(file, root_key).map(Some)
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

fn create(home: &Home, now: Timestamp) -> Result<(StateFile, RootKey), Error> {
    let id = || -> Result<Uuid, Error> {
        Ok(uuid::Builder::from_random_bytes(crypto::random()?).into_uuid())
    };
    let document = Document::new(id()?, id()?, id()?);
    let created = StateFile::create(
        home,
        &body(&document),
        Marks {
            log_sequence: 0,
            time: now,
        },
    )?;
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
    let path = file.home().state();
    let document: Document = serde_json::from_slice(bytes)
        .map_err(|e| Error::damaged(&path, format!("it does not hold a state: {e}")))?;
    if document.version > DOCUMENT_VERSION {
        return Err(Error::Newer {
            path,
            found: document.version.into(),
            known: DOCUMENT_VERSION,
        });
    }
    Ok(document)
}
