//! Reads managed disks: any byte of them, or all of one into a raw image.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::crypto::{Secret, StreamReader};
use crate::engine::buffer::PageBuffer;
use crate::engine::bytes::{Cursor, Problem, id_text};
use crate::engine::error::AtPath;
use crate::engine::format::{DISK_HEADER_BYTES, IMAGE_BYTES_MAX, MAGIC_DISK};
use crate::engine::managed_disk::{Part, disk_folder};
use crate::engine::raw_image::RawImage;
use crate::engine::run::{Run, closed};
use crate::engine::{Error, Extent, Observer, data_read, files};

/// Bytes opened and written at once.
const COPY_BYTES: usize = 4 << 20;
/// One buffer being filled, one being written, one between them.
const COPY_BUFFERS: usize = 3;
/// Extents read from the map at once: 64 KiB.
const MAP_READ: u64 = 4096;

/// An extent and where its bytes start in the data stream.
#[derive(Debug, Clone, Copy)]
struct Placed {
    extent: Extent,
    start: u64,
}

/// An opened managed disk.
pub struct DiskReader {
    size: u64,
    extents: Vec<Placed>,
    data: StreamReader<File>,
    object: String,
}

impl DiskReader {
    /// Opens the disk `id` in `dir`.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Damaged`] (also under a wrong key), or I/O.
    pub fn open(dir: &Path, id: &[u8; 16], dek: &Secret<32>) -> Result<Self, Error> {
        let folder = disk_folder(dir, id);
        if !folder.is_dir() {
            return Err(Error::NotFound(format!("managed disk {}", id_text(id))));
        }
        let map = open_part(&folder, Part::Map, id, dek)?;
        let object = folder.join(Part::Map.name()).display().to_string();
        let (size, extents) = read_map(&map, &object)?;
        let data = open_part(&folder, Part::Data, id, dek)?;
        let object = folder.join(Part::Data.name()).display().to_string();
        let stored = extents
            .last()
            .map_or(0, |last| last.start + last.extent.len);
        if stored != data.len() {
            return Err(Error::damaged(object, "does not hold what its map lists"));
        }
        Ok(Self {
            size,
            extents,
            data,
            object,
        })
    }

    /// Bytes of the image.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The stretches that hold data, in order.
    pub fn extents(&self) -> impl Iterator<Item = Extent> + '_ {
        self.extents.iter().map(|placed| placed.extent)
    }

    /// Fills `buf` from `offset`; holes are zero.
    ///
    /// # Errors
    /// [`Error::Invalid`] past the end, [`Error::Damaged`], or I/O.
    pub fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        let end = offset
            .checked_add(buf.len() as u64)
            .filter(|end| *end <= self.size);
        let Some(end) = end else {
            return Err(Error::Invalid(format!("the disk ends at {}", self.size)));
        };
        buf.fill(0);
        let first = self
            .extents
            .partition_point(|placed| placed.extent.end() <= offset);
        let touched = self.extents[first..]
            .iter()
            .take_while(|p| p.extent.offset < end);
        for Placed { extent, start } in touched {
            let from = extent.offset.max(offset);
            let to = extent.end().min(end);
            let place = &mut buf[(from - offset) as usize..(to - offset) as usize];
            self.read_data(start + (from - extent.offset), place)?;
        }
        Ok(())
    }

    /// Writes the disk as a sparse raw image to `path`.
    ///
    /// The image is built as `.<name>.rsv-partial` beside it, synced and renamed.
    ///
    /// # Errors
    /// [`Error::Exists`] unless `overwrite`, [`Error::Busy`] while another copy to the same name
    /// runs, [`Error::Cancelled`], [`Error::Damaged`], or I/O.
    pub fn copy_to(
        &self,
        path: &Path,
        observer: &dyn Observer,
        overwrite: bool,
    ) -> Result<(), Error> {
        let image = RawImage::create(path, self.size, overwrite)?;
        let run = Run::new(observer);
        observer.total(self.size);
        let (free_in, free_out) = bounded(COPY_BUFFERS);
        for _ in 0..COPY_BUFFERS {
            let _ = free_in.send(PageBuffer::new(COPY_BYTES));
        }
        let (full_in, full_out) = bounded(COPY_BUFFERS);
        thread::scope(|scope| {
            let run = &run;
            scope.spawn(move || {
                run.settle(self.open_pieces(run, &free_out, &full_in));
            });
            run.settle(self.write_pieces(run, &image, &full_out, &free_in));
            drop((full_out, free_in));
        });
        run.finish()?;
        image.finish()
    }

    fn open_pieces(
        &self,
        run: &Run<'_>,
        free: &Receiver<PageBuffer>,
        full: &Sender<Piece>,
    ) -> Result<(), Error> {
        for (number, Placed { extent, start }) in self.extents.iter().enumerate() {
            let mut done = 0;
            while done < extent.len {
                run.go_on()?;
                let len = (extent.len - done).min(COPY_BYTES as u64) as usize;
                let mut buffer = free.recv().map_err(closed)?;
                self.read_data(start + done, &mut buffer.as_mut_slice()[..len])?;
                let opens = (done == 0).then_some(number);
                let offset = extent.offset + done;
                full.send(Piece {
                    offset,
                    len,
                    opens,
                    buffer,
                })
                .map_err(closed)?;
                done += len as u64;
            }
        }
        Ok(())
    }

    fn write_pieces(
        &self,
        run: &Run<'_>,
        image: &RawImage,
        full: &Receiver<Piece>,
        free: &Sender<PageBuffer>,
    ) -> Result<(), Error> {
        let mut position = 0;
        for Piece {
            offset,
            len,
            opens,
            buffer,
        } in full
        {
            if let Some(placed) = opens.and_then(|number| self.extents.get(number)) {
                image.reserve(placed.extent.offset, placed.extent.len);
            }
            image.write(offset, &buffer.as_slice()[..len])?;
            let end = offset + len as u64;
            run.observer.advance(end - position);
            position = end;
            let _ = free.send(buffer);
        }
        if !run.stopped() {
            run.observer.advance(self.size - position);
        }
        Ok(())
    }

    fn read_data(&self, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        data_read::count(buf.len());
        self.data
            .read_at(offset, buf)
            .map_err(|e| Error::crypto(&self.object, e))
    }
}

