//! The normaliser: what a person typed, in PowerShell's or GNU's manner, to words that clap reads.
//!
//! Every value leaves as `--Name=value`, so that values which start with a dash, contain `=` or are
//! empty pass unharmed. Binding errors carry PowerShell's words and ids.

use std::collections::VecDeque;

use clap::{Arg, Command};

use crate::cli::parameter::find;
use crate::cli::{Failure, Kind, Parameter, Tree};

/// Characters PowerShell takes for a dash: what a word processor makes of it too.
pub(crate) const DASHES: [char; 4] = ['-', '\u{2013}', '\u{2014}', '\u{2015}'];
/// Typographic quotation marks, double and single.
const QUOTES: [&[char]; 2] = [
    &['\u{201c}', '\u{201d}', '\u{201e}'],
    &['\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'],
];

/// Turns the words after a cmdlet's name into canonical words. `refused` are the cmdlet's (name,
/// reason).
///
/// # Errors
/// PowerShell's binding errors, as usage failures.
pub fn normalise(
    tree: &Tree,
    refused: &[(&str, &str)],
    words: &[String],
) -> Result<Vec<String>, Failure> {
    let mut binder = Binder {
        tree,
        refused,
        words: words.iter().map(String::as_str).collect(),
        bound: Vec::new(),
        out: Vec::new(),
        filled: None,
    };
    let mut loose = VecDeque::new();
    while let Some(word) = binder.words.pop_front() {
        match token(word) {
            Some(token) => binder.named(&token)?,
            None => loose.push_back(word),
        }
    }
    binder.words = loose;
    binder.positional()?;
    Ok(binder.out)
}

/// What is clear already of words that are still being typed.
pub(crate) struct Scan<'a> {
    /// Canonical words, as [`normalise`] writes them.
    pub(crate) bound: Vec<String>,
    /// The parameter whose value comes next, and the elements of it that commas tie to that value.
    pub(crate) open: Option<(&'a Parameter, String)>,
    /// The parameter that a word without a name would be bound to.
    pub(crate) place: Option<&'a Parameter>,
    /// The parameters that may still be named.
    pub(crate) free: Vec<&'a Parameter>,
}

/// Binds unfinished words as [`normalise`] does, and passes over what does not bind.
pub(crate) fn scan<'a>(tree: &'a Tree, words: &'a [String]) -> Scan<'a> {
    let mut binder = Binder {
        tree,
        refused: &[],
        words: words.iter().map(String::as_str).collect(),
        bound: Vec::new(),
        out: Vec::new(),
        filled: None,
    };
    let mut loose = VecDeque::new();
    let mut open = None;
    while let Some(word) = binder.words.pop_front() {
        let Some(token) = token(word) else {
            loose.push_back(word);
            continue;
        };
        open = binder.unfinished(&token);
        match &open {
            Some((parameter, _)) => binder.bound.push(parameter),
            None => drop(binder.named(&token)),
        }
        if open.is_some() {
            binder.words.clear();
        }
    }
    binder.words = loose;
    // A word too many binds to nothing, and neither does what follows it.
    drop(binder.positional());
    let free = |parameter: &&Parameter| {
        (parameter.kind == Kind::Repeated || !binder.is_bound(parameter))
            && !binder.is_excluded(parameter)
    };
    Scan {
        open,
        place: binder.place(),
        free: tree.parameters.iter().filter(free).collect(),
        bound: binder.out,
    }
}

/// A word that names a parameter.
pub(crate) struct Token<'a> {
    /// The name without its dashes.
    pub(crate) name: &'a str,
    /// What follows `:` or `=` in the same word.
    pub(crate) value: Option<&'a str>,
    /// True after `:`, where PowerShell takes the next word for a value that is missing here.
    colon: bool,
}

/// Reads a word as a parameter: one or two dashes, then a letter, `_` or `?`. `-7`, `-`, `--` and
/// `-.5` are values.
pub(crate) fn token(word: &str) -> Option<Token<'_>> {
    let rest = word.strip_prefix(DASHES)?;
    let rest = rest.strip_prefix(DASHES).unwrap_or(rest);
    if !rest.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '?') {
        return None;
    }
    let Some(end) = rest.find([':', '=']) else {
        return Some(Token {
            name: rest,
            value: None,
            colon: false,
        });
    };
    let colon = rest[end..].starts_with(':');
    Some(Token {
        name: &rest[..end],
        value: Some(&rest[end + 1..]),
        colon,
    })
}

/// Returns true for a word that names a parameter.
fn is_named(word: &str) -> bool {
    token(word).is_some()
}

/// Binds words to parameters, first those with names, then the rest by position.
struct Binder<'a> {
    tree: &'a Tree,
    refused: &'a [(&'a str, &'a str)],
    words: VecDeque<&'a str>,
    bound: Vec<&'a Parameter>,
    out: Vec<String>,
    /// The last position that a word was bound to.
    filled: Option<u32>,
}

