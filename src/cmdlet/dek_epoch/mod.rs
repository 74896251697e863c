//! Epochs of a vault's data-encryption key. Azure has no such cmdlets.

mod new;

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<new::New>()];
