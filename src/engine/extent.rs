//! Stretches of an image.

/// A stretch of an image that holds data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Where it starts, in bytes.
    pub offset: u64,
    /// How long it is, in bytes; never zero.
    pub len: u64,
}

impl Extent {
    /// Where it ends.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.offset + self.len
    }

    /// Appends a stretch that starts at or after the end of the last one; neighbours merge.
    pub(crate) fn push(extents: &mut Vec<Self>, offset: u64, len: u64) {
        match extents.last_mut() {
            Some(last) if last.end() == offset => last.len += len,
            _ if len == 0 => {}
            _ => extents.push(Self { offset, len }),
        }
    }
}
