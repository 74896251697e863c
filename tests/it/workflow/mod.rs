//! Stories through the program: keys, backups, restores, and what is left on disk.

mod backup;
mod clock;
mod concurrent;
mod crash;
mod disks;
mod identities;
pub(crate) mod key_life;
mod key_matrix;
mod key_rotation;
mod keys;
mod memory;
mod optimize;
mod partial_updates;
mod policies;
mod protection;
mod quickstart;
mod relocation;
mod restore;
mod revocation;
mod roles;
mod rollback;
mod rules;
mod secrecy;
mod snapshots;
mod verify;
