//! Whole runs in process: what is printed where, and the exit code.

use std::ffi::OsString;

use rsvault::cli::{Environment, Reply, execute, with_front};

use crate::cli::sample::rows;

/// Runs with an empty configuration folder.
fn run_in(environment: &Environment, words: &[&str]) -> Reply {
    let words: Vec<OsString> = words.iter().map(OsString::from).collect();
    execute(&with_front(&rows()), &words, environment)
}

fn run(words: &[&str]) -> Reply {
    run_in(&bare(), words)
}

fn bare() -> Environment {
    Environment {
        config_home: Some("/nonexistent".into()),
        ..Environment::default()
    }
}

#[test]
fn no_words_print_help_on_stderr_and_fail() {
    let reply = run(&[]);
    assert_eq!((reply.exit as u8, reply.stdout.as_str()), (2, ""));
    assert!(reply.stderr.starts_with("rsv - a Recovery Services vault"));
}

#[test]
fn help_is_a_result_however_it_is_asked_for() {
    for word in ["-Help", "--help", "-h", "-?", "help"] {
        let reply = run(&[word]);
        assert_eq!((reply.exit as u8, reply.stderr.as_str()), (0, ""), "{word}");
        assert!(reply.stdout.contains("CMDLETS"), "{word}");
    }
    for words in [
        &["Get-AzRecoveryServicesVault", "-Help"][..],
        &["get-azrecoveryservicesvault", "-?"],
        &["help", "Get-AzRecoveryServicesVault"],
        &["Get-Help", "GVAULT"],
        &["Get-AzRecoveryServicesVault", "-Bogus", "--help"],
    ] {
        let reply = run(words);
        assert_eq!(reply.exit as u8, 0, "{words:?}");
        assert!(
            reply
                .stdout
                .contains("SYNTAX\n    Get-AzRecoveryServicesVault"),
            "{words:?}"
        );
    }
}

