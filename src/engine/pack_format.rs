//! The bytes of a pack: header, blobs, encrypted index, zero padding, authenticated footer.

use crate::crypto::{MessageKeys, canonical};
use crate::engine::bytes::{Cursor, Problem};
use crate::engine::format::{
    AEAD_AES_256_GCM, BLOB_PLAIN_MAX, CHUNKER_FIXED, CODEC_RAW, CODEC_SET_ZSTD, CODEC_ZSTD,
    HASH_BLAKE3_KEYED, ID_BYTES, KDF_HKDF_EXPAND_SHA_512, KIND_DATA, KIND_PAGE, MAGIC_PACK,
    MAGIC_PACK_END, PACK_BLOBS_MAX, PACK_BYTES_MAX, PACK_FOOTER_BYTES, PACK_HEADER_BYTES,
    SALT_BYTES, TYPE_PACK, TYPE_PACK_END, VERSION,
};
use crate::engine::keys::RepositoryKeys;

/// The clear start of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackHeader {
    pub(crate) class: u8,
    pub(crate) epoch: u32,
    pub(crate) owner: [u8; 16],
    pub(crate) domain: [u8; 16],
    pub(crate) writer: [u8; 16],
    pub(crate) salt: [u8; SALT_BYTES],
    pub(crate) commitment: [u8; 32],
}

impl PackHeader {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC_PACK.to_vec();
        out.extend_from_slice(&[
            TYPE_PACK,
            VERSION,
            HASH_BLAKE3_KEYED,
            CODEC_SET_ZSTD,
            CHUNKER_FIXED,
            AEAD_AES_256_GCM,
            KDF_HKDF_EXPAND_SHA_512,
            self.class,
        ]);
        out.extend_from_slice(&self.epoch.to_be_bytes());
        for id in [&self.owner, &self.domain, &self.writer] {
            out.extend_from_slice(id);
        }
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(&self.commitment);
        debug_assert_eq!(out.len(), PACK_HEADER_BYTES);
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Problem> {
        let mut fields = Cursor::new(bytes);
        fields.start(MAGIC_PACK, TYPE_PACK)?;
        fields.only(HASH_BLAKE3_KEYED, "chunk hash")?;
        fields.only(CODEC_SET_ZSTD, "codec set")?;
        fields.only(CHUNKER_FIXED, "chunker")?;
        fields.only(AEAD_AES_256_GCM, "cipher")?;
        fields.only(KDF_HKDF_EXPAND_SHA_512, "key derivation")?;
        let header = Self {
            class: fields.u8()?,
            epoch: fields.u32()?,
            owner: fields.array()?,
            domain: fields.array()?,
            writer: fields.array()?,
            salt: fields.array()?,
            commitment: fields.array()?,
        };
        fields.end()?;
        Ok(header)
    }
}

/// key ‖ base nonce ‖ commitment = HKDF-Expand-SHA-512(K_pack,
/// canonical("rsv/v1/pack+AEAD_AES_256_GCM", salt, owner, domain, class, be32(epoch))).
pub(crate) fn message_keys(keys: &RepositoryKeys, salt: &[u8; SALT_BYTES]) -> MessageKeys {
    let info = canonical(&[
        b"rsv/v1/pack+AEAD_AES_256_GCM",
        salt,
        &keys.owner,
        &keys.domain,
        &[keys.class],
        &keys.epoch.to_be_bytes(),
    ]);
    MessageKeys::derive(&keys.pack, &info)
}

/// One blob, as the pack's own index lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlobRecord {
    pub(crate) id: [u8; ID_BYTES],
    /// Bytes of ciphertext, without the tag.
    pub(crate) stored_len: u32,
    pub(crate) plain_len: u32,
    pub(crate) codec: u8,
    pub(crate) kind: u8,
}

