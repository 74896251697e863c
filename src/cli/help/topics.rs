//! The topics that are about no single cmdlet: about_Errors and its like.

use clap::Command;

use crate::cli::common::{self, COMMON_REFUSED};
use crate::cli::configuration::SETTINGS;
use crate::cli::help::codes::{Code, codes};
use crate::cli::help::{describe, labelled, paragraph};
use crate::cli::{Parameter, Tree};
use crate::cmdlet::Effect;

/// A topic: its name, what it is about, and its text.
#[derive(Clone, Copy)]
pub struct Topic {
    /// The name to ask for.
    pub name: &'static str,
    /// One sentence without a full stop.
    pub synopsis: &'static str,
    /// Writes the text below NAME and SYNOPSIS.
    body: fn() -> String,
}

/// Every topic, by name.
pub const TOPICS: [Topic; 4] = [
    Topic {
        name: "about_CommonParameters",
        synopsis: "The parameters that every cmdlet takes, and those of PowerShell's that rsv refuses",
        body: common_parameters,
    },
    Topic {
        name: "about_Configuration",
        synopsis: "Where settings come from: parameters, variables, config.toml, defaults",
        body: configuration,
    },
    Topic {
        name: "about_Errors",
        synopsis: "Every error code, the exit codes, and what to do next",
        body: errors,
    },
    Topic {
        name: "about_Output",
        synopsis: "Lists, tables, JSON and the rest; picking a part; piping objects",
        body: || include_str!("about_output.txt").to_owned(),
    },
];

impl Topic {
    /// Writes the topic; it fits 80 columns.
    #[must_use]
    pub fn text(&self) -> String {
        let synopsis = paragraph(&format!("{}.", self.synopsis), 4);
        format!(
            "NAME\n    {}\n\nSYNOPSIS\n{synopsis}\n{}",
            self.name,
            (self.body)()
        )
    }
}

fn common_parameters() -> String {
    let args = common::args(Effect::Changes);
    let parameters: Vec<Parameter> = args.iter().map(Parameter::read).collect();
    let tree = Tree {
        command: Command::new("rsv"),
        parameters,
    };
    let mut text = String::from("COMMON PARAMETERS\n");
    for parameter in &tree.parameters {
        describe(&mut text, parameter, &tree);
    }
    text.push_str(
        "\n    -WhatIf and -Confirm are there where something is changed. Common parameters\n    \
         may also stand before the cmdlet.\n\nNOT SUPPORTED\n",
    );
    for (name, _, reason) in COMMON_REFUSED {
        text.push_str(&paragraph(&format!("-{name}: {reason}"), 4));
    }
    text
}

fn configuration() -> String {
    let mut text = paragraph(
        "A parameter counts before a variable, a variable before config.toml, config.toml before \
         the default. rsv Get-RsvConfig shows what counts and why, and where config.toml is. A \
         key that rsv does not know is an error. examples/config.toml has every key at its \
         default.",
        4,
    );
    text.insert_str(0, "PRECEDENCE\n");
    text.push_str("\nSETTINGS\n");
    for setting in &SETTINGS {
        text.push_str(&format!("    {}\n", setting.name));
        text.push_str(&paragraph(&format!("{}.", setting.about), 8));
        let ways = [
            ("Parameter", setting.parameter),
            ("Variable", setting.variable),
            ("Key", setting.key),
            ("Default", Some(setting.default)),
        ];
        for (label, way) in ways {
            if let Some(way) = way {
                text.push_str(&labelled(label, way, 8, 19));
            }
        }
    }
    text
}

fn errors() -> String {
    let mut text = String::from(
        "EXIT CODES\n    \
         0    done\n    \
         1    refused or failed\n    \
         2    usage: the command line is wrong, nothing was done\n    \
         3    not found\n    \
         4    damaged, tampered with or rolled back\n    \
         5    busy: a lock was not had in time\n    \
         6    done in part\n    \
         7    outcome unknown: the next command decides\n    \
         130  interrupted\n\n\
         ERROR CODES\n",
    );
    for code in codes() {
        text.push_str(&entry(&code));
    }
    text
}

/// Writes a code with its exit codes, its meaning and the next step.
pub(crate) fn entry(code: &Code) -> String {
    let exits = code.exits.replace(' ', ", ");
    let said = format!("{} {}", code.meaning, code.next);
    format!("    {}  (exit {exits})\n{}", code.name, paragraph(&said, 8))
}
