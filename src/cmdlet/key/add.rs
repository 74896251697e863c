//! Add-AzKeyVaultKey (reference 4.8): a new key, or a new version of one.

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::cmdlet::common::{tags, time};
use crate::cmdlet::key::{VIEW, view};
use crate::cmdlet::key_vault::key_vault;
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::{
    Activity, DEFAULT_KEY_OPS, Key, KeyPermission, KeyVault, KeyVersion, Refusal, check_key_name,
};
use crate::output::Output;
use crate::state::Document;
use crate::workflow::{self, NewKey};

pub(super) struct Add;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Destination {
    /// Sealed on this machine
    Software,
    /// In a hardware module
    #[value(name = "HSM")]
    Hsm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum KeyType {
    /// RSA
    #[value(name = "RSA")]
    Rsa,
    /// Elliptic curve
    #[value(name = "EC")]
    Ec,
    /// Symmetric
    #[value(name = "oct")]
    Oct,
}

/// Operations a key may allow.
const KEY_OPS: [&str; 7] = [
    "encrypt",
    "decrypt",
    "sign",
    "verify",
    "wrapKey",
    "unwrapKey",
    "import",
];

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Name of the key vault
    #[arg(long, alias = "0")]
    vault_name: Option<String>,
    /// The key vault: id, name, JSON object, @file or -
    #[arg(long, conflicts_with_all = ["vault_name", "resource_id"])]
    input_object: Option<ObjectArg>,
    /// Id of the key vault
    #[arg(long, conflicts_with = "vault_name")]
    resource_id: Option<String>,
    /// Name of the key: 1-127 letters, digits or '-'; of an existing one: a new version
    #[arg(long, alias = "1", alias = "KeyName")]
    name: String,
    /// Where the key lives; rsv has software keys
    #[arg(long, value_enum, ignore_case = true)]
    destination: Destination,
    /// Kind of key; rsv has RSA
    #[arg(long, value_enum, ignore_case = true, default_value = "RSA")]
    key_type: KeyType,
    /// Size in bits: 2048, 3072 or 4096
    #[arg(long, default_value_t = 2048)]
    size: u32,
    /// Make it disabled
    #[arg(long)]
    disable: bool,
    /// Operations it allows; absent: all
    #[arg(long, value_delimiter = ',', value_parser = KEY_OPS, ignore_case = true)]
    key_ops: Vec<String>,
    /// Not valid from then on (UTC)
    #[arg(long, value_parser = time)]
    expires: Option<Timestamp>,
    /// Not valid before (UTC)
    #[arg(long, value_parser = time)]
    not_before: Option<Timestamp>,
    /// Tags, as name=value
    #[arg(long, alias = "Tags", value_delimiter = ',')]
    tag: Vec<String>,
}

impl AddArgs {
    fn check(&self) -> Result<(), Refusal> {
        check_key_name(&self.name)?;
        if self.destination == Destination::Hsm {
            return Err(Refusal::refused(
                "RsvHsmNotSupported",
                "Keys in hardware modules are not in rsv yet.",
            )
            .hint("Use -Destination Software."));
        }
        if self.key_type != KeyType::Rsa {
            return Err(Refusal::refused(
                "RsvKeyTypeNotSupported",
                "Backup takes RSA keys only (R52); rsv makes no other kind.",
            )
            .hint("Use -KeyType RSA."));
        }
        if ![2048, 3072, 4096].contains(&self.size) {
            return Err(Refusal::usage(
                "BadParameter",
                format!(
                    "A key of {} bits cannot be made: 2048, 3072 or 4096.",
                    self.size
                ),
            ));
        }
        if self
            .key_ops
            .iter()
            .any(|op| op.eq_ignore_ascii_case("import"))
        {
            return Err(Refusal::usage(
                "ArgumentException",
                "When KeyOps is 'import', Destination must be HSM.",
            ));
        }
        if let (Some(start), Some(end)) = (self.not_before, self.expires)
            && start >= end
        {
            return Err(Refusal::usage(
                "BadParameter",
                "-NotBefore has to be before -Expires.",
            ));
        }
        Ok(())
    }

