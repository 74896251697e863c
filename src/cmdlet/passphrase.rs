//! Where the passphrases of a run come from: a file, a descriptor, or a question on the terminal.

use std::path::{Path, PathBuf};

use crate::cmdlet::Console;
use crate::state::{Error, Passphrase};

/// A file or a descriptor that holds a passphrase; neither: the terminal is asked.
#[derive(Debug, Clone)]
pub struct PassphraseFrom {
    /// The parameters that give it, for the hint of whoever gave none; empty: those that every
    /// cmdlet has for the root key.
    pub how: &'static str,
    /// A file of the owner's alone, or a pipe.
    pub file: Option<PathBuf>,
    /// A descriptor that the process was started with.
    pub descriptor: Option<u32>,
}

impl PassphraseFrom {
    /// True when nobody has to be asked.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.file.is_some() || self.descriptor.is_some()
    }

    fn given(&self) -> Option<Result<Passphrase, Error>> {
        match (self.descriptor, &self.file) {
            (Some(number), _) => Some(Passphrase::read_descriptor(number)),
            (None, Some(file)) => Some(Passphrase::read(file)),
            (None, None) => None,
        }
    }

    /// The passphrase of `file`, the thing it opens.
    ///
    /// # Errors
    /// `RsvPassphraseNeeded` when nobody can be asked, and those of reading it.
    pub fn read(&self, console: &dyn Console, file: &Path) -> Result<Passphrase, Error> {
        if let Some(given) = self.given() {
            return given;
        }
        let question = format!("Passphrase of {}", file.display());
        self.ask(console, &question, file)
    }

    /// A new passphrase for `file`; on the terminal it is typed twice.
    ///
    /// # Errors
    /// As [`Self::read`]; `RsvPassphraseUnusable` when it is too short or was typed differently.
    pub fn choose(&self, console: &dyn Console, file: &Path) -> Result<Passphrase, Error> {
        if let Some(given) = self.given() {
            return given?.check_choice();
        }
        let question = format!("New passphrase for {}", file.display());
        let first = self.ask(console, &question, file)?.check_choice()?;
        let second = self.ask(console, "The same passphrase again", file)?;
        if first.is(&second) {
            return Ok(first);
        }
        Err(Error::PassphraseUnusable {
            what: "it was typed differently the second time",
        })
    }

    fn ask(&self, console: &dyn Console, question: &str, file: &Path) -> Result<Passphrase, Error> {
        match console.ask_secret(question) {
            Ok(Some(typed)) => Passphrase::new(typed),
            Ok(None) => Err(Error::PassphraseNeeded {
                path: file.to_path_buf(),
                how: self.how,
            }),
            Err(source) => Err(Error::io("ask for the passphrase of", file, source)),
        }
    }
}
