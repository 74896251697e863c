//! Help texts that fit 80 columns: all cmdlets by noun, and one cmdlet in the manner of Get-Help.

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
         rsv Verb-Noun -Help\n\nCMDLETS\n",
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
            entry(&mut text, row);
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
fn entry(text: &mut String, row: &Row) {
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

/// Returns the help of one cmdlet.
#[must_use]
pub fn cmdlet_help(row: &Row, tree: &Tree) -> String {
    let (common, own): (Vec<&Parameter>, Vec<&Parameter>) = tree
        .parameters
        .iter()
        .partition(|parameter| parameter.common);
    let mut text = format!("NAME\n    {}\n", row.name);
    if !row.aliases.is_empty() {
        text.push_str(&format!(
            "\nALIASES\n{}",
            paragraph(&row.aliases.join(", "), 4)
        ));
    }
    text.push_str(&format!(
        "\nSYNOPSIS\n{}",
        paragraph(&format!("{}.", row.synopsis), 4)
    ));
    text.push_str(&format!("\nSYNTAX\n{}", syntax(row.name, &own)));
    if !own.is_empty() {
        text.push_str("\nPARAMETERS\n");
        own.iter()
            .for_each(|parameter| describe(&mut text, parameter));
    }
    text.push_str("\nCOMMON PARAMETERS\n");
    common
        .iter()
        .for_each(|parameter| describe(&mut text, parameter));
    if !row.refused.is_empty() {
        text.push_str("\nNOT SUPPORTED\n");
        for (name, reason) in row.refused {
            text.push_str(&paragraph(&format!("-{name}: {reason}"), 4));
        }
    }
    text.push_str(&format!("\nEXAMPLE\n{}", example(row.example)));
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

/// Returns the parameters in one line, wrapped between them.
fn syntax(name: &str, parameters: &[&Parameter]) -> String {
    let mut line = format!("    {name}");
    let mut text = String::new();
    let tail = "[<CommonParameters>]".to_owned();
    for item in parameters
        .iter()
        .map(|parameter| usage(parameter))
        .chain([tail])
    {
        if line.len() + 1 + item.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = format!("        {item}");
        } else {
            line.push_str(&format!(" {item}"));
        }
    }
    format!("{text}{line}\n")
}

/// Returns a parameter as SYNTAX shows it: `[[-Name] <String>]`.
fn usage(parameter: &Parameter) -> String {
    let name = format!("-{}", parameter.name);
    let name = if parameter.position.is_some() {
        format!("[{name}]")
    } else {
        name
    };
    let text = match parameter.kind {
        Kind::Switch | Kind::TriState => name,
        _ => format!("{name} <{}>", parameter.type_name),
    };
    if parameter.required {
        text
    } else {
        format!("[{text}]")
    }
}

/// Writes a parameter, its help and what else there is to know.
fn describe(text: &mut String, parameter: &Parameter) {
    let head = match parameter.kind {
        Kind::Switch | Kind::TriState => format!("-{}", parameter.name),
        _ => format!("-{} <{}>", parameter.name, parameter.type_name),
    };
    text.push_str(&format!("    {head}\n"));
    let mut notes = Vec::new();
    let help = parameter.help.trim_end_matches('.');
    if !help.is_empty() {
        notes.push(format!("{help}."));
    }
    if parameter.required {
        notes.push("Required.".to_owned());
    }
    if !parameter.values.is_empty() {
        notes.push(format!("One of {}.", parameter.values.join(", ")));
    }
    if !parameter.aliases.is_empty() {
        let names: Vec<String> = parameter
            .aliases
            .iter()
            .map(|alias| format!("-{alias}"))
            .collect();
        notes.push(format!("Also {}.", names.join(", ")));
    }
    if !notes.is_empty() {
        text.push_str(&paragraph(&notes.join(" "), 8));
    }
}

/// Wraps text with an indent on every line.
fn paragraph(text: &str, indent: usize) -> String {
    let lines = wrap(text, WIDTH - indent);
    lines
        .iter()
        .map(|line| format!("{:indent$}{line}\n", ""))
        .collect()
}
