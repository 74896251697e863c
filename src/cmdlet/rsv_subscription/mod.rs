//! Subscriptions as a whole. Azure moves them in its portal; it has no such cmdlet.

mod relocate;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<relocate::Move>()];
