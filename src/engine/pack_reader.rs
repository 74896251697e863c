//! Opens packs: single blobs for restores, whole indexes for rebuilding.

use std::path::Path;

use crate::crypto::{IdKey, Opener, ReadAt, TAG_BYTES, keyless};
use crate::engine::bytes::{Cursor, hex};
use crate::engine::compress::Decompressor;
use crate::engine::format::{
    CODEC_ZSTD, PACK_BYTES_MAX, PACK_FOOTER_BYTES, PACK_HEADER_BYTES, SALT_BYTES,
};
use crate::engine::keys::{KeySet, RepositoryKeys};
use crate::engine::layout::Layout;
use crate::engine::pack_format::{
    BlobRecord, PackFooter, PackHeader, footer_aad, index_aad, message_keys,
};
use crate::engine::stored::StoredFile;
use crate::engine::{Error, data_read};

/// Where a blob lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) salt: [u8; SALT_BYTES],
    pub(crate) offset: u32,
    pub(crate) number: u16,
    pub(crate) record: BlobRecord,
}

impl Location {
    /// Bytes of the sealed blob in the pack, with its tag.
    pub(crate) fn sealed_len(&self) -> usize {
        self.record.stored_len as usize + TAG_BYTES
    }
}

/// A pack whose header belongs to this repository.
pub(crate) struct PackReader {
    file: StoredFile,
    name: String,
    header: PackHeader,
    owner: [u8; 16],
    ids: IdKey,
    opener: Opener,
}

impl PackReader {
    /// Opens the pack of a salt and checks its key commitment.
    pub(crate) fn open(
        layout: &Layout,
        salt: &[u8; SALT_BYTES],
        keys: &KeySet,
    ) -> Result<Self, Error> {
        let (name, path) = (format!("pack {}", hex(salt)), layout.pack(salt));
        let file = match layout.open_stored(&path) {
            Err(Error::NotFound(_)) => return Err(Error::damaged(name, "is missing")),
            other => other?,
        };
        let mut bytes = [0; PACK_HEADER_BYTES];
        read_exact(&file, &mut bytes, 0, &path, &name)?;
        let header = PackHeader::decode(&bytes).map_err(|p| p.in_object(&name))?;
        let keys = owner_of(&header, salt, keys, &name)?;
        let opener = Opener::new(message_keys(keys, salt), &header.commitment, "the pack")
            .map_err(|e| Error::crypto(&name, e))?;
        Ok(Self {
            file,
            name,
            header,
            owner: keys.owner,
            ids: keys.id.clone(),
            opener,
        })
    }

    /// The run that wrote the pack, once the footer has proved what the header says.
    pub(crate) fn writer(&self, layout: &Layout) -> Result<[u8; 16], Error> {
        let path = layout.pack(&self.header.salt);
        let size = self.file.len(&path)?;
        let start = size.checked_sub(PACK_FOOTER_BYTES as u64);
        let start = start.ok_or_else(|| Error::damaged(&self.name, "is cut short"))?;
        let mut footer = [0; PACK_FOOTER_BYTES];
        self.read(&path, start, &mut footer)?;
        self.check_footer(&footer, size)?;
        Ok(self.header.writer)
    }

    /// Authenticates the footer of a pack of `size` bytes, and the header by it.
    fn check_footer(&self, footer: &[u8], size: u64) -> Result<PackFooter, Error> {
        let cut = || Error::damaged(&self.name, "is cut short");
        let (clear, tag) = footer.split_last_chunk::<TAG_BYTES>().ok_or_else(cut)?;
        let footer = PackFooter::decode(clear, size).map_err(|p| p.in_object(&self.name))?;
        let (number, aad) = (u64::from(footer.blobs) + 1, footer_aad(clear));
        self.opener
            .open(number, &aad, &mut tag.clone(), "the footer")
            .map_err(|e| Error::crypto(&self.name, e))?;
        if footer.header != self.header {
            let problem = "has a header that differs from its footer";
            return Err(Error::damaged(&self.name, problem));
        }
        Ok(footer)
    }

    /// The domain of the keys it is under.
    pub(crate) fn domain(&self) -> &[u8; 16] {
        &self.header.domain
    }

    /// Reads stored bytes; several neighbouring blobs at once are one read.
    pub(crate) fn read(&self, path: &Path, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        data_read::count(buf.len());
        read_exact(&self.file, buf, offset, path, &self.name)
    }

