//! From the words typed to an exit code.

mod completion;
mod errors;
mod grammar;
mod help;
mod run;
pub(crate) mod sample;
mod settings;
mod shells;
