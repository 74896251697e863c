//! The architecture, held by tests: direction of imports, the registry, sizes, forgotten files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rsvault::cli;
use rsvault::cmdlet::{self, Row};

/// Which layers a layer may import. A layer that is not here needs a decision first.
const LAYERS: [(&str, &[&str]); 8] = [
    (
        "cli",
        &["cmdlet", "output", "domain", "state", "engine", "crypto"],
    ),
    (
        "cmdlet",
        &["workflow", "domain", "state", "output", "crypto"],
    ),
    ("workflow", &["domain", "state", "engine", "crypto"]),
    ("domain", &[]),
    ("state", &["domain", "crypto"]),
    ("engine", &["crypto"]),
    ("crypto", &[]),
    ("output", &[]),
];

/// In `cli`, only these two files may look at the lower layers: they translate their errors.
const TRANSLATORS: [&str; 2] = ["src/cli/layers.rs", "src/cli/error.rs"];

/// PowerShell's approved verbs, as far as cmdlets here use them.
const VERBS: [&str; 20] = [
    "Add",
    "Approve",
    "Backup",
    "Connect",
    "Disable",
    "Enable",
    "Get",
    "Grant",
    "Import",
    "Initialize",
    "Measure",
    "New",
    "Optimize",
    "Remove",
    "Repair",
    "Restore",
    "Revoke",
    "Save",
    "Set",
    "Stop",
];
const MORE_VERBS: [&str; 9] = [
    "Test",
    "Undo",
    "Update",
    "Wait",
    "Invoke",
    "Install",
    "Move",
    "Register",
    "Unregister",
];

/// Lines at which a file or a function has to be split.
const SOURCE_LINES_MAX: usize = 500;
const TEST_LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 70;

/// PowerShell's own names, which have no prefix.
const POWERSHELL: [&str; 2] = ["Get-Help", "Get-Command"];

/// Every cmdlet, those of the front end too.
fn rows() -> Vec<Row> {
    cli::with_front(cmdlet::rows())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<(String, String)> {
    fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
        let mut entries: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(&root().join(folder), &mut paths);
    assert!(!paths.is_empty(), "{folder} holds no Rust files");
    paths
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            let text = fs::read_to_string(&path).unwrap();
            (name, text)
        })
        .collect()
}

/// The layers a source text imports: every `crate::name`.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        for part in line.split("crate::").skip(1) {
            if let Some(group) = part.strip_prefix('{') {
                found.extend(
                    group
                        .split(',')
                        .map(|n| n.trim_matches(['}', ';', ' ']).to_owned()),
                );
            } else {
                found.insert(
                    part.split(|c: char| !c.is_alphanumeric() && c != '_')
                        .next()
                        .unwrap()
                        .into(),
                );
            }
        }
    }
    found
}

#[test]
fn imports_point_downwards_only() {
    let mut seen = BTreeSet::new();
    for (name, text) in files("src") {
        let mut parts = name.split('/').skip(1);
        let (Some(layer), Some(_)) = (parts.next(), parts.next()) else {
            continue;
        };
        let (_, allowed) = LAYERS
            .iter()
            .find(|(known, _)| *known == layer)
            .unwrap_or_else(|| panic!("{name}: layer '{layer}' is not in the table"));
        seen.insert(layer.to_owned());
        for import in imports(&text) {
            let known = LAYERS.iter().any(|(layer, _)| *layer == import);
            let ok = !known || import == layer || allowed.contains(&import.as_str());
            assert!(ok, "{name} imports {import}, which is not below {layer}");
            let lower = ["state", "engine", "crypto"].contains(&import.as_str());
            assert!(
                layer != "cli" || !lower || TRANSLATORS.contains(&name.as_str()),
                "{name} imports {import}: only {TRANSLATORS:?} may"
            );
        }
    }
    assert_eq!(
        seen.len(),
        LAYERS.len(),
        "a layer of the table has no files: {seen:?}"
    );
}

#[test]
fn the_direction_test_sees_an_upward_import() {
    let text = "use crate::domain::Refusal;\n// crate::cli\nuse crate::{crypto, engine};\n";
    let found: Vec<_> = imports(text).into_iter().collect();
    assert_eq!(found, ["crypto", "domain", "engine"]);
}

#[test]
fn every_verb_file_has_its_row() {
    let cmdlets: Vec<_> = files("src/cmdlet")
        .into_iter()
        .filter(|(_, text)| text.contains("impl Cmdlet for"))
        .collect();
    assert_eq!(
        cmdlets.len(),
        cmdlet::rows().len(),
        "a cmdlet's file is not in the registry"
    );
    for (name, text) in cmdlets {
        let line = text.lines().find(|l| l.contains("const NAME")).unwrap();
        let cmdlet = line.split('"').nth(1).unwrap();
        assert!(
            rows().iter().any(|r| r.name == cmdlet),
            "{name}: {cmdlet} has no row"
        );
    }
}

