//! Cmdlets one by one, through the program.

mod activity_log;
mod compute;
mod home;
mod policy;
mod vault_context;
