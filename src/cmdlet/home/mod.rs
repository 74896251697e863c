//! The home itself: where it lies and what kind it is, and which state of it counts.

mod approve;
mod initialize;
mod places;

pub use places::{Places, places};

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<initialize::Initialize>(), row::<approve::Approve>()];
