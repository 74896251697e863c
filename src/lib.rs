//! rsv
pub mod cmdlet;
pub mod crypto;
pub mod domain;
pub mod engine;
pub mod output;
pub mod state;
pub mod workflow;
