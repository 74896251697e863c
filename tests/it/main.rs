//! The one test binary: a module per layer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed expectation is how a test fails"
)]

mod cli;
mod cmdlet;
mod crypto;
mod domain;
mod engine;
mod fuzz;
mod harness;
mod output;
mod power_cut;
mod rules;
mod state;
mod threats;
mod tidy;
mod workflow;
