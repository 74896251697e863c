//! Moving house: the folder of a vault that another home made becomes a vault of this one.
//!
//! Nothing in the folder is believed before the data-encryption key is had: its wrap record must
//! open with a key of this home, and then configuration, chains and every manifest must be
//! authentic under it. What the other home's state alone knew stays there: policies, settings,
//! jobs, and which recovery point was the newest.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::crypto::WrapClass;
use crate::domain::{
    AtRest, Encryption, Identity, Item, KeyId, ProtectionState, Refusal, Resource, ResourceId,
    UpdateStatus, Vault, VaultData,
};
use crate::engine::{self, Repository};
use crate::state::{Document, RootKey};
use crate::workflow::assign_key::is_unknown;
use crate::workflow::data_key::{customer_wrap, platform_group, remove_wraps};
use crate::workflow::dek_epoch::{ends, next_epoch};
use crate::workflow::epochs::{OpenedEpoch, key_set};
use crate::workflow::import_keys::{Opened, check_one_layer, open_epochs, unusable};
use crate::workflow::{Context, RecoveryPoint, hex, repository_folder};

/// How far ahead of this machine's clock a recovery point may be without a word.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_hours(24);

/// What is to be imported, and who may open it.
pub struct ImportRequest {
    /// The vault's folder, named by its owner id.
    pub folder: PathBuf,
    /// Subscription, group, name, tags and time; the location may be empty: the points' own.
    pub base: Resource,
    /// Who unwraps the customer's key for the proof.
    pub principal: Uuid,
    /// The new vault's identities.
    pub identity: Identity,
    /// The attached identity that uses the key; absent: the vault's own.
    pub user_identity: Option<String>,
    /// The root key of the home the vault comes from; only its platform key needs it.
    pub root_key: Option<RootKey>,
}

/// A vault that was read and proved, not yet in the state. Nothing was written for it.
pub struct Imported {
    /// The vault.
    pub vault: Vault,
    /// Recovery points that were proved.
    pub points: usize,
    /// When the newest was made, if that is yet to come by this machine's clock.
    pub ahead: Option<Timestamp>,
    /// Every epoch's key under the record that the vault names, the new epoch's first.
    epochs: Vec<OpenedEpoch>,
    /// How many of these records are yet to be stored, from the first on.
    fresh: usize,
}

/// What the recovery points say.
#[derive(Default)]
struct Proved {
    items: Vec<Item>,
    points: usize,
    location: Option<String>,
    newest: Option<Timestamp>,
}

/// Reads and proves a vault's folder, and prepares an epoch of its own for what is backed up from
/// now on: whoever could write to the folder may know the keys of all epochs before.
///
/// # Errors
/// `RsvNotAVaultFolder`, `RsvVaultAlreadyHere`, `RsvTooManyEpochs`, the key provider's refusals,
/// and damage.
pub fn read_vault(context: &Context, request: &ImportRequest) -> Result<Imported> {
    let folder = request.folder.canonicalize().map_err(|error| {
        let folder = request.folder.display();
        not_a_folder(format!("'{folder}' cannot be opened: {error}."))
    })?;
    let owner = owner_of(&folder)?;
    check_not_here(context.document(), owner, &[])?;
    let repository = choose_repository(&folder)?;
    let path = folder.join(&repository);
    let opened = open_epochs(context, request, &path, owner)?;
    let current = &opened[0];
    let header = current.epoch.group.header().clone();
    let mut data = VaultData {
        owner,
        path: folder
            .parent()
            .filter(|parent| *parent != context.home().vaults())
            .map(Path::to_path_buf),
        repository,
        domain: Uuid::from_bytes(header.domain),
        epoch: header.epoch,
        wrap: hex(&current.digest),
        older: opened[1..].iter().map(Opened::data).collect(),
    };
    let key_id = current.key_id.clone();
    let mut epochs: Vec<OpenedEpoch> = opened.into_iter().map(|opened| opened.epoch).collect();
    let repository = Repository::open(&path, key_set(context, &epochs)?)?;
    let proved = prove_items(&repository, &path, request.base.subscription)?;
    let mut fresh = 1;
    if header.class == WrapClass::Platform {
        // From now on this home's own platform key.
        for epoch in &mut epochs {
            let header = epoch.group.header().clone();
            epoch.group = platform_group(context, &epoch.dek, header)?;
        }
        data.set_wraps(epochs.iter().map(|epoch| hex(&epoch.group.digest())));
        fresh += epochs.len();
    }
    let mut base = request.base.clone();
    if base.location.is_empty() {
        base.location = proved.location.ok_or_else(|| {
            Refusal::usage(
                "RsvMissingParameter",
                "The vault holds no recovery point that says its region: add -Location.",
            )
        })?;
    }
    let mut vault = Vault::new(base, data);
    vault.identity = request.identity.clone();
    vault.protection_attempted = true;
    vault.items = proved.items;
    if header.class == WrapClass::Customer {
        vault.encryption = encryption(context, request, key_id)?;
    }
    check_not_here(context.document(), owner, &vault.items)?;
    epochs.insert(0, own_epoch(context, request, &repository, &mut vault)?);
    let late = context.now() + CLOCK_TOLERANCE;
    Ok(Imported {
        vault,
        points: proved.points,
        ahead: proved.newest.filter(|time| *time > late),
        epochs,
        fresh,
    })
}

