//! SYNTAX: one line a parameter set, as PowerShell shows it.
//!
//! A cmdlet declares which parameters exclude, require or replace each other. The sets are the
//! largest choices that go together; what a set needs is asked of the declaration itself.

use std::collections::BTreeSet;

use clap::builder::ValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Command};

use crate::cli::args::excludes;
use crate::cli::help::WIDTH;
use crate::cli::{Kind, Parameter, Tree};

/// More sets than this tell nobody anything: all parameters are shown in one line then.
const SETS_MAX: usize = 8;

/// One parameter set: the places of its parameters among the cmdlet's own, and those it needs.
struct Set {
    line: BTreeSet<usize>,
    needed: BTreeSet<usize>,
}

/// Returns the parameters of each set in one line, wrapped between them.
#[must_use]
pub(crate) fn syntax(name: &str, tree: &Tree) -> String {
    let own: Vec<&Parameter> = tree.parameters.iter().filter(|p| !p.common).collect();
    let lines = sets(tree, &own).into_iter().map(|set| {
        let usages = set.line.iter();
        line(
            name,
            usages.map(|&at| usage(own[at], set.needed.contains(&at))),
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn line(name: &str, usages: impl Iterator<Item = String>) -> String {
    let mut line = format!("    {name}");
    let mut text = String::new();
    for item in usages.chain(["[<CommonParameters>]".to_owned()]) {
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
fn usage(parameter: &Parameter, needed: bool) -> String {
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
    if needed { text } else { format!("[{text}]") }
}

/// The parameter sets of a cmdlet, in the order in which its parameters are declared.
fn sets(tree: &Tree, own: &[&Parameter]) -> Vec<Set> {
    let asked = Asked::new(&tree.command, own);
    let clash = |a: usize, b: usize| excludes(&tree.command, &own[a].id, &own[b].id);
    let mut found: Vec<Set> = Vec::new();
    for choice in choices(own.len(), clash) {
        let set = asked.set(choice);
        let is_part = |of: &Set| set.line.is_subset(&of.line);
        if !found.iter().any(is_part) {
            found.retain(|other| !other.line.is_subset(&set.line));
            found.push(set);
        }
    }
    if found.len() > SETS_MAX {
        let line = (0..own.len()).collect();
        let needed = (0..own.len()).filter(|&at| own[at].required).collect();
        return vec![Set { line, needed }];
    }
    found.sort_by(|a, b| a.line.cmp(&b.line));
    found
}

/// The largest choices of `count` things of which no two clash, found by adding one at a time.
fn choices(count: usize, clash: impl Fn(usize, usize) -> bool) -> Vec<BTreeSet<usize>> {
    let mut found: Vec<BTreeSet<usize>> = vec![BTreeSet::new()];
    for next in 0..count {
        let mut grown: Vec<BTreeSet<usize>> = Vec::new();
        for choice in found {
            let mut with: BTreeSet<usize> = choice
                .iter()
                .copied()
                .filter(|&at| !clash(at, next))
                .collect();
            if with.len() < choice.len() {
                grown.push(choice);
            }
            with.insert(next);
            grown.push(with);
        }
        grown.sort_by_key(|choice| std::cmp::Reverse(choice.len()));
        found = Vec::new();
        for choice in grown {
            if !found.iter().any(|other| choice.is_subset(other)) {
                found.push(choice);
            }
        }
    }
    found
}

/// A cmdlet's declaration, to be asked what is missing beside some of its parameters.
struct Asked<'a> {
    command: Command,
    own: &'a [&'a Parameter],
}

impl<'a> Asked<'a> {
    /// Any value will do: only what is given counts.
    fn new(command: &Command, own: &'a [&'a Parameter]) -> Self {
        let command = command.clone().mut_args(|arg| match arg.get_action() {
            ArgAction::SetTrue | ArgAction::SetFalse => arg,
            _ => arg.value_parser(ValueParser::string()),
        });
        Self { command, own }
    }

    fn long(&self, at: usize) -> &str {
        let mut args = self.command.get_arguments();
        let arg = args.find(|arg| arg.get_id().as_str() == self.own[at].id);
        arg.and_then(clap::Arg::get_long).unwrap_or_default()
    }

    /// The parameters that are missing when these are given.
    fn missing(&self, given: &BTreeSet<usize>) -> BTreeSet<usize> {
        let word = |&at: &usize| match self.own[at].kind {
            Kind::Switch => format!("--{}", self.long(at)),
            _ => format!("--{}=x", self.long(at)),
        };
        let words = given.iter().map(word);
        let Err(error) = self.command.clone().try_get_matches_from(words) else {
            return BTreeSet::new();
        };
        let (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(names))) =
            (error.kind(), error.get(ContextKind::InvalidArg))
        else {
            return BTreeSet::new();
        };
        let is_named = |at: &usize| {
            let long = format!("--{}", self.long(*at));
            names
                .iter()
                .any(|name| name.split([' ', '=', '[']).next() == Some(&long))
        };
        (0..self.own.len()).filter(is_named).collect()
    }

    /// What the set of this choice needs, without what needs something outside of it.
    fn set(&self, mut line: BTreeSet<usize>) -> Set {
        let mut needed = BTreeSet::new();
        loop {
            let missing = self.missing(&needed);
            let (inside, outside): (BTreeSet<usize>, BTreeSet<usize>) =
                missing.into_iter().partition(|at| line.contains(at));
            if !inside.is_empty() {
                needed.extend(inside);
                continue;
            }
            // Something else is needed unless one of these is given: then that is what this needs.
            let replaces = |at: &&usize| {
                let mut given = needed.clone();
                given.insert(**at);
                self.missing(&given).is_disjoint(&outside)
            };
            let rest = line.difference(&needed);
            let Some(found) = rest.filter(|_| !outside.is_empty()).find(replaces).copied() else {
                break;
            };
            needed.insert(found);
        }
        let lacks = |at: &usize| {
            let mut given = needed.clone();
            given.insert(*at);
            !self.missing(&given).is_subset(&line)
        };
        let lacking: Vec<usize> = line.iter().filter(|at| lacks(at)).copied().collect();
        line.retain(|at| !lacking.contains(at));
        Set { line, needed }
    }
}
