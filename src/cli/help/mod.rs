//! Help texts that fit 80 columns: all cmdlets by noun, and one cmdlet in the manner of Get-Help.

mod codes;
mod notes;
mod object;
mod syntax;
mod topics;

pub use codes::{Code, codes};
pub use notes::{Rule, own_codes, rules};
pub(crate) use object::object;
pub(crate) use syntax::syntax;
pub(crate) use topics::entry;
pub use topics::{TOPICS, Topic};

use crate::cli::args::excludes;
use crate::cli::{Kind, Parameter, Tree};
use crate::cmdlet::Row;
use crate::output::wrap;

/// The width of help, in columns.
const WIDTH: usize = 80;
/// Where synopses start in the list of cmdlets, in columns.
const SYNOPSIS_AT: usize = 42;

/// Returns the help of rsv: its cmdlets, grouped by noun.
#[must_use]
pub fn root_help(rows: &[Row]) -> String {
    let mut text = String::from(
        "rsv - a Recovery Services vault on your own machine\n\n\
         USAGE\n    rsv Verb-Noun [-Parameter value] ...\n    \
         rsv Verb-Noun -Help\n    rsv Get-Help about_TOPIC\n\nCMDLETS\n",
    );
    let mut nouns: Vec<&str> = Vec::new();
    for row in rows {
        if !nouns.contains(&noun(row)) {
            nouns.push(noun(row));
        }
    }
    nouns.sort_unstable();
    for name in nouns {
        text.push_str(&format!("  {name}\n"));
        for row in rows.iter().filter(|row| noun(row) == name) {
            listed(&mut text, row);
        }
    }
    text.push_str(
        "\nNames may be typed in any letter case, parameters may be cut short.\n\
         -Output list|table|json|tsv|yaml|id chooses the form, -Query selects.\n",
    );
    text
}

/// Returns what a cmdlet works on.
fn noun(row: &Row) -> &'static str {
    row.name.split_once('-').map_or(row.name, |(_, noun)| noun)
}

/// Writes a cmdlet and its synopsis, beside it or, after a long name, below it.
fn listed(text: &mut String, row: &Row) {
    let name = format!("    {}", row.name);
    if name.len() + 2 > SYNOPSIS_AT {
        text.push_str(&name);
        text.push('\n');
        text.push_str(&paragraph(row.synopsis, SYNOPSIS_AT));
    } else {
        let synopsis = paragraph(row.synopsis, SYNOPSIS_AT);
        text.push_str(&format!("{name:SYNOPSIS_AT$}{}", &synopsis[SYNOPSIS_AT..]));
    }
}

/// How much of a cmdlet's help is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// Everything, each parameter in few words.
    #[default]
    Normal,
    /// Everything, each parameter with PowerShell's table of facts.
    Full,
    /// The name, the synopsis and the examples.
    Examples,
}

/// Returns the help of one cmdlet.
#[must_use]
pub fn cmdlet_help(row: &Row, tree: &Tree) -> String {
    help_in(row, tree, Detail::Normal)
}

/// Returns as much of the help of one cmdlet as is wanted.
#[must_use]
pub fn help_in(row: &Row, tree: &Tree, detail: Detail) -> String {
    let mut text = format!("NAME\n    {}\n", row.name);
    if !row.aliases.is_empty() && detail != Detail::Examples {
        text.push_str(&format!(
            "\nALIASES\n{}",
            paragraph(&row.aliases.join(", "), 4)
        ));
    }
    text.push_str(&format!(
        "\nSYNOPSIS\n{}",
        paragraph(&format!("{}.", row.synopsis), 4)
    ));
    if detail != Detail::Examples {
        text.push_str(&parameters(row, tree, detail));
    }
    text.push_str(&format!("\nEXAMPLES\n{}", example(row.example)));
    if detail != Detail::Examples {
        text.push_str(&format!("\nNOTES\n{}", notes::notes(row)));
    }
    text
}

/// Returns the syntax and the parameters, those that are refused too.
fn parameters(row: &Row, tree: &Tree, detail: Detail) -> String {
    let (common, own): (Vec<&Parameter>, Vec<&Parameter>) = tree
        .parameters
        .iter()
        .partition(|parameter| parameter.common);
    let write = |text: &mut String, parameter: &Parameter| match detail {
        Detail::Full => describe_fully(text, parameter, tree),
        _ => describe(text, parameter, tree),
    };
    let mut text = format!("\nSYNTAX\n{}", syntax(row.name, tree));
    if !own.is_empty() {
        text.push_str("\nPARAMETERS\n");
        own.iter().for_each(|parameter| write(&mut text, parameter));
    }
    text.push_str("\nCOMMON PARAMETERS\n");
    common
        .iter()
        .for_each(|parameter| write(&mut text, parameter));
    if !row.refused.is_empty() {
        text.push_str("\nNOT SUPPORTED\n");
        for (name, reason) in row.refused {
            text.push_str(&paragraph(&format!("-{name}: {reason}"), 4));
        }
    }
    text
}

