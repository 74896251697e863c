//! The reading thread of a backup: walks the images and hands out chunks that hold data.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender};

use crate::engine::Error;
use crate::engine::buffer::PageBuffer;
use crate::engine::format::PAGE_IDS;
use crate::engine::pages::{FullPage, PageTable};
use crate::engine::point_format::PointDisk;
use crate::engine::run::{Run, closed};
use crate::engine::source::{Source, is_zero};
use crate::engine::unchanged::{DiskOutcome, Look};

/// A chunk that holds data.
pub(crate) struct Chunk {
    pub(crate) disk: usize,
    pub(crate) number: u64,
    pub(crate) len: usize,
    pub(crate) buffer: PageBuffer,
}

impl Chunk {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer.as_slice()[..self.len]
    }
}

/// What a worker does next.
pub(crate) enum Work {
    Chunk(Chunk),
    /// A page of the repository with this number.
    Page(usize, FullPage),
}

/// What the reader found.
#[derive(Debug, Default)]
pub(crate) struct ReadCounts {
    pub(crate) bytes: AtomicU64,
    pub(crate) zero_chunks: AtomicU64,
    /// Of each disk, set once it was read.
    outcomes: Vec<OnceLock<DiskOutcome>>,
}

impl ReadCounts {
    /// Before anything was read.
    pub(crate) fn of(sources: &[Source]) -> Self {
        Self {
            outcomes: sources.iter().map(|_| OnceLock::new()).collect(),
            ..Self::default()
        }
    }

    /// How the content of each disk was had: what was not read was taken over.
    pub(crate) fn outcomes(&self) -> Vec<DiskOutcome> {
        let outcomes = self.outcomes.iter().map(|read| read.get().cloned());
        outcomes
            .map(|read| read.unwrap_or_else(DiskOutcome::taken_over))
            .collect()
    }
}

/// Reads images in order; everything it is given to work with.
pub(crate) struct Reader<'a> {
    pub(crate) run: &'a Run<'a>,
    /// Of every repository that is filled.
    pub(crate) pages: Vec<&'a PageTable>,
    pub(crate) counts: &'a ReadCounts,
    /// Images that need not be read.
    pub(crate) reused: &'a [Option<PointDisk>],
    pub(crate) chunk_bytes: u64,
    /// Empty buffers come from here …
    pub(crate) buffers: Receiver<PageBuffer>,
    /// … and go there, filled.
    pub(crate) work: Sender<Work>,
    /// The buffer of a zero chunk, for the next one.
    pub(crate) spare: Option<PageBuffer>,
}

impl Reader<'_> {
    /// Reads all images that have to be read, once.
    pub(crate) fn read(&mut self, sources: &[Source]) -> Result<(), Error> {
        for (disk, source) in sources.iter().enumerate() {
            if self.reused.get(disk).is_some_and(Option::is_some) {
                self.run.observer.advance(source.size());
                continue;
            }
            let look = Look::start(source);
            self.read_disk(disk, source)?;
            source.check_unchanged()?;
            if let Some(outcome) = self.counts.outcomes.get(disk) {
                let _ = outcome.set(look.end(source));
            }
        }
        Ok(())
    }

    fn read_disk(&mut self, disk: usize, source: &Source) -> Result<(), Error> {
        let (mut next, mut page) = (0, 0);
        while let Some((start, end)) = source.next_data(next * self.chunk_bytes)? {
            let first = (start / self.chunk_bytes).max(next);
            self.skipped(source, next, first);
            next = end.div_ceil(self.chunk_bytes);
            for number in first..next {
                if number / PAGE_IDS != page {
                    self.close(disk, page)?;
                    page = number / PAGE_IDS;
                }
                self.read_chunk(disk, source, number)?;
            }
        }
        self.skipped(source, next, source.size().div_ceil(self.chunk_bytes));
        self.close(disk, page)
    }

    fn read_chunk(&mut self, disk: usize, source: &Source, number: u64) -> Result<(), Error> {
        self.run.go_on()?;
        let offset = number * self.chunk_bytes;
        let len = (source.size() - offset).min(self.chunk_bytes) as usize;
        let mut buffer = match self.spare.take() {
            Some(spare) => spare,
            None => self.buffers.recv().map_err(closed)?,
        };
        let bytes = &mut buffer.as_mut_slice()[..len];
        source.read(offset, bytes)?;
        self.counts.bytes.fetch_add(len as u64, Ordering::Relaxed);
        if is_zero(bytes) {
            self.counts.zero_chunks.fetch_add(1, Ordering::Relaxed);
            self.run.observer.advance(len as u64);
            self.spare = Some(buffer);
            return Ok(());
        }
        let ids = source.size().div_ceil(self.chunk_bytes) - number / PAGE_IDS * PAGE_IDS;
        for pages in &self.pages {
            pages.await_chunk(disk, number, ids.min(PAGE_IDS));
        }
        self.work
            .send(Work::Chunk(Chunk {
                disk,
                number,
                len,
                buffer,
            }))
            .map_err(closed)
    }

    fn close(&self, disk: usize, page: u64) -> Result<(), Error> {
        for (number, pages) in self.pages.iter().enumerate() {
            if let Some(full) = pages.close(disk, page) {
                self.work.send(Work::Page(number, full)).map_err(closed)?;
            }
        }
        Ok(())
    }

    /// Reports chunks from `from` to before `to` as done: they are a hole.
    fn skipped(&self, source: &Source, from: u64, to: u64) {
        let end = (to * self.chunk_bytes).min(source.size());
        self.run
            .observer
            .advance(end.saturating_sub(from * self.chunk_bytes));
    }
}
