//! One run of rsv: find the cmdlet, bind its parameters, run it, write what it returns.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::cli::args::{normalise, token};
use crate::cli::common::{self, Common};
use crate::cli::complete::{COMPLETE, respond};
use crate::cli::front::{self, Desk, all_rows, is_front};
use crate::cli::invoke::{self, INVOKE};
use crate::cli::module::{self, MODULE};
use crate::cli::parameter::find;
use crate::cli::{
    Config, Environment, Exit, Failure, Kind, Parameter, Terminal, Voice, binding, cmdlet_help,
    find_cmdlet, fold, process, root_help, tree,
};
use crate::cmdlet::{Console, Effect, PassphraseFrom, Preferences, Row, Session, Settings};
use crate::output::{Format, Query, escape, render};

/// What a run writes and returns, besides what the console said meanwhile.
#[derive(Debug)]
pub struct Reply {
    /// The result, for standard output.
    pub stdout: String,
    /// The error or the help, for standard error.
    pub stderr: String,
    /// The process's exit code.
    pub exit: Exit,
    /// The cmdlet changes something: a result that cannot be shown does not undo it.
    pub changes: bool,
}

/// How an error is to be told.
#[derive(Debug, Default)]
struct Manner {
    json: bool,
    silent: bool,
    debug: bool,
}

/// Runs rsv with the process's words and environment.
#[must_use]
pub fn main() -> ExitCode {
    process::keep_memory_private();
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let reply = execute(all_rows(), &words, &Environment::of_process());
    // Nobody is left to tell if standard error is closed.
    let _ = io::stderr().lock().write_all(reply.stderr.as_bytes());
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(reply.stdout.as_bytes())
        .and_then(|()| stdout.flush())
    {
        // A reader that has seen enough, such as `head`, is no error.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let failure = Failure::new(
                Exit::Refused,
                "RsvIo",
                format!("Cannot write to standard output: {error}."),
            );
            let failure = match (reply.changes, reply.exit) {
                (true, Exit::Done) => done_but(failure),
                (true, exit) => Failure { exit, ..failure },
                (false, _) => failure,
            };
            let _ = io::stderr().lock().write_all(failure.to_text().as_bytes());
            ExitCode::from(failure.exit as u8)
        }
        _ => ExitCode::from(reply.exit as u8),
    }
}

/// Runs rsv with given words and a given environment, and returns what it would print.
#[must_use]
pub fn execute(rows: &[Row], words: &[OsString], environment: &Environment) -> Reply {
    // PowerShell has a Get-Help and a Get-Command of its own, which the module must not hide.
    if let Some((_, rest)) = words.split_first().filter(|(first, _)| *first == MODULE) {
        let rows: Vec<Row> = rows.iter().filter(|row| !is_front(row)).copied().collect();
        return module::respond(&rows, rest);
    }
    if let Some((_, rest)) = words.split_first().filter(|(first, _)| *first == COMPLETE) {
        return printed(respond(rows, rest, environment));
    }
    if let Some((_, rest)) = words.split_first().filter(|(first, _)| *first == INVOKE) {
        return invoke::respond(rows, rest, environment);
    }
    let mut manner = Manner::default();
    match perform(rows, words, environment, &mut manner) {
        Ok(reply) => reply,
        Err(failure) => told(&failure, &manner),
    }
}

/// Turns a failure into what is printed.
fn told(failure: &Failure, manner: &Manner) -> Reply {
    let mut stderr = String::new();
    if manner.debug {
        for cause in &failure.causes {
            stderr.push_str(&format!("DEBUG: {}\n", escape(cause, &[])));
        }
    }
    if !manner.silent {
        stderr.push_str(&if manner.json {
            failure.to_json()
        } else {
            failure.to_text()
        });
    }
    Reply {
        stdout: String::new(),
        stderr,
        exit: failure.exit,
        changes: false,
    }
}

fn printed(stdout: String) -> Reply {
    Reply {
        stdout,
        stderr: String::new(),
        exit: Exit::Done,
        changes: false,
    }
}

