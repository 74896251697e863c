//! Every number of repository format 1 and of managed disks, each with its reason.
//!
//! `docs/format.md` gives the layouts these numbers stand in. All integers are big-endian.

/// Bytes of every magic.
pub(crate) const MAGIC_BYTES: usize = 8;
pub(crate) const MAGIC_CONFIG: &[u8; 8] = b"RSVCONFG";
pub(crate) const MAGIC_PACK: &[u8; 8] = b"RSVPACK1";
pub(crate) const MAGIC_PACK_END: &[u8; 8] = b"RSVPKEND";
pub(crate) const MAGIC_INDEX: &[u8; 8] = b"RSVINDEX";
pub(crate) const MAGIC_POINT: &[u8; 8] = b"RSVPOINT";
pub(crate) const MAGIC_INTENT: &[u8; 8] = b"RSVINTNT";
pub(crate) const MAGIC_DISK: &[u8; 8] = b"RSVDISK1";
pub(crate) const MAGIC_TOMBSTONE: &[u8; 8] = b"RSVTOMBS";

/// Type bytes: one per kind of file, so that none passes for another.
pub(crate) const TYPE_CONFIG: u8 = 1;
pub(crate) const TYPE_PACK: u8 = 2;
pub(crate) const TYPE_PACK_END: u8 = 3;
pub(crate) const TYPE_INDEX: u8 = 4;
pub(crate) const TYPE_POINT: u8 = 5;
pub(crate) const TYPE_INTENT: u8 = 6;
pub(crate) const TYPE_DISK_DATA: u8 = 7;
pub(crate) const TYPE_DISK_MAP: u8 = 8;
pub(crate) const TYPE_TOMBSTONE: u8 = 9;

/// The one version of every type in format 1. Nothing is negotiated from stored data.
pub(crate) const VERSION: u8 = 1;

/// Algorithm ids. 0 is never used, so that a zeroed header is no valid one.
pub(crate) const HASH_BLAKE3_KEYED: u8 = 1;
pub(crate) const CODEC_SET_ZSTD: u8 = 1;
pub(crate) const CHUNKER_FIXED: u8 = 1;
pub(crate) const AEAD_AES_256_GCM: u8 = 1;
pub(crate) const KDF_HKDF_EXPAND_SHA_512: u8 = 1;

/// A blob stored as it is.
pub(crate) const CODEC_RAW: u8 = 0;
/// A blob stored as one zstd frame.
pub(crate) const CODEC_ZSTD: u8 = 1;

/// A blob of an image.
pub(crate) const KIND_DATA: u8 = 1;
/// A blob of chunk ids.
pub(crate) const KIND_PAGE: u8 = 2;

/// Chunk ids and digests.
pub(crate) const ID_BYTES: usize = 32;
/// The id of a hole, and of a page of holes. No chunk hashes to it in practice (2^-256).
pub(crate) const ID_HOLE: [u8; ID_BYTES] = [0; ID_BYTES];
/// Pack salts: 192 bits, so that random ones collide only after 2^80 packs (with risk 2^-32).
pub(crate) const SALT_BYTES: usize = 24;

/// Chunk sizes a repository can be made with: 4 KiB, a page of the page cache …
pub(crate) const CHUNK_LOG2_MIN: u8 = 12;
/// … to 4 MiB; larger ones store three times as much for an incremental (measured) and would
/// break the memory bound of the pipelines.
pub(crate) const CHUNK_LOG2_MAX: u8 = 22;
/// 256 KiB: of all sizes measured the best once a first backup has two incremental ones.
pub const CHUNK_LOG2_DEFAULT: u8 = 18;
/// zstd 3: 7 % less space than 1 for a third of its speed lost, measured on disks.
pub const ZSTD_LEVEL_DEFAULT: i32 = 3;
/// Levels a caller may choose; above 19 the window outgrows the decoder's limit.
pub(crate) const ZSTD_LEVELS: std::ops::RangeInclusive<i32> = 1..=19;
/// The decoder's window limit: 16 MiB, the largest blob.
pub(crate) const ZSTD_WINDOW_LOG_MAX: u32 = 24;

