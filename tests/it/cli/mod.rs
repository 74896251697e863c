//! From the words typed to an exit code.

mod completion;
mod errors;
mod grammar;
mod help;
mod invoke;
mod module;
mod run;
pub(crate) mod sample;
mod seed;
mod settings;
mod shells;
