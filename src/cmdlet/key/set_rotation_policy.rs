//! Set-AzKeyVaultKeyRotationPolicy (reference 4.15). Nothing runs by itself here: the policy says
//! how long new versions live and when a rotation is due; Invoke-AzKeyVaultKeyRotation does it.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::Value;

use crate::cmdlet::key::rotation_policy::{TYPE, VIEW, read_actions, read_policy, view};
use crate::cmdlet::key::{LIST_TYPE, TYPE as KEY_TYPE};
use crate::cmdlet::key_vault::key_vault;
use crate::cmdlet::{Cmdlet, Effect, Object, ObjectArg, Session};
use crate::domain::{
    Activity, KeyId, KeyPermission, LifetimeAction, Refusal, ResourceId, RotationPolicy, Tagged,
};
use crate::output::Output;

pub(super) struct Set;

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Name of the key vault
    #[arg(long, alias = "0", required_unless_present_any = ["input_object", "key_rotation_policy"])]
    vault_name: Option<String>,
    /// Name of the key
    #[arg(
        long,
        alias = "1",
        alias = "KeyName",
        required_unless_present_any = ["input_object", "key_rotation_policy"]
    )]
    name: Option<String>,
    /// The key: JSON object, key identifier, @file or -
    #[arg(long, alias = "Key", conflicts_with_all = ["vault_name", "name"])]
    input_object: Option<ObjectArg>,
    /// A whole policy, as Get-AzKeyVaultKeyRotationPolicy prints it: JSON object, @file or -
    #[arg(
        long,
        conflicts_with_all = ["vault_name", "name", "input_object", "policy_path", "expires_in"]
    )]
    key_rotation_policy: Option<ObjectArg>,
    /// How long new versions live: an ISO 8601 period of at least P28D
    #[arg(long)]
    expires_in: Option<String>,
    /// An action and its trigger, as @{Action='Rotate';TimeAfterCreate='P18M'} or JSON; a rotation
    /// that is due is shown, and done by Invoke-AzKeyVaultKeyRotation
    #[arg(long, num_args = 1..)]
    key_rotation_lifetime_action: Vec<String>,
    /// JSON file with lifetimeActions and attributes
    #[arg(long, conflicts_with_all = ["expires_in", "key_rotation_lifetime_action"])]
    policy_path: Option<PathBuf>,
}

/// What is to be set: parts that are absent stay as they are.
struct Wanted {
    actions: Option<Vec<LifetimeAction>>,
    expires_in: Option<String>,
    /// A file or an object replaces the policy as a whole.
    whole: bool,
}

impl SetArgs {
    fn find(&self, session: &Session) -> Result<(ResourceId, String)> {
        let named = |vault: &str| key_vault(session, Some(vault), None, None, None);
        if let Some(policy) = self.policy_object(session)? {
            let text = |name| crate::cmdlet::property(&policy, name).and_then(Value::as_str);
            let (vault, key) = (text("VaultName"), text("KeyName"));
            return match (vault, key) {
                (Some(vault), Some(key)) => Ok((named(vault)?, key.to_owned())),
                _ => Err(Refusal::usage(
                    "RsvWrongKind",
                    "The object of -KeyRotationPolicy names no key.",
                )
                .into()),
            };
        }
        let Some(input) = &self.input_object else {
            let vault = self.vault_name.as_deref().unwrap_or_default();
            return Ok((named(vault)?, self.name.clone().unwrap_or_default()));
        };
        let object = session.object("InputObject", input, &[KEY_TYPE, LIST_TYPE])?;
        let text = match &object {
            Object::Text(text) => Some(text.as_str()),
            Object::Json(_) => object.property("Id"),
        };
        let key: KeyId = text.unwrap_or_default().parse()?;
        Ok((
            session.document().key_vault_named(&key.vault)?.id(),
            key.name,
        ))
    }

    fn policy_object(&self, session: &Session) -> Result<Option<Value>> {
        let Some(arg) = &self.key_rotation_policy else {
            return Ok(None);
        };
        match session.object("KeyRotationPolicy", arg, &[TYPE])? {
            Object::Json(value) => Ok(Some(value)),
            Object::Text(_) => Err(Refusal::usage(
                "RsvWrongKind",
                "-KeyRotationPolicy takes a policy object.",
            )
            .into()),
        }
    }

    fn wanted(&self, session: &Session) -> Result<Wanted> {
        let file = match &self.policy_path {
            Some(path) => {
                let what = || format!("reading the policy file {}", path.display());
                let text = std::fs::read_to_string(path).with_context(what)?;
                Some(serde_json::from_str(&text).with_context(what)?)
            }
            None => self.policy_object(session)?,
        };
        if let Some(value) = file {
            let (actions, expires_in) = read_policy(&value)?;
            return Ok(Wanted {
                actions: Some(actions),
                expires_in,
                whole: true,
            });
        }
        let actions = read_actions(&self.key_rotation_lifetime_action)?;
        if actions.is_empty() && self.expires_in.is_none() {
            return Err(
                Refusal::usage("RsvNothingToChange", "Nothing to change was given.")
                    .hint("-ExpiresIn, -KeyRotationLifetimeAction or -PolicyPath.")
                    .into(),
            );
        }
        Ok(Wanted {
            actions: Some(actions).filter(|a| !a.is_empty()),
            expires_in: self.expires_in.clone(),
            whole: false,
        })
    }
}

impl Cmdlet for Set {
    const NAME: &'static str = "Set-AzKeyVaultKeyRotationPolicy";
    const SYNOPSIS: &'static str =
        "Say how long versions of a key live and when a new one is due (nothing rotates by itself)";
    const EXAMPLE: &'static str =
        "rsv Set-AzKeyVaultKeyRotationPolicy -VaultName testkeyvault -Name testkey -ExpiresIn P2Y";
    const EFFECT: Effect = Effect::Changes;
    type Args = SetArgs;

    fn run(args: SetArgs, session: &mut Session) -> Result<Output> {
        // Standard input can be read once, so the object that names the key is kept.
        let args = args.settled(session)?;
        let (id, name) = args.find(session)?;
        let wanted = args.wanted(session)?;
        let principal = session.principal();
        let activity = Activity::new(
            "Microsoft.KeyVault/vaults/keys/rotationpolicy/write",
            &format!("{id}/keys/{name}"),
            "Set key rotation policy",
        );
        let value = session.change(&activity, |state, now| {
            state.check_key(
                &id,
                Some(&name),
                principal,
                KeyPermission::Setrotationpolicy,
            )?;
            let vault = state.key_vaults.get_mut(&id)?;
            let key = vault.key_mut(&name)?;
            let before = key.rotation.clone().unwrap_or_default();
            let life = wanted.expires_in.clone();
            let policy = RotationPolicy {
                actions: wanted.actions.clone().unwrap_or(before.actions),
                expires_in: life.or(before.expires_in.filter(|_| !wanted.whole)),
                created: before.created.or(Some(now)),
                updated: Some(now),
            };
            policy.check(now)?;
            key.rotation = Some(policy);
            Ok(view(vault, vault.key(&name)?))
        })?;
        Ok(Output::one(&VIEW, value))
    }
}

impl SetArgs {
    fn settled(mut self, session: &Session) -> Result<Self> {
        if let Some(value) = self.policy_object(session)? {
            self.key_rotation_policy = Some(value.to_string().parse()?);
        }
        Ok(self)
    }
}