/// Does the run; `manner` is filled in as soon as it is known.
fn perform(
    rows: &[Row],
    words: &[OsString],
    environment: &Environment,
    manner: &mut Manner,
) -> Result<Reply, Failure> {
    let words = texts(words)?;
    manner.json = asks_json(&words, environment);
    let start = leading(&words)?;
    let (before, after) = words.split_at(start);
    let Some((name, rest)) = after.split_first() else {
        let help = root_help(rows);
        return Ok(Reply {
            stdout: String::new(),
            stderr: help,
            exit: Exit::Usage,
            changes: false,
        });
    };
    if name == "-V" || (token(name).is_some() && fold(name) == "version") {
        return Ok(printed(version()));
    }
    let name = if asks_help(name) { "Get-Help" } else { name };
    let row = find_cmdlet(rows, name)?;
    let words: Vec<String> = before.iter().chain(rest).cloned().collect();
    run(rows, row, &words, environment, manner)
}

/// Binds the words of a cmdlet and runs it.
fn run(
    rows: &[Row],
    row: &Row,
    words: &[String],
    environment: &Environment,
    manner: &mut Manner,
) -> Result<Reply, Failure> {
    let mut tree = tree(row);
    if has_help(words, &tree.parameters) {
        return Ok(printed(cmdlet_help(row, &tree)));
    }
    let canonical = normalise(&tree, row.refused, words)?;
    let takes_input = canonical.iter().any(|word| word.ends_with("=-"));
    let matches = tree
        .command
        .try_get_matches_from_mut(canonical)
        .map_err(|e| binding::failure(&e))?;
    let common = Common::read(&matches);
    if common.help {
        return Ok(printed(cmdlet_help(row, &tree)));
    }
    manner.silent = common.errors_silent;
    manner.debug = common.debug;
    // A query that cannot be read must not be found out after the work is done.
    let query = common.query.clone();
    let query = query.as_deref();
    query
        .map(Query::parse)
        .transpose()
        .map_err(|error| Failure::from(&error))?;
    let desk = Desk {
        rows,
        environment,
        common: &common,
    };
    if let Some(answer) = front::run(row.name, &matches, &desk) {
        return answer.map(printed);
    }
    let config = Config::load(environment)?;
    let format = environment.format(common.format, &config)?;
    manner.json = format == Some(Format::Json);
    let terminal = terminal(&common, environment, &config, takes_input)?;
    let settings = settings(row, common, config, environment, Box::new(terminal));
    let mut session = Session::open(settings)?;
    let mut output = (row.run)(&matches, &mut session)?;
    let failure = output.failure.take();
    let changes = row.effect != Effect::Reads;
    match render(output, format, query, environment.width) {
        Ok(stdout) => Ok(match failure {
            Some(failure) => Reply {
                stdout,
                changes,
                ..told(&failure.into(), manner)
            },
            None => Reply {
                changes,
                ..printed(stdout)
            },
        }),
        Err(error) => Err(not_shown(Failure::from(&error), row.effect)),
    }
}

/// What a cmdlet's session is opened with.
pub(crate) fn settings(
    row: &Row,
    common: Common,
    config: Config,
    environment: &Environment,
    console: Box<dyn Console>,
) -> Settings {
    Settings {
        home: environment.home(common.home, &config),
        passphrase: PassphraseFrom {
            how: "",
            descriptor: common.passphrase_fd,
            file: common
                .passphrase_file
                .or_else(|| environment.passphrase_file.clone()),
        },
        choose_passphrase: common.choose_passphrase,
        preferences: Preferences {
            what_if: common.what_if,
            confirm: common.confirm,
        },
        rules: config.rules,
        now: environment.now.clone(),
        subscription: environment.subscription.clone(),
        vault: environment.vault.clone(),
        shells: environment.shells.clone(),
        opens_rolled_back: row.opens_rolled_back,
        console,
    }
}

