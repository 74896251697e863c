//! Get-Command: the cmdlets by name, verb, noun or parameter.

use std::collections::BTreeSet;

use clap::{ArgMatches, Args, Command, FromArgMatches, ValueEnum};
use serde_json::{Value, json};

use crate::cli::front::{Answer, Desk, Front, in_session};
use crate::cli::help::syntax;
use crate::cli::{Failure, find_cmdlet, fold, tree};
use crate::cmdlet::{Candidate, Effect, Row};
use crate::domain::matches_name;
use crate::output::{Column, Form, Output, View};

/// What the column Source says.
const SOURCE: &str = "rsv";

pub(super) static FRONT: Front = Front {
    row: Row {
        name: "Get-Command",
        aliases: &["gcm"],
        synopsis: "List the cmdlets there are, by name, verb, noun or parameter",
        example: "rsv Get-Command -Noun 'AzKeyVault*'",
        effect: Effect::Reads,
        opens_rolled_back: false,
        refused: &[
            ("All", "no two cmdlets have one name"),
            (
                "ArgumentList",
                "no cmdlet gets parameters from its arguments",
            ),
            ("FullyQualifiedModule", "there is one module, rsv"),
            ("ListImported", "every cmdlet is there"),
            ("ParameterType", "-ParameterName finds parameters"),
            ("ShowCommandInfo", "-Output json shows everything"),
        ],
        command: || CommandArgs::augment_args(Command::new("Get-Command")),
        run: |matches, _| in_session(&FRONT, matches),
    },
    answer,
    needs_config: false,
    values,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Kinds {
    /// Cmdlets
    Cmdlet,
    /// Other names of cmdlets
    Alias,
    /// Both
    All,
}

#[derive(Debug, Args)]
struct CommandArgs {
    /// Names or aliases; wildcards are taken
    #[arg(long, alias = "0", value_delimiter = ',', conflicts_with_all = ["verb", "noun"])]
    name: Vec<String>,
    /// Verbs; wildcards are taken
    #[arg(long, value_delimiter = ',')]
    verb: Vec<String>,
    /// Nouns; wildcards are taken
    #[arg(long, value_delimiter = ',')]
    noun: Vec<String>,
    /// Modules; there is one, rsv
    #[arg(long, value_delimiter = ',', alias = "PSSnapin")]
    module: Vec<String>,
    /// Only cmdlets with a parameter or an alias of one of these names; wildcards are taken
    #[arg(long, value_delimiter = ',')]
    parameter_name: Vec<String>,
    /// Cmdlets, aliases or both; without it aliases are listed only when -Name names them
    #[arg(long, alias = "Type", value_enum)]
    command_type: Option<Kinds>,
    /// The first so many only
    #[arg(long)]
    total_count: Option<u32>,
    /// Print the syntax instead
    #[arg(long)]
    syntax: bool,
}

static VIEW: View = View {
    type_name: "System.Management.Automation.CmdletInfo",
    form: Form::Table,
    table: &[
        Column {
            header: "CommandType",
            path: "CommandType",
        },
        Column {
            header: "Name",
            path: "DisplayName",
        },
        Column {
            header: "Version",
            path: "Version",
        },
        Column {
            header: "Source",
            path: "Source",
        },
    ],
    list: &[],
};

/// A cmdlet, or another name of one.
struct Found<'a> {
    row: &'a Row,
    alias: Option<&'static str>,
}

fn answer(matches: &ArgMatches, desk: &Desk<'_>) -> Result<Answer, Failure> {
    let args = CommandArgs::from_arg_matches(matches).map_err(anyhow::Error::from)?;
    for name in args.name.iter().filter(|name| !is_pattern(name)) {
        find_cmdlet(desk.rows, name)?;
    }
    let mut found: Vec<Found<'_>> = desk.rows.iter().flat_map(each).collect();
    found.retain(|found| args.wants(found));
    found.sort_by_key(|found| (found.alias.is_none(), found.name().to_lowercase()));
    found.truncate(args.total_count.map_or(usize::MAX, |count| count as usize));
    let text = args.syntax.then(|| {
        let syntaxes = found.iter().map(|found| {
            let text = syntax(found.row.name, &tree(found.row));
            text.lines()
                .map(|line| format!("{}\n", line.get(4..).unwrap_or(line)))
                .collect()
        });
        syntaxes.collect::<Vec<String>>().join("\n")
    });
    Ok(Answer {
        text,
        output: Output::many(&VIEW, found.iter().map(Found::value).collect()),
    })
}

/// A row under all its names.
fn each(row: &Row) -> impl Iterator<Item = Found<'_>> {
    let aliases = row.aliases.iter().map(|alias| Some(*alias));
    std::iter::once(None)
        .chain(aliases)
        .map(move |alias| Found { row, alias })
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// True if there is nothing to match, or one of the patterns fits.
fn fits(patterns: &[String], name: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches_name(pattern, name))
}

impl CommandArgs {
    fn wants(&self, found: &Found<'_>) -> bool {
        let kind = match (self.command_type, found.alias) {
            (Some(Kinds::All), _) | (Some(Kinds::Alias), Some(_)) => true,
            (Some(Kinds::Cmdlet) | None, None) => true,
            (None, Some(_)) => !self.name.is_empty(),
            _ => false,
        };
        let (verb, noun) = found
            .row
            .name
            .split_once('-')
            .unwrap_or((found.row.name, ""));
        kind && fits(&self.name, found.name())
            && fits(&self.verb, verb)
            && fits(&self.noun, noun)
            && fits(&self.module, SOURCE)
            && (self.parameter_name.is_empty() || self.has_parameter(found.row))
    }

    fn has_parameter(&self, row: &Row) -> bool {
        let tree = tree(row);
        let mut names = tree
            .parameters
            .iter()
            .flat_map(super::super::parameter::Parameter::names);
        names.any(|name| {
            let patterns = self.parameter_name.iter();
            let mut patterns = patterns.map(|pattern| fold(pattern));
            patterns.any(|pattern| matches_name(&pattern, &fold(name)))
        })
    }
}

impl Found<'_> {
    fn name(&self) -> &'static str {
        self.alias.unwrap_or(self.row.name)
    }

    fn value(&self) -> Value {
        let (verb, noun) = self.row.name.split_once('-').unwrap_or((self.row.name, ""));
        let (kind, shown) = match self.alias {
            Some(alias) => ("Alias", format!("{alias} -> {}", self.row.name)),
            None => ("Cmdlet", self.row.name.to_owned()),
        };
        json!({
            "CommandType": kind,
            "Name": self.name(),
            "DisplayName": shown,
            "Version": env!("CARGO_PKG_VERSION"),
            "Source": SOURCE,
            "Verb": verb,
            "Noun": noun,
            "Synopsis": self.row.synopsis,
        })
    }
}

fn values(rows: &[Row], parameter: &str, _: Option<&str>) -> Vec<Candidate> {
    let part = |index: usize| {
        let parts = rows.iter().filter_map(|row| row.name.split('-').nth(index));
        let parts: BTreeSet<&str> = parts.collect();
        parts
            .into_iter()
            .map(|part| Candidate::new(part, ""))
            .collect()
    };
    match parameter {
        "Name" => rows
            .iter()
            .map(|row| Candidate::new(row.name, row.synopsis))
            .collect(),
        "Verb" => part(0),
        "Noun" => part(1),
        "Module" => vec![Candidate::new(SOURCE, "")],
        _ => Vec::new(),
    }
}