impl<'a> Binder<'a> {
    /// Binds a parameter by name, with the value that follows it.
    fn named(&mut self, token: &Token<'a>) -> Result<(), Failure> {
        let parameter = find(token.name, &self.tree.parameters, self.refused)?;
        if parameter.kind != Kind::Repeated && self.is_bound(parameter) {
            let message = format!(
                "Cannot bind parameter because parameter '{}' is specified more than once.",
                parameter.name
            );
            let failure = Failure::usage("ParameterAlreadyBound", message);
            return Err(match parameter.kind {
                Kind::Array => {
                    failure.hint(format!("Several values: -{} value1,value2", parameter.name))
                }
                _ => failure,
            });
        }
        if matches!(parameter.kind, Kind::Switch | Kind::TriState) {
            return self.switch(parameter, token);
        }
        let value = match token.value {
            Some("") if token.colon => self.following(parameter)?,
            Some(value) => value,
            None => self.following(parameter)?,
        };
        self.bind(parameter, value)
    }

    /// Takes the next word as a value, unless it names a parameter.
    fn following(&mut self, parameter: &Parameter) -> Result<&'a str, Failure> {
        let missing = || {
            let message = format!("Missing an argument for parameter '{}'.", parameter.name);
            Failure::usage("MissingArgument", message)
        };
        match self.words.front().copied() {
            None => Err(missing()),
            Some(next) if token(next).is_some() => Err(missing().hint(format!(
                "To pass a value that starts with a dash write -{}:{next}",
                parameter.name
            ))),
            Some(next) => {
                self.words.pop_front();
                Ok(next)
            }
        }
    }

    /// Binds a switch. A shell that knows no `$true` passes `-Confirm:`, which must not be guessed
    /// at.
    fn switch(&mut self, parameter: &'a Parameter, token: &Token<'a>) -> Result<(), Failure> {
        let on = match token.value {
            None => true,
            Some("") if token.colon => match self.words.front().and_then(|next| boolean(next)) {
                Some(on) => {
                    self.words.pop_front();
                    on
                }
                None => return Err(not_a_switch(parameter, "")),
            },
            Some(value) => boolean(value).ok_or_else(|| not_a_switch(parameter, value))?,
        };
        self.bound.push(parameter);
        match parameter.kind {
            Kind::TriState => self.out.push(format!("--{}={on}", parameter.name)),
            _ if on => self.out.push(format!("--{}", parameter.name)),
            _ => {}
        }
        Ok(())
    }

    /// Binds a value; an array takes the words that commas tie to it.
    fn bind(&mut self, parameter: &'a Parameter, first: &'a str) -> Result<(), Failure> {
        let value = match parameter.kind {
            Kind::Array => self.array(first)?,
            Kind::Boolean => match boolean(unquote(first)) {
                Some(value) => value.to_string(),
                None => return Err(not_a_boolean(parameter, first)),
            },
            _ if self.is_tied(first) => return Err(not_an_array(parameter)),
            _ => unquote(first).to_owned(),
        };
        self.bound.push(parameter);
        self.out.push(format!("--{}={value}", parameter.name));
        Ok(())
    }

    /// Returns true if a comma ties the next word to this text.
    fn is_tied(&self, text: &str) -> bool {
        let next = self.words.front().filter(|next| token(next).is_none());
        next.is_some_and(|next| text.ends_with(',') || next.starts_with(','))
    }

    /// Joins `get, list`, `get ,list` and `get , list`. Without a comma the next word is none of
    /// its business.
    fn array(&mut self, first: &str) -> Result<String, Failure> {
        let mut text = first.to_owned();
        while self.is_tied(&text) {
            text.extend(self.words.pop_front());
        }
        let elements: Vec<&str> = text.split(',').map(unquote).collect();
        if elements.len() > 1 && elements.contains(&"") {
            let message = "Missing expression after ','.";
            return Err(Failure::usage("MissingExpressionAfterToken", message));
        }
        Ok(elements.join(","))
    }

    /// Returns the parameter that waits for its value at the end of the words, with the elements
    /// an array has got so far; they end in a comma.
    fn unfinished(&self, token: &Token<'_>) -> Option<(&'a Parameter, String)> {
        let parameter = find(token.name, &self.tree.parameters, self.refused).ok()?;
        let valued = !matches!(parameter.kind, Kind::Switch | Kind::TriState);
        let value = token.value.unwrap_or_default();
        let ends_here = match token.value {
            None => true,
            Some(value) => value.is_empty() && token.colon,
        };
        if self.words.is_empty() && ends_here {
            return (valued && !self.is_bound(parameter)).then(|| (parameter, String::new()));
        }
        if parameter.kind != Kind::Array || self.words.iter().any(|word| is_named(word)) {
            return None;
        }
        let mut text = value.to_owned();
        for word in &self.words {
            if !(text.is_empty() || text.ends_with(',') || word.starts_with(',')) {
                return None;
            }
            text.push_str(word);
        }
        text.ends_with(',').then_some((parameter, text))
    }

    /// Returns the parameter that the next word without a name is bound to.
    fn place(&self) -> Option<&'a Parameter> {
        let free = self.tree.parameters.iter().filter(|parameter| {
            // Two parameter sets may share a position: only one of them takes a word there.
            parameter.position.is_some()
                && self.filled < parameter.position
                && !self.is_bound(parameter)
                && !self.is_excluded(parameter)
        });
        free.min_by_key(|parameter| parameter.position)
    }

    /// Binds the words without names to the unbound positions, in order.
    fn positional(&mut self) -> Result<(), Failure> {
        while let Some(word) = self.words.pop_front() {
            let parameter = self.place().ok_or_else(|| no_position(word))?;
            self.filled = parameter.position;
            self.bind(parameter, word)?;
        }
        Ok(())
    }

    fn is_bound(&self, parameter: &Parameter) -> bool {
        self.bound.iter().any(|bound| bound.id == parameter.id)
    }

    /// Returns true if a bound parameter conflicts with this one, that is, belongs to another set.
    fn is_excluded(&self, parameter: &Parameter) -> bool {
        self.bound
            .iter()
            .any(|bound| excludes(&self.tree.command, &bound.id, &parameter.id))
    }
}