impl Imported {
    /// Stores the key records that the vault names and that are not there yet.
    ///
    /// # Errors
    /// I/O; what was stored is removed again.
    pub fn store(&self, context: &Context) -> Result<()> {
        let folder = repository_folder(context, &self.vault.data);
        for epoch in &self.epochs[..self.fresh] {
            if let Err(error) = engine::put_wrap(&folder, &epoch.group.encode()) {
                self.discard(context);
                return Err(error.into());
            }
        }
        Ok(())
    }

    fn discard(&self, context: &Context) {
        let digests = self.epochs[..self.fresh].iter();
        let digests: Vec<_> = digests.map(|epoch| epoch.group.digest()).collect();
        remove_wraps(&repository_folder(context, &self.vault.data), &digests);
    }

    /// Ends the import, whose commit had this outcome: the data goes under the new epoch, or the key
    /// records go again.
    ///
    /// # Errors
    /// The commit's.
    pub fn settle(&self, context: &mut Context, committed: Result<()>) -> Result<()> {
        if let Err(error) = committed {
            if !is_unknown(&error) {
                self.discard(context);
            }
            return Err(error);
        }
        let folder = repository_folder(context, &self.vault.data);
        let settled = key_set(context, &self.epochs)
            .and_then(|keys| Ok(Repository::open(&folder, keys)?.settle_epoch()?));
        if let Err(error) = settled {
            context.warn(format!(
                "The vault is imported; its configuration goes under the new data key with the \
                 next backup: {error:#}"
            ));
        }
        Ok(())
    }
}

/// The encryption of a vault under a customer's key, pinned to the version that opened it.
fn encryption(context: &Context, request: &ImportRequest, key_id: String) -> Result<Encryption> {
    let key: KeyId = key_id.parse()?;
    let key_vault = context.document().key_vault_named(&key.vault)?;
    Ok(Encryption {
        at_rest: AtRest::CustomerManaged,
        key_uri: Some(key_id),
        key_vault_subscription: Some(key_vault.base.subscription),
        user_identity: request.user_identity.clone(),
        last_update: UpdateStatus::Succeeded,
        infrastructure: false,
        tenant_changed: false,
    })
}

/// Puts an epoch in front that shares nothing with those before, and ends these where the chains
/// end now.
fn own_epoch(
    context: &Context,
    request: &ImportRequest,
    repository: &Repository,
    vault: &mut Vault,
) -> Result<OpenedEpoch> {
    let (mut data, fresh) = next_epoch(context, vault, None, |dek, header| {
        let Some(uri) = &vault.encryption.key_uri else {
            return platform_group(context, dek, header);
        };
        let key: KeyId = uri.parse()?;
        customer_wrap(context, request.principal, &key, dek, header)
            .map_err(|error| error.context(unusable(&key)))
    })?;
    data.end_epochs(&ends(repository, vault)?);
    vault.data = data;
    Ok(fresh)
}

