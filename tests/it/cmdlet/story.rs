//! One story through every cmdlet: what each prints as JSON, that -WhatIf changes nothing, that what
//! destroys asks, and that objects are taken from a pipe and checked.
//!
//! `story.txt` holds the command lines. `SNAPSHOTS=overwrite` writes the golden files again.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rsvault::cmdlet::{Effect, ObjectArg, Row, rows};
use serde_json::{Map, Value};

use crate::harness::{Run, Sandbox, copy, noise};

/// Cmdlets that print nothing in the story: the service's own are silent without -PassThru, no job
/// is left to be stopped, and containers come and go with their items only.
const SILENT: [&str; 6] = [
    "Register-AzRecoveryServicesBackupContainer",
    "Set-AzRecoveryServicesBackupProperty",
    "Set-AzRecoveryServicesVaultContext",
    "Set-AzRecoveryServicesVaultProperty",
    "Stop-AzRecoveryServicesBackupJob",
    "Unregister-AzRecoveryServicesBackupContainer",
];

/// Cmdlets whose -WhatIf says nothing: the home is there already, and signing in writes nothing.
const NOTHING_TO_SAY: [&str; 2] = ["Initialize-RsvHome", "Connect-AzAccount"];

/// Object parameters (cmdlet, parameter) that the story does not give.
const NOT_GIVEN: [(&str, &str); 16] = [
    ("New-AzVM", "DiskEncryptionSetId"),
    ("Register-AzRecoveryServicesBackupContainer", "Container"),
    ("Register-AzRecoveryServicesBackupContainer", "VaultId"),
    ("Remove-AzRecoveryServicesBackupProtectionPolicy", "Policy"),
    ("Remove-AzRoleAssignment", "InputObject"),
    ("Restore-AzKeyVaultKey", "InputObject"),
    ("Set-AzContext", "Context"),
    ("Set-AzKeyVaultKeyRotationPolicy", "InputObject"),
    ("Set-AzKeyVaultKeyRotationPolicy", "KeyRotationPolicy"),
    (
        "Set-AzRecoveryServicesVaultProperty",
        "UserAssignedIdentity",
    ),
    ("Set-AzResource", "InputObject"),
    ("Stop-AzRecoveryServicesBackupJob", "Job"),
    ("Stop-AzRecoveryServicesBackupJob", "VaultId"),
    ("Undo-AzKeyVaultRemoval", "InputObject"),
    ("Unregister-AzRecoveryServicesBackupContainer", "Container"),
    ("Unregister-AzRecoveryServicesBackupContainer", "VaultId"),
];

/// Cmdlets that change something and whose mistakes are all found by the binder.
const NO_MISTAKE: [&str; 0] = [];

/// Keys in Azure's own spelling, which starts with a small letter, and keys that are names or ids.
const OTHER_KEYS: [&str; 4] = [
    "Properties",
    "encryptionProperties",
    "Tags",
    "UserAssignedIdentities",
];

/// What a key contains whose value differs from run to run.
const VOLATILE: [&str; 6] = [
    "Duration",
    "Seconds",
    "Bytes",
    "Packs",
    "Chunks",
    "AccessSAS",
];

/// Object parameters that take any type and refuse by what they read in it: code and exit code.
const READ_FIRST: [(&str, &str, &str, i32); 4] = [
    ("Get-AzResource", "ResourceId", "RsvInvalidResourceId", 2),
    ("Set-AzResource", "ResourceId", "RsvInvalidResourceId", 2),
    (
        "Wait-AzRecoveryServicesBackupJob",
        "Job",
        "ArgumentException",
        2,
    ),
    ("Save-AzVhd", "SourceUri", "AuthenticationFailed", 1),
];

/// An object of a type that no parameter takes.
const WRONG: &str = r#"{"Name": "x", "Id": "/x", "PSTypeName": "Wrong.Kind"}"#;

