//! The root key under a passphrase: from a file or a descriptor, never from a word or a variable.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::harness::Sandbox;

const WORDS: &str = "correct horse battery";

fn secret_file(sandbox: &Sandbox, name: &str, text: &str) -> String {
    sandbox.write(name, text.as_bytes());
    let path = sandbox.path().join(name);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

fn root_key_text(sandbox: &Sandbox) -> String {
    let entries = fs::read_dir(sandbox.config()).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    let path = paths.find(|p| p.to_string_lossy().contains("root-"));
    fs::read_to_string(path.unwrap()).unwrap()
}

#[test]
fn a_home_made_with_a_passphrase_never_has_its_root_key_on_disk_and_opens_with_it_only() {
    let sandbox = Sandbox::new();
    let file = secret_file(&sandbox, "pass", &format!("{WORDS}\n"));
    let made = sandbox.ok(&format!(
        "Initialize-RsvHome -PassphraseFile {file} -Query RootKeyKind"
    ));
    assert_eq!(made, "Passphrase");
    assert!(root_key_text(&sandbox).starts_with("RSVROOT1 passphrase "));
    let text = sandbox
        .run("Get-AzResourceGroup")
        .fails("RsvPassphraseNeeded", 1);
    assert!(text.contains("-PassphraseFile"), "{text}");
    let wrong = secret_file(&sandbox, "wrong", "correct horse batterz");
    sandbox
        .run(&format!("Get-AzResourceGroup -PassphraseFile {wrong}"))
        .fails("RsvWrongPassphrase", 1);
    sandbox.ok(&format!("Get-AzResourceGroup -PassphraseFile {file}"));
}

#[test]
fn a_passphrase_comes_from_a_descriptor_and_from_the_variable_that_names_a_file() {
    let mut sandbox = Sandbox::new();
    let file = secret_file(&sandbox, "pass", WORDS);
    sandbox.ok(&format!("Initialize-RsvHome -PassphraseFile {file}"));
    // Standard input as a pipe is descriptor 0.
    let line = "Get-AzResourceGroup -PassphraseFd 0";
    sandbox.run_with(line, &format!("{WORDS}\n")).ok();
    sandbox
        .run_with(line, "another passphrase\n")
        .fails("RsvWrongPassphrase", 1);
    sandbox.set("RSV_PASSPHRASE_FILE", &file);
    sandbox.ok("Get-AzResourceGroup");
}

#[test]
fn a_passphrase_is_changed_and_taken_away_and_what_was_stored_stays_readable() {
    let mut sandbox = Sandbox::new();
    sandbox.ok("New-AzResourceGroup -Name testrg -Location japaneast");
    let (one, two) = (
        secret_file(&sandbox, "one", WORDS),
        secret_file(&sandbox, "two", "another long passphrase"),
    );
    let run = sandbox.run(&format!("Update-RsvRootKey -NewPassphraseFile {one}"));
    assert!(run.stderr.contains("old key file"), "{}", run.stderr);
    run.ok();
    sandbox
        .run("Get-AzResourceGroup -Name testrg")
        .fails("RsvPassphraseNeeded", 1);
    sandbox.set("RSV_PASSPHRASE_FILE", &one);
    sandbox.ok("Get-AzResourceGroup -Name testrg");
    sandbox.ok(&format!("Update-RsvRootKey -NewPassphraseFile {two}"));
    sandbox
        .run("Get-AzResourceGroup -Name testrg")
        .fails("RsvWrongPassphrase", 1);
    sandbox.set("RSV_PASSPHRASE_FILE", &two);
    assert_eq!(
        sandbox.ok("Update-RsvRootKey -KeyFile -Query RootKeyKind"),
        "KeyFile"
    );
    assert!(root_key_text(&sandbox).starts_with("RSVROOT1 key-file "));
    sandbox.set("RSV_PASSPHRASE_FILE", "");
    sandbox.ok("Get-AzResourceGroup -Name testrg");
    let log = sandbox.ok("Get-AzActivityLog -Output json");
    assert_eq!(
        log.matches("OperationName\": \"Rsv/rootKeys/write").count(),
        3,
        "{log}"
    );
    for secret in [WORDS, "another long passphrase"] {
        assert!(!log.contains(secret));
    }
}

#[test]
fn a_what_if_of_a_new_passphrase_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.ok("Initialize-RsvHome");
    let before = root_key_text(&sandbox);
    let file = secret_file(&sandbox, "pass", WORDS);
    sandbox.ok(&format!(
        "Update-RsvRootKey -NewPassphraseFile {file} -WhatIf"
    ));
    assert_eq!(root_key_text(&sandbox), before);
}

#[test]
fn passphrases_and_files_that_keep_nobody_out_are_refused() {
    let sandbox = Sandbox::new();
    sandbox.ok("Initialize-RsvHome");
    let before = root_key_text(&sandbox);
    for text in [
        "",
        "\n",
        "short",
        "two\nlines of words",
        "zero\0byte inside",
    ] {
        let file = secret_file(&sandbox, "pass", text);
        let line = format!("Update-RsvRootKey -NewPassphraseFile {file}");
        sandbox.run(&line).fails("RsvPassphraseUnusable", 1);
    }
    let file = secret_file(&sandbox, "open", WORDS);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let text = sandbox
        .run(&format!("Update-RsvRootKey -NewPassphraseFile {file}"))
        .fails("RsvPassphraseFileUnsafe", 1);
    assert!(text.contains("chmod 600"), "{text}");
    // Without a terminal nobody is asked, and nothing hangs.
    sandbox
        .run("Update-RsvRootKey -NewPassphrase")
        .fails("RsvPassphraseNeeded", 1);
    sandbox
        .run("Initialize-RsvHome -Passphrase")
        .fails("RsvHomeExists", 1);
    assert_eq!(root_key_text(&sandbox), before);
}

#[test]
fn every_changed_letter_of_a_sealed_root_key_is_refused_before_any_work_is_done() {
    let sandbox = Sandbox::new();
    let file = secret_file(&sandbox, "pass", WORDS);
    sandbox.ok(&format!("Initialize-RsvHome -PassphraseFile {file}"));
    let entries = fs::read_dir(sandbox.config()).unwrap();
    let path = entries.map(|e| e.unwrap().path()).next().unwrap();
    let good = fs::read(&path).unwrap();
    let line = format!("Get-AzResourceGroup -PassphraseFile {file}");
    for at in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, &bad).unwrap();
        let run = sandbox.run(&line);
        assert_ne!(run.exit, 0, "letter {at}");
        assert!(run.stderr.contains("RootKey"), "{at}: {}", run.stderr);
    }
    fs::write(&path, &good).unwrap();
    sandbox.ok(&line);
}
