//! Get-Help: a cmdlet, a topic, an error code, or all that have a name like this.

use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde_json::{Value, json};

use crate::cli::front::{Answer, Desk, Front, in_session};
use crate::cli::help::{Detail, TOPICS, Topic, codes, describe_fully, entry, help_in, object};
use crate::cli::{Failure, Tree, find_cmdlet, fold, root_help, tree};
use crate::cmdlet::{Candidate, Effect, Row};
use crate::domain::{matches_name, nearest};
use crate::output::{Column, Form, Output, View};

pub(super) static FRONT: Front = Front {
    row: Row {
        name: "Get-Help",
        aliases: &["help", "man"],
        synopsis: "Show what a cmdlet does and takes, a topic, or an error code",
        example: "rsv Get-Help Set-AzRecoveryServicesVaultProperty",
        effect: Effect::Reads,
        opens_rolled_back: false,
        refused: &[
            ("Category", "every name here is one of its kind"),
            ("Component", "the cmdlets are not sorted by components"),
            (
                "Functionality",
                "the cmdlets are not sorted by functionality",
            ),
            ("Role", "the cmdlets are not sorted by roles"),
            ("Online", "the help is in the program"),
            ("ShowWindow", "the help is text"),
            ("Path", "the help is in the program"),
        ],
        command: || HelpArgs::augment_args(Command::new("Get-Help")),
        run: |matches, _| in_session(&FRONT, matches),
    },
    answer,
    needs_config: false,
    values,
};

#[derive(Debug, Args)]
struct HelpArgs {
    /// A cmdlet, a topic such as about_Errors, an error code, or part of a name; wildcards are taken
    #[arg(long, alias = "0")]
    name: Option<String>,
    /// Show these parameters of the cmdlet only; wildcards are taken
    #[arg(long, value_delimiter = ',', conflicts_with_all = ["full", "detailed", "examples"])]
    parameter: Vec<String>,
    /// Show the facts of each parameter as a table
    #[arg(long, conflicts_with_all = ["detailed", "examples"])]
    full: bool,
    /// Show all in few words, as without it
    #[arg(long, conflicts_with = "examples")]
    detailed: bool,
    /// Show the examples only
    #[arg(long)]
    examples: bool,
}

/// HelpInfoShort: what Get-Help lists when several names fit.
static LISTED: View = View {
    type_name: "HelpInfoShort",
    form: Form::Table,
    table: &[
        Column {
            header: "Name",
            path: "Name",
        },
        Column {
            header: "Category",
            path: "Category",
        },
        Column {
            header: "Synopsis",
            path: "Synopsis",
        },
    ],
    list: &[],
};

static SHOWN: View = View {
    type_name: "CmdletHelpInfo",
    form: Form::List,
    table: &[],
    list: &[],
};

fn answer(matches: &ArgMatches, desk: &Desk<'_>) -> Result<Answer, Failure> {
    let args = HelpArgs::from_arg_matches(matches).map_err(anyhow::Error::from)?;
    let Some(name) = &args.name else {
        return Ok(Answer {
            text: Some(root_help(desk.rows)),
            output: Output::many(&LISTED, all(desk.rows)),
        });
    };
    let called = |known: &str| known.eq_ignore_ascii_case(name);
    if let Some(topic) = TOPICS.iter().find(|topic| called(topic.name)) {
        return Ok(about(topic));
    }
    if let Some(code) = codes().find(|code| called(code.name)) {
        let value = json!({
            "Name": code.name,
            "Category": "Error",
            "ExitCodes": code.exits,
            "Cmdlets": code.cmdlets,
            "Meaning": code.meaning,
            "NextStep": code.next,
        });
        return Ok(Answer {
            text: Some(entry(&code)),
            output: Output::one(&SHOWN, value),
        });
    }
    match find_cmdlet(desk.rows, name) {
        Ok(row) => of_cmdlet(row, &args),
        Err(failure) => like(name, failure, &args, desk.rows),
    }
}

fn about(topic: &Topic) -> Answer {
    let text = topic.text();
    let value = json!({
        "Name": topic.name,
        "Category": "HelpFile",
        "Synopsis": topic.synopsis,
        "Text": text,
    });
    Answer {
        text: Some(text),
        output: Output::one(&SHOWN, value),
    }
}

