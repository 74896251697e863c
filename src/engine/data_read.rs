//! Counts what this process has read of backed-up data, so that a receipt which says "no data was
//! read" says what was seen and not what was meant.

use std::sync::atomic::{AtomicU64, Ordering};

static BYTES: AtomicU64 = AtomicU64::new(0);

/// Bytes that this process has read so far of packs' blobs and of managed disks' data. Headers,
/// key records, index segments and recovery points' manifests do not count: no image is in them.
#[must_use]
pub fn data_bytes_read() -> u64 {
    BYTES.load(Ordering::Relaxed)
}

/// Every read of packs' blobs and of disks' data goes through this.
pub(crate) fn count(bytes: usize) {
    BYTES.fetch_add(bytes as u64, Ordering::Relaxed);
}
