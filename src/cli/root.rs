//! The clap tree of one cmdlet: built for the chosen one only, so that start-up does not grow with
//! the registry.

use clap::{Arg, Command};

use crate::cli::common;
use crate::cli::parameter::{Parameter, fold, pascal};
use crate::cmdlet::Row;

/// A cmdlet's clap command and its parameters as PowerShell sees them.
#[derive(Debug)]
pub struct Tree {
    /// Takes the canonical words that the normaliser writes, without a program name.
    pub command: Command,
    /// The cmdlet's own parameters as declared, then the common ones.
    pub parameters: Vec<Parameter>,
}

/// Builds the tree of a cmdlet with its common parameters.
///
/// Every long name becomes PascalCase. Aliases and positions leave clap and live in the parameters:
/// there two parameter sets may use one position. A cmdlet's own name displaces a common one of the
/// same name.
#[must_use]
pub fn tree(row: &Row) -> Tree {
    let own = (row.command)();
    let mut parameters: Vec<Parameter> = own.get_arguments().map(Parameter::read).collect();
    let mut command = own
        .mut_args(canonical)
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true);
    let taken = parameters.clone();
    let free = |name: &str| {
        !taken
            .iter()
            .any(|parameter| parameter.is_called(&fold(name)))
    };
    for arg in common::args(row.effect) {
        let mut parameter = Parameter::read(&arg);
        if free(&parameter.name) {
            parameter.aliases.retain(|alias| free(alias));
            parameters.push(parameter);
            command = command.arg(canonical(arg));
        }
    }
    // Groups that arguments only name come to be here; without them no conflict can be looked up.
    command.build();
    Tree {
        command,
        parameters,
    }
}

/// Gives an argument the one name the normaliser writes.
fn canonical(arg: Arg) -> Arg {
    let name = pascal(arg.get_long().unwrap_or(arg.get_id().as_str()));
    let choice = arg.get_action().takes_values() && !arg.get_possible_values().is_empty();
    arg.long(name).short(None).alias(None).ignore_case(choice)
}
