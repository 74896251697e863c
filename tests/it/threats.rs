//! docs/threat-model.md: every promise names tests that exist, every non-promise says why.

use std::fs;
use std::path::PathBuf;

use crate::rules::test_names;

/// The cells of the rows that start with this letter and a number.
fn rows(letter: char) -> Vec<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/threat-model.md");
    let text = fs::read_to_string(path).unwrap();
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim().trim_matches('|');
        line.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let rows = text.lines().filter(|line| line.starts_with('|')).map(cells);
    let wanted = |row: &Vec<String>| {
        let number = row[0].strip_prefix(letter).unwrap_or_default();
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    };
    rows.filter(wanted).collect()
}

#[test]
fn every_promise_of_the_threat_model_names_tests_that_exist() {
    let tests = test_names();
    let promises = rows('P');
    assert!(promises.len() >= 14, "{}", promises.len());
    for (place, row) in promises.iter().enumerate() {
        let [number, promise, against, names] = row.as_slice() else {
            panic!("{row:?}: four cells")
        };
        assert_eq!(*number, format!("P{}", place + 1));
        assert!(!promise.is_empty(), "{number}");
        let adversaries: Vec<_> = rows('A').into_iter().map(|row| row[0].clone()).collect();
        for who in against.split_whitespace() {
            assert!(adversaries.contains(&who.to_owned()), "{number}: {who}");
        }
        let names: Vec<_> = names.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{number} has no test");
        for name in names {
            assert!(tests.contains(name), "{number}: there is no test {name}");
        }
    }
}

#[test]
fn what_is_not_promised_is_listed() {
    let numbers: Vec<_> = rows('N').into_iter().map(|row| row[0].clone()).collect();
    let expected: Vec<_> = (1..=numbers.len()).map(|n| format!("N{n}")).collect();
    assert_eq!(numbers, expected);
    assert!(numbers.len() >= 12);
}
