//! Builds a pack in memory: blobs are sealed in place, the whole is written in one go.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::crypto::{Sealer, TAG_BYTES, hmac_sha256, keyless, random};
use crate::engine::Error;
use crate::engine::buffer::PageBuffer;
use crate::engine::bytes::round_up;
use crate::engine::format::{
    PACK_ALIGN, PACK_BLOBS_MAX, PACK_BYTES_TARGET, PACK_FOOTER_BYTES, PACK_HEADER_BYTES,
    PACK_RECORD_BYTES, SALT_BYTES,
};
use crate::engine::keys::RepositoryKeys;
use crate::engine::pack_format::{
    BlobRecord, PackFooter, PackHeader, footer_aad, index_aad, message_keys,
};

/// Gives the salts of one backup's packs.
pub(crate) struct SaltSource {
    point: [u8; 16],
    writer: [u8; 16],
    packs: AtomicU64,
    started: Instant,
}

impl SaltSource {
    pub(crate) fn new(point: [u8; 16], writer: [u8; 16]) -> Self {
        Self {
            point,
            writer,
            packs: AtomicU64::new(0),
            started: Instant::now(),
        }
    }

    /// salt = first 24 bytes of HMAC-SHA-256(K_salt, random(32) ‖ point ‖ writer ‖ be64(pack
    /// counter) ‖ be64(monotonic nanoseconds)).
    ///
    /// With a broken generator, or in a cloned machine, the other inputs still differ.
    fn next(&self, keys: &RepositoryKeys) -> Result<[u8; SALT_BYTES], Error> {
        let fresh = random::<32>().map_err(|e| Error::crypto("pack salt", e))?;
        let counter = self.packs.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let clock = (self.started.elapsed().as_nanos() as u64).to_be_bytes();
        let mac = hmac_sha256(
            &keys.salt,
            &[&fresh, &self.point, &self.writer, &counter, &clock],
        );
        let mut salt = [0; SALT_BYTES];
        salt.copy_from_slice(&mac[..SALT_BYTES]);
        Ok(salt)
    }
}

/// A pack that takes blobs. Not `Clone`; consumed by [`PackBuilder::finish`].
pub(crate) struct PackBuilder {
    header: PackHeader,
    sealer: Sealer,
    buffer: PageBuffer,
    used: usize,
    records: Vec<BlobRecord>,
}

/// A pack ready to be written.
pub(crate) struct SealedPack {
    pub(crate) salt: [u8; SALT_BYTES],
    pub(crate) hash: [u8; 32],
    pub(crate) buffer: PageBuffer,
    pub(crate) size: usize,
    pub(crate) records: Vec<BlobRecord>,
}

impl SealedPack {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer.as_slice()[..self.size]
    }
}

impl PackBuilder {
    /// `buffer` holds [`PACK_BYTES_TARGET`] bytes, of any content.
    pub(crate) fn create(
        keys: &RepositoryKeys,
        salts: &SaltSource,
        mut buffer: PageBuffer,
    ) -> Result<Self, Error> {
        let salt = salts.next(keys)?;
        let message_keys = message_keys(keys, &salt);
        let header = PackHeader {
            class: keys.class,
            epoch: keys.epoch,
            owner: keys.owner,
            domain: keys.domain,
            writer: salts.writer,
            salt,
            commitment: *message_keys.commitment(),
        };
        buffer.as_mut_slice()[..PACK_HEADER_BYTES].copy_from_slice(&header.encode());
        Ok(Self {
            header,
            sealer: Sealer::new(message_keys).map_err(|e| Error::crypto("pack", e))?,
            buffer,
            used: PACK_HEADER_BYTES,
            records: Vec::new(),
        })
    }

    /// True when a blob of `stored` bytes still fits, with the index and footer behind it.
    pub(crate) fn fits(&self, stored: usize) -> bool {
        let index = (self.records.len() + 1) * PACK_RECORD_BYTES + TAG_BYTES;
        let end = self.used + stored + TAG_BYTES + index + PACK_FOOTER_BYTES;
        self.records.len() < PACK_BLOBS_MAX && round_up(end, PACK_ALIGN) <= PACK_BYTES_TARGET
    }

    /// Seals a blob into the pack; it must fit.
    pub(crate) fn push(&mut self, record: BlobRecord, stored: &[u8]) -> Result<(), Error> {
        let Self {
            header,
            sealer,
            buffer,
            used,
            records,
        } = self;
        let aad = |number| record.aad(&header.owner, &header.salt, number);
        let number = seal_into(sealer, buffer, used, stored, aad)?;
        debug_assert_eq!(
            number,
            records.len() as u64,
            "message numbers are positions"
        );
        records.push(record);
        Ok(())
    }

    /// Adds index, padding and footer.
    pub(crate) fn finish(self) -> Result<SealedPack, Error> {
        let Self {
            header,
            sealer,
            mut buffer,
            mut used,
            records,
        } = self;
        let (blobs, before) = (records.len(), used);
        let mut index = Vec::with_capacity(blobs * PACK_RECORD_BYTES);
        for record in &records {
            record.encode(&mut index);
        }
        let encoded = header.encode();
        let aad = |_| index_aad(&encoded, blobs as u64, before as u64);
        seal_into(&sealer, &mut buffer, &mut used, &index, aad)?;

        let size = round_up(used + PACK_FOOTER_BYTES, PACK_ALIGN);
        let footer_start = size - PACK_FOOTER_BYTES;
        let footer = PackFooter {
            blobs: blobs as u32,
            index_offset: before as u32,
            index_len: (used - before) as u32,
            pack_bytes: size as u32,
            header,
        };
        let footer_bytes = footer.encode();
        buffer.as_mut_slice()[used..footer_start].fill(0);
        let end = &mut buffer.as_mut_slice()[footer_start..size];
        let (clear, tag) = end.split_at_mut(footer_bytes.len());
        clear.copy_from_slice(&footer_bytes);
        sealer
            .seal(&[], tag, |_| footer_aad(&footer_bytes))
            .map_err(|e| Error::crypto("pack footer", e))?;
        let hash = keyless(&buffer.as_slice()[..size]);
        Ok(SealedPack {
            salt: footer.header.salt,
            hash,
            buffer,
            size,
            records,
        })
    }
}

/// Seals a message to its place in the buffer, with the tag behind it.
fn seal_into(
    sealer: &Sealer,
    buffer: &mut PageBuffer,
    used: &mut usize,
    message: &[u8],
    aad: impl FnOnce(u64) -> Vec<u8>,
) -> Result<u64, Error> {
    let sealed = message.len() + TAG_BYTES;
    let place = &mut buffer.as_mut_slice()[*used..*used + sealed];
    let number = sealer.seal(message, place, aad);
    *used += sealed;
    number.map_err(|e| Error::crypto("pack", e))
}
