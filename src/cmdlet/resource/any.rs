//! One resource, whatever its kind.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::domain::{Refusal, Resource, ResourceId, ResourceKind, Table, Tagged};
use crate::state::Document;

/// What ARM shows of a resource beside its head.
pub(super) trait Arm {
    /// `properties`, in ARM's camelCase.
    fn properties(&self, now: Timestamp) -> Map<String, Value>;

    /// `kind`.
    fn kind(&self) -> Option<&str> {
        None
    }

    /// `sku`; key vaults have theirs among the properties.
    fn sku(&self) -> Option<Value> {
        None
    }

    /// `identity`.
    fn identity(&self) -> Option<Value> {
        None
    }
}

/// A resource of the state.
pub(super) struct AnyResource<'a> {
    id: ResourceId,
    base: &'a Resource,
    arm: &'a dyn Arm,
}

impl<'a> AnyResource<'a> {
    fn new<T: Tagged + Arm>(value: &'a T) -> Self {
        Self {
            id: value.id(),
            base: value.base(),
            arm: value,
        }
    }

    /// The resource with this id.
    ///
    /// # Errors
    /// `ResourceNotFound`, ARM's text.
    pub(super) fn find(state: &'a Document, id: &ResourceId) -> Result<Self, Refusal> {
        Ok(match id.kind {
            ResourceKind::Vault => Self::new(state.vaults.get(id)?),
            ResourceKind::KeyVault => Self::new(state.key_vaults.get(id)?),
            ResourceKind::DiskEncryptionSet => Self::new(state.disk_encryption_sets.get(id)?),
            ResourceKind::VirtualMachine => Self::new(state.machines.get(id)?),
            ResourceKind::Disk => Self::new(state.disks.get(id)?),
            ResourceKind::StorageAccount => Self::new(state.storage_accounts.get(id)?),
            ResourceKind::UserAssignedIdentity => Self::new(state.user_identities.get(id)?),
        })
    }

    /// The one resource of this kind and name in a subscription (and group, if given).
    ///
    /// # Errors
    /// `ResourceNotFound`, or `RsvAmbiguousName` when several groups have one.
    pub(super) fn named(
        state: &'a Document,
        kind: ResourceKind,
        place: (Uuid, Option<&str>),
        name: &str,
    ) -> Result<Self, Refusal> {
        let (subscription, group) = place;
        Ok(match kind {
            ResourceKind::Vault => Self::new(state.vaults.one(subscription, group, name)?),
            ResourceKind::KeyVault => Self::new(state.key_vaults.one(subscription, group, name)?),
            ResourceKind::DiskEncryptionSet => {
                Self::new(state.disk_encryption_sets.one(subscription, group, name)?)
            }
            ResourceKind::VirtualMachine => {
                Self::new(state.machines.one(subscription, group, name)?)
            }
            ResourceKind::Disk => Self::new(state.disks.one(subscription, group, name)?),
            ResourceKind::StorageAccount => {
                Self::new(state.storage_accounts.one(subscription, group, name)?)
            }
            ResourceKind::UserAssignedIdentity => {
                Self::new(state.user_identities.one(subscription, group, name)?)
            }
        })
    }

    /// Every resource of the home, kind by kind.
    pub(super) fn all(state: &'a Document) -> Vec<Self> {
        fn each<'a, T: Tagged + Arm>(
            table: &'a Table<T>,
        ) -> impl Iterator<Item = AnyResource<'a>> + use<'a, T> {
            table.iter().map(AnyResource::new)
        }
        each(&state.vaults)
            .chain(each(&state.key_vaults))
            .chain(each(&state.disk_encryption_sets))
            .chain(each(&state.machines))
            .chain(each(&state.disks))
            .chain(each(&state.storage_accounts))
            .chain(each(&state.user_identities))
            .collect()
    }

    /// Its ARM id.
    pub(super) fn id(&self) -> &ResourceId {
        &self.id
    }

    /// Its head.
    pub(super) fn base(&self) -> &'a Resource {
        self.base
    }

    /// What ARM shows beside the head.
    pub(super) fn arm(&self) -> &'a dyn Arm {
        self.arm
    }
}

/// The tags of a resource, to be changed.
///
/// # Errors
/// `ResourceNotFound`, ARM's text.
pub(super) fn tags_mut<'a>(
    state: &'a mut Document,
    id: &ResourceId,
) -> Result<&'a mut BTreeMap<String, String>, Refusal> {
    let base = match id.kind {
        ResourceKind::Vault => &mut state.vaults.get_mut(id)?.base,
        ResourceKind::KeyVault => &mut state.key_vaults.get_mut(id)?.base,
        ResourceKind::DiskEncryptionSet => &mut state.disk_encryption_sets.get_mut(id)?.base,
        ResourceKind::VirtualMachine => &mut state.machines.get_mut(id)?.base,
        ResourceKind::Disk => &mut state.disks.get_mut(id)?.base,
        ResourceKind::StorageAccount => &mut state.storage_accounts.get_mut(id)?.base,
        ResourceKind::UserAssignedIdentity => &mut state.user_identities.get_mut(id)?.base,
    };
    Ok(&mut base.tags)
}

/// The kind of this provider and type, in any letter case.
///
/// # Errors
/// `RsvInvalidResourceType`.
pub(super) fn kind_named(type_name: &str) -> Result<ResourceKind, Refusal> {
    let is = |kind: &ResourceKind| kind.type_name().eq_ignore_ascii_case(type_name.trim());
    ResourceKind::ALL.into_iter().find(is).ok_or_else(|| {
        let known = ResourceKind::ALL.map(ResourceKind::type_name).join(", ");
        Refusal::usage(
            "RsvInvalidResourceType",
            format!("rsv keeps no resources of type '{type_name}'."),
        )
        .hint(format!("It keeps {known}."))
    })
}
