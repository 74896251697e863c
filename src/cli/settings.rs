//! Where settings come from: parameter, then environment, then `config.toml`, then the default.

use std::ffi::OsString;
use std::path::PathBuf;

use directories::{BaseDirs, ProjectDirs};
use serde::Deserialize;

use crate::cli::{Exit, Failure};
use crate::cmdlet::ShellFolders;
use crate::domain::Rules;
use crate::output::Format;

/// Key sizes that `rsa_key_bits` may allow, in bits (R52 and design, section 2).
const RSA_KEY_BITS: [u32; 3] = [2048, 3072, 4096];

/// What the process was started with, besides its words.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `RSV_HOME`: the home's folder.
    pub home: Option<OsString>,
    /// `RSV_OUTPUT`: the form of results.
    pub output: Option<String>,
    /// `RSV_CONFIG_HOME`: the folder of `config.toml`.
    pub config_home: Option<OsString>,
    /// `RSV_NOW`: the time in a rehearsal home.
    pub now: Option<String>,
    /// `RSV_SUBSCRIPTION`: the context's subscription for this process.
    pub subscription: Option<String>,
    /// `RSV_VAULT`: the vault context for this process.
    pub vault: Option<String>,
    /// `RSV_NO_PROGRESS` is set: no progress bar.
    pub no_progress: bool,
    /// Where the user's shells look for completions: `BASH_COMPLETION_USER_DIR`, `XDG_DATA_HOME`,
    /// `XDG_CONFIG_HOME`, else below the user's home folder.
    pub shells: ShellFolders,
    /// The width of the terminal on standard output, in cells; absent when there is none.
    pub width: Option<usize>,
}

impl Environment {
    /// Reads the process's environment; an empty variable counts as absent.
    #[must_use]
    pub fn of_process() -> Self {
        let read = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let text = |name: &str| read(name).map(|value| value.to_string_lossy().into_owned());
        Self {
            home: read("RSV_HOME"),
            output: text("RSV_OUTPUT"),
            now: text("RSV_NOW"),
            subscription: text("RSV_SUBSCRIPTION"),
            vault: text("RSV_VAULT"),
            config_home: read("RSV_CONFIG_HOME"),
            no_progress: read("RSV_NO_PROGRESS").is_some(),
            shells: shell_folders(read),
            width: comfy_table::Table::new().width().map(usize::from),
        }
    }

    /// Returns the path of `config.toml`; none if the user has no configuration folder.
    fn config_path(&self) -> Option<PathBuf> {
        match &self.config_home {
            Some(folder) => Some(PathBuf::from(folder).join("config.toml")),
            None => {
                ProjectDirs::from("", "", "rsv").map(|dirs| dirs.config_dir().join("config.toml"))
            }
        }
    }

    /// Returns the home: the parameter's, else the variable's; none means the user data folder.
    pub(crate) fn home(&self, parameter: Option<String>) -> Option<PathBuf> {
        parameter
            .map(PathBuf::from)
            .or_else(|| self.home.as_ref().map(PathBuf::from))
    }

    /// Returns the form of results: the parameter's, else the variable's, else the file's.
    ///
    /// # Errors
    /// `RsvInvalidSetting` if the variable names no format.
    pub(crate) fn format(
        &self,
        parameter: Option<Format>,
        config: &Config,
    ) -> Result<Option<Format>, Failure> {
        if parameter.is_some() {
            return Ok(parameter);
        }
        match &self.output {
            Some(name) => name
                .parse()
                .map(Some)
                .map_err(|reason: String| invalid("RSV_OUTPUT", &reason)),
            None => Ok(config.output),
        }
    }
}

/// The settings of `config.toml`.
#[derive(Debug, Clone)]
pub struct Config {
    /// `output`: the form of results.
    pub output: Option<Format>,
    /// `[rules]`.
    pub rules: Rules,
}

/// The file as it is written; a misspelt key must not be ignored silently.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ConfigFile {
    output: Option<String>,
    rules: RulesSection,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RulesSection {
    rsa_key_bits: Vec<u32>,
}

impl Default for RulesSection {
    fn default() -> Self {
        Self {
            rsa_key_bits: vec![2048],
        }
    }
}

impl Config {
    /// Reads `config.toml`; without a file every setting has its default.
    ///
    /// # Errors
    /// `RsvInvalidSetting` if the file cannot be read or means nothing.
    pub fn load(environment: &Environment) -> Result<Self, Failure> {
        let Some(path) = environment.config_path() else {
            return Self::parse("", "config.toml");
        };
        let name = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &name),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::parse("", &name),
            Err(error) => Err(invalid(&name, &error.to_string())),
        }
    }

    /// Reads the text of a file; `name` goes into errors.
    fn parse(text: &str, name: &str) -> Result<Self, Failure> {
        let file: ConfigFile = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
            invalid(&format!("{name}, line {line}"), error.message())
        })?;
        let output = file.output.map(|format| format.parse()).transpose();
        let output =
            output.map_err(|reason: String| invalid(&format!("{name}, output"), &reason))?;
        let bits = file.rules.rsa_key_bits;
        if bits.is_empty() || bits.iter().any(|bits| !RSA_KEY_BITS.contains(bits)) {
            let reason = "use one or more of 2048, 3072 and 4096";
            return Err(invalid(&format!("{name}, rules.rsa_key_bits"), reason));
        }
        Ok(Self {
            output,
            rules: Rules { rsa_key_bits: bits },
        })
    }
}

/// Finds the folders as the shells do, on every system by the XDG rules.
fn shell_folders(variable: impl Fn(&str) -> Option<OsString>) -> ShellFolders {
    let user = BaseDirs::new();
    let named = |name: &str| {
        let path = variable(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let below = |folder: &str| user.as_ref().map(|user| user.home_dir().join(folder));
    let data = || named("XDG_DATA_HOME").or_else(|| below(".local/share"));
    let bash = named("BASH_COMPLETION_USER_DIR")
        .or_else(|| data().map(|data| data.join("bash-completion")));
    let config = named("XDG_CONFIG_HOME").or_else(|| below(".config"));
    ShellFolders {
        bash: bash.map(|folder| folder.join("completions")),
        fish: config.map(|folder| folder.join("fish/completions")),
    }
}

fn invalid(place: &str, reason: &str) -> Failure {
    Failure::new(
        Exit::Usage,
        "RsvInvalidSetting",
        format!("{place}: {}", reason.trim_end()),
    )
}