/// A part of an extent on its way into the image.
struct Piece {
    offset: u64,
    len: usize,
    /// The extent this is the first piece of.
    opens: Option<usize>,
    buffer: PageBuffer,
}

fn open_part(
    folder: &Path,
    part: Part,
    id: &[u8; 16],
    dek: &Secret<32>,
) -> Result<StreamReader<File>, Error> {
    let path = folder.join(part.name());
    let object = path.display().to_string();
    let file = match files::open(&path) {
        Err(Error::NotFound(_)) => return Err(Error::damaged(object, "is missing")),
        other => other?,
    };
    let mut header = [0; DISK_HEADER_BYTES];
    match file.read_exact_at(&mut header, 0) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
            return Err(Error::damaged(object, "is cut short"));
        }
        other => other.at("read", &path)?,
    }
    check_header(&header, part, id).map_err(|p| p.in_object(&object))?;
    let size = file.metadata().at("read", &path)?.len();
    let start = DISK_HEADER_BYTES as u64;
    let sealed = size.saturating_sub(start);
    let (key, context) = (part.key(dek), part.context(id));
    StreamReader::open(file, start, sealed, &key, &context, "the disk")
        .map_err(|e| Error::crypto(object, e))
}

fn check_header(header: &[u8], part: Part, id: &[u8; 16]) -> Result<(), Problem> {
    let mut fields = Cursor::new(header);
    fields.start(MAGIC_DISK, part.type_byte())?;
    fields.zeros(6)?;
    if fields.array::<16>()? == *id {
        Ok(())
    } else {
        Err("belongs to another disk".into())
    }
}

/// Reads the extent map: sorted, apart, within the image.
fn read_map(map: &StreamReader<File>, object: &str) -> Result<(u64, Vec<Placed>), Error> {
    let bad = || Error::damaged(object, "lists extents that cannot be");
    let read = |offset, buf: &mut [u8]| {
        map.read_at(offset, buf)
            .map_err(|e| Error::crypto(object, e))
    };
    let mut front = [0; 16];
    read(0, &mut front)?;
    let mut fields = Cursor::new(&front);
    let size = fields.u64().map_err(|p| p.in_object(object))?;
    let count = fields.u64().map_err(|p| p.in_object(object))?;
    let expected = count.checked_mul(16).and_then(|len| len.checked_add(16));
    if size > IMAGE_BYTES_MAX || expected != Some(map.len()) {
        return Err(bad());
    }
    let (mut extents, mut start, mut end) = (Vec::new(), 0, None);
    for first in (0..count).step_by(MAP_READ as usize) {
        let mut bytes = vec![0; (count - first).min(MAP_READ) as usize * 16];
        read(16 + first * 16, &mut bytes)?;
        for pair in bytes.as_chunks::<16>().0 {
            let mut fields = Cursor::new(pair);
            let offset = fields.u64().map_err(|p| p.in_object(object))?;
            let len = fields.u64().map_err(|p| p.in_object(object))?;
            let apart = end.is_none_or(|end| offset > end);
            end = offset
                .checked_add(len)
                .filter(|end| len > 0 && apart && *end <= size);
            if end.is_none() {
                return Err(bad());
            }
            extents.push(Placed {
                extent: Extent { offset, len },
                start,
            });
            start += len;
        }
    }
    Ok((size, extents))
}
