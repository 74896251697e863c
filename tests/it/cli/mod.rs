//! From the words typed to an exit code.

mod about;
mod completion;
mod errors;
mod grammar;
mod help;
mod hints;
mod invoke;
mod module;
mod run;
pub(crate) mod sample;
mod seed;
mod settings;
mod shells;
mod tabs;
mod transcript;
