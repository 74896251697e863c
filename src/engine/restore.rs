//! Streams a disk out of a recovery point: planned ahead, fetched in parallel, given in order.

use std::collections::BTreeMap;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::engine::blobs::{Scratch, Want};
use crate::engine::buffer::PageBuffer;
use crate::engine::format::{ID_BYTES, ID_HOLE, KIND_DATA, PAGE_IDS};
use crate::engine::point::{Point, chunk_error};
use crate::engine::point_format::PointDisk;
use crate::engine::run::{Run, closed, workers};
use crate::engine::salvage::{Missing, Salvage, is_damage};
use crate::engine::{Error, Observer};

/// Neighbouring chunks fetched and given at once: 4 MiB, or one chunk.
const BATCH_BYTES: usize = 4 << 20;

/// Takes data of a disk: its offset in the image, and the bytes.
pub type Sink<'a> = dyn FnMut(u64, &[u8]) -> Result<(), Error> + 'a;

/// Neighbouring chunks of an image that hold data.
struct Batch {
    order: u64,
    first: u64,
    len: usize,
    ids: Vec<[u8; ID_BYTES]>,
    buffer: PageBuffer,
    /// Places of chunks that could not be read back.
    lost: Vec<usize>,
}

impl Point {
    /// Gives the data of a disk to `sink`, in order.
    ///
    /// Holes are left out. `sink` runs on the calling thread.
    ///
    /// # Errors
    /// [`Error::Damaged`] naming disk, offset, chunk and pack; [`Error::Cancelled`]; I/O; and
    /// whatever `sink` fails with.
    pub fn stream(
        &self,
        disk: usize,
        observer: &dyn Observer,
        sink: &mut Sink<'_>,
    ) -> Result<(), Error> {
        self.stream_past(disk, observer, sink, None)
    }