/// The story's sandbox and what the lines so far have brought.
struct Story {
    sandbox: Sandbox,
    names: BTreeMap<String, String>,
    golden: BTreeMap<&'static str, String>,
    asked: BTreeSet<&'static str>,
    mistaken: BTreeSet<&'static str>,
    given: BTreeSet<(&'static str, String)>,
    silent_what_if: BTreeSet<&'static str>,
}

/// One line: the command, and what comes before its pipe.
struct Step {
    before: Option<String>,
    line: String,
    row: &'static Row,
}

impl Story {
    fn step(&self, text: &str) -> Step {
        let mut text = text.to_owned();
        for (name, value) in &self.names {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        let (before, line) = match text.split_once(" | ") {
            Some((before, line)) => (Some(before.to_owned()), line.to_owned()),
            None => (None, text),
        };
        let name = line.split(' ').next().unwrap();
        let row = rows().iter().find(|row| row.name == name);
        let row = row.unwrap_or_else(|| panic!("story.txt: {name} is no cmdlet"));
        Step { before, line, row }
    }

    fn input(&self, step: &Step) -> String {
        let before = step.before.as_ref();
        before.map_or(String::new(), |line| {
            self.sandbox.ok(&format!("{line} -Output json"))
        })
    }

    /// Everything that the program has written, byte for byte.
    fn bytes(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = self.sandbox.stored_files();
        for folder in ["config", "state"] {
            let entries = std::fs::read_dir(self.sandbox.path().join(folder)).into_iter();
            files.extend(entries.flatten().map(|entry| entry.unwrap().path()));
        }
        files
            .into_iter()
            .filter(|path| path.is_file())
            .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
            .collect()
    }

    /// Runs something that must leave every byte as it is.
    fn harmless(&self, line: &str, input: &str) -> Run {
        let before = self.bytes();
        let run = self.sandbox.run_with(line, input);
        let after = self.bytes();
        let changed: Vec<_> = after
            .iter()
            .filter(|(path, bytes)| before.get(*path) != Some(bytes))
            .map(|(path, _)| path)
            .collect();
        assert!(
            changed.is_empty() && before.len() == after.len(),
            "{line} changed {changed:?}"
        );
        run
    }

    /// A mistake is refused alike with and without -WhatIf.
    fn mistake(&mut self, step: &Step) {
        let input = self.input(step);
        let force = match step.row.effect {
            Effect::Destroys => " -Confirm:false",
            _ => "",
        };
        let bare = self
            .sandbox
            .run_with(&format!("{}{force}", step.line), &input);
        let what_if = self.harmless(&format!("{} -WhatIf", step.line), &input);
        assert_ne!(bare.exit, 0, "{} is no mistake", step.line);
        assert_eq!(
            (bare.exit, bare.stderr),
            (what_if.exit, what_if.stderr),
            "{}",
            step.line
        );
        self.mistaken.insert(step.row.name);
    }

    fn play(&mut self, step: &Step) {
        self.wrong_objects(step);
        let input = self.input(step);
        if step.row.effect != Effect::Reads {
            let run = self.harmless(&format!("{} -WhatIf", step.line), &input);
            assert_eq!(run.exit, 0, "{} -WhatIf: {}", step.line, run.stderr);
            if !run.stderr.contains("What if: ") {
                self.silent_what_if.insert(step.row.name);
            }
        }
        let mut line = step.line.clone();
        if step.row.effect == Effect::Destroys {
            let said = self
                .harmless(&line, &input)
                .fails("ConfirmationRequired", 2);
            assert!(
                said.contains("-Force") && said.contains("-Confirm:false"),
                "{said}"
            );
            self.asked.insert(step.row.name);
            line.push_str(" -Confirm:false");
        }
        let (line, input) = self.piped(&line, input);
        let run = self
            .sandbox
            .run_with(&format!("{line} -Output json"), &input);
        let printed = run.ok();
        if !printed.is_empty() && !self.golden.contains_key(step.row.name) {
            let value: Value = serde_json::from_str(&printed).unwrap();
            check_keys(step.row.name, &value);
            let text = serde_json::to_string_pretty(&self.steady(value)).unwrap();
            self.golden.insert(step.row.name, text + "\n");
        }
    }

    /// Gives the vault as an object through the pipe, where its name was written.
    fn piped(&self, line: &str, input: String) -> (String, String) {
        let named = "-VaultId testvault";
        if !input.is_empty() || !line.contains(named) {
            return (line.to_owned(), input);
        }
        let vault = "Get-AzRecoveryServicesVault -Name testvault -Output json";
        (line.replace(named, "-VaultId -"), self.sandbox.ok(vault))
    }

    /// Each object parameter of the line refuses another kind of object.
    fn wrong_objects(&mut self, step: &Step) {
        for parameter in objects(step.row) {
            let mark = format!(" -{parameter} ");
            let Some((head, tail)) = step.line.split_once(&mark) else {
                continue;
            };
            let rest = tail.split_once(' ').map_or("", |(_, rest)| rest);
            let force = if step.row.effect == Effect::Destroys {
                "-Force"
            } else {
                ""
            };
            let force = if head.contains("RoleAssignment") {
                ""
            } else {
                force
            };
            let line = format!("{head}{mark}- {rest} {force}");
            let read = READ_FIRST
                .iter()
                .find(|(cmdlet, name, ..)| *cmdlet == step.row.name && *name == parameter);
            let (code, exit) =
                read.map_or(("RsvWrongKind", 2), |(_, _, code, exit)| (*code, *exit));
            self.harmless(&line, WRONG).fails(code, exit);
            self.given.insert((step.row.name, parameter));
        }
    }

    /// Puts words for what differs from run to run.
    fn steady(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.steady_text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.steady(item)).collect(),
            Value::Object(object) => {
                let pairs = object.into_iter();
                let pairs = pairs
                    .map(|(key, value)| (self.steady_text(&key), self.steady_value(&key, value)));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
            other => other,
        }
    }

