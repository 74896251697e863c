//! The home itself: where it lies and what kind it is.

mod initialize;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<initialize::Initialize>()];
