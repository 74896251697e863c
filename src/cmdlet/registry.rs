//! The registry: one row a cmdlet, made from the cmdlet's own file.

use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::cmdlet::Session;
use crate::output::Output;

/// What a cmdlet does to the state; decides -WhatIf, -Confirm and -Force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Reads only: takes no -WhatIf or -Confirm.
    Reads,
    /// Changes something.
    Changes,
    /// Destroys data: unattended it needs -Force or -Confirm:false.
    Destroys,
}

/// A cmdlet: its names, its help and its work.
pub trait Cmdlet {
    /// Azure's exact name, or an approved verb with the noun prefix `Rsv`.
    const NAME: &'static str;
    /// Other names, such as `Login-AzAccount`.
    const ALIASES: &'static [&'static str] = &[];
    /// One sentence, imperative, no full stop.
    const SYNOPSIS: &'static str;
    /// One command line that works as it stands.
    const EXAMPLE: &'static str;
    /// What it does to the state.
    const EFFECT: Effect = Effect::Reads;
    /// Runs in a home whose state was rolled back, too: it is what deals with that.
    const OPENS_ROLLED_BACK: bool = false;
    /// Parameters of the real cmdlet that make no sense here: (name, reason). Refused by name.
    const REFUSED: &'static [(&'static str, &'static str)] = &[];
    /// Parameters; doc comments are the help.
    type Args: Args + FromArgMatches;

    /// Does the work.
    fn run(args: Self::Args, session: &mut Session) -> anyhow::Result<Output>;
}

/// One row of the registry.
#[derive(Clone, Copy)]
pub struct Row {
    /// See [`Cmdlet::NAME`].
    pub name: &'static str,
    /// See [`Cmdlet::ALIASES`].
    pub aliases: &'static [&'static str],
    /// See [`Cmdlet::SYNOPSIS`].
    pub synopsis: &'static str,
    /// See [`Cmdlet::EXAMPLE`].
    pub example: &'static str,
    /// See [`Cmdlet::EFFECT`].
    pub effect: Effect,
    /// See [`Cmdlet::OPENS_ROLLED_BACK`].
    pub opens_rolled_back: bool,
    /// See [`Cmdlet::REFUSED`].
    pub refused: &'static [(&'static str, &'static str)],
    /// The clap command, without the common parameters.
    pub command: fn() -> Command,
    /// Parses the matches and runs.
    pub run: fn(&ArgMatches, &mut Session) -> anyhow::Result<Output>,
}

/// Makes the row of a cmdlet.
pub(super) const fn row<C: Cmdlet>() -> Row {
    Row {
        name: C::NAME,
        aliases: C::ALIASES,
        synopsis: C::SYNOPSIS,
        example: C::EXAMPLE,
        effect: C::EFFECT,
        opens_rolled_back: C::OPENS_ROLLED_BACK,
        refused: C::REFUSED,
        command: || C::Args::augment_args(Command::new(C::NAME)),
        run: |matches, session| C::run(C::Args::from_arg_matches(matches)?, session),
    }
}