    /// A word for a value that its key tells to differ, such as a duration.
    fn steady_value(&self, key: &str, value: Value) -> Value {
        let is_volatile = VOLATILE.iter().any(|word| key.contains(word));
        match value {
            Value::Number(_) | Value::String(_) if is_volatile => "<volatile>".into(),
            other => self.steady(other),
        }
    }

    fn steady_text(&self, text: &str) -> String {
        let text = text.replace(&self.sandbox.path().display().to_string(), "<folder>");
        let ends = |c: char| c.is_whitespace() || "/\"'(),;=<>".contains(c);
        text.split_inclusive(ends)
            .map(|piece| {
                let word = piece.trim_end_matches(|c| ends(c) || c == '.');
                format!("{}{}", steady_word(word), &piece[word.len()..])
            })
            .collect()
    }
}

fn steady_word(word: &str) -> String {
    let hex = |c: char| c.is_ascii_hexdigit();
    if word.parse::<jiff::Timestamp>().is_ok() {
        return "<time>".to_owned();
    }
    for (at, _) in word.char_indices() {
        let found = word
            .get(at..at + 36)
            .filter(|part| uuid::Uuid::try_parse(part).is_ok());
        if found.is_some() {
            let end = steady_word(&word[at + 36..]);
            return format!("{}<uuid>{end}", &word[..at]);
        }
    }
    if word.len() >= 32 && word.chars().all(hex) {
        return "<hex>".to_owned();
    }
    if word.len() >= 60 {
        return "<long>".to_owned();
    }
    let digits = word.chars().filter(char::is_ascii_digit).count();
    if digits >= 6 {
        return word
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
    }
    word.to_owned()
}

/// The names of a cmdlet's object parameters.
fn objects(row: &Row) -> Vec<String> {
    let tree = rsvault::cli::tree(row);
    let command = tree.command;
    let is_object = |id: &str| {
        let mut args = command.get_arguments();
        let arg = args.find(|arg| arg.get_id() == id).unwrap();
        arg.get_value_parser().type_id() == TypeId::of::<ObjectArg>()
    };
    let parameters = tree.parameters.into_iter();
    parameters
        .filter(|one| is_object(&one.id))
        .map(|one| one.name)
        .collect()
}

/// Every key starts with a capital, as PowerShell's properties do.
fn check_keys(cmdlet: &str, value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| check_keys(cmdlet, item)),
        Value::Object(object) => {
            for (key, value) in object {
                let other = OTHER_KEYS.contains(&key.as_str());
                let capital = key.starts_with(|c: char| c.is_ascii_uppercase());
                assert!(capital || other, "{cmdlet} prints a property '{key}'");
                if !other {
                    check_keys(cmdlet, value);
                }
            }
        }
        _ => {}
    }
}

