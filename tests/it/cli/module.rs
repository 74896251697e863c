//! The PowerShell module: fresh, well-formed, without names that PowerShell keeps for itself, and
//! able to bind what the article's listings say. No PowerShell is at hand: this is its grammar, its
//! binding rules as text, and (in `invoke.rs`) what the functions would send.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use rsvault::cli::{manifest, module};
use rsvault::cmdlet::rows;
use tree_sitter::Node;

use crate::cli::seed::LISTINGS;
use crate::harness::Sandbox;

static PSM1: LazyLock<String> = LazyLock::new(|| checked_in("RsvLocal.psm1"));
static PSD1: LazyLock<String> = LazyLock::new(|| checked_in("RsvLocal.psd1"));

fn checked_in(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/completions/pwsh/");
    std::fs::read_to_string(format!("{folder}{name}")).unwrap()
}

/// Variables that a parameter must not be called: PowerShell refuses to set some, and gives others
/// a meaning inside of a function.
const AUTOMATIC: [&str; 34] = [
    "_",
    "args",
    "confirmpreference",
    "consolefilename",
    "debugpreference",
    "error",
    "erroractionpreference",
    "event",
    "executioncontext",
    "false",
    "foreach",
    "home",
    "host",
    "input",
    "iscoreclr",
    "islinux",
    "ismacos",
    "iswindows",
    "lastexitcode",
    "matches",
    "myinvocation",
    "null",
    "pid",
    "profile",
    "psboundparameters",
    "pscmdlet",
    "pshome",
    "psitem",
    "pwd",
    "sender",
    "shellid",
    "stacktrace",
    "this",
    "true",
];

/// The names and aliases that every advanced function has.
const COMMON: [&str; 28] = [
    "verbose",
    "vb",
    "debug",
    "db",
    "erroraction",
    "ea",
    "warningaction",
    "wa",
    "informationaction",
    "infa",
    "progressaction",
    "proga",
    "errorvariable",
    "ev",
    "warningvariable",
    "wv",
    "informationvariable",
    "iv",
    "outvariable",
    "ov",
    "outbuffer",
    "ob",
    "pipelinevariable",
    "pv",
    "whatif",
    "wi",
    "confirm",
    "cf",
];

fn parser() -> tree_sitter::Parser {
    let mut parser = tree_sitter::Parser::new();
    parser
        .set_language(&tree_sitter_pwsh::LANGUAGE.into())
        .unwrap();
    parser
}

fn is_powershell(text: &str) -> bool {
    !parser().parse(text, None).unwrap().root_node().has_error()
}

/// What a function declares, read back from the module's text.
#[derive(Debug, Default)]
struct Function {
    /// The names and aliases of each parameter, in lower case.
    parameters: Vec<Vec<String>>,
    positions: Vec<String>,
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

/// The functions of the module by name.
fn functions() -> BTreeMap<String, Function> {
    let mut found: BTreeMap<String, Function> = BTreeMap::new();
    let mut current: Option<Function> = None;
    let mut name = String::new();
    let mut aliases: Vec<String> = Vec::new();
    for line in PSM1.lines() {
        if let Some(rest) = line.strip_prefix("function ") {
            name = rest.trim_end_matches(" {").to_owned();
            current = rows()
                .iter()
                .any(|row| row.name == name)
                .then(Function::default);
        } else if line == "}" {
            found.extend(current.take().map(|function| (name.clone(), function)));
        } else if let Some(function) = &mut current {
            if let Some(list) = between(line, "        [Alias(", ")]") {
                aliases = list
                    .split(", ")
                    .map(|alias| alias.trim_matches('\'').to_lowercase())
                    .collect();
            }
            if let Some(list) = between(line, "        [Parameter(", ")]") {
                function.positions.extend(
                    list.split(", ")
                        .filter_map(|option| option.strip_prefix("Position = "))
                        .map(str::to_owned),
                );
            }
            let types = [
                "        [object]$",
                "        [object[]]$",
                "        [switch]$",
            ];
            if let Some(rest) = types.iter().find_map(|kind| line.strip_prefix(kind)) {
                let mut names = vec![rest.trim_end_matches(',').to_lowercase()];
                names.append(&mut aliases);
                function.parameters.push(names);
            }
        }
    }
    found
}

#[test]
fn the_module_that_is_checked_in_is_the_one_the_program_writes() {
    let next = "cargo run -- __module psm1 > completions/pwsh/RsvLocal.psm1 && \
                cargo run -- __module psd1 > completions/pwsh/RsvLocal.psd1";
    assert!(module(rows()) == *PSM1, "RsvLocal.psm1 is stale: {next}");
    assert!(manifest(rows()) == *PSD1, "RsvLocal.psd1 is stale: {next}");
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run("__module psm1").ok(), PSM1.trim_end());
    assert_eq!(sandbox.run("__module psd1").ok(), PSD1.trim_end());
    sandbox.run("__module ps1").fails("RsvBadRequest", 2);
}

