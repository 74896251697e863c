//! The engine through its front door, and its files through the file system.

mod chain;
mod collect;
mod concurrency;
mod copy;
mod damage;
mod dedup;
mod epochs;
mod failures;
mod fixture;
mod golden;
mod index;
mod keys;
mod managed_disk;
mod outer_layer;
mod privacy;
mod repair;
mod repository;
mod retention;
mod round_trip;
mod tamper;
mod transfer;
mod unchanged;
pub(crate) mod vectors;
mod verify;
