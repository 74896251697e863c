//! Tab completion: what could stand where the cursor is, for every shell in the form it needs.
//!
//! `rsv __complete` answers one line per candidate, `text<TAB>about`, and a last line `:`, or
//! `:nospace` where the word goes on. Whatever is wrong, it answers `:` alone and says nothing.

mod engine;
mod files;
mod line;
mod respond;

pub use engine::{Completion, complete};
pub(crate) use respond::{COMPLETE, respond};