/// Returns true if two arguments, named by their ids, cannot be given together.
pub(crate) fn excludes(command: &Command, first: &str, second: &str) -> bool {
    conflict(command, first, second)
        || conflict(command, second, first)
        || grouped(command, first, second)
}

/// Returns true if the first argument declares a conflict with the second.
fn conflict(command: &Command, first: &str, second: &str) -> bool {
    let is = |arg: &&Arg, id: &str| arg.get_id().as_str() == id;
    command
        .get_arguments()
        .find(|arg| is(arg, first))
        .is_some_and(|arg| {
            command
                .get_arg_conflicts_with(arg)
                .iter()
                .any(|other| is(other, second))
        })
}

/// Returns true if both arguments are in a group of which only one may be given.
fn grouped(command: &Command, first: &str, second: &str) -> bool {
    command.get_groups().any(|group| {
        let holds = |id: &str| group.get_args().any(|arg| arg.as_str() == id);
        !group.clone().is_multiple() && holds(first) && holds(second)
    })
}

/// Takes typographic quotation marks off, as PowerShell does; a shell has dealt with straight ones.
fn unquote(value: &str) -> &str {
    for marks in QUOTES {
        if let Some(inside) = value
            .strip_prefix(marks)
            .and_then(|rest| rest.strip_suffix(marks))
        {
            return inside;
        }
    }
    value
}

fn boolean(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "$true" | "1" => Some(true),
        "false" | "$false" | "0" => Some(false),
        _ => None,
    }
}

fn not_a_switch(parameter: &Parameter, value: &str) -> Failure {
    let name = &parameter.name;
    let message = format!("Cannot convert value \"{value}\" to a switch for parameter '{name}'.");
    let failure = Failure::usage("CannotConvertArgument", message);
    if value.is_empty() {
        failure.hint(format!(
            "bash replaces $true and $false by nothing: write -{name}:true, -{name}:false or \
             '-{name}:$false'."
        ))
    } else {
        failure.hint(format!("Write -{name}, -{name}:true or -{name}:false."))
    }
}

fn not_a_boolean(parameter: &Parameter, value: &str) -> Failure {
    let message = format!(
        "Cannot process argument transformation on parameter '{}'. \
         Cannot convert value \"{value}\" to type \"System.Boolean\".",
        parameter.name
    );
    Failure::usage("ParameterArgumentTransformationError", message).hint("Write true or false.")
}

fn not_an_array(parameter: &Parameter) -> Failure {
    let message = format!(
        "Cannot convert 'System.Object[]' to the type 'System.{}' required by parameter '{}'.",
        parameter.type_name, parameter.name
    );
    Failure::usage("CannotConvertArgument", message).hint("It takes one value, without commas.")
}

fn no_position(word: &str) -> Failure {
    let message = format!("A positional parameter cannot be found that accepts argument '{word}'.");
    let failure = Failure::usage("PositionalParameterNotFound", message);
    if word.contains(QUOTES[0]) || word.contains(QUOTES[1]) {
        failure.hint("Typographic quotation marks hold no words together in a shell: use ' or \".")
    } else {
        failure
    }
}
