//! Test-RsvEncryptionReadiness: the seed's checklist, a line a step.

mod test;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<test::Test>()];
