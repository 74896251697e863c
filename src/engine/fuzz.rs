//! Entries for fuzzing: the parsers of stored bytes, behind their seals. Where a seal stands
//! before a parser, the bytes are sealed here under a known key, so that they reach it.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::crypto::{Secret, seal};
use crate::engine::bytes::Cursor;
use crate::engine::compress::Decompressor;
use crate::engine::config::{self, RepositoryConfig};
use crate::engine::format::PACK_FOOTER_BYTES;
use crate::engine::keys::{KeySet, RepositoryKeys};
use crate::engine::pack_format::{BlobRecord, PackFooter, PackHeader};
use crate::engine::point_format::{PointHeader, decode_body, encode_body};
use crate::engine::segment::Segment;
use crate::engine::segment_cache::SegmentCache;
use crate::engine::segment_format::{SegmentHeader, SegmentName};
use crate::engine::stored::StoredFile;

/// Most bytes a blob is decompressed to here.
const PLAIN_MAX: usize = 1 << 16;

/// The keys everything is sealed under.
fn keys() -> KeySet {
    let dek = Secret::take(&mut [0x5A; 32]);
    KeySet::new(RepositoryKeys::derive(&dek, [1; 16], 1, 0, [2; 16]))
}

/// A pack's header and footer.
pub(crate) fn pack_ends(data: &[u8]) {
    if let Ok(header) = PackHeader::decode(data) {
        assert_eq!(header.encode(), data, "one spelling");
    }
    let size = data.len().max(PACK_FOOTER_BYTES) as u64;
    if let Ok(footer) = PackFooter::decode(data, size) {
        assert_eq!(footer.encode(), data, "one spelling");
    }
}

/// A pack's own index.
pub(crate) fn pack_index(data: &[u8]) {
    let mut fields = Cursor::new(data);
    while let Ok(record) = BlobRecord::decode(&mut fields) {
        let mut out = Vec::new();
        record.encode(&mut out);
        let end = data.len() - fields.rest().len();
        assert_eq!(out, data[end - out.len()..end], "one spelling");
    }
}

/// A file that nobody else sees.
fn nameless_file() -> std::io::Result<File> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("rsv-fuzz-{}-{number}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut options = File::options();
    let file = options
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}

/// An index segment whose sealed tables are these bytes.
pub(crate) fn index_segment(data: &[u8]) {
    let (keys, name) = (
        keys(),
        SegmentName {
            generation: 1,
            writer: [3; 16],
        },
    );
    let header = SegmentHeader::new(&keys.current, name, Vec::new());
    let Ok(sealed) = seal(&keys.current.stream, &header.context(), data) else {
        return;
    };
    let Ok(mut file) = nameless_file() else {
        return;
    };
    let bytes = [header.encode(), sealed].concat();
    if file.write_all(&bytes).is_err() {
        return;
    }
    let Ok(segment) = Segment::read(StoredFile::Plain(file), Path::new("segment"), name, &keys)
    else {
        return;
    };
    let cache = SegmentCache::new();
    let id = data.first_chunk().copied().unwrap_or([0; 32]);
    let found = segment.find(&id, &cache);
    if let Ok(Some(entry)) = found {
        let _ = segment.pack(entry.pack, &cache);
    }
    let _ = segment.entries_from(0, 100);
}

/// A recovery point's file.
pub(crate) fn point_header(data: &[u8]) {
    if let Ok((header, body)) = PointHeader::decode(data) {
        let front = &data[..data.len() - body.len()];
        assert_eq!(header.encode(), front, "one spelling");
    }
}

/// A recovery point's opened body.
pub(crate) fn point_body(data: &[u8]) {
    let Ok(disks) = decode_body(data) else {
        return;
    };
    for disk in &disks {
        for page in 0..disk.pages.len() as u64 {
            let (offset, length) = disk.page_range(page);
            assert!(offset + length <= disk.size, "a page is within its image");
        }
    }
    let again = encode_body(&disks);
    assert!(decode_body(&again).is_ok_and(|same| same == disks));
}

/// A repository's configuration, its MAC made right.
pub(crate) fn repository_config(data: &[u8]) {
    let keys = keys();
    let _ = RepositoryConfig::decode(data, &keys);
    let right = [data, &config::mac(&keys, data)].concat();
    if let Ok(found) = RepositoryConfig::decode(&right, &keys) {
        let _ = found.encode(&keys);
    }
}

/// A compressed blob; the first two bytes are the length it should have.
pub(crate) fn zstd_blob(data: &[u8]) {
    let (Some((len, stored)), Ok(mut inner)) = (data.split_first_chunk(), Decompressor::new())
    else {
        return;
    };
    let len = usize::from(u16::from_be_bytes(*len)).min(PLAIN_MAX);
    let mut plain = vec![0; len];
    let _ = inner.decompress(stored, &mut plain);
}
