//! Moving house: the folder of a vault that another home made becomes a vault of this one.
//!
//! Nothing in the folder is believed before the data-encryption key is had: its wrap record must
//! open with a key of this home, and then configuration, chains and every manifest must be
//! authentic under it. What the other home's state alone knew stays there: policies, settings,
//! jobs, and which recovery point was the newest.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use uuid::Uuid;

use crate::crypto::{Secret, WrapClass, WrapGroup, WrapPurpose, derive, platform_unwrap};
use crate::domain::{
    AtRest, ChainHead, DataEpoch, Encryption, Identity, Item, KeyId, ProtectionState, Refusal,
    RefusalKind, Resource, ResourceId, UpdateStatus, Vault, VaultData,
};
use crate::engine::{self, Repository};
use crate::state::{Document, RootKey};
use crate::workflow::data_key::adopt_platform_key;
use crate::workflow::epochs::{OpenedEpoch, key_set};
use crate::workflow::{Context, KeyProvider, RecoveryPoint, hex};

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

/// A vault that was read and proved, not yet in the state.
pub struct Imported {
    /// The vault.
    pub vault: Vault,
    /// Recovery points that were proved.
    pub points: usize,
}

/// An epoch with the record that opened it.
struct Opened {
    epoch: OpenedEpoch,
    digest: [u8; 32],
    key_id: String,
}

/// Reads and proves a vault's folder.
///
/// # Errors
/// `RsvNotAVaultFolder`, `RsvVaultAlreadyHere`, the key provider's refusals, and damage.
pub fn read_vault(context: &Context, request: ImportRequest) -> Result<Imported> {
    let folder = request.folder.canonicalize();
    let folder = folder.with_context(|| format!("opening {}", request.folder.display()))?;
    let owner = owner_of(&folder)?;
    check_not_here(context.document(), owner)?;
    let repository = choose_repository(&folder)?;
    let path = folder.join(&repository);
    let opened = open_epochs(context, &request, &path, owner)?;
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
    let epochs: Vec<OpenedEpoch> = opened.into_iter().map(|opened| opened.epoch).collect();
    let repository = Repository::open(&path, key_set(context, &epochs)?)?;
    let (items, points, location) = prove_items(&repository, &path, request.base.subscription)?;
    if header.class == WrapClass::Platform {
        adopt_platform_key(context, &mut data, &epochs)?;
    }
    let mut base = request.base;
    if base.location.is_empty() {
        base.location = location.ok_or_else(|| {
            Refusal::usage(
                "RsvMissingParameter",
                "The vault holds no recovery point that says its region: add -Location.",
            )
        })?;
    }
    let mut vault = Vault::new(base, data);
    vault.identity = request.identity;
    vault.protection_attempted = true;
    vault.items = items;
    if header.class == WrapClass::Customer {
        let key: KeyId = key_id.parse()?;
        let subscription = context.document().key_vault_named(&key.vault)?;
        vault.encryption = Encryption {
            at_rest: AtRest::CustomerManaged,
            key_uri: Some(key_id),
            key_vault_subscription: Some(subscription.base.subscription),
            user_identity: request.user_identity,
            last_update: UpdateStatus::Succeeded,
            infrastructure: false,
            tenant_changed: false,
        };
    }
    Ok(Imported { vault, points })
}

/// Refuses a vault that this home has already.
///
/// # Errors
/// `RsvVaultAlreadyHere`.
pub fn check_not_here(state: &Document, owner: Uuid) -> Result<(), Refusal> {
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
    let mut vaults = state.vaults.iter();
    match vaults.find(|vault| vault.data.owner == owner) {
        None => Ok(()),
        Some(vault) => Err(Refusal::refused(
            "RsvVaultAlreadyHere",
            format!(
                "The data in this folder is that of vault '{}' already.",
                vault.base.name
            ),
        )),
    }
}

fn owner_of(folder: &Path) -> Result<Uuid, Refusal> {
    let name = folder.file_name().and_then(|name| name.to_str());
    let id = name.and_then(|name| Uuid::parse_str(name).ok());
    id.ok_or_else(|| {
        Refusal::usage(
            "RsvNotAVaultFolder",
            format!(
                "'{}' is no vault's folder: its name is not the vault's id.",
                folder.display()
            ),
        )
        .hint(
            "It lies in vaults/ of the old home, or in the folder that -Path gave; keep its name.",
        )
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
        Refusal::usage(
            "RsvNotAVaultFolder",
            format!("'{}' holds no repository.", folder.display()),
        )
        .into()
    })
}

/// Nobody here can read below the second layer.
fn check_one_layer(path: &Path) -> Result<()> {
    for digest in engine::list_wraps(path)? {
        let group = WrapGroup::decode(&engine::get_wrap(path, &digest)?)?;
        if group.header().infrastructure {
            return Err(Refusal::refused(
                "RsvImportInfrastructure",
                "The vault has infrastructure encryption: its second layer opens with the platform \
                 key of the home it comes from only.",
            )
            .hint("Move that home as a whole, with its root key file.")
            .into());
        }
    }
    Ok(())
}

impl Opened {
    fn data(&self) -> DataEpoch {
        let header = self.epoch.group.header();
        DataEpoch {
            epoch: header.epoch,
            domain: Uuid::from_bytes(header.domain),
            wrap: hex(&self.digest),
        }
    }
}

