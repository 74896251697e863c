//! Re-encryption of a vault's data. Azure has no such cmdlet.

mod update;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<update::Update>()];
