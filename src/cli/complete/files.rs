//! Names of files and folders, for parameters that take a path and for `@file`.

use std::fs;

use crate::cmdlet::Candidate;

/// More than this helps nobody; a folder may hold millions.
const ENTRIES_MAX: usize = 1000;

/// Lists what stands where the typed path leads; folders end in `/`. What starts with a dot is
/// offered once a dot is typed.
pub(super) fn paths(typed: &str) -> Vec<Candidate> {
    let at = typed.strip_prefix('@').map_or(0, |_| 1);
    let (mark, path) = typed.split_at(at);
    let (folder, name) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
    let listed = fs::read_dir(if folder.is_empty() { "." } else { folder });
    let mut found = Vec::new();
    for entry in listed.into_iter().flatten().flatten() {
        let Ok(entry_name) = entry.file_name().into_string() else {
            continue;
        };
        let hidden = entry_name.starts_with('.') && !name.starts_with('.');
        if hidden || !entry_name.starts_with(name) {
            continue;
        }
        let is_folder = fs::metadata(entry.path()).is_ok_and(|found| found.is_dir());
        let end = if is_folder { "/" } else { "" };
        let text = format!("{mark}{folder}{entry_name}{end}");
        found.push(Candidate::new(text, ""));
        if found.len() == ENTRIES_MAX {
            break;
        }
    }
    found.sort_by(|one, other| one.text.cmp(&other.text));
    found
}
