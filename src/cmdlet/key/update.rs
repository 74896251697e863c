//! Update-AzKeyVaultKey (reference 4.10): enable, disable, dates, operations, tags of a version.

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;

use crate::cmdlet::common::{boolean, tags, time};
use crate::cmdlet::key::{LIST_TYPE, TYPE, VIEW, view};
use crate::cmdlet::key_vault::key_vault;
use crate::cmdlet::{Cmdlet, Effect, Object, ObjectArg, Session};
use crate::domain::{Activity, KeyId, KeyPermission, KeyVersion, Refusal};
use crate::output::Output;

pub(super) struct Update;

#[derive(Debug, Args)]
pub(super) struct UpdateArgs {
    /// Name of the key vault
    #[arg(long, alias = "0", required_unless_present = "input_object")]
    vault_name: Option<String>,
    /// Name of the key
    #[arg(
        long,
        alias = "1",
        alias = "KeyName",
        required_unless_present = "input_object"
    )]
    name: Option<String>,
    /// The key: JSON object, key identifier, @file or -
    #[arg(long, conflicts_with_all = ["vault_name", "name"])]
    input_object: Option<ObjectArg>,
    /// Version; absent: the newest
    #[arg(long, alias = "2", alias = "KeyVersion")]
    version: Option<String>,
    /// true: enable; false: disable
    #[arg(long, value_parser = boolean)]
    enable: Option<bool>,
    /// Not valid from then on (UTC)
    #[arg(long, value_parser = time)]
    expires: Option<Timestamp>,
    /// Not valid before (UTC)
    #[arg(long, value_parser = time)]
    not_before: Option<Timestamp>,
    /// Operations it allows from now on
    #[arg(
        long,
        value_delimiter = ',',
        value_parser = ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"],
        ignore_case = true
    )]
    key_ops: Option<Vec<String>>,
    /// Tags, as name=value; they replace the ones before
    #[arg(long, alias = "Tags", value_delimiter = ',')]
    tag: Option<Vec<String>>,
    /// Print the key
    #[arg(long)]
    pass_thru: bool,
}

impl UpdateArgs {
    /// The key, with the version if one was named.
    fn key(&self, session: &Session) -> Result<KeyId> {
        if let Some(input) = &self.input_object {
            let object = session.object("InputObject", input, &[TYPE, LIST_TYPE])?;
            let text = match &object {
                Object::Text(text) => Some(text.as_str()),
                Object::Json(_) => object.property("Id"),
            };
            let mut key: KeyId = text.unwrap_or_default().parse()?;
            key.version = self.version.clone().or(key.version);
            return Ok(key);
        }
        let id = key_vault(session, self.vault_name.as_deref(), None, None, None)?;
        Ok(KeyId {
            vault: id.name.to_lowercase(),
            name: self.name.clone().unwrap_or_default(),
            version: self.version.clone(),
        })
    }

    fn apply(&self, version: &mut KeyVersion, now: Timestamp) -> Result<(), Refusal> {
        if let Some(enable) = self.enable {
            version.enabled = enable;
        }
        version.expires = self.expires.or(version.expires);
        version.not_before = self.not_before.or(version.not_before);
        if let Some(ops) = &self.key_ops {
            version.key_ops = ops.clone();
        }
        if let Some(words) = &self.tag {
            version.tags = tags(words)?;
        }
        version.updated = now;
        Ok(())
    }
}

impl Cmdlet for Update {
    const NAME: &'static str = "Update-AzKeyVaultKey";
    const SYNOPSIS: &'static str = "Enable or disable a key version, or change its dates";
    const EXAMPLE: &'static str =
        "rsv Update-AzKeyVaultKey -VaultName testkeyvault -Name deskey -Enable true";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("HsmName", "managed HSMs are not in rsv"),
        (
            "Immutable",
            "release policies apply to exportable keys, which rsv has not",
        ),
        (
            "ReleasePolicyPath",
            "release policies apply to exportable keys, which rsv has not",
        ),
    ];
    type Args = UpdateArgs;

    fn run(args: UpdateArgs, session: &mut Session) -> Result<Output> {
        let wanted = args.key(session)?;
        let id = session.document().key_vault_named(&wanted.vault)?;
        let id = crate::domain::Tagged::id(id);
        let principal = session.principal();
        let activity = Activity::new(
            "Microsoft.KeyVault/vaults/keys/update",
            &format!("{id}/keys/{}", wanted.name),
            "Update key",
        );
        let value = session.change(&activity, |state, now| {
            state.key_access(state.key_vaults.get(&id)?).check(
                principal,
                KeyPermission::Update,
                Some(&wanted.name),
            )?;
            let vault = state.key_vaults.get_mut(&id)?;
            let key = vault.key_mut(&wanted.name)?;
            let newest = key.newest().map(|v| v.version.clone()).unwrap_or_default();
            let text = wanted.version.clone().unwrap_or(newest);
            let version = key
                .versions
                .iter_mut()
                .find(|v| v.version.eq_ignore_ascii_case(&text))
                .ok_or_else(|| {
                    Refusal::not_found(format!("The key '{}' has no version {text}.", wanted.name))
                })?;
            args.apply(version, now)?;
            let version = version.clone();
            Ok(view(vault, vault.key(&wanted.name)?, &version))
        })?;
        Ok(if args.pass_thru {
            Output::one(&VIEW, value)
        } else {
            Output::none()
        })
    }
}
