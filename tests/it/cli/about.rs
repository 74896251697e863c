//! What the help says of everything: all of it is there, and it fits a terminal.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rsvault::cli::{
    Detail, SETTINGS, TOPICS, cmdlet_help, codes, help_in, own_codes, rules, tree, with_front,
};
use rsvault::cmdlet::{self, Row};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> Vec<Row> {
    with_front(cmdlet::rows())
}

/// The text of every Rust file below a folder, without what stands behind a file's tests.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod ").next().unwrap().to_owned();
            found.push((path.display().to_string(), text));
        }
    }
    found
}

/// The string literals of a text that are one CamelCase word, and what stands before each.
fn words(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('"') {
        let start = at + start;
        let Some(len) = text[start + 1..].find('"') else {
            break;
        };
        let word = &text[start + 1..start + 1 + len];
        let is_word = word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.chars().all(|c| c.is_ascii_alphanumeric());
        if is_word {
            found.push((text[..start].trim_end(), word));
            at = start + len + 2;
        } else {
            at = start + 1;
        }
    }
    found
}

/// True for what makes a literal an error's code.
fn is_code(before: &str, word: &str) -> bool {
    let calls = ["refused(", "usage(", "Failure::new(", "not_found("];
    let kinds = ["RefusalKind::", "Exit::", "exit,"];
    let after_kind = before.ends_with(',')
        && kinds.iter().any(|kind| {
            let tail: String = before.chars().rev().take(40).collect();
            tail.chars().rev().collect::<String>().contains(kind)
        });
    (word.starts_with("Rsv") && word.len() > 3)
        || word.starts_with("UserError")
        || calls.iter().any(|call| before.ends_with(call))
        || before.ends_with("code:")
        || before.ends_with("code =")
        || after_kind
}

#[test]
fn every_code_in_the_source_has_a_line_and_every_line_has_a_code() {
    let mut said = BTreeSet::new();
    for (_, text) in sources(&root().join("src")) {
        let found = words(&text).into_iter();
        said.extend(
            found
                .filter(|(before, word)| is_code(before, word))
                .map(|(_, word)| word.to_owned()),
        );
    }
    let known: BTreeSet<String> = codes().map(|code| code.name.to_owned()).collect();
    let missing: Vec<_> = said.difference(&known).collect();
    assert!(
        missing.is_empty(),
        "add to src/cli/help/errors.txt: {missing:?}"
    );
    let text: String = sources(&root().join("src"))
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let stale: Vec<_> = known
        .iter()
        .filter(|code| !text.contains(&format!("\"{code}\"")))
        .collect();
    assert!(stale.is_empty(), "nothing says {stale:?}");
}

#[test]
fn the_scan_for_codes_sees_each_way_to_write_one() {
    let text = "Refusal::refused(\n  \"One\", \"a text\"); code: \"Two\", Refusal::new(\n \
                RefusalKind::Busy,\n \"Three\", x); refusal.code = \"Four\"; (\"RsvFive\", 1) \
                view(\"Six\")";
    let found = words(text).into_iter();
    let found: Vec<_> = found
        .filter(|(b, w)| is_code(b, w))
        .map(|(_, w)| w)
        .collect();
    assert_eq!(found, ["One", "Two", "Three", "Four", "RsvFive"]);
}

#[test]
fn the_table_of_codes_is_sorted_and_complete_in_each_line() {
    let text = fs::read_to_string(root().join("src/cli/help/errors.txt")).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.is_sorted(), "LC_ALL=C sort");
    let all: Vec<_> = codes().collect();
    assert_eq!(all.len(), lines.len(), "a line has not five cells");
    let names: BTreeSet<&str> = all.iter().map(|code| code.name).collect();
    assert_eq!(names.len(), all.len(), "a code stands twice");
    let exits = ["0", "1", "2", "3", "4", "5", "6", "7", "130"];
    for code in all {
        let name = code.name;
        assert!(
            code.exits.split(' ').all(|exit| exits.contains(&exit)),
            "{name}"
        );
        assert!(
            code.meaning.ends_with('.') && code.next.ends_with('.'),
            "{name}"
        );
        for pattern in code.cmdlets.split(' ') {
            let fits = |row: &Row| rsvault::domain::matches_name(pattern, row.name);
            assert!(rows().iter().any(fits), "{name}: no cmdlet is {pattern}");
        }
    }
}

/// Reads `….fails("Code", exit)` behind a command line in one statement of a test.
#[test]
fn what_the_tests_see_fail_is_in_the_table_with_its_exit_code_and_cmdlet() {
    let mut seen = 0;
    let sources = sources(&root().join("tests/it")).into_iter();
    for (file, text) in sources.filter(|(file, _)| !file.ends_with("about.rs")) {
        for statement in text.split(';') {
            let Some((before, after)) = statement.split_once(".fails(\"") else {
                continue;
            };
            let (name, rest) = after.split_once('"').unwrap();
            let digits: String = rest.chars().filter(char::is_ascii_digit).take(3).collect();
            let Some(code) = codes().find(|code| code.name == name) else {
                panic!("{file}: {name} is not in src/cli/help/errors.txt");
            };
            let exit = digits.trim_start_matches('0');
            assert!(
                exit.is_empty() || code.exits.split(' ').any(|known| exit.starts_with(known)),
                "{file}: {name} with exit code {exit}, the table has {}",
                code.exits
            );
            let named = rows().into_iter().filter(|row| {
                before.contains(&format!("\"{} ", row.name))
                    || before.contains(&format!("\"{}\"", row.name))
            });
            for row in named {
                seen += 1;
                assert!(
                    code.concerns(row.name),
                    "{file}: {} answers {name}",
                    row.name
                );
            }
        }
    }
    assert!(seen > 30, "only {seen} found");
}