fn of_cmdlet(row: &Row, args: &HelpArgs) -> Result<Answer, Failure> {
    let tree = tree(row);
    let text = if args.parameter.is_empty() {
        let detail = match (args.full, args.examples) {
            (true, _) => Detail::Full,
            (_, true) => Detail::Examples,
            _ => Detail::Normal,
        };
        help_in(row, &tree, detail)
    } else {
        parameters(row, &tree, &args.parameter)?
    };
    Ok(Answer {
        text: Some(text),
        output: Output::one(&SHOWN, object(row, &tree)),
    })
}

/// Describes the parameters that were named, in the order in which they are declared.
fn parameters(row: &Row, tree: &Tree, wanted: &[String]) -> Result<String, Failure> {
    for name in wanted {
        let pattern = name.trim_start_matches('-');
        let fits = |known: &str| matches_name(&fold(pattern), &fold(known));
        let mut names = tree
            .parameters
            .iter()
            .flat_map(super::super::parameter::Parameter::names);
        if !names.any(fits) {
            let message = format!("No parameter of {} matches criteria {pattern}.", row.name);
            let names = tree.parameters.iter().map(|one| one.name.as_str());
            let failure = Failure::new(crate::cli::Exit::NotFound, "NoParmsFound", message);
            return Err(match nearest(pattern, names) {
                Some(other) => failure.hint(format!("Did you mean -{other}?")),
                None => failure.hint(format!("rsv {} -Help lists them.", row.name)),
            });
        }
    }
    let mut text = String::new();
    for parameter in &tree.parameters {
        let is_wanted = wanted.iter().any(|name| {
            let pattern = fold(name.trim_start_matches('-'));
            parameter
                .names()
                .any(|known| matches_name(&pattern, &fold(known)))
        });
        if is_wanted {
            describe_fully(&mut text, parameter, tree);
        }
    }
    Ok(text)
}

/// Shows the only name that contains this one, or lists all that do.
fn like(name: &str, failure: Failure, args: &HelpArgs, rows: &[Row]) -> Result<Answer, Failure> {
    let is_pattern = name.contains(['*', '?']);
    let pattern = if is_pattern {
        name.to_owned()
    } else {
        format!("*{name}*")
    };
    let mut found = all(rows);
    found.retain(|one| {
        one["Name"]
            .as_str()
            .is_some_and(|known| matches_name(&pattern, known))
    });
    let only = match found.as_slice() {
        [only] => only["Name"].as_str(),
        _ => None,
    };
    if let Some(only) = only {
        return match TOPICS.iter().find(|topic| topic.name == only) {
            Some(topic) => Ok(about(topic)),
            None => of_cmdlet(find_cmdlet(rows, only)?, args),
        };
    }
    if !found.is_empty() || is_pattern {
        return Ok(Answer {
            text: None,
            output: Output::many(&LISTED, found),
        });
    }
    if name.contains('-') {
        return Err(failure);
    }
    let message = format!("Get-Help could not find {name} in a help file in this session.");
    let known = TOPICS
        .iter()
        .map(|topic| topic.name)
        .chain(codes().map(|code| code.name));
    Err(
        Failure::new(crate::cli::Exit::NotFound, "HelpNotFound", message).hint(
            match nearest(name, known) {
                Some(other) => format!("Did you mean {other}?"),
                None => {
                    "rsv Get-Help lists the cmdlets, rsv Get-Help about_* the topics.".to_owned()
                }
            },
        ),
    )
}

/// Every cmdlet and topic.
fn all(rows: &[Row]) -> Vec<Value> {
    let cmdlets = rows.iter().map(|row| (row.name, "Cmdlet", row.synopsis));
    let topics = TOPICS
        .iter()
        .map(|topic| (topic.name, "HelpFile", topic.synopsis));
    cmdlets
        .chain(topics)
        .map(|(name, category, synopsis)| {
            json!({"Name": name, "Category": category, "Synopsis": synopsis})
        })
        .collect()
}

fn values(rows: &[Row], parameter: &str, name: Option<&str>) -> Vec<Candidate> {
    match parameter {
        "Name" => {
            let cmdlets = rows.iter().flat_map(|row| {
                let names = std::iter::once(&row.name).chain(row.aliases);
                names.map(|name| Candidate::new(*name, row.synopsis))
            });
            let topics = TOPICS
                .iter()
                .map(|topic| Candidate::new(topic.name, topic.synopsis));
            cmdlets.chain(topics).collect()
        }
        "Parameter" => {
            let row = name.and_then(|name| find_cmdlet(rows, name).ok());
            let parameters = row.map(|row| tree(row).parameters).unwrap_or_default();
            let parameters = parameters.into_iter();
            parameters
                .map(|one| Candidate::new(one.name, one.help))
                .collect()
        }
        _ => Vec::new(),
    }
}