/// Opens the terminal; in a pipe it reads what the other command prints first.
fn terminal(
    common: &Common,
    environment: &Environment,
    config: &Config,
    takes_input: bool,
) -> Result<Terminal, Failure> {
    let voice = Voice {
        warnings: !common.warnings_silent,
        verbose: common.verbose,
        progress: environment.progress(common.progress, config),
    };
    let terminal = Terminal::new(voice);
    if !takes_input {
        return Ok(terminal);
    }
    // Before the state is opened: in a pipe the other command is still at work now.
    terminal.read_ahead().map_err(|error| {
        let message = format!("Cannot read standard input: {error}.");
        Failure::usage("RsvNoObject", message)
    })
}

/// Says that the work is done when only its result could not be shown.
fn not_shown(failure: Failure, effect: Effect) -> Failure {
    match effect {
        Effect::Reads => failure,
        _ => done_but(failure),
    }
}

/// The failure after the work.
fn done_but(failure: Failure) -> Failure {
    let message = format!("The command is done, but: {}", failure.message);
    Failure {
        message,
        exit: Exit::Partial,
        ..failure
    }
}

/// Returns true for a word that asks for help in a cmdlet's place: -Help, --help, -h, -?.
pub(crate) fn asks_help(word: &str) -> bool {
    token(word).is_some_and(|token| ["help", "h", "?"].contains(&fold(token.name).as_str()))
}

fn version() -> String {
    format!("rsv {}\n", env!("CARGO_PKG_VERSION"))
}

/// Returns the words as text.
fn texts(words: &[OsString]) -> Result<Vec<String>, Failure> {
    let text = |word: &OsString| {
        word.clone().into_string().map_err(|word| {
            let message = format!("The word '{}' is not UTF-8 text.", word.to_string_lossy());
            Failure::usage("RsvInvalidText", message)
        })
    };
    words.iter().map(text).collect()
}

/// Returns how many words before the cmdlet's name are common parameters and their values.
pub(crate) fn leading(words: &[String]) -> Result<usize, Failure> {
    let mut at = 0;
    let mut parameters: Vec<Parameter> = Vec::new();
    while let Some(token) = words.get(at).and_then(|word| token(word)) {
        let folded = fold(token.name);
        if words[at] == "-V" || asks_help(&words[at]) || folded == "version" {
            break;
        }
        if parameters.is_empty() {
            parameters = common::args(Effect::Changes)
                .iter()
                .map(Parameter::read)
                .collect();
        }
        let parameter = find(token.name, &parameters, &[])?;
        let joined = token.value.is_some_and(|value| !value.is_empty());
        let switch = matches!(parameter.kind, Kind::Switch | Kind::TriState);
        at += if joined || switch { 1 } else { 2 };
    }
    Ok(at.min(words.len()))
}

/// Returns true if help is asked for, even beside mistakes; a cmdlet's own -Help is its own affair.
fn has_help(words: &[String], parameters: &[Parameter]) -> bool {
    words
        .iter()
        .filter_map(|word| token(word))
        .filter(|token| token.value.is_none())
        .any(|token| {
            let folded = fold(token.name);
            let help = parameters
                .iter()
                .find(|parameter| parameter.is_called(&folded));
            help.is_some_and(|parameter| parameter.common && parameter.name == "Help")
        })
}

/// Returns true if errors are to be JSON, judged before the words are bound: they may not bind.
fn asks_json(words: &[String], environment: &Environment) -> bool {
    let named = words.iter().enumerate().rev().find_map(|(at, word)| {
        let token = token(word)?;
        let folded = fold(token.name);
        let output = folded == "o" || (folded.len() > 2 && "output".starts_with(&folded));
        let value = token.value.filter(|value| !value.is_empty());
        let value = value.or_else(|| words.get(at + 1).map(String::as_str));
        output.then_some(value).flatten()
    });
    match (named, &environment.output) {
        (Some(name), _) => name.eq_ignore_ascii_case("json"),
        (None, Some(name)) => name.eq_ignore_ascii_case("json"),
        (None, None) => {
            Config::load(environment).is_ok_and(|config| config.output == Some(Format::Json))
        }
    }
}