#[test]
fn names_are_approved_and_unique_without_case() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        let (verb, noun) = row.name.split_once('-').unwrap();
        assert!(
            VERBS.contains(&verb) || MORE_VERBS.contains(&verb),
            "{}: verb",
            row.name
        );
        assert!(
            noun.starts_with("Az") || noun.starts_with("Rsv") || POWERSHELL.contains(&row.name),
            "{}: noun prefix",
            row.name
        );
        for name in row.aliases.iter().chain([&row.name]) {
            assert!(seen.insert(name.to_lowercase()), "{name} is there twice");
        }
    }
}

#[test]
fn every_cmdlet_has_help_for_itself_and_each_parameter() {
    for row in rows() {
        assert!(
            !row.synopsis.is_empty() && !row.synopsis.ends_with('.'),
            "{}: synopsis",
            row.name
        );
        assert!(row.example.starts_with("rsv "), "{}: example", row.name);
        assert!(
            row.example.contains(row.name),
            "{}: example runs something else",
            row.name
        );
        let command = (row.command)();
        for arg in command.get_arguments() {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(
                !help.is_empty(),
                "{} -{} has no help",
                row.name,
                arg.get_id()
            );
            assert!(
                !help.ends_with('.'),
                "{} -{}: help ends in a full stop",
                row.name,
                arg.get_id()
            );
        }
        for (name, reason) in row.refused {
            assert!(
                !reason.is_empty(),
                "{} refuses -{name} without a reason",
                row.name
            );
            let pascal = name.chars().next().is_some_and(char::is_uppercase);
            assert!(
                pascal,
                "{} refuses -{name}: not PowerShell's spelling",
                row.name
            );
        }
        // Panics on contradictions between arguments.
        cli::tree(&row).command.debug_assert();
    }
}

#[test]
fn every_cmdlet_is_named_in_a_test() {
    let tests: String = files("tests/it")
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let quickstart = fs::read_to_string(root().join("examples/quickstart.sh")).unwrap();
    let missing: Vec<_> = rows()
        .iter()
        .map(|row| row.name)
        .filter(|name| !tests.contains(name) && !quickstart.contains(name))
        .collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
}

#[test]
fn files_and_functions_stay_small() {
    for (folder, max) in [("src", SOURCE_LINES_MAX), ("tests", TEST_LINES_MAX)] {
        for (name, text) in files(folder) {
            let lines = text
                .split("#[cfg(test)]\nmod ")
                .next()
                .unwrap()
                .lines()
                .count();
            assert!(lines <= max, "{name} has {lines} lines, more than {max}");
        }
    }
    for (name, text) in files("src") {
        let mut start = None;
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let is_fn = ["fn ", "pub fn ", "pub(super) fn ", "pub(crate) fn "]
                .iter()
                .any(|word| line.trim_start().starts_with(word));
            if is_fn && start.is_none() {
                start = Some((number, indent));
            } else if let Some((first, depth)) = start
                && indent == depth
                && line.trim_start().starts_with('}')
            {
                let length = number - first + 1;
                assert!(
                    length <= FUNCTION_LINES_MAX,
                    "{name}:{}: a function of {length} lines, more than {FUNCTION_LINES_MAX}",
                    first + 1
                );
                start = None;
            } else if let Some((_, depth)) = start
                && indent == depth
                && line.ends_with(';')
            {
                start = None; // a declaration without a body
            }
        }
    }
}

#[test]
fn every_test_file_is_in_the_module_list() {
    for (name, _) in files("tests/it") {
        let path = Path::new(&name);
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let dir = root().join(path.parent().unwrap());
        let (list, module) = match stem {
            "main" => continue,
            "mod" => {
                let module = dir.file_name().unwrap().to_str().unwrap().to_owned();
                let above = dir.parent().unwrap();
                let main = above.join("main.rs");
                (
                    if main.exists() {
                        main
                    } else {
                        above.join("mod.rs")
                    },
                    module,
                )
            }
            _ => {
                let main = dir.join("main.rs");
                (
                    if main.exists() {
                        main
                    } else {
                        dir.join("mod.rs")
                    },
                    stem.to_owned(),
                )
            }
        };
        let text = fs::read_to_string(&list).unwrap();
        assert!(
            text.contains(&format!("mod {module};")),
            "{name} is not in {}",
            list.display()
        );
    }
}

#[test]
fn nothing_unfinished_is_left_in_the_source() {
    let words = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"]].map(|w| w.concat());
    for (name, text) in files("src") {
        for (number, line) in text.lines().enumerate() {
            for word in &words {
                assert!(
                    !line.contains(word.as_str()),
                    "{name}:{}: {word}",
                    number + 1
                );
            }
        }
    }
}

#[test]
fn only_home_and_settings_read_the_environment() {
    for (name, text) in files("src") {
        let reads = text.contains("env::var");
        let may = ["src/state/home.rs", "src/cli/settings.rs"].contains(&name.as_str());
        assert!(!reads || may, "{name} reads the environment");
    }
}

#[test]
fn the_root_holds_only_what_the_layout_names() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "src",
        "crates", // read-lease: the one call that needs unsafe code stays out of src
        "tests",
        "completions",
        "examples",
        "docs",
        "target",
    ];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name.starts_with('.') || allowed.contains(&name.as_str()),
            "{name} at the root"
        );
    }
}
