//! rsv: a Recovery Services vault on your own machine.
//!
//! The layers, from the terminal to the bytes; each imports only from layers further down:
//!
//! | layer | what it is | may import |
//! |---|---|---|
//! | [`cli`] | words to cmdlets: grammar, help, settings, errors and exit codes, the terminal | `cmdlet`, `output`, and error types |
//! | [`cmdlet`] | one folder per noun, one file per verb; the registry; the session | `workflow`, `domain`, `state`, `output`, `crypto` |
//! | [`workflow`] | the stories where rules meet bytes: keys, backup, restore, disks, jobs | `domain`, `state`, `engine`, `crypto` |
//! | [`domain`] | rules only: resources, permissions, names, jobs; no files, no clock | – |
//! | [`state`] | `state.json`, its lock, MAC and rollback anchor; the journals; the root key | `domain`, `crypto` |
//! | [`engine`] | repository format 1 and managed disks: bytes in, packs out, and back | `crypto` |
//! | [`crypto`] | primitives; the first doc line of each is its formula | – |
//! | [`output`] | values to lists, tables, JSON, TSV, YAML, ids | – |
//!
//! Invariants worth knowing before reading on:
//!
//! * A private key, a data-encryption key or the root key is never on disk in the clear. Only the
//!   key provider in `workflow` reaches a private key, and it checks the principal every time.
//! * A customer-class data-encryption key is wrapped by the customer's key alone.
//! * The commit of a backup is one rename; the commit of everything else is one generation of
//!   `state.json`. Jobs, lists and the activity log are derived from those.
//! * Nothing below `cmdlet` knows that a terminal exists; nothing but `cli` reads the environment,
//!   except [`state::Home`], which says where a home is.
//!
//! `docs/format.md` describes every byte on disk; `docs/rules.md` maps the service's rules to code
//! and tests.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a failed expectation is how a test fails"
    )
)]

pub mod cli;
pub mod cmdlet;
pub mod crypto;
pub mod domain;
pub mod engine;
#[doc(hidden)]
pub mod fuzz;
pub mod output;
pub mod state;
pub mod workflow;