/// Refuses a vault, or an item of one, that this home has already: files beside the home's jobs
/// and snapshots go by these ids.
///
/// # Errors
/// `RsvVaultAlreadyHere`.
pub fn check_not_here(state: &Document, owner: Uuid, items: &[Item]) -> Result<(), Refusal> {
    if let Some(deleted) = state.deleted_vaults.get(&owner) {
        return Err(Refusal::refused(
            "RsvVaultAlreadyHere",
            format!(
                "The data in this folder is that of vault '{}', which was deleted and is purged on \
                 {}.",
                deleted.vault.base.name, deleted.deletion.purge
            ),
        )
        .hint(deleted.recovery()));
    }
    let is_new = |item: &Item| items.iter().all(|new| new.uuid != item.uuid);
    let same = |vault: &&Vault| vault.data.owner == owner || !vault.items.iter().all(is_new);
    match state.vaults.iter().find(same) {
        None => Ok(()),
        Some(vault) => Err(Refusal::refused(
            "RsvVaultAlreadyHere",
            format!(
                "The data in this folder is, in part at least, that of vault '{}' already.",
                vault.base.name
            ),
        )),
    }
}

fn not_a_folder(message: String) -> Refusal {
    Refusal::usage("RsvNotAVaultFolder", message).hint(
        "-Path is the folder that is named by the vault's id. It lies in vaults/ of the old home, \
         or in the folder that -Path gave; keep its name.",
    )
}

fn owner_of(folder: &Path) -> Result<Uuid, Refusal> {
    let name = folder.file_name().and_then(|name| name.to_str());
    let id = name.and_then(|name| Uuid::parse_str(name).ok());
    id.ok_or_else(|| {
        let folder = folder.display();
        not_a_folder(format!(
            "'{folder}' is no vault's folder: its name is not the vault's id."
        ))
    })
}

/// The repository to import: the one with recovery points, else the one of the newest epoch.
fn choose_repository(folder: &Path) -> Result<String> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder);
    for entry in entries.with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = entry.path();
        if !path.join("config").is_file() {
            continue;
        }
        check_one_layer(&path)?;
        let digits = name.trim_start_matches('e');
        let epoch: u32 = digits.split('-').next().unwrap_or("").parse().unwrap_or(0);
        let mut points = 0;
        for item in engine::items(&path)? {
            points += engine::points(&path, None, &item)?.len();
        }
        found.push((points > 0, epoch, name));
    }
    found.sort();
    let filled = found.iter().filter(|(filled, ..)| *filled).count();
    if filled > 1 {
        return Err(Refusal::refused(
            "RsvNotAVaultFolder",
            format!(
                "'{}' holds {filled} repositories with recovery points.",
                folder.display()
            ),
        )
        .hint("Move all but the vault's own out of the folder.")
        .into());
    }
    found.pop().map(|(_, _, name)| name).ok_or_else(|| {
        let folder = folder.display();
        not_a_folder(format!("'{folder}' holds no repository.")).into()
    })
}

/// Proves every chain and manifest.
///
/// The machines keep group and name, in the subscription of this home: made here again, they are
/// the items' machines.
fn prove_items(repository: &Repository, path: &Path, subscription: Uuid) -> Result<Proved> {
    repository.check_chains()?;
    let mut proved = Proved::default();
    for id in engine::items(path)? {
        let chain = engine::points(path, None, &id)?;
        for header in &chain {
            repository.check_manifest(&id, &header.point)?;
        }
        let Some(newest) = chain.last() else {
            continue;
        };
        proved.points += chain.len();
        let point = RecoveryPoint::read(newest)?;
        let label = &point.label;
        proved.location = Some(label.location.clone());
        proved.newest = proved.newest.max(Some(point.time));
        let machine = label.source_resource_id.parse::<ResourceId>();
        let machine = machine.map(|id| ResourceId { subscription, ..id });
        proved.items.push(Item {
            uuid: Uuid::from_bytes(id),
            machine: machine
                .as_ref()
                .map_or_else(|_| label.source_resource_id.clone(), ToString::to_string),
            machine_group: machine.map(|id| id.group).unwrap_or_default(),
            machine_name: label.machine_name.clone(),
            policy: "DefaultPolicy".into(),
            state: ProtectionState::ProtectionStopped,
            included_luns: None,
            excluded_luns: Vec::new(),
            last_backup_status: Some("Completed".into()),
            last_backup_time: Some(point.time),
            head: Some(point.head(newest)),
            soft_deleted: None,
            snapshots: Vec::new(),
        });
    }
    Ok(proved)
}
