//! Finding a cmdlet by its name in any letter case, and what to say when there is none.

use crate::cli::Failure;
use crate::cli::azure_names::{azure_names, why_missing};
use crate::cmdlet::Row;
use crate::domain::{distance, nearest};

/// Finds a row by name or alias.
///
/// # Errors
/// `RsvCmdletNotImplemented` for a cmdlet of Azure that rsv does not have, else
/// `CommandNotFoundException`.
pub fn find_cmdlet<'a>(rows: &'a [Row], typed: &str) -> Result<&'a Row, Failure> {
    // Names copied from a formatted page carry typographic dashes.
    let name = typed.replace(['\u{2013}', '\u{2014}', '\u{2015}'], "-");
    let called = |row: &&Row| names(row).any(|known| known.eq_ignore_ascii_case(&name));
    if let Some(row) = rows.iter().find(called) {
        return Ok(row);
    }
    let known = || rows.iter().flat_map(names);
    let exact = azure_names().find(|azure| azure.eq_ignore_ascii_case(&name));
    let why = why_missing(&name);
    if exact.is_some() || why.is_some() {
        let azure = exact.unwrap_or(&name);
        let message = match why {
            Some(why) => format!("{azure} is not in rsv, because {why}."),
            None => format!("{azure} exists in Azure but not in rsv yet."),
        };
        let failure = Failure::usage("RsvCmdletNotImplemented", message);
        let other = known().min_by_key(|known| distance(known, azure));
        return Err(match other.filter(|_| why.is_none()) {
            Some(other) => failure.hint(format!("The nearest that does is {other}.")),
            None => failure.hint("rsv Get-Command lists the cmdlets there are."),
        });
    }
    let message = format!("The term '{typed}' is not recognized as the name of a cmdlet.");
    let hint = match nearest(&name, known().chain(azure_names())) {
        Some(other) => format!("Did you mean {other}?"),
        None => "rsv -Help lists the cmdlets.".to_owned(),
    };
    Err(Failure::usage("CommandNotFoundException", message).hint(hint))
}

/// A cmdlet's name and its aliases.
fn names(row: &Row) -> impl Iterator<Item = &'static str> + use<> {
    std::iter::once(row.name).chain(row.aliases.iter().copied())
}
