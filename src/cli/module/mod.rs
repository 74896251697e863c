//! The PowerShell module: one function a cmdlet, so that binding, prefixes, pipelines and
//! completion are PowerShell's own; the functions send requests to `rsv __invoke`.
//!
//! `rsv __module psm1|psd1` prints it, `completions/pwsh/` holds it. It is plain ASCII: Windows
//! PowerShell reads a script without a byte order mark in the machine's code page.

mod function;

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::cli::azure_names::azure_names;
use crate::cli::run::Reply;
use crate::cli::{Exit, Failure, Parameter, tree};
use crate::cmdlet::Row;

/// The word that prints the module.
pub(crate) const MODULE: &str = "__module";
/// What all functions share.
const CORE: &str = include_str!("core.ps1");
/// The module's identity for PowerShell; it never changes.
const GUID: &str = "b0f6c4a4-6d0e-4b5c-9c39-6f3d1b6f2e57";
const COPYRIGHT: &str = "MIT or Apache-2.0";

/// Prints one of the module's two files.
pub(crate) fn respond(rows: &[Row], rest: &[OsString]) -> Reply {
    let text = match rest {
        [file] if file == "psm1" => module(rows),
        [file] if file == "psd1" => manifest(rows),
        _ => {
            let failure = Failure::usage("RsvBadRequest", "__module prints psm1 or psd1.")
                .hint("rsv __module psm1 > RsvLocal.psm1; rsv __module psd1 > RsvLocal.psd1");
            return Reply {
                stdout: String::new(),
                stderr: failure.to_text(),
                exit: failure.exit,
                changes: false,
            };
        }
    };
    Reply {
        stdout: text,
        stderr: String::new(),
        exit: Exit::Done,
        changes: false,
    }
}

/// `RsvLocal.psm1`.
#[must_use]
pub fn module(rows: &[Row]) -> String {
    let mut text = CORE.to_owned();
    let mut completers: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for row in rows {
        let parameters = tree(row).parameters;
        text.push('\n');
        text.push_str(&function::text(row, &parameters));
        for parameter in parameters.iter().filter(|parameter| completes(parameter)) {
            let names = completers.entry(parameter.name.clone()).or_default();
            names.push(row.name);
        }
    }
    for name in missing(rows) {
        text.push('\n');
        text.push_str(&function::missing(name));
    }
    text.push_str(
        "\n# What the Tab key offers comes from rsv.\n$completer = ${function:Complete-Rsv}\n",
    );
    for (parameter, names) in completers {
        let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        text.push_str(&format!(
            "Register-ArgumentCompleter -ParameterName {} -ScriptBlock $completer -CommandName @(\n    {}\n)\n",
            quoted(&parameter),
            names.join(",\n    ")
        ));
    }
    for (alias, name) in aliases(rows) {
        text.push_str(&format!("Set-Alias -Name {alias} -Value {name}\n"));
    }
    text.push_str(&format!(
        "Export-ModuleMember -Function @(\n    {}\n) -Alias {}\n",
        list(&functions(rows)),
        names(rows)
    ));
    text
}

/// `RsvLocal.psd1`.
#[must_use]
pub fn manifest(rows: &[Row]) -> String {
    format!(
        "# Written by: rsv __module psd1\n\
         @{{\n    \
         RootModule = 'RsvLocal.psm1'\n    \
         ModuleVersion = '{}'\n    \
         GUID = '{GUID}'\n    \
         Author = 'The authors of rsv'\n    \
         Copyright = {}\n    \
         Description = {}\n    \
         PowerShellVersion = '5.1'\n    \
         CompatiblePSEditions = @('Desktop', 'Core')\n    \
         FunctionsToExport = @(\n        {}\n    )\n    \
         CmdletsToExport = @()\n    \
         VariablesToExport = @()\n    \
         AliasesToExport = {}\n\
         }}\n",
        env!("CARGO_PKG_VERSION"),
        quoted(COPYRIGHT),
        quoted(env!("CARGO_PKG_DESCRIPTION")),
        list(&functions(rows)).replace('\n', "\n    "),
        names(rows)
    )
}

/// True for a parameter whose values PowerShell does not know by itself.
fn completes(parameter: &Parameter) -> bool {
    !parameter.common && parameter.values.is_empty() && !function::is_switch(parameter)
}

/// Azure's cmdlets of this subject that rsv lacks: a call must not go on to the real ones.
fn missing(rows: &[Row]) -> Vec<&'static str> {
    let known = |name: &&str| {
        rows.iter()
            .any(|row| row.name == *name || row.aliases.contains(name))
    };
    azure_names().filter(|name| !known(name)).collect()
}

fn functions(rows: &[Row]) -> Vec<&'static str> {
    rows.iter()
        .map(|row| row.name)
        .chain(missing(rows))
        .collect()
}

fn aliases(rows: &[Row]) -> impl Iterator<Item = (&'static str, &'static str)> + use<'_> {
    let named = |row: &Row| {
        let name = row.name;
        row.aliases.iter().map(move |alias| (*alias, name))
    };
    rows.iter().flat_map(named)
}

/// The aliases as an array.
fn names(rows: &[Row]) -> String {
    let names: Vec<String> = aliases(rows).map(|(alias, _)| quoted(alias)).collect();
    format!("@({})", names.join(", "))
}

/// Quoted names, one a line.
fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    names.join(",\n    ")
}

/// A text between PowerShell's single quotation marks.
fn quoted(text: &str) -> String {
    format!("'{}'", ascii(text).replace('\'', "''"))
}

/// Text in ASCII: typographic marks in their plain form.
fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='~' => plain.push(c),
            '\u{2026}' => plain.push_str("..."),
            '\u{2013}' | '\u{2014}' => plain.push('-'),
            '\u{2018}' | '\u{2019}' => plain.push('\''),
            '\u{201c}' | '\u{201d}' => plain.push('"'),
            _ => plain.push('?'),
        }
    }
    plain
}