/// Most plaintext in one blob: 16 MiB.
pub(crate) const BLOB_PLAIN_MAX: u32 = 16 << 20;
/// Most blobs in one pack: message numbers then fit an entry's 16 bits, with two to spare for
/// the pack's index and footer.
pub(crate) const PACK_BLOBS_MAX: usize = 65_533;
/// Largest pack a reader accepts: 64 MiB.
pub(crate) const PACK_BYTES_MAX: u64 = 64 << 20;
/// Packs are filled up to 16 MiB: large writes, yet a pool of them fits in memory.
pub(crate) const PACK_BYTES_TARGET: usize = 16 << 20;
/// Packs are padded to the block size of disks and file systems, which also blurs lengths.
pub(crate) const PACK_ALIGN: usize = 4096;
/// magic, type, version, hash, codecs, chunker, aead, kdf, class, epoch, owner, domain, writer,
/// salt, commitment.
pub(crate) const PACK_HEADER_BYTES: usize = 8 + 8 + 4 + 16 + 16 + 16 + SALT_BYTES + 32;
/// magic, type, version, six zero bytes, the header again, four counts, GCM tag.
pub(crate) const PACK_FOOTER_BYTES: usize = 8 + 8 + PACK_HEADER_BYTES + 16 + 16;
/// id, stored length, plain length, codec, kind.
pub(crate) const PACK_RECORD_BYTES: usize = ID_BYTES + 4 + 4 + 1 + 1;

/// Chunk ids in one page: 128 KiB of ids cover 1 GiB of disk at the default chunk size.
pub(crate) const PAGE_IDS: u64 = 4096;

/// Pack salt, BLAKE3 of the stored bytes, size.
pub(crate) const INDEX_PACK_BYTES: usize = SALT_BYTES + 32 + 4;
/// id, pack, offset, stored length, plain length, number, codec, kind: 52, at most 64 by design.
pub(crate) const INDEX_ENTRY_BYTES: usize = ID_BYTES + 4 + 4 + 4 + 4 + 2 + 1 + 1;
/// Entries per bucket aimed at: a bucket (6.5 KiB) then lies in one or two sealed chunks.
pub(crate) const INDEX_BUCKET_TARGET: u64 = 128;
/// At most 2^18 buckets: 1 MiB of memory for a segment, enough for 33 million chunks.
pub(crate) const INDEX_FAN_BITS_MAX: u8 = 18;
/// A bucket this large (3.4 MiB) cannot come from an honest writer.
pub(crate) const INDEX_BUCKET_MAX: u32 = 1 << 16;
/// Packs, entries and fan bits, at the end of a segment's plaintext.
pub(crate) const INDEX_TAIL_BYTES: usize = 4 + 8 + 1;
/// More segments than this are merged into one: a lookup reads each of them.
pub(crate) const INDEX_SEGMENTS_MAX: usize = 8;
/// Generations of the index between two garbage collections, at least: a collection's segment takes
/// the next multiple, so that no segment published meanwhile has a larger generation than it.
pub(crate) const INDEX_ERA: u64 = 1 << 16;
/// Generations have 16 digits in file names.
pub(crate) const GENERATION_MAX: u64 = 9_999_999_999_999_999;
/// Most segments one may supersede; above it merges happen in several steps.
pub(crate) const INDEX_SUPERSEDES_MAX: u32 = 65_536;

/// Most label bytes of a recovery point.
pub(crate) const LABEL_BYTES_MAX: usize = 64 << 10;
/// Latest time of a recovery point, in Unix milliseconds: the end of the calendar, 9999-12-30T22:00Z.
pub(crate) const CREATED_MS_MAX: u64 = 253_402_207_200_000;
/// Most disks of a recovery point: 64 data disks are Azure's limit, rounded up generously.
pub(crate) const DISKS_MAX: usize = 1024;
/// Largest image: 2^48 bytes (256 TiB).
pub(crate) const IMAGE_BYTES_MAX: u64 = 1 << 48;
/// Largest sealed manifest body; page ids of 256 TiB at the default chunk size need 8 MiB.
pub(crate) const POINT_BODY_MAX: u64 = 256 << 20;
/// Bytes of a tombstone, and nothing else.
pub(crate) const TOMBSTONE_BYTES: u64 = 168;
/// Largest file of opaque wrap bytes.
pub(crate) const WRAP_BYTES_MAX: u64 = 64 << 10;
/// Largest configuration file.
pub(crate) const CONFIG_BYTES_MAX: u64 = 1 << 20;
/// A tagged section whose tag has this bit must be understood by whoever reads it.
pub(crate) const SECTION_CRITICAL: u16 = 0x8000;

/// magic, type, version, six zero bytes, disk id.
pub(crate) const DISK_HEADER_BYTES: usize = 8 + 8 + 16;

/// Files and folders are for their owner only.
pub(crate) const FILE_MODE: u32 = 0o600;
pub(crate) const FOLDER_MODE: u32 = 0o700;
