//! Save-AzVhd: a managed disk as a raw image, by an access token.

mod save;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<save::Save>()];
