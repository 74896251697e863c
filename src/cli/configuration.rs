//! The settings by name, and where the value that counts came from.

use std::path::Path;

use crate::cli::common::Common;
use crate::cli::{Config, Environment, Failure};
use crate::cmdlet::places;

/// A setting and the ways to give it, strongest first.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in Get-RsvConfig.
    pub name: &'static str,
    /// What it decides; no full stop.
    pub about: &'static str,
    /// The parameter, with its dash.
    pub parameter: Option<&'static str>,
    /// The environment variable; an empty one counts as absent.
    pub variable: Option<&'static str>,
    /// The key of `config.toml`, with its section.
    pub key: Option<&'static str>,
    /// The default in words.
    pub default: &'static str,
}

/// Every setting. Other variables of the same prefix, and other keys, there are not.
pub const SETTINGS: [Setting; 11] = [
    Setting {
        name: "Home",
        about: "The folder with the state, the keys, the vault data and the disks",
        parameter: Some("-Home"),
        variable: Some("RSV_HOME"),
        key: Some("home"),
        default: "the user's data folder",
    },
    Setting {
        name: "Output",
        about: "The form of results: auto, list, table, json, tsv, yaml or id",
        parameter: Some("-Output"),
        variable: Some("RSV_OUTPUT"),
        key: Some("output"),
        default: "auto: each type has a form of its own",
    },
    Setting {
        name: "Progress",
        about: "Whether long operations show a bar on a terminal; any RSV_NO_PROGRESS turns it off",
        parameter: Some("-ProgressAction"),
        variable: Some("RSV_NO_PROGRESS"),
        key: Some("progress"),
        default: "true",
    },
    Setting {
        name: "Rules.RsaKeyBits",
        about: "The sizes of RSA keys that a vault may be put under, in bits (R52)",
        parameter: None,
        variable: None,
        key: Some("rules.rsa_key_bits"),
        default: "2048",
    },
    Setting {
        name: "ConfigHome",
        about: "The folder with config.toml and the root key",
        parameter: None,
        variable: Some("RSV_CONFIG_HOME"),
        key: None,
        default: "the user's configuration folder",
    },
    Setting {
        name: "RootKeyFile",
        about: "The file with the root key, without which the home opens nothing",
        parameter: None,
        variable: Some("RSV_ROOT_KEY_FILE"),
        key: None,
        default: "root-INSTALLATION.key in ConfigHome",
    },
    Setting {
        name: "PassphraseFile",
        about: "The file or pipe with the passphrase of the root key, if it has one",
        parameter: Some("-PassphraseFile"),
        variable: Some("RSV_PASSPHRASE_FILE"),
        key: None,
        default: "none: asked at the terminal",
    },
    Setting {
        name: "StateHome",
        about: "The folder with the rollback anchor",
        parameter: None,
        variable: Some("RSV_STATE_HOME"),
        key: None,
        default: "the user's state folder",
    },
    Setting {
        name: "Subscription",
        about: "The subscription of this process",
        parameter: None,
        variable: Some("RSV_SUBSCRIPTION"),
        key: None,
        default: "the one of Set-AzContext",
    },
    Setting {
        name: "Vault",
        about: "The vault of this process, for cmdlets with -VaultId",
        parameter: Some("-VaultId"),
        variable: Some("RSV_VAULT"),
        key: None,
        default: "the one of Set-AzRecoveryServicesVaultContext",
    },
    Setting {
        name: "Now",
        about: "The time, in a rehearsal home only",
        parameter: None,
        variable: Some("RSV_NOW"),
        key: None,
        default: "the system's clock",
    },
];

/// A setting's value and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The value that counts; absent when only the home knows it.
    pub value: Option<String>,
    /// `parameter -Output`, `variable RSV_OUTPUT`, `config.toml` or `default`; after the last one
    /// what the default is if the value is absent.
    pub source: String,
}

/// Says what counts for a setting.
///
/// # Errors
/// `RsvInvalidSetting` for a variable that means nothing, or no default folder.
pub(crate) fn resolve(
    setting: &Setting,
    common: &Common,
    environment: &Environment,
    config: &Config,
) -> Result<Resolved, Failure> {
    let given = setting.parameter.and_then(|name| parameter(name, common));
    let variable = setting
        .variable
        .filter(|name| environment.variable(name).is_some());
    let key = setting.key.filter(|key| config.sets(key));
    let source = match (&given, variable, key, setting.parameter) {
        (Some(_), _, _, Some(name)) => format!("parameter {name}"),
        (_, Some(name), ..) => format!("variable {name}"),
        (_, _, Some(_), _) => "config.toml".to_owned(),
        _ => "default".to_owned(),
    };
    let value = value(setting.name, common, environment, config)?
        .or_else(|| environment.variable(setting.variable?));
    let source = match value {
        None => format!("{source}: {}", setting.default),
        Some(_) => source,
    };
    Ok(Resolved { value, source })
}

fn parameter(name: &str, common: &Common) -> Option<()> {
    match name {
        "-Home" => common.home.as_ref().map(|_| ()),
        "-Output" => common.format.map(|_| ()),
        "-ProgressAction" => common.progress.map(|_| ()),
        "-PassphraseFile" => common.passphrase_file.as_ref().map(|_| ()),
        _ => None,
    }
}

/// Asks the same functions as a run does.
fn value(
    name: &str,
    common: &Common,
    environment: &Environment,
    config: &Config,
) -> Result<Option<String>, Failure> {
    let home = environment.home(common.home.clone(), config);
    let shown = |path: &Path| Some(path.display().to_string());
    Ok(match name {
        "Output" => {
            let format = environment.format(common.format, config)?;
            Some(format.map_or("auto".to_owned(), |format| format.to_string()))
        }
        "Progress" => Some(environment.progress(common.progress, config).to_string()),
        "Rules.RsaKeyBits" => {
            let bits = config.rules.rsa_key_bits.iter().map(ToString::to_string);
            Some(bits.collect::<Vec<_>>().join(", "))
        }
        "Home" => shown(&places(home.as_deref())?.home),
        "ConfigHome" => environment
            .config_path()
            .as_deref()
            .and_then(Path::parent)
            .and_then(shown),
        "PassphraseFile" => common.passphrase_file.as_deref().and_then(shown),
        "StateHome" => shown(&places(home.as_deref())?.anchors),
        "RootKeyFile" => places(home.as_deref())?.root_key.as_deref().and_then(shown),
        _ => None,
    })
}
