//! Tab completion: the shells' stubs, and the values a home has to offer. The words of the command
//! line are the front end's affair.

mod install;
mod shell;
mod source;
mod values;

pub use shell::{Shell, ShellFolders};
pub use values::{Candidate, Question, candidates};

use crate::cmdlet::registry::{Row, row};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<install::Install>()];
