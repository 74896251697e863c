//! Stories through the program: keys, backups, restores, and what is left on disk.

mod backup;
mod concurrent;
mod identities;
mod keys;
mod memory;
mod policies;
mod protection;
mod quickstart;
mod restore;
mod roles;
mod secrecy;