#[test]
fn the_version_is_one_line() {
    let version = format!("rsv {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(run(&["--version"]).stdout, version);
    assert_eq!(run(&["-V"]).stdout, version);
}

#[test]
fn a_cmdlet_runs_in_any_letter_case_and_by_alias() {
    for name in [
        "Get-AzRecoveryServicesVault",
        "GET-azrecoveryservicesVAULT",
        "gvault",
    ] {
        assert_eq!(
            run(&[name, "rg", "v", "-Query", "Name"]).stdout,
            "v\n",
            "{name}"
        );
    }
}

#[test]
fn common_parameters_may_stand_before_the_cmdlet() {
    let reply = run(&["--home", "/x", "-o:json", "gvault", "-q", "Name"]);
    assert_eq!(reply.stdout, "[\n  \"a\",\n  \"b\"\n]\n");
}

#[test]
fn an_unknown_cmdlet_gets_a_suggestion() {
    let reply = run(&["Get-AzRecoveryServicesVautl"]);
    assert_eq!(reply.exit as u8, 2);
    assert_eq!(
        reply.stderr,
        "rsv: The term 'Get-AzRecoveryServicesVautl' is not recognized as the name of a cmdlet.\n  \
         [CommandNotFoundException]\n  hint: Did you mean Get-AzRecoveryServicesVault?\n"
    );
}

#[test]
fn a_cmdlet_of_azure_that_is_missing_here_says_so() {
    let reply = run(&["get-azrecoveryservicesvaultproperty"]);
    assert_eq!(reply.exit as u8, 2);
    assert_eq!(
        reply.stderr,
        "rsv: Get-AzRecoveryServicesVaultProperty exists in Azure but not in rsv yet.\n  \
         [RsvCmdletNotImplemented]\n  hint: The nearest that does is Get-AzRecoveryServicesVault.\n"
    );
}

#[test]
fn a_refusal_prints_sentence_code_and_hint_and_its_own_exit_code() {
    let reply = run(&["gvault", "-Name", "nosuch"]);
    assert_eq!((reply.exit as u8, reply.stdout.as_str()), (3, ""));
    assert_eq!(
        reply.stderr,
        "rsv: The vault 'nosuch' was not found.\n  [ResourceNotFound]\n  \
         hint: rsv Get-AzRecoveryServicesVault\n"
    );
}

#[test]
fn errors_are_one_line_of_json_when_json_is_asked_for() {
    let expected = "{\"error\":{\"code\":\"ResourceNotFound\",\"message\":\"The vault 'nosuch' was \
                    not found.\",\"hint\":\"rsv Get-AzRecoveryServicesVault\",\"exitCode\":3}}\n";
    assert_eq!(
        run(&["gvault", "-Name", "nosuch", "-Output", "JSON"]).stderr,
        expected
    );
    // Also before the words are bound, and when the environment asks.
    assert!(
        run(&["gvault", "-Bogus", "-o:json"])
            .stderr
            .starts_with("{\"error\":")
    );
    let environment = Environment {
        output: Some("json".to_owned()),
        ..bare()
    };
    assert!(
        run_in(&environment, &["Get-Bogus"])
            .stderr
            .starts_with("{\"error\":")
    );
    assert!(
        run_in(&environment, &["Get-Bogus", "-o", "list"])
            .stderr
            .starts_with("rsv: ")
    );
}

#[test]
fn erroraction_silences_the_message_and_not_the_code() {
    for action in ["SilentlyContinue", "ignore"] {
        let reply = run(&["gvault", "-Name", "nosuch", "-ea", action]);
        assert_eq!((reply.exit as u8, reply.stderr.as_str()), (3, ""));
    }
}

#[test]
fn clap_speaks_powershell() {
    let cases: &[(&[&str], &str, &str)] = &[
        (
            &["Set-AzKeyVaultAccessPolicy"],
            "MissingMandatoryParameter",
            "Cannot process command because of one or more missing mandatory parameters: \
             VaultName.",
        ),
        (
            &[
                "Update-AzRecoveryServicesVault",
                "-VaultId",
                "v",
                "-Name",
                "n",
            ],
            "AmbiguousParameterSet",
            "Parameter set cannot be resolved using the specified named parameters.",
        ),
        (
            &["Update-AzRecoveryServicesVault", "-IdentityType", "x"],
            "ParameterArgumentValidationError",
            "Cannot validate argument on parameter 'IdentityType'. The argument \"x\" does not \
             belong to the set \"SystemAssigned,None\" specified by the ValidateSet attribute.",
        ),
        (
            &["Update-AzRecoveryServicesVault", "-RetentionDays", "x"],
            "ParameterArgumentTransformationError",
            "Cannot process argument transformation on parameter 'RetentionDays'. Cannot convert \
             value \"x\" to type \"System.Int32\". Error: \"Input string was not in a correct format.\"",
        ),
    ];
    for (words, code, message) in cases {
        let reply = run(words);
        assert_eq!(reply.exit as u8, 2, "{words:?}");
        assert!(
            reply
                .stderr
                .starts_with(&format!("rsv: {message}\n  [{code}]\n")),
            "{}",
            reply.stderr
        );
    }
}

#[test]
fn set_members_are_taken_in_any_letter_case() {
    let words = [
        "Update-AzRecoveryServicesVault",
        "-IdentityType",
        "systemassigned",
        "-q",
        "Name",
    ];
    assert_eq!(run(&words).stdout, "updated\n");
}

#[test]
fn a_query_that_cannot_be_read_stops_the_run_before_the_work() {
    let reply = run(&["Update-AzRecoveryServicesVault", "-q", "[0"]);
    assert_eq!(reply.exit as u8, 2);
    assert!(
        reply.stderr.contains("[RsvInvalidQuery]"),
        "{}",
        reply.stderr
    );
}

#[test]
fn a_result_that_cannot_be_shown_does_not_deny_the_work() {
    let reply = run(&["Update-AzRecoveryServicesVault", "-q", "Nmae"]);
    assert_eq!(reply.exit as u8, 6);
    assert!(
        reply.stderr.starts_with("rsv: The command is done, but: "),
        "{}",
        reply.stderr
    );
    let reply = run(&["gvault", "-q", "Nmae"]);
    assert_eq!(reply.exit as u8, 2);
    assert!(
        reply.stderr.contains("hint: Did you mean Name?"),
        "{}",
        reply.stderr
    );
}

#[test]
#[cfg(unix)]
fn words_that_are_not_text_are_refused() {
    use std::os::unix::ffi::OsStringExt;
    let words = [OsString::from("gvault"), OsString::from_vec(vec![0xff])];
    let reply = execute(&with_front(&rows()), &words, &bare());
    assert_eq!(reply.exit as u8, 2);
    assert!(
        reply.stderr.contains("[RsvInvalidText]"),
        "{}",
        reply.stderr
    );
}

#[test]
fn debug_tells_the_causes() {
    let reply = run(&["gvault", "-Name", "nosuch", "-Debug"]);
    assert!(
        reply
            .stderr
            .starts_with("DEBUG: The vault 'nosuch' was not found.\nrsv: ")
    );
}

#[test]
fn conflicting_parameters_are_named() {
    let reply = run(&[
        "Update-AzRecoveryServicesVault",
        "-VaultId",
        "v",
        "-Name",
        "n",
    ]);
    assert!(
        reply.stderr.contains("cannot be used together"),
        "{}",
        reply.stderr
    );
    assert!(reply.stderr.contains("-VaultId") && reply.stderr.contains("-Name"));
}

#[test]
fn a_reader_that_left_is_no_error() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_rsv"))
        .arg("--help")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_standard_output_is_an_error() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rsv"));
    let output = command.arg("--help").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("[RsvIo]"));
}
