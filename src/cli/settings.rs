//! Where settings come from: parameter, then environment, then `config.toml`, then the default.

use std::ffi::OsString;
use std::path::PathBuf;

use directories::{BaseDirs, ProjectDirs};
use serde::{Deserialize, Serialize};

use crate::cli::{Exit, Failure};
use crate::cmdlet::ShellFolders;
use crate::domain::Rules;
use crate::domain::nearest;
use crate::output::Format;

/// Key sizes that `rsa_key_bits` may allow, in bits (R52 and design, section 2).
const RSA_KEY_BITS: [u32; 3] = [2048, 3072, 4096];

/// The form of results that leaves it to each type.
const AUTO: &str = "auto";

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
    /// `RSV_ROOT_KEY_FILE`: the root key file.
    pub root_key_file: Option<OsString>,
    /// `RSV_STATE_HOME`: the folder of the rollback anchor.
    pub state_home: Option<OsString>,
    /// `RSV_PASSPHRASE_FILE`: the file with the root key's passphrase.
    pub passphrase_file: Option<PathBuf>,
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
            root_key_file: read("RSV_ROOT_KEY_FILE"),
            state_home: read("RSV_STATE_HOME"),
            passphrase_file: read("RSV_PASSPHRASE_FILE").map(PathBuf::from),
            no_progress: read("RSV_NO_PROGRESS").is_some(),
            shells: shell_folders(read),
            width: comfy_table::Table::new().width().map(usize::from),
        }
    }

    /// Returns the path of `config.toml`; none if the user has no configuration folder.
    pub(crate) fn config_path(&self) -> Option<PathBuf> {
        match &self.config_home {
            Some(folder) => Some(PathBuf::from(folder).join("config.toml")),
            None => {
                ProjectDirs::from("", "", "rsv").map(|dirs| dirs.config_dir().join("config.toml"))
            }
        }
    }

    /// Returns a variable's value by its name; `RSV_NO_PROGRESS` has none but is there.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let path = |value: &Option<OsString>| {
            let value = value.as_ref()?;
            Some(value.to_string_lossy().into_owned())
        };
        match name {
            "RSV_HOME" => path(&self.home),
            "RSV_CONFIG_HOME" => path(&self.config_home),
            "RSV_ROOT_KEY_FILE" => path(&self.root_key_file),
            "RSV_STATE_HOME" => path(&self.state_home),
            "RSV_PASSPHRASE_FILE" => {
                path(&self.passphrase_file.clone().map(PathBuf::into_os_string))
            }
            "RSV_OUTPUT" => self.output.clone(),
            "RSV_NOW" => self.now.clone(),
            "RSV_SUBSCRIPTION" => self.subscription.clone(),
            "RSV_VAULT" => self.vault.clone(),
            "RSV_NO_PROGRESS" => self.no_progress.then(String::new),
            _ => None,
        }
    }

    /// Returns the home: the parameter's, else the variable's, else the file's; none means the
    /// user data folder.
    pub(crate) fn home(&self, parameter: Option<String>, config: &Config) -> Option<PathBuf> {
        parameter
            .map(PathBuf::from)
            .or_else(|| self.home.as_ref().map(PathBuf::from))
            .or_else(|| config.home.clone())
    }

    /// Returns whether to show progress: the parameter decides, else the variable, else the file.
    pub(crate) fn progress(&self, parameter: Option<bool>, config: &Config) -> bool {
        parameter.unwrap_or(!self.no_progress && config.progress)
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
            Some(name) => form(name).map_err(|reason| invalid("RSV_OUTPUT", &reason)),
            None => Ok(config.output),
        }
    }
}

