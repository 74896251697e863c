//! Import-RsvVault: opens a vault that another home made, as a vault of this one.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::cmdlet::common::region;
use crate::cmdlet::{Cmdlet, Effect, ObjectArg, PassphraseFrom, Session, user_assigned_identity};
use crate::domain::{
    Activity, Identity, Refusal, Resource, ResourceId, ResourceKind, Tagged, Vault, check_name,
};
use crate::output::{Form, Output, View};
use crate::state::{RootKey, Unlock};
use crate::workflow::{self, ImportRequest, Imported};

pub(super) struct Import;

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The vault's folder: the one that is named by the vault's id
    #[arg(long)]
    path: PathBuf,
    /// Resource group the vault comes into
    #[arg(long)]
    resource_group_name: String,
    /// Name of the vault here
    #[arg(long)]
    name: String,
    /// Region; absent: that of the recovery points
    #[arg(long)]
    location: Option<String>,
    /// Identity that uses the customer's key, attached to the vault; absent: the signed-in account
    /// proves the key, and the vault gets an identity of its own
    #[arg(long)]
    user_assigned_identity: Option<ObjectArg>,
    /// Root key file of the old home; needed for a vault that has no customer key
    #[arg(long)]
    root_key_file: Option<PathBuf>,
    /// File or pipe with the passphrase of -RootKeyFile; absent: the terminal is asked
    #[arg(long, requires = "root_key_file")]
    root_key_passphrase_file: Option<PathBuf>,
}

static VIEW: View = View {
    type_name: "Rsv.ImportedVault",
    form: Form::List,
    table: &[],
    list: &[],
};

fn view(vault: &Vault, points: usize) -> Value {
    let items = vault.items.iter().map(|item| item.machine_name.clone());
    json!({
        "Name": vault.base.name,
        "ID": vault.id().to_string(),
        "Location": vault.base.location,
        "Owner": vault.data.owner,
        "Repository": vault.data.repository,
        "Epoch": vault.data.epoch,
        "Items": items.collect::<Vec<_>>(),
        "RecoveryPoints": points,
        "EncryptionKey": vault.encryption.key_uri,
        "PinnedKeyVersion": vault.encryption.key_uri.as_deref().and_then(|key| key.rsplit('/').next()),
        "PrincipalId": vault.key_principal().ok(),
    })
}

impl ImportArgs {
    fn root_key(&self, session: &Session) -> Result<Option<RootKey>> {
        let Some(path) = &self.root_key_file else {
            return Ok(None);
        };
        let from = PassphraseFrom {
            how: "-RootKeyPassphraseFile FILE",
            file: self.root_key_passphrase_file.clone(),
            descriptor: None,
        };
        let unlock = Unlock {
            ask: &|path: &Path| from.read(session.console(), path),
            choose: None,
        };
        Ok(Some(RootKey::open_any(path, &unlock)?))
    }

    fn request(&self, session: &Session, group: String) -> Result<ImportRequest> {
        let mut request = ImportRequest {
            folder: self.path.clone(),
            base: Resource {
                subscription: session.subscription(),
                group,
                name: self.name.clone(),
                location: region(self.location.as_deref().unwrap_or_default()),
                tags: Default::default(),
                created: session.now(),
            },
            principal: session.principal(),
            identity: Identity::none(),
            user_identity: None,
            root_key: self.root_key(session)?,
        };
        match &self.user_assigned_identity {
            Some(arg) => {
                let types = [user_assigned_identity::TYPE];
                let object = session.object("UserAssignedIdentity", arg, &types)?;
                let table = &session.document().user_identities;
                let id = session.named(table, "UserAssignedIdentity", &object, None)?;
                let identity = table.get(&id)?;
                request.identity.attach(identity);
                request.principal = identity.principal.principal_id;
                request.user_identity = Some(id.to_string());
            }
            None => {
                let tenant = session.document().account.tenant_id;
                request.identity.enable_system(session.fresh_id()?, tenant);
            }
        }
        Ok(request)
    }
}

