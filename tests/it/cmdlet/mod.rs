//! Cmdlets through the program: what they print, change and refuse.

mod account;
mod activity_log;
mod activity_log_check;
mod compute;
mod home;
mod policy;
mod resource;
mod story;
mod vault_context;
