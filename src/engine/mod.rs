//! Bytes in, packs out, and back: repository format 1 and managed disks.
//!
//! This layer knows no vaults, policies or jobs: ids are 16 bytes, labels are opaque, keys are
//! given. `docs/format.md` has the layouts byte by byte; every number is in `format.rs`.
//!
//! ```text
//! image ─┬─ hole or zero chunk: nothing
//!        └─ chunk ─ id = keyed BLAKE3 ─┬─ known: nothing
//!                                      └─ new: zstd if it shrinks, sealed into a pack
//!
//! pack   header │ blob │ blob │ … │ sealed index │ zeros │ footer     16 MiB, named by its salt
//! index  header │ sealed: packs │ entries by id │ fan-out │ tail      immutable segments
//! point  header │ sealed: disks ─ page ids ─ (pages are blobs) ─ chunk ids
//! disk   data: header │ sealed extents       map: header │ sealed (offset, length) list
//! ```
//!
//! Where to start reading: `backup.rs` (`pipeline.rs`: feed → workers → writing thread, then the commit), `restore.rs`
//! (planner → workers → sink), `points.rs` for the commit, `index.rs` for lookups.
//!
//! | at the same time | backup, other item | backup, same item | restore | merge, rebuild |
//! |---|---|---|---|---|
//! | backup | yes | one wins at its commit | yes | yes |
//! | restore | yes | yes | yes | yes |
//! | merge, rebuild | yes | yes | yes | one at a time |
//! | verify | yes | yes | yes | yes |
//! | expire | yes | one after the other | yes, unless it begins just then | yes |
//! | collect | yes | yes | yes | one at a time |
//! | repair | refused | refused | refused | one at a time |
//! | transfer out of it | yes, until it closes | yes, until it closes | yes | refused |
//!
//! `collect.rs` removes what no point needs; `gate.rs` is how a backup that runs meanwhile stays whole.
//!
//! Invariants: nothing names what is not durable yet. The rename of a recovery point is the only
//! commit. Whatever is read is authenticated, and every chunk is checked against its id.

mod backup;
mod backup_reader;
mod backup_worker;
mod blobs;
mod buffer;
mod bytes;
mod collect;
mod compress;
mod config;
mod copier;
mod data_read;
mod dedup;
mod disk_reader;
mod error;
mod expire;
mod extent;
mod files;
mod filling;
mod format;
pub(crate) mod fuzz;
mod gate;
mod index;
mod index_upkeep;
mod intent;
mod keys;
mod layout;
mod leftovers;
mod managed_disk;
mod mark;
mod pack_check;
mod pack_format;
mod pack_reader;
mod pack_sink;
mod pack_store;
mod pack_writer;
mod pages;
mod pipeline;
mod point;
mod point_format;
mod points;
mod points_aside;
mod raw_image;
mod repair;
mod repository;
mod restore;
mod run;
mod salvage;
mod segment;
mod segment_cache;
mod segment_format;
mod segment_writer;
mod source;
mod stored;
mod structure;
mod tombstone;
mod transfer;
mod transfer_proof;
mod transfer_reader;
mod unchanged;
mod verify;
mod verify_points;
mod wraps;
mod write_behind;

pub use backup::{BackupCopy, BackupReport, BackupRequest, SourceDisk};
pub use collect::{CollectReport, CollectRequest, Decision};
pub use config::{Domain, RepositoryConfig};
pub use data_read::data_bytes_read;
pub use disk_reader::DiskReader;
pub use error::{Error, Fault};
pub use extent::Extent;
pub use format::{CHUNK_LOG2_DEFAULT, ZSTD_LEVEL_DEFAULT};
pub use gate::CommitsHeld;
pub use index_upkeep::RebuildReport;
pub use keys::{ItemEnd, KeySet, RepositoryKeys};
pub use managed_disk::{DiskWriter, get_disk_wrap, put_disk_wrap, wrap_name};
pub use point::Point;
pub use point_format::{PointDisk, PointHeader};
pub use points::{Chain, CommitCheck, chain, items, points};
pub use points_aside::{AsideRequest, PointsAside};
pub use repair::RepairReport;
pub use repository::Repository;
pub use restore::Sink;
pub use run::Observer;
pub use salvage::Missing;
pub use stored::OuterKey;
pub use structure::{StructureReport, check_structure, check_structure_under};
pub use tombstone::Tombstone;
pub use transfer::{
    Closed, Frozen, LeftOut, TransferReport, TransferRequest, free_bytes, is_in_use,
};
pub use transfer_proof::TransferProof;
pub use unchanged::{DiskOutcome, KnownRead};
pub use verify::{Affected, Damage, VerifyReport, VerifyRequest};
pub use wraps::{get_wrap, list_wraps, put_wrap, read_wrap, remove_wrap, replace_wrap};