    /// Opens one sealed blob, in place when it is compressed; restores it into `plain`, which has
    /// its exact length; and checks that it has the id it is known by.
    pub(crate) fn open_blob(
        &self,
        location: &Location,
        sealed: &mut [u8],
        plain: &mut [u8],
        decompressor: &mut Decompressor,
    ) -> Result<(), Error> {
        let number = u64::from(location.number);
        let aad = location.record.aad(&self.owner, &location.salt, number);
        let bad = |e| Error::crypto(&self.name, e);
        if location.record.codec == CODEC_ZSTD {
            let body = self
                .opener
                .open(number, &aad, sealed, "the blob")
                .map_err(bad)?;
            decompressor
                .decompress(body, plain)
                .map_err(|problem| Error::damaged(&self.name, format!("a blob {problem}")))?;
        } else if sealed.len() == plain.len() + TAG_BYTES {
            self.opener
                .open_into(number, &aad, sealed, plain, "the blob")
                .map_err(bad)?;
        } else {
            return Err(Error::damaged(&self.name, "has a blob of another length"));
        }
        if self.ids.id(plain) != location.record.id {
            return Err(Error::damaged(
                &self.name,
                "has a blob whose content is not its id's",
            ));
        }
        Ok(())
    }
}

/// The keys a pack claims to be under, once its header fits its name and this repository.
fn owner_of<'a>(
    header: &PackHeader,
    salt: &[u8; SALT_BYTES],
    keys: &'a KeySet,
    name: &str,
) -> Result<&'a RepositoryKeys, Error> {
    let keys = keys
        .epoch(header.epoch)
        .ok_or_else(|| Error::damaged(name, "belongs to a key epoch that was not given"))?;
    let ours = header.owner == keys.owner
        && header.domain == keys.domain
        && header.class == keys.class
        && header.salt == *salt;
    if ours {
        Ok(keys)
    } else {
        Err(Error::damaged(name, "belongs elsewhere"))
    }
}

fn read_exact(
    file: &StoredFile,
    buf: &mut [u8],
    offset: u64,
    path: &Path,
    name: &str,
) -> Result<(), Error> {
    use std::io::ErrorKind;
    file.read_exact_at(buf, offset).map_err(|e| match e.kind() {
        ErrorKind::UnexpectedEof => Error::damaged(name, "is cut short"),
        ErrorKind::InvalidData => Error::damaged(name, e.to_string()),
        _ => Error::Io {
            action: "read",
            path: path.to_owned(),
            source: e,
        },
    })
}

/// Everything a pack says about itself, read and authenticated whole.
pub(crate) struct PackContents {
    pub(crate) hash: [u8; 32],
    pub(crate) size: u32,
    pub(crate) records: Vec<BlobRecord>,
}

/// Reads a whole pack: footer, header, padding and index are authenticated, blobs hashed only.
pub(crate) fn read_contents(
    layout: &Layout,
    salt: &[u8; SALT_BYTES],
    keys: &KeySet,
) -> Result<PackContents, Error> {
    let pack = PackReader::open(layout, salt, keys)?;
    let bytes = layout.read_stored(&layout.pack(salt), PACK_BYTES_MAX)?;
    data_read::count(bytes.len());
    let damaged = |problem: &'static str| Error::damaged(&pack.name, problem);
    let start = bytes
        .len()
        .checked_sub(PACK_FOOTER_BYTES)
        .ok_or_else(|| damaged("is cut short"))?;
    let (front, end) = bytes.split_at(start);
    let footer = pack.check_footer(end, bytes.len() as u64)?;
    let blobs = u64::from(footer.blobs);
    let index_start = footer.index_offset as usize;
    let index_end = index_start + footer.index_len as usize;
    let index = front
        .get(index_start..index_end)
        .ok_or_else(|| damaged("is cut short"))?;
    if front
        .get(index_end..)
        .is_none_or(|padding| padding.iter().any(|b| *b != 0))
    {
        return Err(damaged("has padding that is not zero"));
    }
    let mut index = index.to_vec();
    let aad = index_aad(&pack.header.encode(), blobs, u64::from(footer.index_offset));
    let body = pack
        .opener
        .open(blobs, &aad, &mut index, "the pack index")
        .map_err(|e| Error::crypto(&pack.name, e))?;
    let records = records(body, footer.blobs, index_start).map_err(|p| p.in_object(&pack.name))?;
    Ok(PackContents {
        hash: keyless(&bytes),
        size: footer.pack_bytes,
        records,
    })
}

/// The records of a pack index; together with their tags the blobs fill the pack up to it.
fn records(
    index: &[u8],
    blobs: u32,
    index_start: usize,
) -> Result<Vec<BlobRecord>, crate::engine::bytes::Problem> {
    let mut fields = Cursor::new(index);
    let mut records = Vec::new();
    let mut end = PACK_HEADER_BYTES;
    for _ in 0..blobs {
        let record = BlobRecord::decode(&mut fields)?;
        end += record.stored_len as usize + TAG_BYTES;
        records.push(record);
    }
    fields.end()?;
    if end != index_start {
        return Err("has blobs that do not fill it".into());
    }
    Ok(records)
}
