//! The vault that backup cmdlets use without -VaultId (reference 2.7).

mod set;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<set::Set>()];