/// Opens every epoch that has a record here, the newest first, by its newest record that a key of
/// this home opens. There is one at least.
fn open_epochs(
    context: &Context,
    request: &ImportRequest,
    path: &Path,
    owner: Uuid,
) -> Result<Vec<Opened>> {
    let mut groups = Vec::new();
    for digest in engine::list_wraps(path)? {
        let group = WrapGroup::decode(&engine::get_wrap(path, &digest)?)?;
        let header = group.header();
        if header.owner == owner.into_bytes() && header.purpose == WrapPurpose::VaultKey {
            let created = group.parts().iter().map(|part| part.created_unix).max();
            groups.push((header.epoch, created, digest, group));
        }
    }
    groups.sort_by_key(|(epoch, created, ..)| std::cmp::Reverse((*epoch, *created)));
    let mut opened: Vec<Opened> = Vec::new();
    let mut failed: Option<(u32, anyhow::Error)> = None;
    for (epoch, _, digest, group) in groups {
        let is_open = |known: &Opened| known.epoch.group.header().epoch == epoch;
        if opened.last().is_some_and(is_open) {
            continue;
        }
        if let Some((_, error)) = failed.take_if(|(other, _)| *other != epoch) {
            return Err(error);
        }
        match open_wrap(context, request, &group) {
            Ok((dek, key_id)) => {
                failed = None;
                opened.push(Opened {
                    epoch: OpenedEpoch { dek, group },
                    digest,
                    key_id,
                });
            }
            Err(error) => failed = failed.or(Some((epoch, error))),
        }
    }
    match failed {
        Some((_, error)) => Err(error),
        None if opened.is_empty() => Err(Refusal::new(
            RefusalKind::Damaged,
            "RsvWrongWrapRecord",
            format!("'{}' holds no key record of this vault.", path.display()),
        )
        .into()),
        None => Ok(opened),
    }
}

fn open_wrap(
    context: &Context,
    request: &ImportRequest,
    group: &WrapGroup,
) -> Result<(Secret<32>, String)> {
    if group.header().class == WrapClass::Platform {
        let root = request.root_key.as_ref().ok_or_else(|| {
            Refusal::refused(
                "RsvForeignPlatformKey",
                "The vault is under the platform key of the home it comes from.",
            )
            .hint("Add -RootKeyFile FILE, the root key file of that home.")
        })?;
        let installation = root.installation();
        let key = derive(root.secret(), "rsv/v1/platform", &[installation.as_bytes()]);
        return Ok((platform_unwrap(&key, group)?, String::new()));
    }
    let mut first_error = None;
    for (index, part) in group.parts().iter().enumerate() {
        let key: KeyId = part.key_id.parse()?;
        let provider = context.key_vaults();
        match provider.unwrap(request.principal, &key, &part.ciphertext) {
            Ok(dek) => {
                group.verify(&dek, index)?;
                return Ok((dek, part.key_id.clone()));
            }
            Err(error) => {
                let error = error.context(KeyHint(&key).refusal());
                first_error = first_error.or(Some(error));
            }
        }
    }
    Err(first_error.unwrap_or_else(|| anyhow::anyhow!("the key record has no parts")))
}

/// Says which key has to be here.
struct KeyHint<'a>(&'a KeyId);

impl KeyHint<'_> {
    fn refusal(&self) -> Refusal {
        let (vault, name) = (&self.0.vault, &self.0.name);
        Refusal::refused(
            "RsvImportKeyUnusable",
            format!(
                "The vault's data opens with the key {} only, and that cannot be used here.",
                self.0
            ),
        )
        .hint(format!(
            "Bring it: rsv Restore-AzKeyVaultKey -VaultName {vault} -InputFile FILE, and let the \
             importer use it: rsv Set-AzKeyVaultAccessPolicy -VaultName {vault} -ObjectId ID \
             -PermissionsToKeys get,list,unwrapKey,wrapKey (key '{name}'). -Debug shows the refusal."
        ))
    }
}

/// Proves every chain and manifest; gives the items, the number of points, and the region.
///
/// The machines keep group and name, in the subscription of this home: made here again, they are
/// the items' machines.
fn prove_items(
    repository: &Repository,
    path: &Path,
    subscription: Uuid,
) -> Result<(Vec<Item>, usize, Option<String>)> {
    repository.check_chains()?;
    let (mut items, mut count, mut location) = (Vec::new(), 0, None);
    for id in engine::items(path)? {
        let chain = engine::points(path, None, &id)?;
        for header in &chain {
            repository.check_manifest(&id, &header.point)?;
        }
        let Some(newest) = chain.last() else {
            continue;
        };
        count += chain.len();
        let point = RecoveryPoint::read(newest)?;
        let label = &point.label;
        location = Some(label.location.clone());
        let machine = label.source_resource_id.parse::<ResourceId>();
        let machine = machine.map(|id| ResourceId { subscription, ..id });
        items.push(Item {
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
            head: Some(ChainHead {
                sequence: newest.sequence,
                digest: hex(&newest.digest()),
                time: Some(point.time),
            }),
            soft_deleted: None,
            snapshots: Vec::new(),
        });
    }
    Ok((items, count, location))
}
