//! Stories through the program: keys, backups, restores, and what is left on disk.

mod backup;
mod concurrent;
mod crash;
mod identities;
mod key_life;
mod key_rotation;
mod keys;
mod memory;
mod policies;
mod protection;
mod quickstart;
mod restore;
mod roles;
mod rules;
mod secrecy;
mod verify;
