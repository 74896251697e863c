//! Encryption and soft-delete settings of a vault (reference 2.5, 2.6).

mod get;
mod set;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<set::Set>(), row::<get::Get>()];
