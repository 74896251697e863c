//! From the words typed to an exit code: normalise → parse → run the cmdlet → render.
//!
//! One-dash PascalCase parameters in any letter case, PowerShell's binding rules and error texts,
//! and GNU spelling beside them. Nothing here knows a rule of the service.

mod args;
mod azure_names;
mod binding;
mod common;
mod complete;
mod configuration;
mod error;
mod front;
mod help;
mod invoke;
mod layers;
mod lookup;
mod module;
mod parameter;
mod process;
mod request;
mod root;
mod run;
mod secret;
mod settings;
mod terminal;

pub use args::normalise;
pub use complete::{Completion, complete};
pub use configuration::{Resolved, SETTINGS, Setting};
pub use error::{Exit, Failure};
pub use front::{all_rows, with_front};
pub use help::{
    Code, Detail, Rule, TOPICS, Topic, cmdlet_help, codes, help_in, own_codes, root_help, rules,
};
pub use invoke::invoke;
pub use lookup::find_cmdlet;
pub use module::{manifest, module};
pub use parameter::{Kind, Parameter, fold};
pub use root::{Tree, tree};
pub use run::{Reply, execute, main};
pub use settings::{Config, Environment};
pub use terminal::{Terminal, Voice};
