//! Bare ids, one a line, for `x=$(rsv … -Output id)`.

use serde_json::{Map, Value};

use crate::output::Error;
use crate::output::text::escape;

/// Properties that hold an object's id, best first, in any letter case.
const NAMES: [&str; 4] = ["id", "resourceid", "jobid", "recoverypointid"];

/// Writes the id of each object.
///
/// # Errors
/// [`Error::NoId`] if one has none or there are no objects: the caller's variable would silently be
/// empty.
pub(crate) fn ids(objects: &[&Map<String, Value>]) -> Result<String, Error> {
    if objects.is_empty() {
        return Err(Error::NoId);
    }
    let mut text = String::new();
    for object in objects {
        text.push_str(&escape(id(object).ok_or(Error::NoId)?, &[]));
        text.push('\n');
    }
    Ok(text)
}

/// Returns an object's id.
fn id(object: &Map<String, Value>) -> Option<&str> {
    NAMES.iter().find_map(|wanted| {
        object
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .find_map(|(_, value)| value.as_str().filter(|id| !id.is_empty()))
    })
}
