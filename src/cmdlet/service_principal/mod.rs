//! Service principals: the managed identities of this home (reference 7.8).

mod get;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<get::Get>()];
