//! Get-RsvConfig: every setting, the value that counts, and where it came from.

use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde_json::{Value, json};

use crate::cli::configuration::{SETTINGS, resolve};
use crate::cli::front::{Answer, Desk, Front, in_session};
use crate::cli::{Config, Exit, Failure};
use crate::cmdlet::{Candidate, Effect, Row};
use crate::domain::{matches_name, nearest};
use crate::output::{Column, Form, Output, View};

/// The line that says where the file is.
const FILE: &str = "ConfigFile";

pub(super) static FRONT: Front = Front {
    row: Row {
        name: "Get-RsvConfig",
        aliases: &[],
        synopsis: "Show every setting, its value and where it came from",
        example: "rsv Get-RsvConfig",
        effect: Effect::Reads,
        opens_rolled_back: false,
        refused: &[],
        command: || ConfigArgs::augment_args(Command::new("Get-RsvConfig")),
        run: |matches, _| in_session(&FRONT, matches),
    },
    answer,
    needs_config: true,
    values: |_, parameter, _| match parameter {
        "Name" => names().map(|name| Candidate::new(name, "")).collect(),
        _ => Vec::new(),
    },
};

#[derive(Debug, Args)]
struct ConfigArgs {
    /// Settings; wildcards are taken
    #[arg(long, alias = "0", value_delimiter = ',')]
    name: Vec<String>,
}

static VIEW: View = View {
    type_name: "Rsv.Setting",
    form: Form::Table,
    table: &[
        Column {
            header: "Name",
            path: "Name",
        },
        Column {
            header: "Value",
            path: "Value",
        },
        Column {
            header: "Source",
            path: "Source",
        },
    ],
    list: &[],
};

fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once(FILE).chain(SETTINGS.iter().map(|setting| setting.name))
}

fn answer(matches: &ArgMatches, desk: &Desk<'_>) -> Result<Answer, Failure> {
    let args = ConfigArgs::from_arg_matches(matches).map_err(anyhow::Error::from)?;
    for name in args.name.iter().filter(|name| !name.contains(['*', '?'])) {
        if !names().any(|known| known.eq_ignore_ascii_case(name)) {
            let message = format!("There is no setting '{name}'.");
            let failure = Failure::new(Exit::NotFound, "RsvSettingNotFound", message);
            return Err(failure.hint(match nearest(name, names()) {
                Some(other) => format!("Did you mean {other}?"),
                None => "rsv Get-RsvConfig lists them.".to_owned(),
            }));
        }
    }
    let config = Config::load(desk.environment)?;
    let mut values = vec![file(desk)];
    for setting in &SETTINGS {
        let found = resolve(setting, desk.common, desk.environment, &config)?;
        values.push(json!({
            "Name": setting.name,
            "Value": found.value,
            "Source": found.source,
            "Parameter": setting.parameter,
            "Variable": setting.variable,
            "Key": setting.key,
            "Default": setting.default,
            "Description": setting.about,
        }));
    }
    let patterns = &args.name;
    values.retain(|value| {
        let name = value["Name"].as_str().unwrap_or_default();
        patterns.is_empty() || patterns.iter().any(|pattern| matches_name(pattern, name))
    });
    Ok(Answer {
        text: None,
        output: Output::many(&VIEW, values),
    })
}

/// Says where the file is looked for, and whether it is there.
fn file(desk: &Desk<'_>) -> Value {
    let path = desk.environment.config_path();
    let source = match path.as_ref().map(|path| path.exists()) {
        Some(true) => "read",
        Some(false) => "there is no such file",
        None => "no user configuration folder is known",
    };
    json!({
        "Name": FILE,
        "Value": path.map(|path| path.display().to_string()),
        "Source": source,
        "Parameter": null,
        "Variable": "RSV_CONFIG_HOME",
        "Key": null,
        "Default": "config.toml in the user's configuration folder",
        "Description": "The file with the settings",
    })
}
