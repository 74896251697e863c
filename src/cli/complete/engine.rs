//! Candidates for the last of some words: cmdlets, parameters, values.

use clap::Command;

use crate::cli::args::{DASHES, Scan, scan, token};
use crate::cli::common;
use crate::cli::complete::files::paths;
use crate::cli::front;
use crate::cli::parameter::find;
use crate::cli::run::{asks_help, leading};
use crate::cli::{Config, Environment, Kind, Parameter, Tree, find_cmdlet, fold, tree};
use crate::cmdlet::{Candidate, Effect, Question, Row, candidates};

/// What could stand in the last word's place.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Whole words, unquoted.
    pub candidates: Vec<Candidate>,
    /// True when the word goes on after the candidate: the shell adds no blank.
    pub nospace: bool,
}

impl Completion {
    fn of(candidates: Vec<Candidate>) -> Self {
        Self {
            candidates,
            nospace: false,
        }
    }
}

/// Completes the last of the words after the program's name; all are unquoted.
#[must_use]
pub fn complete(rows: &[Row], words: &[String], environment: &Environment) -> Completion {
    let Some((typed, before)) = words.split_last() else {
        return Completion::default();
    };
    let start = leading(before).unwrap_or(before.len());
    let (common, after) = before.split_at(start);
    let Some((name, rest)) = after.split_first() else {
        return first_word(rows, common, typed, environment);
    };
    // -Help, -h and -? before a name ask for its help, too.
    let name = if asks_help(name) { "Get-Help" } else { name };
    let Ok(row) = find_cmdlet(rows, name) else {
        return Completion::default();
    };
    let tree = tree(row);
    let words: Vec<String> = common.iter().chain(rest).cloned().collect();
    let draft = Draft {
        rows,
        cmdlet: row.name,
        tree: &tree,
        scan: scan(&tree, &words),
        environment,
    };
    draft.complete(typed)
}

/// Completes a cmdlet's name, or a common parameter before it.
fn first_word(
    rows: &[Row],
    words: &[String],
    typed: &str,
    environment: &Environment,
) -> Completion {
    let args = common::args(Effect::Changes);
    let tree = Tree {
        command: Command::new("rsv"),
        parameters: args.iter().map(Parameter::read).collect(),
    };
    let draft = Draft {
        rows,
        cmdlet: "",
        scan: scan(&tree, words),
        tree: &tree,
        environment,
    };
    if draft.scan.open.is_some() || typed.starts_with(DASHES) {
        return draft.complete(typed);
    }
    Completion::of(cmdlets(rows, typed))
}

/// Names and aliases of cmdlets that start like this, in any letter case.
fn cmdlets(rows: &[Row], typed: &str) -> Vec<Candidate> {
    let typed = typed.replace(&DASHES[1..], "-").to_ascii_lowercase();
    let mut found = Vec::new();
    for row in rows {
        for name in std::iter::once(&row.name).chain(row.aliases) {
            if name.to_ascii_lowercase().starts_with(&typed) {
                found.push(Candidate::new(*name, row.synopsis));
            }
        }
    }
    found
}

/// A cmdlet's words so far.
struct Draft<'a> {
    rows: &'a [Row],
    cmdlet: &'a str,
    tree: &'a Tree,
    scan: Scan<'a>,
    environment: &'a Environment,
}