/// The settings of `config.toml`.
#[derive(Debug, Clone)]
pub struct Config {
    /// `output`: the form of results; absent for `auto`.
    pub output: Option<Format>,
    /// `home`: the home's folder; absent for the user data folder.
    pub home: Option<PathBuf>,
    /// `progress`: long operations show a bar.
    pub progress: bool,
    /// `[rules]`.
    pub rules: Rules,
    /// The keys that the file has, with their sections: `rules.rsa_key_bits`.
    keys: Vec<String>,
}

/// The file as it is written; a misspelt key must not be ignored silently.
#[derive(Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct ConfigFile {
    output: String,
    home: String,
    progress: bool,
    rules: RulesSection,
}

#[derive(Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct RulesSection {
    rsa_key_bits: Vec<u32>,
}

impl Default for ConfigFile {
    fn default() -> Self {
        Self {
            output: AUTO.to_owned(),
            home: String::new(),
            progress: true,
            rules: RulesSection::default(),
        }
    }
}

impl Default for RulesSection {
    fn default() -> Self {
        Self {
            rsa_key_bits: vec![2048],
        }
    }
}

impl Default for Config {
    /// The settings without a file.
    fn default() -> Self {
        Self {
            output: None,
            home: None,
            progress: true,
            rules: Rules::default(),
            keys: Vec::new(),
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
            return Ok(Self::default());
        };
        let name = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &name),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(invalid(&name, &error.to_string())),
        }
    }

    /// Returns true for a key that the file has, whatever its value.
    #[must_use]
    pub fn sets(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key)
    }

    /// The file with every key at its default, as `examples/config.toml` shows it.
    ///
    /// # Errors
    /// None that a test would not find.
    pub fn defaults() -> Result<toml::Table, toml::ser::Error> {
        toml::Table::try_from(ConfigFile::default())
    }

    /// Reads the text of a file; `name` goes into errors.
    fn parse(text: &str, name: &str) -> Result<Self, Failure> {
        let file: ConfigFile = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
            let failure = invalid(&format!("{name}, line {line}"), error.message());
            failure.hint(match meant(error.message()) {
                Some(key) => format!("Did you mean {key}?"),
                None => "rsv Get-Help about_Configuration lists the settings.".to_owned(),
            })
        })?;
        let output =
            form(&file.output).map_err(|reason| invalid(&format!("{name}, output"), &reason))?;
        let bits = file.rules.rsa_key_bits;
        if bits.is_empty() || bits.iter().any(|bits| !RSA_KEY_BITS.contains(bits)) {
            let reason = "use one or more of 2048, 3072 and 4096";
            return Err(invalid(&format!("{name}, rules.rsa_key_bits"), reason));
        }
        let home = Some(PathBuf::from(file.home)).filter(|home| !home.as_os_str().is_empty());
        if home.as_ref().is_some_and(|home| !home.is_absolute()) {
            let reason = "the path has to start at the root, wherever rsv is started";
            return Err(invalid(&format!("{name}, home"), reason));
        }
        Ok(Self {
            output,
            home,
            progress: file.progress,
            rules: Rules { rsa_key_bits: bits },
            keys: keys(&text.parse().unwrap_or_default(), ""),
        })
    }
}

/// Reads the name of a form, where `auto` leaves it to the type.
fn form(name: &str) -> Result<Option<Format>, String> {
    if name.eq_ignore_ascii_case(AUTO) {
        return Ok(None);
    }
    let format = name.parse().map(Some);
    format.map_err(|reason: String| format!("{reason}, {AUTO}"))
}

/// Returns the names of all keys, those in a section after its name and a full stop.
fn keys(table: &toml::Table, section: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => found.extend(keys(inner, &format!("{section}{key}."))),
            _ => found.push(format!("{section}{key}")),
        }
    }
    found
}

/// Finds the key that was meant in the parser's "unknown field `a`, expected one of `b`, `c`".
fn meant(message: &str) -> Option<&str> {
    let mut names = message.strip_prefix("unknown field ")?.split('`');
    let typed = names.nth(1)?;
    nearest(typed, names.skip(1).step_by(2))
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
