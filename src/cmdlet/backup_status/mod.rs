//! Whether a machine is protected, and by which vault (reference 3.23).

mod get;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<get::Get>()];
