//! A vault's data as a whole: verify, repair, optimize. Azure has no such cmdlets.

mod import;
mod optimize;
mod repair;
mod test;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<test::Test>(),
    row::<repair::Repair>(),
    row::<import::Import>(),
    row::<optimize::Optimize>(),
];
