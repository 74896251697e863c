//! Append-only journals: newline-delimited JSON, hash-chained and MACed line by line.
//!
//! Two ways to write, never mixed in one journal: [`Journal::append`] commits by itself; prepared
//! lines are stored in the state together with the head they make, so that the state's commit is
//! the only commit point, and are appended afterwards – again, if a crash came between.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::crypto::Secret;
use crate::state::line::CheckedLine;
use crate::state::lock::{Lock, wait_for};
use crate::state::{Entry, Error, Files, Head, LINE_BYTES_MAX, LOCK_WAIT, PreparedLine};

/// How much is read at a time when looking for the last line from the end.
const TAIL_STEP_BYTES: u64 = 16 << 10;

/// One journal file. A file that does not exist is an empty journal.
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
    key: Secret<32>,
    files: Files,
}

/// What a complete check of a journal found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Number of complete lines.
    pub lines: u64,
    /// The last line. Compare it with a head kept elsewhere: lines cut off the end leave no trace.
    pub head: Head,
}

impl Journal {
    /// Names a journal and its MAC key, which must be this journal's alone. Touches no file.
    #[must_use]
    pub fn open(path: impl Into<PathBuf>, key: Secret<32>) -> Self {
        Self {
            path: path.into(),
            key,
            files: Files::default(),
        }
    }

    /// Makes all changes through `files` instead.
    #[must_use]
    pub fn with_files(mut self, files: Files) -> Self {
        self.files = files;
        self
    }

    /// Appends a record durably and returns the new head.
    ///
    /// # Errors
    /// [`Error::NotCommitted`] or [`Error::Unknown`] when writing failed, [`Error::LogDamaged`]
    /// when the last line does not prove itself, [`Error::RecordTooLong`], [`Error::Busy`].
    pub fn append(&self, record: &Value) -> Result<Head, Error> {
        let end = self.lock_end()?;
        let line = self.prepare(record, end.head)?;
        end.write(std::slice::from_ref(&line))?;
        Ok(line.head)
    }

    /// Finishes the line that will follow `head`, without touching the file.
    ///
    /// # Errors
    /// [`Error::RecordTooLong`].
    pub fn prepare(&self, record: &Value, head: Head) -> Result<PreparedLine, Error> {
        let line = PreparedLine::compose(&self.key, head, record);
        let bytes = line.text.len() + 1;
        if bytes > LINE_BYTES_MAX {
            let path = self.path.clone();
            return Err(Error::RecordTooLong { path, bytes });
        }
        Ok(line)
    }

    /// Appends those of these successive lines that are not in the journal yet, and returns its
    /// head. Appending them again changes nothing.
    ///
    /// # Errors
    /// [`Error::LogDamaged`] when lines before these are missing or other lines stand in their
    /// place; else as [`Self::append`].
    pub fn append_prepared(&self, lines: &[PreparedLine]) -> Result<Head, Error> {
        let Some(last) = lines.last() else {
            return self.head();
        };
        let heads = PreparedLine::check_chain(&self.key, lines)
            .map_err(|(line, what)| self.damaged(line, what))?;
        let end = self.lock_end()?;
        if let Some(present) = heads.iter().position(|&head| head == end.head) {
            end.write(&lines[present..])?;
            return Ok(last.head);
        }
        if end.head.sequence > last.head.sequence {
            self.find_in(self.records(end.complete, ())?, last.head)?;
            return Ok(end.head);
        }
        Err(self.damaged(
            end.head.sequence + 1,
            "it is not the line that was committed",
        ))
    }

    /// Returns the last line's place, read from the end of the file. A line that a crash or a
    /// writer has left unfinished does not count.
    ///
    /// # Errors
    /// [`Error::LogDamaged`] when that line does not prove itself, [`Error::Busy`],
    /// [`Error::Io`].
    pub fn head(&self) -> Result<Head, Error> {
        match self.end()? {
            Some(end) => self.prove(&end),
            None => Ok(Head::START),
        }
    }

