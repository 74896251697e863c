//! What a restore that goes on past damage has to leave out, and lists.

use std::io;
use std::sync::{Mutex, PoisonError};

use crate::engine::Error;

/// A stretch of an image that could not be read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// First byte in the image.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// What is wrong, naming the object.
    pub problem: String,
}

/// Gathers what is missing, from any thread.
#[derive(Default)]
pub(crate) struct Salvage(Mutex<Vec<Missing>>);

impl Salvage {
    /// Notes damage and goes on; any other error stays one.
    pub(crate) fn note(&self, offset: u64, length: u64, error: Error) -> Result<(), Error> {
        if !is_damage(&error) {
            return Err(error);
        }
        let missing = Missing {
            offset,
            length,
            problem: error.to_string(),
        };
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.push(missing);
        Ok(())
    }

    /// Everything that is missing, in order; neighbours with one problem are one stretch.
    pub(crate) fn into_list(self) -> Vec<Missing> {
        let mut list = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        list.sort_by_key(|missing| missing.offset);
        let mut merged: Vec<Missing> = Vec::new();
        for missing in list {
            match merged.last_mut() {
                Some(last) if last.offset + last.length == missing.offset => {
                    last.length += missing.length;
                }
                _ => merged.push(missing),
            }
        }
        merged
    }
}

/// True for what is wrong with stored bytes: damage, and sectors the disk cannot read.
pub(crate) fn is_damage(error: &Error) -> bool {
    match error {
        Error::Damaged { .. } | Error::NotFound(_) => true,
        Error::Io { action, source, .. } => {
            let unreadable = rustix::io::Errno::IO.raw_os_error();
            *action == "read" && source.raw_os_error() == Some(unreadable)
                || source.kind() == io::ErrorKind::UnexpectedEof
        }
        _ => false,
    }
}