/// Puts the data of another home's vault, with a recovery point, and that home's root key into the
/// sandbox; gives the vault's folder.
fn foreign_vault(sandbox: &Sandbox) -> String {
    let other = Sandbox::new();
    other.prepared();
    other.write("os.img", &noise(3, 50_000));
    other.protect("os.img", &[]);
    other.backup().ok();
    let key = other.ok("Initialize-RsvHome -Query RootKeyFile");
    let mut vaults = std::fs::read_dir(other.home().join("vaults")).unwrap();
    let vault = vaults.next().unwrap().unwrap();
    let name = vault.file_name().into_string().unwrap();
    for (from, to) in [(vault.path(), &*name), (PathBuf::from(key), "foreign.key")] {
        copy(&from, &sandbox.path().join(to));
    }
    name
}

fn play_all() -> Story {
    let mut story = Story {
        sandbox: Sandbox::new(),
        names: BTreeMap::new(),
        golden: BTreeMap::new(),
        asked: BTreeSet::new(),
        mistaken: BTreeSet::new(),
        given: BTreeSet::new(),
        silent_what_if: BTreeSet::new(),
    };
    story.sandbox.write("os.img", &noise(1, 100_000));
    story.sandbox.write("data.img", &noise(2, 50_000));
    story.sandbox.ok("Get-AzContext");
    let foreign = foreign_vault(&story.sandbox);
    story.names.insert("foreign".to_owned(), foreign);
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cmdlet/story.txt");
    let text = std::fs::read_to_string(text).unwrap();
    let mut kept = BTreeMap::new();
    for line in text.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(rest) = line.strip_prefix("= ") {
            let (name, command) = rest.split_once(' ').unwrap();
            let step = story.step(command);
            let value = story.sandbox.ok(&step.line);
            story.names.insert(name.to_owned(), value);
        } else if let Some(file) = line.strip_prefix("@ keep ") {
            let bytes = std::fs::read(story.sandbox.home().join(file)).unwrap();
            kept.insert(file, bytes);
        } else if let Some(file) = line.strip_prefix("@ put back ") {
            std::fs::write(story.sandbox.home().join(file), &kept[file]).unwrap();
        } else if let Some(rest) = line.strip_prefix("! ") {
            let step = story.step(rest);
            story.mistake(&step);
        } else {
            let step = story.step(line);
            story.play(&step);
        }
    }
    story
}

#[test]
fn every_cmdlet_plays_its_part_in_one_story() {
    let story = play_all();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cmdlet/golden");
    let mut missing = Vec::new();
    for row in rows() {
        let name = row.name;
        match story.golden.get(name) {
            Some(text) => {
                let file = folder.join(format!("{name}.json"));
                let golden = snapbox::Data::read_from(&file, Some(snapbox::data::DataFormat::Text));
                snapbox::assert_data_eq!(text.clone(), golden.raw());
            }
            None if SILENT.contains(&name) => {}
            None => missing.push(format!("{name} prints no JSON in story.txt")),
        }
        if row.effect != Effect::Reads
            && !story.mistaken.contains(name)
            && !NO_MISTAKE.contains(&name)
        {
            missing.push(format!("{name}: story.txt has no line with a mistake"));
        }
        if row.effect == Effect::Destroys && !story.asked.contains(name) {
            missing.push(format!("{name}: it never asked"));
        }
        for parameter in objects(row) {
            let is_given = story.given.contains(&(name, parameter.clone()));
            if !is_given && !NOT_GIVEN.contains(&(name, parameter.as_str())) {
                missing.push(format!("(\"{name}\", \"{parameter}\") is not in story.txt"));
            }
        }
    }
    let silent = story
        .silent_what_if
        .iter()
        .filter(|name| !NOTHING_TO_SAY.contains(name));
    missing.extend(silent.map(|name| format!("{name} -WhatIf says nothing")));
    assert!(missing.is_empty(), "{missing:#?}");
}