    /// Reads the records that `filter` wants, in order, proving every line on the way. Ends after
    /// the first error. Lines appended after this call are not read.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::LogDamaged`]; from the iterator too.
    pub fn read<F: FnMut(&Value) -> bool>(&self, filter: F) -> Result<Records<'_, F>, Error> {
        let complete = self.end()?.map_or(0, |end| end.complete);
        self.records(complete, filter)
    }

    /// Reads the last record of every id, in the order in which the ids first appeared. The id is
    /// the text in the record's field `id_field`; records without one are left out.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_latest(&self, id_field: &str) -> Result<Vec<Value>, Error> {
        let mut latest = Map::new();
        for entry in self.read(|_| true)? {
            let record = entry?.record;
            if let Some(id) = record.get(id_field).and_then(Value::as_str) {
                latest.insert(id.to_owned(), record);
            }
        }
        Ok(latest.into_iter().map(|(_, record)| record).collect())
    }

    /// Proves every line.
    ///
    /// # Errors
    /// [`Error::LogDamaged`] with the first bad line, [`Error::Io`].
    pub fn verify(&self) -> Result<Report, Error> {
        let mut records = self.read(|_| false)?;
        match records.next() {
            Some(Err(error)) => Err(error),
            _ => Ok(Report {
                lines: records.head.sequence,
                head: records.head,
            }),
        }
    }

    /// Checks that the journal holds the line this head stands for.
    ///
    /// # Errors
    /// [`Error::LogDamaged`] when it does not, or as [`Self::read`].
    pub fn find(&self, wanted: Head) -> Result<(), Error> {
        self.find_in(self.read(|_| false)?, wanted)
    }

    fn find_in<F>(&self, mut records: Records<'_, F>, wanted: Head) -> Result<(), Error> {
        while records.head.sequence < wanted.sequence {
            if records.next_line()?.is_none() {
                return Err(self.damaged(records.head.sequence + 1, "it is missing"));
            }
        }
        if records.head == wanted {
            return Ok(());
        }
        Err(self.damaged(wanted.sequence, "it is not the line that was committed"))
    }

    /// The records in the first `complete` bytes, which never change again: no lock is needed,
    /// and whoever holds it may call this.
    fn records<F>(&self, complete: u64, filter: F) -> Result<Records<'_, F>, Error> {
        let source = match complete {
            0 => None,
            _ => {
                let file = File::open(&self.path).map_err(|source| self.io(source))?;
                Some(BufReader::new(file).take(complete))
            }
        };
        Ok(Records {
            journal: self,
            source,
            head: Head::START,
            filter,
        })
    }

    /// Finds the end of the complete lines; `None` when there is no file. Writers are kept away
    /// meanwhile, so the caller must not hold the lock.
    fn end(&self) -> Result<Option<End>, Error> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.io(error)),
        };
        wait_for(&self.path, LOCK_WAIT, || file.try_lock_shared())?;
        self.find_end(&file).map(Some)
    }

    /// Locks the journal, cuts off a line left unfinished by a crash, and proves the last line.
    fn lock_end(&self) -> Result<LockedEnd<'_>, Error> {
        let folder = self.path.parent().unwrap_or(&self.path);
        self.files.create_folder(folder)?;
        let lock = Lock::take(&self.files, &self.path, LOCK_WAIT)?;
        let end = self.find_end(lock.file())?;
        let head = self.prove(&end)?;
        if end.len > end.complete {
            self.files.truncate(lock.file(), &self.path, end.complete)?;
        }
        if end.complete == 0 {
            // The name is durable before the first line is.
            self.files.sync_folder(folder)?;
        }
        let complete = end.complete;
        Ok(LockedEnd {
            journal: self,
            lock,
            complete,
            head,
        })
    }

    /// Proves the last complete line.
    fn prove(&self, end: &End) -> Result<Head, Error> {
        let Some(line) = &end.last else {
            return Ok(Head::START);
        };
        match CheckedLine::check(&self.key, line) {
            Ok(checked) => Ok(checked.head),
            // Reading from the front tells the number of the first bad line.
            Err(what) => {
                let mut records = self.records(end.complete, ())?;
                while records.next_line()?.is_some() {}
                Err(self.damaged(records.head.sequence, what))
            }
        }
    }

    /// Reads backwards, no further than one line and an unfinished one.
    fn find_end(&self, mut file: &File) -> Result<End, Error> {
        let newline = |part: &[u8]| part.iter().rposition(|&byte| byte == b'\n');
        let io = |source| self.io(source);
        let len = file.seek(SeekFrom::End(0)).map_err(io)?;
        let mut start = len;
        let mut bytes = Vec::new();
        loop {
            let line_end = newline(&bytes);
            let before = line_end.and_then(|end| newline(&bytes[..end]));
            if before.is_some() || start == 0 {
                let first = before.map_or(0, |newline| newline + 1);
                return Ok(End {
                    len,
                    complete: line_end.map_or(0, |end| start + end as u64 + 1),
                    last: line_end.map(|end| bytes[first..end].to_vec()),
                });
            }
            if bytes.len() > 2 * LINE_BYTES_MAX {
                file.rewind().map_err(io)?;
                let lines = BufReader::new(file.take(start)).split(b'\n').count();
                return Err(self.damaged(lines as u64, "it is too long"));
            }
            let step = start.min(TAIL_STEP_BYTES);
            start -= step;
            let mut part = vec![0; usize::try_from(step).unwrap_or(0)];
            file.seek(SeekFrom::Start(start)).map_err(io)?;
            file.read_exact(&mut part).map_err(io)?;
            part.append(&mut bytes);
            bytes = part;
        }
    }

    /// Length of the complete lines and of the file, in bytes; `None` when there is no file.
    pub(super) fn extent(&self) -> Result<Option<(u64, u64)>, Error> {
        Ok(self.end()?.map(|end| (end.complete, end.len)))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn key(&self) -> &Secret<32> {
        &self.key
    }

    fn io(&self, source: io::Error) -> Error {
        Error::io("read", &self.path, source)
    }

    fn damaged(&self, line: u64, what: &'static str) -> Error {
        let path = self.path.clone();
        Error::LogDamaged { path, line, what }
    }
}