    /// As [`Self::stream`], but goes on past damage and lists what is missing.
    ///
    /// # Errors
    /// As [`Self::stream`], but for damage to chunks and pages.
    pub fn salvage(
        &self,
        disk: usize,
        observer: &dyn Observer,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<Missing>, Error> {
        let salvage = Salvage::default();
        self.stream_past(disk, observer, sink, Some(&salvage))?;
        Ok(salvage.into_list())
    }

    fn stream_past(
        &self,
        disk: usize,
        observer: &dyn Observer,
        sink: &mut Sink<'_>,
        salvage: Option<&Salvage>,
    ) -> Result<(), Error> {
        let info = self.disk(disk)?;
        let run = Run::new(observer);
        observer.total(info.size);
        let workers = workers();
        let buffers = workers * 2 + 2;
        let (free_in, free_out) = bounded(buffers);
        for _ in 0..buffers {
            let _ = free_in.send(PageBuffer::new(BATCH_BYTES));
        }
        let (plan_in, plan_out) = bounded(buffers);
        let (done_in, done_out) = bounded(buffers);
        thread::scope(|scope| {
            let run = &run;
            scope.spawn(move || {
                run.settle(self.plan(disk, run, &free_out, &plan_in, salvage));
            });
            for _ in 0..workers {
                let (plan, done) = (plan_out.clone(), done_in.clone());
                scope.spawn(move || run.settle(self.fetch(info, run, &plan, &done, salvage)));
            }
            drop((plan_out, done_in));
            run.settle(deliver(info, run, &done_out, &free_in, sink));
            // Whoever still waits for these two stops waiting.
            drop((done_out, free_in));
        });
        run.finish()
    }

    /// Cuts the disk into batches. An image's next batch always has a buffer: they are handed
    /// out in order, so what is awaited first was given one first.
    fn plan(
        &self,
        disk: usize,
        run: &Run<'_>,
        free: &Receiver<PageBuffer>,
        plan: &Sender<Batch>,
        salvage: Option<&Salvage>,
    ) -> Result<(), Error> {
        let info = self.disk(disk)?;
        let most = (BATCH_BYTES >> info.chunk_log2).max(1);
        let (mut order, mut first, mut ids) = (0, 0, Vec::new());
        let mut send = |first: u64, ids: &mut Vec<[u8; ID_BYTES]>| {
            if ids.is_empty() {
                return Ok(());
            }
            run.go_on()?;
            let ids = std::mem::take(ids);
            let last = first + ids.len() as u64 - 1;
            let len = ((last - first) << info.chunk_log2) as usize + info.chunk_len(last);
            let buffer = free.recv().map_err(closed)?;
            order += 1;
            plan.send(Batch {
                order: order - 1,
                first,
                len,
                ids,
                buffer,
                lost: Vec::new(),
            })
            .map_err(closed)
        };
        for page in 0..info.pages.len() as u64 {
            let page_ids = match (self.page(disk, page), salvage) {
                (Err(error), Some(salvage)) => {
                    let (offset, length) = info.page_range(page);
                    salvage.note(offset, length, error)?;
                    continue;
                }
                (page_ids, _) => page_ids?,
            };
            let Some(page_ids) = page_ids else {
                continue;
            };
            for (number, id) in (page * PAGE_IDS..).zip(page_ids.iter()) {
                if *id == ID_HOLE {
                    continue;
                }
                if ids.len() >= most || first + ids.len() as u64 != number {
                    send(first, &mut ids)?;
                    first = number;
                }
                ids.push(*id);
            }
        }
        send(first, &mut ids)
    }

    fn fetch(
        &self,
        info: &PointDisk,
        run: &Run<'_>,
        plan: &Receiver<Batch>,
        done: &Sender<Batch>,
        salvage: Option<&Salvage>,
    ) -> Result<(), Error> {
        let mut scratch = Scratch::new()?;
        for mut batch in plan {
            if run.stopped() {
                return Err(Error::Cancelled);
            }
            let want = |(place, id): (usize, &[u8; ID_BYTES])| Want {
                id: *id,
                start: place << info.chunk_log2,
                len: info.chunk_len(batch.first + place as u64),
            };
            let wants: Vec<Want> = batch.ids.iter().enumerate().map(want).collect();
            let out = &mut batch.buffer.as_mut_slice()[..batch.len];
            let fetched = self.blobs().fetch(KIND_DATA, &wants, out, &mut scratch);
            match (fetched, salvage) {
                (Err((_, error)), Some(salvage)) if is_damage(&error) => {
                    batch.lost =
                        self.fetch_singly(info, &mut batch, &wants, &mut scratch, salvage)?;
                }
                (fetched, _) => fetched.map_err(|(place, error)| {
                    let id = wants.get(place).map_or(ID_HOLE, |want| want.id);
                    chunk_error(info, batch.first + place as u64, &id, error)
                })?,
            }
            done.send(batch).map_err(closed)?;
        }
        Ok(())
    }
}

impl Point {
    /// Fetches the chunks of a batch one by one into its buffer, and gives the places of those
    /// that are lost.
    fn fetch_singly(
        &self,
        info: &PointDisk,
        batch: &mut Batch,
        wants: &[Want],
        scratch: &mut Scratch,
        salvage: &Salvage,
    ) -> Result<Vec<usize>, Error> {
        let mut lost = Vec::new();
        let out = &mut batch.buffer.as_mut_slice()[..batch.len];
        for (place, want) in wants.iter().enumerate() {
            let one = std::slice::from_ref(want);
            if let Err((_, error)) = self.blobs().fetch(KIND_DATA, one, out, scratch) {
                let number = batch.first + place as u64;
                let error = chunk_error(info, number, &want.id, error);
                salvage.note(number << info.chunk_log2, want.len as u64, error)?;
                lost.push(place);
            }
        }
        Ok(lost)
    }
}

impl Batch {
    /// Gives the batch to the sink, without the chunks that are lost.
    fn give(&self, info: &PointDisk, sink: &mut Sink<'_>) -> Result<(), Error> {
        let offset = self.first << info.chunk_log2;
        let bytes = &self.buffer.as_slice()[..self.len];
        let mut start = 0;
        for place in &self.lost {
            let from = place << info.chunk_log2;
            if start < from {
                sink(offset + start as u64, &bytes[start..from])?;
            }
            start = from + info.chunk_len(self.first + *place as u64);
        }
        if start < self.len {
            sink(offset + start as u64, &bytes[start..])?;
        }
        Ok(())
    }
}

/// Puts batches back into order and gives them to the sink.
fn deliver(
    info: &PointDisk,
    run: &Run<'_>,
    done: &Receiver<Batch>,
    free: &Sender<PageBuffer>,
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    let mut early: BTreeMap<u64, Batch> = BTreeMap::new();
    let (mut next, mut position) = (0, 0);
    for batch in done {
        early.insert(batch.order, batch);
        while let Some(batch) = early.remove(&next) {
            run.go_on()?;
            let offset = batch.first << info.chunk_log2;
            batch.give(info, sink)?;
            let end = offset + batch.len as u64;
            run.observer.advance(end - position);
            position = end;
            next += 1;
            // The planner is gone once everything is planned.
            let _ = free.send(batch.buffer);
        }
    }
    if !run.stopped() {
        run.observer.advance(info.size - position);
    }
    Ok(())
}
