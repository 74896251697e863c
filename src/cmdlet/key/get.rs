//! Get-AzKeyVaultKey (reference 4.9).

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::cmdlet::key::{
    DELETED_LIST_VIEW, DELETED_VIEW, LIST_VIEW, VIEW, deleted_view, list_view, version_view, view,
};
use crate::cmdlet::key_vault::key_vault;
use crate::cmdlet::{Cmdlet, ObjectArg, Session};
use crate::domain::{Key, KeyPermission, KeyVault, KeyVersion, Refusal};
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Name of the key vault
    #[arg(long, alias = "0")]
    vault_name: Option<String>,
    /// The key vault: id, name, JSON object, @file or -
    #[arg(long, conflicts_with_all = ["vault_name", "resource_id"])]
    input_object: Option<ObjectArg>,
    /// Id of the key vault
    #[arg(long, conflicts_with = "vault_name")]
    resource_id: Option<String>,
    /// Name of the key; with wildcards, or without a name: a list
    #[arg(long, alias = "1", alias = "KeyName")]
    name: Option<String>,
    /// One version
    #[arg(long, alias = "2", alias = "KeyVersion", requires = "name")]
    version: Option<String>,
    /// All versions, newest first
    #[arg(long, requires = "name", conflicts_with = "version")]
    include_versions: bool,
    /// Write the public key to this file (PEM)
    #[arg(long, requires = "name")]
    out_file: Option<PathBuf>,
    /// Deleted keys instead, while they can be recovered
    #[arg(long, conflicts_with_all = ["version", "include_versions", "out_file"])]
    in_removed_state: bool,
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzKeyVaultKey";
    const SYNOPSIS: &'static str = "Get a key or its versions, or list the keys of a key vault";
    const EXAMPLE: &'static str = "rsv Get-AzKeyVaultKey -VaultName testkeyvault -Name testkey";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("HsmName", "managed HSMs are not in rsv"),
        ("HsmObject", "managed HSMs are not in rsv"),
        ("HsmResourceId", "managed HSMs are not in rsv"),
    ];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let id = key_vault(
            session,
            args.vault_name.as_deref(),
            None,
            args.input_object.as_ref(),
            args.resource_id.as_deref(),
        )?;
        let principal = session.principal();
        let vault = session.document().key_vaults.get(&id)?.clone();
        if args.in_removed_state {
            return deleted(&vault, args.name.as_deref(), session);
        }
        let may = |permission, key| {
            let access = session.document().key_access(&vault);
            access.check(principal, permission, key)
        };
        let Some(name) = args.name.as_deref().filter(|n| !n.contains(['*', '?'])) else {
            may(KeyPermission::List, None)?;
            return Ok(Output::many(&LIST_VIEW, list(&vault, args.name.as_deref())));
        };
        if args.include_versions {
            may(KeyPermission::List, Some(name))?;
            let key = vault.key(name)?;
            let versions = key
                .versions
                .iter()
                .rev()
                .map(|v| version_view(&vault, key, v));
            return Ok(Output::many(&LIST_VIEW, versions.collect()));
        }
        may(KeyPermission::Get, Some(name))?;
        let key = vault.key(name)?;
        let version = find(key, args.version.as_deref())?;
        if let Some(path) = &args.out_file {
            let public = session.context().keyring().public(
                &vault.base.name.to_lowercase(),
                &key.name.to_lowercase(),
                &version.version,
            )?;
            std::fs::write(path, public.to_spki_pem()?)
                .with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(Output::one(&VIEW, view(&vault, key, version)))
    }
}

/// Deleted keys: one by its exact name, else a list.
fn deleted(vault: &KeyVault, name: Option<&str>, session: &Session) -> Result<Output> {
    let (principal, now) = (session.principal(), session.now());
    let access = session.document().key_access(vault);
    let may = |permission, key| access.check(principal, permission, key);
    if let Some(name) = name.filter(|n| !n.contains(['*', '?'])) {
        may(KeyPermission::Get, Some(name))?;
        let found = vault.deleted_key(name, now)?;
        return Ok(Output::one(&DELETED_VIEW, deleted_view(vault, found)));
    }
    may(KeyPermission::List, None)?;
    let matches = |text: &str| name.is_none_or(|p| crate::domain::matches_name(p, text));
    let found = vault.deleted_keys.values();
    let values = found
        .filter(|d| !d.deletion.is_over(now) && matches(&d.key.name))
        .map(|d| deleted_view(vault, d))
        .collect();
    Ok(Output::many(&DELETED_LIST_VIEW, values))
}

fn list(vault: &KeyVault, pattern: Option<&str>) -> Vec<serde_json::Value> {
    vault
        .keys
        .values()
        .filter(|key| pattern.is_none_or(|p| crate::domain::matches_name(p, &key.name)))
        .filter_map(|key| Some(list_view(vault, key, key.newest()?)))
        .collect()
}

/// The version asked for, or the newest.
fn find<'a>(key: &'a Key, version: Option<&str>) -> Result<&'a KeyVersion, Refusal> {
    let found = match version {
        Some(text) => key
            .versions
            .iter()
            .find(|v| v.version.eq_ignore_ascii_case(text)),
        None => key.newest(),
    };
    found.ok_or_else(|| {
        let mut refusal = Refusal::not_found(format!(
            "A key with (name/id) {}/{} was not found in this key vault.",
            key.name,
            version.unwrap_or_default()
        ));
        refusal.code = "KeyNotFound";
        refusal.hint("Add -IncludeVersions to see the versions there are.")
    })
}
