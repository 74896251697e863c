//! One value as one piece of text: PowerShell's spelling, harmless to terminals, measured in cells.

use std::borrow::Cow;

use serde_json::Value;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The property that names an object's type; shown in JSON and YAML only.
pub(crate) const TYPE_NAME: &str = "PSTypeName";

/// Returns true for what a terminal may obey or what hides text: control characters, line and
/// paragraph separators, and the marks that turn the direction of writing.
fn hostile(c: char) -> bool {
    let marks = ['\u{61c}', '\u{200e}', '\u{200f}'];
    c.is_control()
        || marks.contains(&c)
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes every control character as an escape such as `\u{1b}`, except those in `keep`.
#[must_use]
pub fn escape<'a>(text: &'a str, keep: &[char]) -> Cow<'a, str> {
    if !text.chars().any(hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if hostile(c) && !keep.contains(&c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Escapes in JSON text what `serde_json` leaves raw (DEL, C1 controls, direction marks).
/// Newlines stay: in JSON text they can only stand between values.
#[must_use]
pub fn escape_json(json: String) -> String {
    // Most text is plain ASCII, in which only DEL is left to escape.
    if json.is_ascii() && !json.as_bytes().contains(&0x7f) {
        return json;
    }
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if hostile(c) && c != '\n' {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Writes a value as PowerShell does: null is empty, `True`/`False`, `{a, b}`, `@{k=v; …}`.
pub(crate) fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::Bool(true) => Cow::Borrowed("True"),
        Value::Bool(false) => Cow::Borrowed("False"),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(plain).collect();
            Cow::Owned(format!("{{{}}}", items.join(", ")))
        }
        Value::Object(object) => {
            let pairs: Vec<_> = object
                .iter()
                .filter(|(name, _)| *name != TYPE_NAME)
                .map(|(name, value)| format!("{name}={}", plain(value)))
                .collect();
            Cow::Owned(format!("@{{{}}}", pairs.join("; ")))
        }
    }
}

/// Returns the width of a text in terminal cells.
pub(crate) fn cells(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Cuts a text into lines of at most `width` cells, at blanks where there are any.
/// A newline in the text always starts a line.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    text.split('\n')
        .flat_map(|line| wrap_line(line, width))
        .collect()
}

/// Cuts text without newlines.
fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = line;
    while let Some(over) = overflow(rest, width) {
        // A blank that would be the first character over the edge ends the line just as well.
        let edge = over + if rest[over..].starts_with(' ') { 1 } else { 0 };
        let cut = match rest[..edge].rfind(' ') {
            Some(blank) if !rest[..blank].trim().is_empty() => blank + 1,
            _ => over,
        };
        lines.push(rest[..cut].trim_end().to_owned());
        rest = &rest[cut..];
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

/// Returns the byte offset of the first character that does not fit, never 0.
fn overflow(text: &str, width: usize) -> Option<usize> {
    let mut used = 0;
    for (offset, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width && offset > 0 {
            return Some(offset);
        }
    }
    None
}
