//! Reading and writing of fixed layouts: every length is checked before it is used.

use std::borrow::Cow;

pub(crate) use crate::crypto::{from_hex, hex};
use crate::engine::Error;
use crate::engine::format::{MAGIC_BYTES, SECTION_CRITICAL, VERSION};

/// What is wrong with some bytes; the caller adds which object they belong to.
#[derive(Debug)]
pub(crate) enum Problem {
    Damaged(Cow<'static, str>),
    Unsupported(String),
}

impl Problem {
    pub(crate) fn in_object(self, object: impl Into<String>) -> Error {
        let object = object.into();
        match self {
            Self::Damaged(problem) => Error::damaged(object, problem),
            Self::Unsupported(problem) => Error::Unsupported { object, problem },
        }
    }
}

impl From<&'static str> for Problem {
    fn from(problem: &'static str) -> Self {
        Self::Damaged(problem.into())
    }
}

/// Takes fields off the front of a slice.
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Problem> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or("is cut short")?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or("is cut short")?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Problem> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Problem> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Problem> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Problem> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// Takes a u32 length and that many bytes, at most `max`.
    pub(crate) fn counted(&mut self, max: usize) -> Result<&'a [u8], Problem> {
        let count = usize::try_from(self.u32()?).map_err(|_| "holds an impossible length")?;
        if count > max {
            return Err("holds an impossible length".into());
        }
        self.bytes(count)
    }

    /// Takes what every object starts with: magic, type, version.
    pub(crate) fn start(&mut self, magic: &[u8; MAGIC_BYTES], kind: u8) -> Result<(), Problem> {
        if self.array::<MAGIC_BYTES>()? != *magic || self.u8()? != kind {
            return Err("is not an object of this kind".into());
        }
        match self.u8()? {
            VERSION => Ok(()),
            other => Err(Problem::Unsupported(format!("has format version {other}"))),
        }
    }

    /// Takes reserved bytes that must be zero.
    pub(crate) fn zeros(&mut self, count: usize) -> Result<(), Problem> {
        if self.bytes(count)?.iter().any(|b| *b != 0) {
            return Err("has reserved bytes that are not zero".into());
        }
        Ok(())
    }

    /// Takes a byte that has exactly one accepted value in this version.
    pub(crate) fn only(&mut self, value: u8, what: &str) -> Result<(), Problem> {
        match self.u8()? {
            found if found == value => Ok(()),
            found => Err(Problem::Unsupported(format!("uses {what} {found}"))),
        }
    }

    /// Takes the tagged sections; this version knows none, so a critical one is refused.
    pub(crate) fn sections(&mut self) -> Result<(), Problem> {
        for _ in 0..self.u16()? {
            let tag = self.u16()?;
            if tag & SECTION_CRITICAL != 0 {
                return Err(Problem::Unsupported(format!("has the section {tag:#06x}")));
            }
            self.counted(usize::MAX)?;
        }
        Ok(())
    }

    /// What was not taken.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Nothing may be left over.
    pub(crate) fn end(&self) -> Result<(), Problem> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err("has bytes after its end".into())
        }
    }
}

/// The hyphenated form of a 16-byte id, as file names carry it.
pub(crate) fn id_text(id: &[u8; 16]) -> String {
    uuid::Uuid::from_bytes(*id).hyphenated().to_string()
}

/// The inverse of [`id_text`]; `None` for any other spelling.
pub(crate) fn id_from_text(text: &str) -> Option<[u8; 16]> {
    let id = uuid::Uuid::try_parse(text).ok()?.into_bytes();
    (id_text(&id) == text).then_some(id)
}

/// Rounds up to a multiple of `unit`, a power of two.
pub(crate) fn round_up(value: usize, unit: usize) -> usize {
    (value + unit - 1) & !(unit - 1)
}