#[test]
fn the_module_is_powershell_in_plain_ascii() {
    for (name, text) in [("psm1", &*PSM1), ("psd1", &*PSD1)] {
        assert!(is_powershell(text), "{name}");
        assert!(text.is_ascii(), "{name}");
    }
    let broken = PSM1.replacen("process {", "process (", 1);
    assert!(!is_powershell(&broken), "the parser finds nothing");
    // A letter that had no plain form would have become a question mark in help.
    for line in PSM1
        .lines()
        .filter(|line| line.starts_with("    ") && line.ends_with('.'))
    {
        assert!(!line.contains('?') || line.contains("matches"), "{line}");
    }
}

#[test]
fn every_listing_of_the_article_parses() {
    for listing in LISTINGS {
        assert!(is_powershell(listing), "{listing}");
    }
}

#[test]
fn every_cmdlet_and_alias_is_exported_and_says_why_it_refuses_a_parameter() {
    let functions = functions();
    for row in rows() {
        let function = &functions[row.name];
        assert!(
            function.parameters.len() >= row.refused.len(),
            "{}: its refused parameters have to say why",
            row.name
        );
        for text in [&*PSM1, &*PSD1] {
            let mut names = row.aliases.iter().chain([&row.name]);
            assert!(
                names.all(|name| text.contains(&format!("'{name}'"))),
                "{}",
                row.name
            );
        }
    }
}

#[test]
fn no_parameter_has_a_name_that_powershell_keeps_for_itself() {
    for (name, function) in functions() {
        let mut seen = BTreeSet::new();
        for word in function.parameters.iter().flatten() {
            assert!(!COMMON.contains(&word.as_str()), "{name} -{word} is common");
            assert!(seen.insert(word.clone()), "{name} -{word} is there twice");
        }
        for parameter in &function.parameters {
            assert!(
                !AUTOMATIC.contains(&parameter[0].as_str()),
                "{name} -{}",
                parameter[0]
            );
        }
        let places: BTreeSet<_> = function.positions.iter().collect();
        assert_eq!(
            places.len(),
            function.positions.len(),
            "{name}: a position twice"
        );
    }
}

/// The commands of a script with the names of their parameters, in the order of the text.
fn commands(text: &str) -> Vec<(String, Vec<String>)> {
    fn walk(node: Node<'_>, text: &str, found: &mut Vec<(String, Vec<String>)>) {
        let word = |node: Node<'_>| text[node.byte_range()].trim().to_owned();
        if node.kind() == "command" {
            found.push((String::new(), Vec::new()));
        }
        if node.kind() == "command_name"
            && let Some(last) = found.last_mut()
        {
            last.0 = word(node);
        }
        if node.kind() == "command_parameter" {
            let mut above = node.parent();
            while above.is_some_and(|node| node.kind() != "command") {
                above = above.and_then(|node| node.parent());
            }
            let owner = above.map(word).unwrap_or_default();
            let entry = found
                .iter_mut()
                .rev()
                .find(|(name, _)| owner.starts_with(name.as_str()));
            entry.unwrap().1.push(word(node));
        }
        for at in 0..node.child_count() {
            walk(node.child(at).unwrap(), text, found);
        }
    }
    let tree = parser().parse(text, None).unwrap();
    let mut found = Vec::new();
    walk(tree.root_node(), text, &mut found);
    found
}

#[test]
fn the_listings_of_the_article_bind_to_the_functions() {
    let functions = functions();
    let mut bound = BTreeSet::new();
    for (name, parameters) in LISTINGS.iter().flat_map(|listing| commands(listing)) {
        let row = rows()
            .iter()
            .find(|row| row.name == name || row.aliases.contains(&name.as_str()));
        let Some(row) = row else {
            assert!(
                ["fl", "Add-Member", "Get-Date"].contains(&name.as_str()),
                "{name}"
            );
            continue;
        };
        for parameter in parameters {
            let typed = parameter.trim_start_matches('-').to_lowercase();
            let known = &functions[row.name].parameters;
            assert!(
                known.iter().flatten().any(|word| *word == typed),
                "{name} {parameter}"
            );
            bound.insert((row.name, typed));
        }
    }
    // The walk must not have passed over any of them.
    assert!(bound.contains(&(
        "Restore-AzRecoveryServicesBackupItem",
        "diskencryptionsetid".into()
    )));
    assert!(bound.contains(&("Get-AzKeyVault", "vaultname".into())));
    assert_eq!(bound.len(), 33, "{bound:?}");
}