impl BlobRecord {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&self.stored_len.to_be_bytes());
        out.extend_from_slice(&self.plain_len.to_be_bytes());
        out.extend_from_slice(&[self.codec, self.kind]);
    }

    pub(crate) fn decode(fields: &mut Cursor<'_>) -> Result<Self, Problem> {
        let record = Self {
            id: fields.array()?,
            stored_len: fields.u32()?,
            plain_len: fields.u32()?,
            codec: fields.u8()?,
            kind: fields.u8()?,
        };
        record.check()?;
        Ok(record)
    }

    /// Lengths and ids within the format's limits.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let fits = self.plain_len <= BLOB_PLAIN_MAX && self.stored_len <= self.plain_len;
        let known = matches!(self.codec, CODEC_RAW | CODEC_ZSTD)
            && matches!(self.kind, KIND_DATA | KIND_PAGE);
        let whole = self.codec != CODEC_RAW || self.stored_len == self.plain_len;
        if fits && known && whole {
            Ok(())
        } else {
            Err("lists a blob that cannot be".into())
        }
    }

    /// canonical("rsv/v1/blob", owner, salt, be64(number), id, be32(plain), be32(stored),
    /// codec, kind).
    pub(crate) fn aad(&self, owner: &[u8; 16], salt: &[u8; SALT_BYTES], number: u64) -> Vec<u8> {
        canonical(&[
            b"rsv/v1/blob",
            owner,
            salt,
            &number.to_be_bytes(),
            &self.id,
            &self.plain_len.to_be_bytes(),
            &self.stored_len.to_be_bytes(),
            &[self.codec],
            &[self.kind],
        ])
    }
}

/// The fixed-size end of a pack, without its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackFooter {
    pub(crate) header: PackHeader,
    pub(crate) blobs: u32,
    pub(crate) index_offset: u32,
    /// Bytes of the encrypted index with its tag.
    pub(crate) index_len: u32,
    pub(crate) pack_bytes: u32,
}

impl PackFooter {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC_PACK_END.to_vec();
        out.extend_from_slice(&[TYPE_PACK_END, VERSION, 0, 0, 0, 0, 0, 0]);
        out.extend_from_slice(&self.header.encode());
        for count in [
            self.blobs,
            self.index_offset,
            self.index_len,
            self.pack_bytes,
        ] {
            out.extend_from_slice(&count.to_be_bytes());
        }
        debug_assert_eq!(out.len() + crate::crypto::TAG_BYTES, PACK_FOOTER_BYTES);
        out
    }

    /// `bytes` without the tag; `pack_bytes` is the size of the file.
    pub(crate) fn decode(bytes: &[u8], pack_bytes: u64) -> Result<Self, Problem> {
        let mut fields = Cursor::new(bytes);
        fields.start(MAGIC_PACK_END, TYPE_PACK_END)?;
        fields.zeros(6)?;
        let footer = Self {
            header: PackHeader::decode(fields.bytes(PACK_HEADER_BYTES)?)?,
            blobs: fields.u32()?,
            index_offset: fields.u32()?,
            index_len: fields.u32()?,
            pack_bytes: fields.u32()?,
        };
        fields.end()?;
        let index_end = u64::from(footer.index_offset) + u64::from(footer.index_len);
        if u64::from(footer.pack_bytes) != pack_bytes
            || pack_bytes > PACK_BYTES_MAX
            || footer.blobs as usize > PACK_BLOBS_MAX
            || index_end + PACK_FOOTER_BYTES as u64 > pack_bytes
        {
            return Err("has a footer that does not fit the file".into());
        }
        Ok(footer)
    }
}

/// canonical("rsv/v1/index", header, be64(number of blobs), be64(bytes before the index)).
pub(crate) fn index_aad(header: &[u8], blobs: u64, before: u64) -> Vec<u8> {
    canonical(&[
        b"rsv/v1/index",
        header,
        &blobs.to_be_bytes(),
        &before.to_be_bytes(),
    ])
}

/// canonical("rsv/v1/pack-end", footer before its tag).
pub(crate) fn footer_aad(footer: &[u8]) -> Vec<u8> {
    canonical(&[b"rsv/v1/pack-end", footer])
}
