//! `rsv __invoke`: one request of the PowerShell module, JSON on standard input, and its answer.
//!
//! The request is `{"cmdlet": "…", "parameters": {…}}`. Names are whole names or aliases; values go
//! through the same clap command as typed words, each as one value that nothing splits. The answer
//! is one line of ASCII, since Windows PowerShell reads programs in the console's code page.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, Read};
use std::rc::Rc;

use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::cli::common::Common;
use crate::cli::request::{Given, words};
use crate::cli::run::{Reply, settings};
use crate::cli::{
    Config, Environment, Exit, Failure, Terminal, Tree, Voice, binding, find_cmdlet, tree,
};
use crate::cmdlet::{Console, Progress, Row, Session};
use crate::output;

/// The word with which the module asks.
pub(crate) const INVOKE: &str = "__invoke";
/// The size of a request, in bytes: an object that a cmdlet printed is a few thousand.
const REQUEST_MAX: usize = 8 << 20;

/// What the module asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    cmdlet: String,
    #[serde(default)]
    parameters: Given,
}

/// Reads a request from standard input and answers it.
pub(crate) fn respond(rows: &[Row], rest: &[OsString], environment: &Environment) -> Reply {
    let mut bytes = Vec::new();
    let read = io::stdin()
        .lock()
        .take(REQUEST_MAX as u64 + 1)
        .read_to_end(&mut bytes);
    match read {
        _ if !rest.is_empty() => answered(
            &Notes::default(),
            &[],
            Some(&bad_request("__invoke takes no words")),
        ),
        Err(error) => answered(
            &Notes::default(),
            &[],
            Some(&bad_request(&format!("standard input: {error}"))),
        ),
        Ok(_) => invoke(rows, &bytes, environment),
    }
}

/// Answers the request in these bytes; whatever is wrong with it is in the answer too.
#[must_use]
pub fn invoke(rows: &[Row], request: &[u8], environment: &Environment) -> Reply {
    let notes = Rc::new(RefCell::new(Notes::default()));
    let outcome =
        read(request).and_then(|request| perform(rows, request, environment, Rc::clone(&notes)));
    let (objects, failure) = match outcome {
        Ok((objects, failure)) => (objects, failure),
        Err(failure) => (Vec::new(), Some(failure)),
    };
    answered(&notes.borrow(), &objects, failure.as_ref())
}

/// Reads a request; a byte order mark before it is passed over.
fn read(bytes: &[u8]) -> Result<Request, Failure> {
    if bytes.len() > REQUEST_MAX {
        let reason = format!("it is larger than {} MiB", REQUEST_MAX >> 20);
        return Err(bad_request(&reason));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| bad_request("it is not UTF-8 text"))?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(bad_request("it is empty"));
    }
    if !text.trim_start().starts_with('{') {
        return Err(bad_request("it is no JSON object"));
    }
    serde_json::from_str(text).map_err(|error| bad_request(&error.to_string()))
}

fn bad_request(reason: &str) -> Failure {
    let message = format!("The request cannot be read: {reason}.");
    Failure::usage("RsvBadRequest", message).hint(
        "It is one JSON object: {\"cmdlet\": \"Get-AzRecoveryServicesVault\", \"parameters\": \
         {\"Name\": \"testvault\"}}",
    )
}

/// Runs the cmdlet; gives its objects, and what is wrong all the same.
fn perform(
    rows: &[Row],
    request: Request,
    environment: &Environment,
    notes: Rc<RefCell<Notes>>,
) -> Result<(Vec<Value>, Option<Failure>), Failure> {
    let row = find_cmdlet(rows, &request.cmdlet)?;
    let tree = tree(row);
    let words = words(&tree.parameters, row.refused, request.parameters)?;
    let Tree { command, .. } = tree;
    // An element of an array is one value here, with whatever commas it has.
    let matches = command
        .mut_args(|arg| arg.value_delimiter(None::<char>))
        .try_get_matches_from_mut(words)
        .map_err(|error| binding::failure(&error))?;
    let common = Common::read(&matches);
    let config = Config::load(environment)?;
    let voice = Voice {
        warnings: false,
        verbose: false,
        progress: environment.progress(common.progress, &config),
    };
    let console = Box::new(Recorder {
        notes,
        bars: Terminal::new(voice),
    });
    let mut session = Session::open(settings(row, common, config, environment, console))?;
    let mut output = (row.run)(&matches, &mut session)?;
    let failure = output.failure.take().map(Failure::from);
    Ok((output::objects(output), failure))
}

/// What a cmdlet said besides its result.
#[derive(Debug, Default)]
struct Notes {
    warnings: Vec<String>,
    verbose: Vec<String>,
    what_if: Vec<(String, String)>,
}

/// Keeps what a cmdlet says for the answer. Nobody can be asked: the module asks beforehand.
struct Recorder {
    notes: Rc<RefCell<Notes>>,
    bars: Terminal,
}

impl Console for Recorder {
    fn warn(&self, text: &str) {
        self.notes.borrow_mut().warnings.push(text.to_owned());
    }

    fn verbose(&self, text: &str) {
        self.notes.borrow_mut().verbose.push(text.to_owned());
    }

    fn what_if(&self, operation: &str, target: &str) {
        let step = (operation.to_owned(), target.to_owned());
        self.notes.borrow_mut().what_if.push(step);
    }

    fn interactive(&self) -> bool {
        false
    }

    fn ask(&self, _question: &str) -> io::Result<bool> {
        Ok(false)
    }

    fn ask_name(&self, _question: &str, _name: &str) -> io::Result<bool> {
        Ok(false)
    }

    fn ask_secret(&self, _question: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        Ok(None)
    }

    fn read_input(&self) -> io::Result<String> {
        Err(io::Error::other(
            "it holds the request: pass the object itself instead of '-'",
        ))
    }

    fn progress(&self, label: &str) -> Box<dyn Progress> {
        self.bars.progress(label)
    }
}

/// Writes the answer.
fn answered(notes: &Notes, objects: &[Value], failure: Option<&Failure>) -> Reply {
    let step =
        |(operation, target): &(String, String)| json!({"operation": operation, "target": target});
    let error = failure.map(|failure| {
        json!({
            "code": failure.code,
            "message": failure.message,
            "hint": failure.hint,
            "exitCode": failure.exit as u8,
            "causes": failure.causes,
        })
    });
    let answer = json!({
        "output": objects,
        "warnings": notes.warnings,
        "verbose": notes.verbose,
        "whatIf": notes.what_if.iter().map(step).collect::<Vec<_>>(),
        "error": error,
    });
    Reply {
        stdout: ascii(&answer.to_string()) + "\n",
        stderr: String::new(),
        exit: failure.map_or(Exit::Done, |failure| failure.exit),
        changes: false,
    }
}

/// Writes JSON without a letter beyond ASCII; such letters stand only inside of texts.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        if matches!(c, ' '..='~') {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}