/// Where the complete lines of a journal end.
struct End {
    /// Length of the file in bytes, with what a crash has left unfinished.
    len: u64,
    /// Length of its complete lines in bytes.
    complete: u64,
    /// The last complete line without its newline.
    last: Option<Vec<u8>>,
}

/// A journal under its exclusive lock, ready for the next line.
struct LockedEnd<'a> {
    journal: &'a Journal,
    lock: Lock,
    complete: u64,
    head: Head,
}

impl LockedEnd<'_> {
    /// Writes lines in one call and flushes them. Flushes when there are none, too: the lines in
    /// the file may stem from a process that was killed before it could.
    fn write(&self, lines: &[PreparedLine]) -> Result<(), Error> {
        let Journal { path, files, .. } = self.journal;
        let mut bytes = Vec::new();
        for line in lines {
            bytes.extend_from_slice(line.text.as_bytes());
            bytes.push(b'\n');
        }
        if !bytes.is_empty()
            && let Err(error) = files.write(self.lock.file(), path, &bytes)
        {
            files.truncate(self.lock.file(), path, self.complete).ok();
            return Err(error.not_committed());
        }
        files
            .sync_data(self.lock.file(), path)
            .map_err(Error::unknown)
    }
}

/// The records of a journal, proved line by line.
pub struct Records<'a, F> {
    journal: &'a Journal,
    /// What is left to read; `None` after the end or the first error.
    source: Option<Take<BufReader<File>>>,
    head: Head,
    filter: F,
}

impl<F> Records<'_, F> {
    /// Reads and proves the next line.
    fn next_line(&mut self) -> Result<Option<CheckedLine>, Error> {
        let Some(source) = &mut self.source else {
            return Ok(None);
        };
        let mut line = Vec::new();
        source
            .take(LINE_BYTES_MAX as u64)
            .read_until(b'\n', &mut line)
            .map_err(|source| self.journal.io(source))?;
        if line.is_empty() {
            return Ok(None);
        }
        let checked = match line.strip_suffix(b"\n") {
            Some(line) => CheckedLine::check(&self.journal.key, line),
            None => Err("it is too long"),
        };
        let checked = checked.and_then(|line| line.check_follows(self.head).map(|()| line));
        let checked = checked.map_err(|what| self.journal.damaged(self.head.sequence + 1, what))?;
        self.head = checked.head;
        Ok(Some(checked))
    }
}

impl<F: FnMut(&Value) -> bool> Iterator for Records<'_, F> {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_line() {
                Ok(Some(line)) if (self.filter)(&line.record) => {
                    let sequence = line.head.sequence;
                    let record = line.record;
                    return Some(Ok(Entry { sequence, record }));
                }
                Ok(Some(_)) => {}
                Ok(None) => {
                    self.source = None;
                    return None;
                }
                Err(error) => {
                    self.source = None;
                    return Some(Err(error));
                }
            }
        }
    }
}
