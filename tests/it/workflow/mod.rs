//! Stories through the program: keys, backups, restores, and what is left on disk.

mod backup;
mod concurrent;
mod key_life;
mod key_rotation;
mod keys;
mod memory;
mod quickstart;
mod restore;
mod secrecy;