impl Draft<'_> {
    fn complete(&self, typed: &str) -> Completion {
        if let Some((parameter, given)) = &self.scan.open {
            return self.value(parameter, given, "", typed);
        }
        if let Some(token) = token(typed) {
            let Some(value) = token.value else {
                return Completion::of(self.names(typed));
            };
            let found = find(token.name, &self.tree.parameters, &[]);
            let free = found.ok().filter(|found| self.is_free(found));
            let head = &typed[..typed.len() - value.len()];
            return free.map_or_else(Completion::default, |parameter| {
                self.value(parameter, "", head, value)
            });
        }
        if !typed.is_empty() && typed.trim_start_matches(DASHES).is_empty() {
            return Completion::of(self.names(typed));
        }
        let place = self.scan.place;
        let values = place.map(|parameter| self.value(parameter, "", "", typed));
        match values.filter(|values| !values.candidates.is_empty()) {
            Some(values) => values,
            None if typed.is_empty() => Completion::of(self.names("-")),
            None => Completion::default(),
        }
    }

    fn is_free(&self, parameter: &Parameter) -> bool {
        self.scan.free.iter().any(|free| free.id == parameter.id)
    }

    /// Names of parameters that start like this, in the manner in which they are typed.
    fn names(&self, typed: &str) -> Vec<Candidate> {
        let bare = typed.trim_start_matches(DASHES);
        let is_gnu = typed.chars().take_while(|c| DASHES.contains(c)).count() > 1;
        let folded = fold(bare);
        let spelt = |name: &str| match is_gnu {
            true if bare.contains(|c: char| c.is_ascii_uppercase()) => format!("--{name}"),
            true => format!("--{}", kebab(name)),
            false => format!("-{name}"),
        };
        let fits = |name: &&String| fold(name).starts_with(&folded);
        let mut found = Vec::new();
        for parameter in &self.scan.free {
            let aliases = parameter.aliases.iter().filter(|alias| alias.len() > 2);
            let name = Some(&parameter.name).filter(fits);
            if let Some(name) = name.or_else(|| aliases.into_iter().find(fits)) {
                found.push(Candidate::new(spelt(name), parameter.help.clone()));
            }
        }
        found
    }

    /// Values of a parameter. `given` are elements of an array in words before; `head` is what
    /// stands before the value in the same word.
    fn value(&self, parameter: &Parameter, given: &str, head: &str, typed: &str) -> Completion {
        let is_array = parameter.kind == Kind::Array;
        // In an array only the element after the last comma is still being typed.
        let at = if is_array { typed.rfind(',') } else { None };
        let (elements, typed) = typed.split_at(at.map_or(0, |comma| comma + 1));
        let taken: Vec<String> = given
            .split(',')
            .chain(elements.split(','))
            .map(str::to_lowercase)
            .collect();
        let lower = typed.to_lowercase();
        let mut found = self.offers(parameter, typed);
        found.retain(|candidate| {
            let text = candidate.text.to_lowercase();
            text.starts_with(&lower) && !(is_array && taken.contains(&text))
        });
        let is_folder = |candidate: &Candidate| candidate.text.ends_with('/');
        let nospace = is_array || found.iter().any(is_folder);
        for candidate in &mut found {
            candidate.text.insert_str(0, elements);
            candidate.text.insert_str(0, head);
        }
        Completion {
            candidates: found,
            nospace,
        }
    }

    /// All that a parameter could take; some of it may not fit what is typed.
    fn offers(&self, parameter: &Parameter, typed: &str) -> Vec<Candidate> {
        let fixed = |values: &[&str]| values.iter().map(|v| Candidate::new(*v, "")).collect();
        if matches!(
            parameter.kind,
            Kind::Switch | Kind::TriState | Kind::Boolean
        ) || (parameter.values.is_empty() && parameter.type_name == "Boolean")
        {
            return fixed(&["true", "false"]);
        }
        if !parameter.values.is_empty() {
            let values: Vec<&str> = parameter.values.iter().map(String::as_str).collect();
            return fixed(&values);
        }
        if is_path(&parameter.name) || typed.starts_with('@') {
            return paths(typed);
        }
        let given = |name: &str| {
            let bound = self.scan.bound.iter();
            let mut values = bound.filter_map(|word| word.strip_prefix("--")?.split_once('='));
            values.find(|(bound, _)| *bound == name).map(|(_, v)| v)
        };
        if let Some(values) = front::values(self.rows, self.cmdlet, &parameter.name, given("Name"))
        {
            return values;
        }
        let environment = self.environment;
        let config = Config::load(environment).unwrap_or_default();
        let home = environment.home(given("Home").map(str::to_owned), &config);
        candidates(&Question {
            cmdlet: self.cmdlet,
            parameter: &parameter.name,
            typed,
            given: &given,
            home: home.as_deref(),
            subscription: environment.subscription.as_deref(),
            vault: environment.vault.as_deref(),
        })
    }
}

/// True for the names of parameters that take a file or a folder.
fn is_path(name: &str) -> bool {
    name.ends_with("Path") || name.ends_with("File") || name == "Home"
}

/// Turns `RestoreOnlyOSDisk` into `restore-only-os-disk`.
fn kebab(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut text = String::with_capacity(name.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let starts = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase() || after.is_some_and(char::is_ascii_lowercase)
            });
        if starts {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
