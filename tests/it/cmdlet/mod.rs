//! Cmdlets through the program: what they print, change and refuse.

mod account;
mod resource;
