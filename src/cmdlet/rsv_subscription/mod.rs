//! Subscriptions as a whole. Azure makes and moves them in its portal; it has no such cmdlets.

mod new;
mod relocate;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<relocate::Move>(), row::<new::New>()];