/// Returns a command line, continued before a parameter in the way that shells read as one line.
fn example(command: &str) -> String {
    let mut pieces = command.split(" -");
    let mut line = format!("    {}", pieces.next().unwrap_or_default());
    let mut text = String::new();
    for piece in pieces {
        if line.len() + " -".len() + piece.len() + " \\".len() > WIDTH {
            text.push_str(&format!("{line} \\\n"));
            line = format!("        -{piece}");
        } else {
            line.push_str(&format!(" -{piece}"));
        }
    }
    format!("{text}{line}\n")
}

/// Returns a parameter's name and type.
fn head(parameter: &Parameter) -> String {
    match parameter.kind {
        Kind::Switch | Kind::TriState => format!("    -{}\n", parameter.name),
        _ => format!("    -{} <{}>\n", parameter.name, parameter.type_name),
    }
}

/// Returns the place of a parameter among those that need no name, from 1.
fn place(parameter: &Parameter, tree: &Tree) -> Option<usize> {
    let position = parameter.position?;
    let mut before: Vec<u32> = tree.parameters.iter().filter_map(|p| p.position).collect();
    before.retain(|other| *other < position);
    before.sort_unstable();
    before.dedup();
    Some(before.len() + 1)
}

/// Returns the parameters that cannot stand beside this one.
fn excluded<'a>(parameter: &Parameter, tree: &'a Tree) -> Vec<&'a str> {
    let others = tree.parameters.iter().filter(|other| {
        other.id != parameter.id && excludes(&tree.command, &parameter.id, &other.id)
    });
    others.map(|other| other.name.as_str()).collect()
}

/// Returns names with dashes and commas.
fn dashed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("-{name}")).collect();
    names.join(", ")
}

/// Returns the help of a parameter as a sentence.
fn sentence(parameter: &Parameter) -> String {
    let help = parameter.help.trim_end_matches('.');
    let end = if help.is_empty() { "" } else { "." };
    format!("{help}{end}")
}

/// Writes a parameter, its help and what else there is to know.
fn describe(text: &mut String, parameter: &Parameter, tree: &Tree) {
    text.push_str(&head(parameter));
    let mut notes = vec![sentence(parameter)];
    if parameter.required {
        notes.push("Required.".to_owned());
    }
    if let Some(place) = place(parameter, tree) {
        notes.push(format!("Position {place}."));
    }
    if let Some(default) = &parameter.default {
        notes.push(format!("Default {default}."));
    }
    if !parameter.values.is_empty() {
        notes.push(format!("One of {}.", parameter.values.join(", ")));
    }
    if !parameter.aliases.is_empty() {
        let names = dashed(parameter.aliases.iter().map(String::as_str));
        notes.push(format!("Also {names}."));
    }
    let excluded = excluded(parameter, tree);
    if !excluded.is_empty() {
        notes.push(format!("Not with {}.", dashed(excluded)));
    }
    notes.retain(|note| !note.is_empty());
    if !notes.is_empty() {
        text.push_str(&paragraph(&notes.join(" "), 8));
    }
}

/// Writes a parameter as Get-Help -Full and -Parameter do.
pub(crate) fn describe_fully(text: &mut String, parameter: &Parameter, tree: &Tree) {
    text.push_str(&head(parameter));
    text.push_str(&paragraph(&sentence(parameter), 8));
    let position = place(parameter, tree).map_or("named".to_owned(), |place| place.to_string());
    let facts = [
        ("Required?", parameter.required.to_string()),
        ("Position?", position),
        (
            "Default value",
            parameter.default.clone().unwrap_or_default(),
        ),
        ("Accepted values", parameter.values.join(", ")),
        ("Aliases", parameter.aliases.join(", ")),
        ("Not with", excluded(parameter, tree).join(", ")),
        (
            "Accept wildcard?",
            parameter.help.contains("wildcards").to_string(),
        ),
    ];
    text.push('\n');
    for (label, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        text.push_str(&labelled(label, fact, 8, 28));
    }
    text.push('\n');
}

/// Writes a label and, from a column on, a text beside it.
fn labelled(label: &str, said: &str, indent: usize, at: usize) -> String {
    let text = paragraph(said, at);
    let label = format!("{:indent$}{label}", "");
    format!("{label:at$}{}", text.get(at..).unwrap_or_default())
}

/// Wraps text with an indent on every line.
fn paragraph(text: &str, indent: usize) -> String {
    let lines = wrap(text, WIDTH - indent);
    lines
        .iter()
        .map(|line| format!("{:indent$}{line}\n", ""))
        .collect()
}