    fn version(&self, new: &NewKey, now: Timestamp) -> Result<KeyVersion, Refusal> {
        let given = |op: &&str| {
            self.key_ops.is_empty() || self.key_ops.iter().any(|o| o.eq_ignore_ascii_case(op))
        };
        Ok(KeyVersion {
            version: new.version.clone(),
            enabled: !self.disable,
            expires: self.expires,
            not_before: self.not_before,
            created: now,
            updated: now,
            bits: self.size,
            key_ops: DEFAULT_KEY_OPS
                .iter()
                .filter(|op| given(op))
                .map(|op| (*op).into())
                .collect(),
            spki_sha256: new.spki_sha256.clone(),
            tags: tags(&self.tag)?,
        })
    }
}

/// Adds a version to the key of that name, or a new key.
fn add(vault: &mut KeyVault, name: &str, version: KeyVersion) {
    let key = vault
        .keys
        .entry(name.to_lowercase())
        .or_insert_with(|| Key {
            name: name.to_owned(),
            versions: Vec::new(),
            rotation: None,
        });
    key.versions.push(version);
}

impl Cmdlet for Add {
    const NAME: &'static str = "Add-AzKeyVaultKey";
    const SYNOPSIS: &'static str = "Make an RSA key in a key vault, or a new version of one";
    const EXAMPLE: &'static str =
        "rsv Add-AzKeyVaultKey -VaultName testkeyvault -Name newkey -Destination Software";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("KeyFilePath", "importing keys is not in rsv yet"),
        ("KeyFilePassword", "importing keys is not in rsv yet"),
        (
            "CurveName",
            "Backup takes RSA keys only, and RSA keys have no curve",
        ),
        ("HsmName", "managed HSMs are not in rsv"),
        ("HsmObject", "managed HSMs are not in rsv"),
        ("HsmResourceId", "managed HSMs are not in rsv"),
        (
            "Exportable",
            "private keys never leave a local key vault in the clear",
        ),
        (
            "Immutable",
            "release policies apply to exportable keys, which rsv has not",
        ),
        (
            "ReleasePolicyPath",
            "release policies apply to exportable keys, which rsv has not",
        ),
        (
            "UseDefaultCVMPolicy",
            "release policies apply to exportable keys, which rsv has not",
        ),
    ];
    type Args = AddArgs;

    fn run(args: AddArgs, session: &mut Session) -> Result<Output> {
        args.check()?;
        let id = key_vault(
            session,
            args.vault_name.as_deref(),
            None,
            args.input_object.as_ref(),
            args.resource_id.as_deref(),
        )?;
        let principal = session.principal();
        let may = |state: &Document| {
            let access = state.key_access(state.key_vaults.get(&id)?);
            access.check(principal, KeyPermission::Create, Some(&args.name))
        };
        may(session.document())?;
        let vault = session.document().key_vaults.get(&id)?;
        vault.check_key_name_free(&args.name, session.now())?;
        // Making the key takes long: not under the lock. Its files are durable before the state
        // names them; a crash in between leaves files nobody refers to.
        let new = if session.what_if() {
            NewKey::pretend()
        } else {
            workflow::make_key(session.context(), &id.name, &args.name, args.size)?
        };
        let activity = Activity::new(
            "Microsoft.KeyVault/vaults/keys/write",
            &format!("{id}/keys/{}", args.name),
            "Create key",
        );
        let outcome = session.change(&activity, |state, now| {
            may(state)?;
            let vault = state.key_vaults.get_mut(&id)?;
            vault.check_key_name_free(&args.name, now)?;
            let version = args.version(&new, now)?;
            add(vault, &args.name, version.clone());
            let key = vault.key(&args.name)?;
            Ok(view(vault, key, &version))
        });
        if outcome.is_err() && !session.what_if() {
            workflow::drop_key(
                session.context(),
                &id.name,
                &args.name,
                &new.version,
                &outcome,
            );
        }
        Ok(Output::one(&VIEW, outcome?))
    }
}
