//! Redundancy of a vault's data (reference 2.8, 2.9). There is one copy here; the setting is kept.

mod get;
mod set;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<get::Get>(), row::<set::Set>()];
