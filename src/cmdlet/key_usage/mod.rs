//! What needs a key, and what would be lost with it.

mod get;
mod measure;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<get::Get>(), row::<measure::Measure>()];
