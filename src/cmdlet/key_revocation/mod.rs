//! The loss of a key, rehearsed. Azure has no such cmdlet.

mod test;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<test::Test>()];
