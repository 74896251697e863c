//! A file written by a thread of its own, in few large writes from page-aligned buffers.

use std::fs::File;
use std::io;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::crypto::Room;
use crate::engine::buffer::PageBuffer;
use crate::engine::files;

/// Bytes of one write.
const WRITE_BYTES: usize = 4 << 20;
/// Room behind them for what begins in one write and ends in the next.
const OVERHANG_BYTES: usize = 1 << 20;
/// One buffer being filled, one being written, one between them.
const BUFFERS: usize = 3;

struct Filled {
    buffer: PageBuffer,
    used: usize,
}

/// Takes bytes and writes them in order behind the caller's back.
pub(crate) struct WriteBehind {
    current: Option<Filled>,
    full: Option<Sender<Filled>>,
    free: Receiver<PageBuffer>,
    thread: Option<JoinHandle<io::Result<File>>>,
}

impl WriteBehind {
    /// Fills `file`, which is empty.
    pub(crate) fn new(file: File) -> Self {
        let (full, filled) = bounded::<Filled>(BUFFERS);
        let (emptied, free) = bounded(BUFFERS);
        for _ in 0..BUFFERS {
            let _ = emptied.send(PageBuffer::new(WRITE_BYTES + OVERHANG_BYTES));
        }
        let thread = thread::spawn(move || {
            let mut written = 0;
            for Filled { buffer, used } in filled {
                files::write_large(&file, &buffer.as_slice()[..used], written)?;
                written += used as u64;
                let _ = emptied.send(buffer);
            }
            Ok(file)
        });
        Self {
            current: None,
            full: Some(full),
            free,
            thread: Some(thread),
        }
    }

    /// Waits for the last write and gives the file back, not yet synced.
    pub(crate) fn finish(mut self) -> io::Result<File> {
        if let Some(filled) = self.current.take() {
            self.send(filled)?;
        }
        self.join()
    }

    fn empty(&mut self) -> io::Result<Filled> {
        match self.free.recv() {
            Ok(buffer) => Ok(Filled { buffer, used: 0 }),
            Err(_) => self.join().and(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn send(&mut self, filled: Filled) -> io::Result<()> {
        match self.full.as_ref().map(|full| full.send(filled)) {
            Some(Ok(())) => Ok(()),
            _ => self.join().and(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// Ends the thread; its error is the answer.
    fn join(&mut self) -> io::Result<File> {
        drop(self.full.take());
        let thread = self.thread.take().ok_or(io::ErrorKind::BrokenPipe)?;
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Room for WriteBehind {
    fn room(&mut self, bytes: usize) -> io::Result<&mut [u8]> {
        let mut filled = match self.current.take() {
            Some(filled) => filled,
            None => self.empty()?,
        };
        if filled.used >= WRITE_BYTES {
            // The next buffer begins with what hangs over, so that writes stay whole.
            let mut next = self.empty()?;
            next.used = filled.used - WRITE_BYTES;
            let over = &filled.buffer.as_slice()[WRITE_BYTES..filled.used];
            next.buffer.as_mut_slice()[..next.used].copy_from_slice(over);
            filled.used = WRITE_BYTES;
            self.send(filled)?;
            filled = next;
        }
        let start = filled.used;
        filled.used += bytes;
        let filled = self.current.insert(filled);
        filled
            .buffer
            .as_mut_slice()
            .get_mut(start..start + bytes)
            .ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}

impl Drop for WriteBehind {
    fn drop(&mut self) {
        drop(self.full.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
