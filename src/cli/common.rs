//! The parameters every cmdlet has, and those of PowerShell's that make no sense outside of it.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches};

use crate::cmdlet::Effect;
use crate::output::Format;

/// Starts the id of each common parameter, so that a cmdlet's own ids never clash with them.
const MARK: &str = "common.";

/// PowerShell's parameters that every real cmdlet takes and rsv cannot: (name, aliases, reason).
pub(crate) const COMMON_REFUSED: [(&str, &[&str], &str); 11] = [
    (
        "OutVariable",
        &["ov"],
        "in a shell write x=$(rsv ... -Output json)",
    ),
    (
        "PipelineVariable",
        &["pv"],
        "there is no pipeline of objects outside of PowerShell",
    ),
    (
        "OutBuffer",
        &["ob"],
        "there is no pipeline of objects outside of PowerShell",
    ),
    (
        "ErrorVariable",
        &["ev"],
        "errors go to standard error; -Output json makes them readable",
    ),
    ("WarningVariable", &["wv"], "warnings go to standard error"),
    (
        "InformationVariable",
        &["iv"],
        "rsv writes no information records",
    ),
    (
        "InformationAction",
        &["infa"],
        "rsv writes no information records",
    ),
    (
        "DefaultProfile",
        &["AzContext", "AzureRmContext", "AzureCredential"],
        "choose the context with Set-AzContext or RSV_SUBSCRIPTION",
    ),
    (
        "AsJob",
        &[],
        "operations run in the foreground; start the command with & instead",
    ),
    ("Pre", &[], "there is only one version of the service"),
    (
        "ApiVersion",
        &[],
        "there is only one version of the service",
    ),
];

/// What the common parameters said.
#[derive(Debug, Default)]
pub(crate) struct Common {
    pub(crate) format: Option<Format>,
    pub(crate) query: Option<String>,
    pub(crate) home: Option<String>,
    pub(crate) passphrase_file: Option<PathBuf>,
    pub(crate) passphrase_fd: Option<u32>,
    /// -Passphrase of a cmdlet that makes a home.
    pub(crate) choose_passphrase: bool,
    pub(crate) verbose: bool,
    pub(crate) debug: bool,
    /// -ErrorAction SilentlyContinue or Ignore: no message; the exit code stays.
    pub(crate) errors_silent: bool,
    /// The same of -WarningAction.
    pub(crate) warnings_silent: bool,
    /// -ProgressAction: false for SilentlyContinue or Ignore, true for Continue.
    pub(crate) progress: Option<bool>,
    pub(crate) what_if: bool,
    pub(crate) confirm: Option<bool>,
    pub(crate) help: bool,
}

impl Common {
    /// Reads the matches; a parameter that the cmdlet declares itself is the cmdlet's alone.
    pub(crate) fn read(matches: &ArgMatches) -> Self {
        let silent = |name| {
            value::<String>(matches, name).is_some_and(|action| {
                ["SilentlyContinue", "Ignore"]
                    .iter()
                    .any(|quiet| action.eq_ignore_ascii_case(quiet))
            })
        };
        let switch = |name| value::<bool>(matches, name).unwrap_or(false);
        Self {
            format: value(matches, "Output"),
            query: value(matches, "Query"),
            home: value(matches, "Home"),
            passphrase_file: value(matches, "PassphraseFile"),
            passphrase_fd: value(matches, "PassphraseFd"),
            choose_passphrase: matches
                .try_get_one::<bool>("passphrase")
                .is_ok_and(|given| given == Some(&true)),
            verbose: switch("Verbose"),
            debug: switch("Debug"),
            errors_silent: silent("ErrorAction"),
            warnings_silent: silent("WarningAction"),
            progress: value::<String>(matches, "ProgressAction").map(|_| !silent("ProgressAction")),
            what_if: switch("WhatIf"),
            confirm: value(matches, "Confirm"),
            help: switch("Help"),
        }
    }
}

fn value<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Option<T> {
    matches
        .try_get_one::<T>(&format!("{MARK}{name}"))
        .ok()
        .flatten()
        .cloned()
}

/// Returns true for the id of a common parameter.
pub(crate) fn owns(id: &str) -> bool {
    id.starts_with(MARK)
}

/// Returns the common parameters of a cmdlet with this effect.
pub(crate) fn args(effect: Effect) -> Vec<Arg> {
    let mut args = vec![
        named("Output", "Choose the form of the result")
            .alias("o")
            .value_name("String")
            .value_parser(
                PossibleValuesParser::new(Format::NAMES).try_map(|name| name.parse::<Format>()),
            ),
        named(
            "Query",
            "Select from the result, such as Identity.PrincipalId or '[0].Name'",
        )
        .alias("q")
        .value_name("String"),
        named("Home", "Use the home in this folder").value_name("String"),
        named(
            "PassphraseFile",
            "Read the root key's passphrase from this file or pipe (or RSV_PASSPHRASE_FILE)",
        )
        .value_name("String")
        .value_parser(clap::value_parser!(PathBuf)),
        named(
            "PassphraseFd",
            "Read the root key's passphrase from this open descriptor",
        )
        .value_name("UInt32")
        .value_parser(clap::value_parser!(u32)),
        switch("Verbose", "Write what happens to standard error").alias("vb"),
        switch("Debug", "Write the causes of an error to standard error").alias("db"),
        action(
            "ErrorAction",
            "ea",
            "Silence the error message; the exit code stays",
        )
        .value_parser(["Continue", "Stop", "SilentlyContinue", "Ignore"]),
        action("WarningAction", "wa", "Silence warnings").value_parser([
            "Continue",
            "SilentlyContinue",
            "Ignore",
        ]),
        action("ProgressAction", "proga", "Silence the progress bar").value_parser([
            "Continue",
            "SilentlyContinue",
            "Ignore",
        ]),
        switch("Help", "Show this help").alias("h").alias("?"),
    ];
    if effect != Effect::Reads {
        args.push(switch("WhatIf", "Run every check and change nothing").alias("wi"));
        args.push(
            named("Confirm", "Ask first; -Confirm:false never asks")
                .alias("cf")
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
                .value_parser(clap::value_parser!(bool)),
        );
    }
    args
}

/// Makes a parameter with a value.
fn named(name: &'static str, help: &'static str) -> Arg {
    Arg::new(format!("{MARK}{name}")).long(name).help(help)
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    named(name, help).action(ArgAction::SetTrue)
}

/// Makes one of PowerShell's preference parameters.
fn action(name: &'static str, alias: &'static str, help: &'static str) -> Arg {
    named(name, help)
        .alias(alias)
        .value_name("ActionPreference")
}
