//! docs/rules.md says what is enforced where: every rule has a row, every name in it exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The cells of each row of the table.
fn rows() -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join("docs/rules.md")).unwrap();
    text.lines()
        .filter(|line| line.starts_with("| R"))
        .map(|line| {
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect()
}

/// Names in backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

pub(crate) fn test_names() -> BTreeSet<String> {
    fn walk(dir: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, names);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(path).unwrap();
                let mut lines = text.lines().map(str::trim);
                while let Some(line) = lines.next() {
                    if line == "#[test]" {
                        let function = lines.next().unwrap_or_default();
                        let name = function
                            .trim_start_matches("fn ")
                            .split('(')
                            .next()
                            .unwrap();
                        names.insert(name.to_owned());
                    }
                }
            }
        }
    }
    let mut names = BTreeSet::new();
    walk(&root().join("tests/it"), &mut names);
    walk(&root().join("src"), &mut names);
    names
}

#[test]
fn every_rule_has_one_row() {
    let numbers: Vec<_> = rows().iter().map(|row| row[0].clone()).collect();
    let expected: Vec<_> = (1..=138).map(|n| format!("R{n}")).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn every_row_names_a_test_that_exists_or_says_why_not() {
    let tests = test_names();
    for row in rows() {
        let [number, _, _, last] = row.as_slice() else {
            panic!("{row:?}: four cells")
        };
        let names = quoted(last);
        for name in &names {
            assert!(tests.contains(*name), "{number}: there is no test {name}");
        }
        assert!(
            !names.is_empty() || last.len() >= 4,
            "{number}: no test and no reason"
        );
    }
}

#[test]
fn every_source_that_is_named_exists() {
    for row in rows() {
        for path in quoted(&row[2]) {
            assert!(
                root().join("src").join(path).exists(),
                "{}: no src/{path}",
                row[0]
            );
        }
    }
}

#[test]
fn every_test_that_is_named_after_a_rule_stands_in_its_row() {
    let rows = rows();
    for name in test_names() {
        let digits: String = name
            .strip_prefix('r')
            .unwrap_or_default()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        if digits.is_empty() || !name[digits.len() + 1..].starts_with('_') {
            continue;
        }
        let row = rows.iter().find(|row| row[0] == format!("R{digits}"));
        let row = row.unwrap_or_else(|| panic!("{name}: there is no rule R{digits}"));
        assert!(
            row[3].contains(&name),
            "{name} is missing in the row of R{digits}"
        );
    }
}
