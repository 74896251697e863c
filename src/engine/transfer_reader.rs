//! The feed of a transfer: the chunks of a point, but for those that the point before it holds at the
//! same place, whose copies are known.

use std::cell::Cell;

use crate::engine::Error;
use crate::engine::backup_reader::{Chunk, Work};
use crate::engine::blobs::{Scratch, Want};
use crate::engine::format::{ID_BYTES, ID_HOLE, KIND_DATA, PAGE_IDS};
use crate::engine::pack_check::is_damage;
use crate::engine::pipeline::Feed;
use crate::engine::point::{Page, Point, chunk_error};
use crate::engine::point_format::PointDisk;
use crate::engine::run::closed;
use crate::engine::transfer::Pair;

/// Hands out the chunks of a point that the point before it does not hold at the same place.
pub(crate) struct PointReader<'a> {
    pub(crate) point: &'a Point,
    pub(crate) before: Option<&'a Pair>,
    pub(crate) feed: Feed<'a>,
    pub(crate) scratch: Scratch,
    pub(crate) read: &'a Cell<u64>,
    /// Set when it is the source that could not be read.
    pub(crate) is_damaged: &'a Cell<bool>,
}

impl PointReader<'_> {
    /// Reads the whole point, once.
    pub(crate) fn read(&mut self) -> Result<(), Error> {
        let point = self.point;
        for (number, disk) in point.disks().iter().enumerate() {
            let same = |other: &PointDisk| (other.role, other.lun) == (disk.role, disk.lun);
            let pair = self.before.and_then(|pair| {
                let index = pair.old.disks().iter().position(same)?;
                Some((pair, index))
            });
            for page in 0..disk.pages.len() as u64 {
                self.feed.run.go_on()?;
                self.page(number, disk, page, pair)?;
            }
        }
        Ok(())
    }

    /// Damage of the source is told from damage of the copy.
    fn of_source<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if result.as_ref().is_err_and(is_damage) {
            self.is_damaged.set(true);
        }
        result
    }

    fn page(
        &mut self,
        number: usize,
        disk: &PointDisk,
        page: u64,
        pair: Option<(&Pair, usize)>,
    ) -> Result<(), Error> {
        let (_, length) = disk.page_range(page);
        let Some(ids) = self.of_source(self.point.page(number, page))? else {
            self.feed.run.observer.advance(length);
            return Ok(());
        };
        let mut known: (Option<Page>, Option<Page>) = (None, None);
        if let Some((pair, index)) = pair {
            let id = |point: &Point| {
                let disk = point.disks().get(index)?;
                disk.pages.get(page as usize).copied()
            };
            if let (Some(old), Some(new)) = (id(&pair.old), id(&pair.new))
                && disk.pages.get(page as usize) == Some(&old)
            {
                // Equal ids are equal bytes: the copy has the page already.
                self.feed
                    .pages
                    .iter()
                    .for_each(|pages| pages.set(number, page, new));
                self.feed.run.observer.advance(length);
                return Ok(());
            }
            let old = match pair.old.page(index, page) {
                // The damage of another point: what it would have spared is read.
                Err(error) if is_damage(&error) => None,
                other => other?,
            };
            known = (old, pair.new.page(index, page)?);
        }
        let at = |page: &Option<Page>, place: usize| page.as_ref()?.get(place).copied();
        for (place, id) in ids.iter().enumerate() {
            let chunk = page * PAGE_IDS + place as u64;
            if *id == ID_HOLE {
                self.feed.run.observer.advance(disk.chunk_len(chunk) as u64);
                continue;
            }
            let copy = at(&known.1, place).filter(|_| at(&known.0, place) == Some(*id));
            self.chunk(number, disk, chunk, id, copy)?;
        }
        self.feed.pages.iter().try_for_each(|pages| {
            let full = pages.close(number, page);
            full.map_or(Ok(()), |full| self.send(Work::Page(0, full)))
        })
    }

    fn chunk(
        &mut self,
        number: usize,
        disk: &PointDisk,
        chunk: u64,
        id: &[u8; ID_BYTES],
        copy: Option<[u8; ID_BYTES]>,
    ) -> Result<(), Error> {
        let len = disk.chunk_len(chunk);
        let ids = disk.page_ids(chunk / PAGE_IDS);
        for pages in &self.feed.pages {
            pages.await_chunk(number, chunk, ids);
        }
        if let Some(copy) = copy {
            for pages in &self.feed.pages {
                pages.put(number, chunk, &copy);
            }
            self.feed.run.observer.advance(len as u64);
            return Ok(());
        }
        self.feed.run.go_on()?;
        let mut buffer = self.feed.buffers.recv().map_err(closed)?;
        let want = [Want {
            id: *id,
            start: 0,
            len,
        }];
        let out = &mut buffer.as_mut_slice()[..len];
        let blobs = self.point.blobs();
        let fetched = blobs.fetch(KIND_DATA, &want, out, &mut self.scratch);
        let fetched = fetched.map_err(|(_, error)| chunk_error(disk, chunk, id, error));
        self.of_source(fetched)?;
        self.read.set(self.read.get() + len as u64);
        self.send(Work::Chunk(Chunk {
            disk: number,
            number: chunk,
            len,
            buffer,
        }))
    }

    fn send(&self, work: Work) -> Result<(), Error> {
        self.feed.work.send(work).map_err(closed)
    }
}