/// The log's line; of a customer's key it is the receipt, too.
fn activity(id: &ResourceId, vault: &Vault) -> Result<Activity> {
    let (operation, text) = ("Rsv/vaults/import/action", "Import vault");
    let Some(key) = vault.encryption.key_uri.as_deref() else {
        return Ok(Activity::new(operation, id, text));
    };
    let records = vault.data.epochs().count() as u64;
    Ok(workflow::receipt(
        operation,
        id,
        text,
        None,
        &key.parse()?,
        records,
    ))
}

impl Cmdlet for Import {
    const NAME: &'static str = "Import-RsvVault";
    const SYNOPSIS: &'static str =
        "Open the folder of a vault that another home made, and prove all of its recovery points";
    const EXAMPLE: &'static str = "rsv Import-RsvVault -Path \
        /backup/6b3e4a0e-0000-4000-8000-2c1f5a7d9e11 -ResourceGroupName testrg -Name testvault";
    const EFFECT: Effect = Effect::Changes;
    type Args = ImportArgs;

    fn run(args: ImportArgs, session: &mut Session) -> Result<Output> {
        check_name(Some(ResourceKind::Vault), &args.name)?;
        let subscription = session.subscription();
        let state = session.document();
        let group = state
            .group(subscription, &args.resource_group_name)?
            .name
            .clone();
        let id = ResourceId {
            subscription,
            group: group.clone(),
            kind: ResourceKind::Vault,
            name: args.name.clone(),
        };
        let taken = || {
            Refusal::refused(
                "Conflict",
                format!("There is a vault '{}' already.", args.name),
            )
        };
        if state.vaults.contains(&id) {
            return Err(taken().into());
        }
        let request = args.request(session, group.clone())?;
        let imported = workflow::read_vault(session.context(), &request)?;
        let vault = &imported.vault;
        let activity = activity(&id, vault)?;
        if !session.what_if() {
            let question = format!("Import vault '{}'", args.name);
            session.confirm(Effect::Changes, false, &question)?;
            imported.store(session.context())?;
        }
        let outcome = session.change(&activity, |state, _| {
            state.group(subscription, &group)?;
            if state.vaults.contains(&id) {
                return Err(taken().into());
            }
            workflow::check_not_here(state, vault.data.owner, &vault.items)?;
            state.vaults.put(vault.clone());
            Ok(())
        });
        if session.what_if() {
            return outcome.map(|()| Output::none());
        }
        imported.settle(session.context(), outcome)?;
        session.show_warnings();
        tell(session, &args, &imported);
        Ok(Output::one(&VIEW, view(vault, imported.points)))
    }
}

/// What whoever imports should know.
fn tell(session: &Session, args: &ImportArgs, imported: &Imported) {
    let (vault, console) = (&imported.vault, session.console());
    console.warn(
        "The home this vault comes from must not use the folder any more: two homes would each take \
         the other's backups for tampering.",
    );
    if let Some(time) = imported.ahead {
        console.warn(&format!(
            "The newest recovery point was made at {time:.0}, which is yet to come by this machine's \
             clock. The points that follow are numbered after it, and kept as much longer."
        ));
    }
    if let Some(key) = vault.encryption.key_uri.as_deref() {
        let (name, versionless) = (
            &vault.base.name,
            key.rsplit_once('/').map_or(key, |(k, _)| k),
        );
        console.warn(&format!(
            "What the customer's key opens was proved, not who wrapped it: new backups go under a \
             new data key, and store everything anew once. The vault is pinned to this version of \
             its key; rsv Set-AzRecoveryServicesVaultProperty -VaultId {name} -EncryptionKeyId \
             {versionless} follows the newest one."
        ));
    }
    if args.user_assigned_identity.is_none() && vault.encryption.is_customer() {
        console.warn(
            "The vault has a new identity: give it get, list, unwrapKey and wrapKey on the key \
             before it backs up or restores (Set-AzKeyVaultAccessPolicy, or a role).",
        );
    }
}
