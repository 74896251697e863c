//! Stories through the program: keys, backups, restores, and what is left on disk.

mod backup;
mod concurrent;
mod keys;
mod memory;
mod quickstart;
mod restore;
mod secrecy;
mod verify;
