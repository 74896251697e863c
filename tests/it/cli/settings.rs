//! Precedence of settings and the configuration file.

use std::ffi::OsString;

use rsvault::cli::{Config, Environment, SETTINGS, execute, with_front};
use rsvault::output::Format;

use crate::cli::sample::rows;

/// An environment whose configuration file has this text.
fn configured(text: &str) -> (tempfile::TempDir, Environment) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.toml"), text).unwrap();
    let config_home = Some(folder.path().as_os_str().to_owned());
    (
        folder,
        Environment {
            config_home,
            ..Environment::default()
        },
    )
}

#[test]
fn without_a_file_every_setting_has_its_default() {
    let folder = tempfile::tempdir().unwrap();
    let config_home = Some(folder.path().as_os_str().to_owned());
    let config = Config::load(&Environment {
        config_home,
        ..Environment::default()
    })
    .unwrap();
    assert_eq!(config.output, None);
    assert_eq!(config.rules.rsa_key_bits, [2048]);
}

#[test]
fn the_file_sets_the_output_and_the_key_sizes() {
    let (_folder, environment) =
        configured("output = \"Json\"\n[rules]\nrsa_key_bits = [2048, 4096]\n");
    let config = Config::load(&environment).unwrap();
    assert_eq!(config.output, Some(Format::Json));
    assert_eq!(config.rules.rsa_key_bits, [2048, 4096]);
}

#[test]
fn what_the_file_cannot_mean_is_an_error_with_its_place() {
    for (text, place) in [
        (
            "\noutptu = \"json\"\n",
            "config.toml, line 2: unknown field `outptu`",
        ),
        (
            "[rules]\nkey_bits = [2048]\n",
            "config.toml, line 2: unknown field `key_bits`",
        ),
        (
            "output = \"xml\"\n",
            "config.toml, output: 'xml' is no output format",
        ),
        (
            "[rules]\nrsa_key_bits = [1024]\n",
            "config.toml, rules.rsa_key_bits: ",
        ),
        (
            "[rules]\nrsa_key_bits = []\n",
            "config.toml, rules.rsa_key_bits: ",
        ),
        ("output = \n", "config.toml, line 1: "),
    ] {
        let (_folder, environment) = configured(text);
        let failure = Config::load(&environment).unwrap_err();
        assert_eq!(
            (failure.code.as_str(), failure.exit as u8),
            ("RsvInvalidSetting", 2)
        );
        assert!(
            failure.message.contains(place),
            "{text:?}: {}",
            failure.message
        );
    }
}

#[test]
fn parameter_beats_variable_beats_file_beats_default() {
    let run = |environment: &Environment, words: &[&str]| {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        execute(&with_front(&rows()), &words, environment).stdout
    };
    let (_folder, mut environment) = configured("output = \"id\"\n");
    assert_eq!(run(&environment, &["gvault"]), "/vaults/a\n/vaults/b\n");
    environment.output = Some("TSV".to_owned());
    assert_eq!(run(&environment, &["gvault"]), "a\tp1\nb\tp1\n");
    assert!(run(&environment, &["gvault", "-o", "yaml"]).starts_with("- Name: \"a\"\n"));
    let (_folder, environment) = configured("");
    assert!(run(&environment, &["gvault"]).starts_with("\nName Principal\n"));
}

#[test]
fn a_variable_that_names_no_format_is_an_error() {
    let (_folder, mut environment) = configured("");
    environment.output = Some("xml".to_owned());
    let reply = execute(&with_front(&rows()), &["gvault".into()], &environment);
    assert_eq!(reply.exit as u8, 2);
    assert!(
        reply
            .stderr
            .starts_with("rsv: RSV_OUTPUT: 'xml' is no output format")
    );
}

#[test]
fn help_works_beside_a_broken_file() {
    let (_folder, environment) = configured("= broken");
    assert_eq!(
        execute(&with_front(&rows()), &["--help".into()], &environment).exit as u8,
        0
    );
}

#[test]
fn the_example_file_has_every_key_at_its_default() {
    let text = include_str!("../../../examples/config.toml");
    let example: toml::Table = text.parse().unwrap();
    assert_eq!(example, Config::defaults().unwrap());
    let (_folder, environment) = configured(text);
    let config = Config::load(&environment).unwrap();
    let bare = Config::default();
    assert_eq!((config.output, config.home), (bare.output, bare.home));
    assert_eq!((config.progress, config.rules), (bare.progress, bare.rules));
}

#[test]
fn every_key_is_a_setting_and_is_reported() {
    let keys = |table: &toml::Table, section: &str| -> Vec<String> {
        table.keys().map(|key| format!("{section}{key}")).collect()
    };
    let defaults = Config::defaults().unwrap();
    let mut known = Vec::new();
    for (key, value) in &defaults {
        match value {
            toml::Value::Table(inner) => known.extend(keys(inner, &format!("{key}."))),
            _ => known.push(key.clone()),
        }
    }
    known.sort();
    let mut settings: Vec<&str> = SETTINGS.iter().filter_map(|setting| setting.key).collect();
    settings.sort_unstable();
    assert_eq!(settings, known);
}

#[test]
fn a_misspelt_key_gets_a_suggestion() {
    let (_folder, environment) = configured("[rules]\nrsa_key_bit = [2048]\n");
    let failure = Config::load(&environment).unwrap_err();
    assert!(
        failure.message.contains("config.toml, line 2"),
        "{}",
        failure.message
    );
    assert_eq!(failure.hint.as_deref(), Some("Did you mean rsa_key_bits?"));
}

#[test]
fn a_home_in_the_file_has_to_be_a_whole_path() {
    let (_folder, environment) = configured("home = \"data\"\n");
    let failure = Config::load(&environment).unwrap_err();
    assert!(
        failure.message.contains("config.toml, home: "),
        "{}",
        failure.message
    );
}
