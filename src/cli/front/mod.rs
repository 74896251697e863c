//! The cmdlets about rsv itself: they read the registry and the settings, and open no home.

mod get_command;
mod get_config;
mod get_help;

use std::sync::LazyLock;

use clap::ArgMatches;

use crate::cli::common::Common;
use crate::cli::{Config, Environment, Failure};
use crate::cmdlet::{Candidate, Row};
use crate::output::{Format, Output, render};

/// What such a cmdlet may look at.
pub(crate) struct Desk<'a> {
    /// Every cmdlet, these ones too.
    pub(crate) rows: &'a [Row],
    /// What the process was started with.
    pub(crate) environment: &'a Environment,
    /// The common parameters of this run.
    pub(crate) common: &'a Common,
}

/// What such a cmdlet says: a text for people, or objects.
pub(crate) struct Answer {
    /// What is printed unless another form or a part is asked for.
    text: Option<String>,
    /// The same as objects.
    output: Output,
}

/// A cmdlet that the front end answers.
struct Front {
    row: Row,
    answer: fn(&ArgMatches, &Desk<'_>) -> Result<Answer, Failure>,
    /// It works beside a configuration file that cannot be read.
    needs_config: bool,
    /// What a parameter takes, for Tab: rows, parameter, the value of -Name.
    values: fn(&[Row], &str, Option<&str>) -> Vec<Candidate>,
}

static FRONTS: [&Front; 3] = [&get_help::FRONT, &get_command::FRONT, &get_config::FRONT];

/// Every cmdlet there is, those of the front end too.
#[must_use]
pub fn all_rows() -> &'static [Row] {
    static ALL: LazyLock<Vec<Row>> = LazyLock::new(|| with_front(crate::cmdlet::rows()));
    &ALL
}

/// Adds the front end's cmdlets to others.
#[must_use]
pub fn with_front(rows: &[Row]) -> Vec<Row> {
    let fronts = FRONTS.iter().map(|front| front.row);
    rows.iter().copied().chain(fronts).collect()
}

/// True for a cmdlet of the front end.
pub(crate) fn is_front(row: &Row) -> bool {
    find(row.name).is_some()
}

fn find(cmdlet: &str) -> Option<&'static Front> {
    FRONTS.into_iter().find(|front| front.row.name == cmdlet)
}

/// Runs a cmdlet of the front end and returns what it prints; none for another cmdlet.
pub(crate) fn run(
    cmdlet: &str,
    matches: &ArgMatches,
    desk: &Desk<'_>,
) -> Option<Result<String, Failure>> {
    let front = find(cmdlet)?;
    Some(printed(front, matches, desk))
}

fn printed(front: &Front, matches: &ArgMatches, desk: &Desk<'_>) -> Result<String, Failure> {
    let config = match Config::load(desk.environment) {
        Err(failure) if front.needs_config => return Err(failure),
        loaded => loaded.unwrap_or_default(),
    };
    let answer = (front.answer)(matches, desk)?;
    let format = desk.environment.format(desk.common.format, &config)?;
    let query = desk.common.query.as_deref();
    let is_plain = matches!(format, None | Some(Format::List | Format::Table));
    match answer.text {
        Some(text) if is_plain && query.is_none() => Ok(text),
        _ => render(answer.output, format, query, desk.environment.width)
            .map_err(|error| Failure::from(&error)),
    }
}

/// What a parameter of such a cmdlet could be; none for another cmdlet.
pub(crate) fn values(
    rows: &[Row],
    cmdlet: &str,
    parameter: &str,
    name: Option<&str>,
) -> Option<Vec<Candidate>> {
    Some((find(cmdlet)?.values)(rows, parameter, name))
}

/// Answers for whoever runs a row of the front end in a session.
fn in_session(front: &Front, matches: &ArgMatches) -> anyhow::Result<Output> {
    let environment = Environment::of_process();
    let desk = Desk {
        rows: all_rows(),
        environment: &environment,
        common: &Common::read(matches),
    };
    Ok((front.answer)(matches, &desk)?.output)
}
