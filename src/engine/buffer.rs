//! Large buffers that start on a page boundary.
//!
//! A copy of 16-256 KiB whose destination lies 16 bytes past its source modulo 4096 runs at a
//! tenth of its speed on some processors, and fresh large vectors lie exactly there.

/// A fixed-size buffer aligned to 4 KiB, zero at first. Untouched parts take no memory.
pub(crate) struct PageBuffer {
    bytes: Vec<u8>,
    start: usize,
    size: usize,
}

const PAGE: usize = 4096;

impl PageBuffer {
    pub(crate) fn new(size: usize) -> Self {
        let bytes = vec![0; size + PAGE];
        // Alignment is for speed only, so an unknown offset may count as zero.
        let start = Some(bytes.as_ptr().align_offset(PAGE))
            .filter(|o| *o < PAGE)
            .unwrap_or(0);
        Self { bytes, start, size }
    }

    /// Makes room for at least `size` bytes; what was in it may be lost.
    pub(crate) fn make_room(&mut self, size: usize) {
        if self.size < size {
            *self = Self::new(size);
        }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[self.start..self.start + self.size]
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.start + self.size]
    }
}