#[test]
fn the_help_of_every_cmdlet_fits_eighty_columns_and_names_every_parameter() {
    for row in rows() {
        let tree = tree(&row);
        for detail in [Detail::Normal, Detail::Full, Detail::Examples] {
            let text = help_in(&row, &tree, detail);
            for line in text.lines() {
                // A word of an example cannot be cut.
                let is_word = line.starts_with("        -") && line.contains('{');
                assert!(
                    line.chars().count() <= 80 || is_word,
                    "{}: {line}",
                    row.name
                );
                assert_eq!(line.trim_end(), line, "{}: {line}", row.name);
            }
        }
        let text = cmdlet_help(&row, &tree);
        for parameter in &tree.parameters {
            let named = |line: &str| {
                line.trim_start().split(' ').next() == Some(&format!("-{}", parameter.name))
            };
            assert!(text.lines().any(named), "{} -{}", row.name, parameter.name);
        }
        for part in ["NAME", "SYNOPSIS", "SYNTAX", "EXAMPLES", "NOTES"] {
            assert!(text.contains(&format!("{part}\n")), "{}: {part}", row.name);
        }
    }
}

#[test]
fn the_front_ends_cmdlets_are_found_like_any_other_and_make_no_home() {
    let sandbox = crate::harness::Sandbox::new();
    for (line, said) in [
        ("Get-Command -Name Get-RsvConfig -Query Source", "rsv"),
        ("gcm get-help -Query Name", "Get-Help"),
        ("Get-Help get-azvm -Query Name", "Get-AzVM"),
        ("help about_Output -Query Category", "HelpFile"),
        ("Get-RsvConfig Output -Query Value", "auto"),
        ("Get-RsvConfig Home -Query Source", "variable RSV_HOME"),
        (
            "Get-RsvConfig Output -Output tsv -Query Source",
            "parameter -Output",
        ),
    ] {
        let lines = sandbox.ok(line);
        assert_eq!(lines.trim(), said, "{line}");
    }
    assert!(!sandbox.home().exists());
}

#[test]
fn conflicts_with_a_group_that_arguments_only_name_can_be_looked_up() {
    let row = rows()
        .into_iter()
        .find(|row| row.name == "Remove-AzRoleAssignment")
        .unwrap();
    let text = cmdlet_help(&row, &tree(&row));
    assert!(text.contains("Not with -ObjectId"), "{text}");
}

#[test]
fn every_topic_fits_eighty_columns() {
    for topic in TOPICS {
        for line in topic.text().lines() {
            assert!(line.chars().count() <= 80, "{}: {line}", topic.name);
        }
    }
}

#[test]
fn the_notes_name_rules_and_codes_of_the_cmdlet() {
    let set = "Set-AzRecoveryServicesVaultProperty";
    assert!(rules(set).iter().any(|rule| rule.number == "R17"));
    assert!(
        !rules("Get-AzContext")
            .iter()
            .any(|rule| rule.number == "R17")
    );
    assert!(
        own_codes(set)
            .iter()
            .any(|code| code.name == "RsvVaultNotNew")
    );
    let busy = codes().find(|code| code.name == "RsvBusy").unwrap();
    assert!(busy.is_common() && busy.concerns(set));
}

#[test]
fn every_rule_of_the_notes_is_one_and_concerns_a_cmdlet_of_azure_or_rsv() {
    let rules = fs::read_to_string(root().join("docs/rules.md")).unwrap();
    let concerns = fs::read_to_string(root().join("src/cli/help/rules.txt")).unwrap();
    let mut shown = BTreeSet::new();
    for line in concerns.lines().filter(|line| !line.starts_with('#')) {
        let (number, patterns) = line.split_once(" | ").unwrap();
        assert!(rules.contains(&format!("| {number} |")), "{number}");
        assert!(shown.insert(number), "{number} stands twice");
        for pattern in patterns.split(' ') {
            let is_name = pattern.split_once('-').is_some_and(|(verb, noun)| {
                !verb.is_empty() && (noun.starts_with("Az") || noun.starts_with("Rsv"))
            });
            assert!(is_name, "{number}: {pattern}");
        }
    }
    for line in rules
        .lines()
        .filter(|line| line.starts_with("| R") && line.contains('`'))
    {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if cells[3].contains('`') {
            assert!(
                shown.contains(cells[0]),
                "src/cli/help/rules.txt has no {}",
                cells[0]
            );
        }
    }
}

#[test]
fn every_variable_the_program_reads_is_a_setting() {
    let mut read = BTreeSet::new();
    for (_, text) in sources(&root().join("src")) {
        for part in text.split("\"RSV_").skip(1) {
            let name = part.split('"').next().unwrap();
            if name.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
                read.insert(format!("RSV_{name}"));
            }
        }
    }
    let known = SETTINGS.iter().filter_map(|setting| setting.variable);
    let known: BTreeSet<String> = known.map(str::to_owned).collect();
    assert_eq!(read, known, "src/cli/configuration.rs");
}
