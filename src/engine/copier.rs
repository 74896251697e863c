//! Copies blobs out of packs into new ones: opened, checked against their ids, sealed anew.

use crate::engine::buffer::PageBuffer;
use crate::engine::compress::Decompressor;
use crate::engine::files::TempFile;
use crate::engine::format::{CODEC_ZSTD, PACK_BYTES_TARGET, SALT_BYTES};
use crate::engine::pack_reader::{Location, PackReader};
use crate::engine::pack_writer::{PackBuilder, SaltSource};
use crate::engine::repository::Repository;
use crate::engine::segment_writer::SegmentDraft;
use crate::engine::{Error, files};

/// Fills new packs with copies. Dropped halfway it leaves packs that nothing lists.
pub(crate) struct Copier<'a> {
    repository: &'a Repository,
    writer: [u8; 16],
    salts: SaltSource,
    open: Option<PackBuilder>,
    /// Chunk ids go by the domain: a pack is filled with blobs of one only.
    domain: [u8; 16],
    packs: u64,
    draft: SegmentDraft,
}

impl<'a> Copier<'a> {
    /// `writer` names the packs' temporary files and stands in their headers.
    pub(crate) fn new(repository: &'a Repository, writer: [u8; 16]) -> Self {
        Self {
            repository,
            writer,
            salts: SaltSource::new(writer, writer),
            open: None,
            domain: repository.keys.current.domain,
            packs: 0,
            draft: SegmentDraft::default(),
        }
    }

    /// Copies these blobs of one pack.
    pub(crate) fn copy(
        &mut self,
        salt: &[u8; SALT_BYTES],
        locations: &[Location],
    ) -> Result<(), Error> {
        if locations.is_empty() {
            return Ok(());
        }
        let Repository { layout, keys, .. } = self.repository;
        let path = layout.pack(salt);
        let pack = PackReader::open(layout, salt, keys)?;
        if *pack.domain() != self.domain {
            self.write()?;
            self.domain = *pack.domain();
        }
        let mut decompressor = Decompressor::new()?;
        let (mut sealed, mut plain) = (Vec::new(), Vec::new());
        for location in locations {
            sealed.resize(location.sealed_len(), 0);
            plain.resize(location.record.plain_len as usize, 0);
            pack.read(&path, u64::from(location.offset), &mut sealed)?;
            pack.open_blob(location, &mut sealed, &mut plain, &mut decompressor)?;
            // A compressed blob was opened in place: there it is as it was before it was sealed.
            let stored = match location.record.codec {
                CODEC_ZSTD => &sealed[..location.record.stored_len as usize],
                _ => &plain,
            };
            if self
                .open
                .as_ref()
                .is_some_and(|open| !open.fits(stored.len()))
            {
                self.write()?;
            }
            let open = match &mut self.open {
                Some(open) => open,
                empty => {
                    let buffer = PageBuffer::new(PACK_BYTES_TARGET);
                    let keys = keys.newest_in(&self.domain).unwrap_or(&keys.current);
                    empty.insert(PackBuilder::create(keys, &self.salts, buffer)?)
                }
            };
            open.push(location.record, stored)?;
        }
        Ok(())
    }

    /// Makes the rest durable; gives what an index segment has to say of the new packs.
    pub(crate) fn finish(mut self) -> Result<SegmentDraft, Error> {
        self.write()?;
        Ok(self.draft)
    }

    fn write(&mut self) -> Result<(), Error> {
        let Some(pack) = self.open.take() else {
            return Ok(());
        };
        let layout = &self.repository.layout;
        let sealed = pack.finish()?;
        self.packs += 1;
        let name = format!("copy-{}", self.packs);
        let mut temp = TempFile::create(layout.tmp_file(&self.writer, &name))?;
        let path = layout.pack(&sealed.salt);
        temp.write_all(&layout.seal_stored(&path, sealed.bytes())?)?;
        temp.sync()?;
        files::create_folder_durably(files::parent(&path))?;
        temp.name(&path)?;
        files::sync_folder(files::parent(&path))?;
        let size = sealed.size as u32;
        self.draft
            .add(sealed.salt, sealed.hash, size, &sealed.records);
        Ok(())
    }
}
