//! Fills repositories: a feed of chunks → workers → a writing thread each.
//!
//! Channels are bounded and buffers recycled, so memory does not depend on the size of images.
//! Whoever fails says so first and then lets go of its channels; all others run into that.

use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::engine::Error;
use crate::engine::backup_reader::Work;
use crate::engine::backup_worker::{Target, Worker};
use crate::engine::buffer::PageBuffer;
use crate::engine::compress::Compressor;
use crate::engine::filling::Filling;
use crate::engine::format::PACK_BYTES_TARGET;
use crate::engine::pack_sink::{PackSink, SinkStats};
use crate::engine::pack_store::{PACKS_OPEN_MAX, PackStore};
use crate::engine::pack_writer::SaltSource;
use crate::engine::pages::PageTable;
use crate::engine::repository::Repository;
use crate::engine::run::{Run, workers};

/// Read buffers together take at most about this much.
const READ_BUFFERS_BYTES: usize = 32 << 20;
/// Pack buffers beyond the open packs: one being written, one waiting.
const PACKS_WAITING: usize = 2;

/// What whoever hands out chunks works with.
pub(crate) struct Feed<'a> {
    pub(crate) run: &'a Run<'a>,
    /// Of every repository that is filled.
    pub(crate) pages: Vec<&'a PageTable>,
    /// Empty buffers come from here …
    pub(crate) buffers: Receiver<PageBuffer>,
    /// … and go there, filled.
    pub(crate) work: Sender<Work>,
}

/// What all threads share.
pub(crate) struct Pipeline<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) fillings: &'a [Filling<'a>],
    /// The recovery point that comes of it.
    pub(crate) point: [u8; 16],
    /// zstd level.
    pub(crate) level: i32,
    pub(crate) chunk_bytes: usize,
}

impl Pipeline<'_> {
    /// Runs until everything that `feed` handed out is durable; errors are in `run`.
    pub(crate) fn run(
        &self,
        feed: &mut dyn FnMut(Feed<'_>) -> Result<(), Error>,
    ) -> Vec<Option<SinkStats>> {
        let open = PACKS_OPEN_MAX.min(workers());
        thread::scope(|scope| {
            let (mut stores, mut sinks) = (Vec::new(), Vec::new());
            for filling in self.fillings {
                let Repository { layout, keys, .. } = filling.repository;
                let (buffers_in, buffers_out) = filled(open + PACKS_WAITING, PACK_BYTES_TARGET);
                let (full_in, full_out) = bounded(PACKS_WAITING);
                let salts = SaltSource::new(self.point, filling.writer);
                stores.push(PackStore::new(
                    &keys.current,
                    salts,
                    open,
                    buffers_out,
                    full_in,
                ));
                let sink = PackSink::new(layout, keys, filling.writer, &filling.dedup);
                sinks.push(scope.spawn(move || {
                    let written = sink.run(self.run, &full_out, &buffers_in);
                    self.run.settle(written)
                }));
            }
            self.feed_and_seal(feed, &stores);
            for store in stores {
                // Also after a failure: dropping the store is what ends the writing thread.
                if self.run.stopped() {
                    drop(store);
                } else {
                    self.run.settle(store.finish());
                }
            }
            let join = |sink: thread::ScopedJoinHandle<'_, Option<SinkStats>>| {
                sink.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            sinks.into_iter().map(join).collect()
        })
    }

    /// Takes everything and seals what is new.
    fn feed_and_seal(
        &self,
        feed: &mut dyn FnMut(Feed<'_>) -> Result<(), Error>,
        stores: &[PackStore<'_>],
    ) {
        let workers = workers();
        let targets = self
            .fillings
            .iter()
            .zip(stores)
            .map(|(filling, packs)| Target {
                keys: &filling.repository.keys.current,
                dedup: &filling.dedup,
                packs,
                pages: &filling.pages,
                counts: &filling.counts,
            });
        let targets: Vec<_> = targets.collect();
        let buffers = (READ_BUFFERS_BYTES / self.chunk_bytes).clamp(workers + 2, workers * 4 + 2);
        let (buffers_in, buffers_out) = filled(buffers, self.chunk_bytes);
        // Pages travel beside chunks, hence twice.
        let (work_in, work_out) = bounded(buffers * 2);
        thread::scope(|scope| {
            for _ in 0..workers {
                let (work, buffers) = (work_out.clone(), buffers_in.clone());
                let targets = targets.as_slice();
                scope.spawn(move || self.run.settle(self.work(targets, &work, &buffers)));
            }
            drop((work_out, buffers_in));
            // This thread reads.
            self.run.settle(feed(Feed {
                run: self.run,
                pages: self.fillings.iter().map(|f| &f.pages).collect(),
                buffers: buffers_out,
                work: work_in,
            }));
        });
    }

    fn work(
        &self,
        targets: &[Target<'_>],
        work: &Receiver<Work>,
        buffers: &Sender<PageBuffer>,
    ) -> Result<(), Error> {
        let mut worker = Worker {
            run: self.run,
            targets,
            compressor: Compressor::new(self.level)?,
            work: work.clone(),
            buffers: buffers.clone(),
        };
        worker.work()
    }
}

/// A channel that starts with `count` empty buffers.
fn filled(count: usize, size: usize) -> (Sender<PageBuffer>, Receiver<PageBuffer>) {
    let (input, output) = bounded(count);
    for _ in 0..count {
        let _ = input.send(PageBuffer::new(size));
    }
    (input, output)
}
