//! Stories through the program: keys, backups, restores, and what is left on disk.

mod backup;
mod concurrent;
mod crash;
mod keys;
mod memory;
mod quickstart;
mod restore;
mod rules;
mod secrecy;
