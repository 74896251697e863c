//! A file written by a thread of its own, in few large writes from page-aligned buffers.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::engine::buffer::PageBuffer;
use crate::engine::files;

/// Bytes of one write.
const WRITE_BYTES: usize = 4 << 20;
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
    /// Appends to `file`.
    pub(crate) fn new(mut file: File) -> Self {
        let (full, filled) = bounded::<Filled>(BUFFERS);
        let (emptied, free) = bounded(BUFFERS);
        for _ in 0..BUFFERS {
            let _ = emptied.send(PageBuffer::new(WRITE_BYTES));
        }
        let thread = thread::spawn(move || {
            let mut written = file.stream_position()?;
            for Filled { buffer, used } in filled {
                file.write_all(&buffer.as_slice()[..used])?;
                let _ = emptied.send(buffer);
                files::start_writing(&file, written, used as u64);
                written += used as u64;
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
        self.send()?;
        self.join()
    }

    fn send(&mut self) -> io::Result<()> {
        let Some(filled) = self.current.take() else {
            return Ok(());
        };
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

impl Write for WriteBehind {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut filled = match self.current.take() {
            Some(filled) => filled,
            None => match self.free.recv() {
                Ok(buffer) => Filled { buffer, used: 0 },
                Err(_) => return self.join().and(Err(io::ErrorKind::BrokenPipe.into())),
            },
        };
        let room = &mut filled.buffer.as_mut_slice()[filled.used..];
        let count = room.len().min(bytes.len());
        room[..count].copy_from_slice(&bytes[..count]);
        filled.used += count;
        let is_full = filled.used == WRITE_BYTES;
        self.current = Some(filled);
        if is_full {
            self.send()?;
        }
        Ok(count)
    }

    /// Only [`WriteBehind::finish`] waits for the file.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
