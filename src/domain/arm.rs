//! ARM resource ids: the one way a resource is named across groups and subscriptions.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::domain::Refusal;

/// The kinds of resources rsv keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// Recovery Services vault.
    Vault,
    /// Key vault.
    KeyVault,
    /// Disk encryption set.
    DiskEncryptionSet,
    /// Virtual machine.
    VirtualMachine,
    /// Managed disk.
    Disk,
    /// Storage account.
    StorageAccount,
    /// User-assigned managed identity.
    UserAssignedIdentity,
}

impl ResourceKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Vault,
        Self::KeyVault,
        Self::DiskEncryptionSet,
        Self::VirtualMachine,
        Self::Disk,
        Self::StorageAccount,
        Self::UserAssignedIdentity,
    ];

    /// The provider and type, such as `Microsoft.RecoveryServices/vaults`.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Vault => "Microsoft.RecoveryServices/vaults",
            Self::KeyVault => "Microsoft.KeyVault/vaults",
            Self::DiskEncryptionSet => "Microsoft.Compute/diskEncryptionSets",
            Self::VirtualMachine => "Microsoft.Compute/virtualMachines",
            Self::Disk => "Microsoft.Compute/disks",
            Self::StorageAccount => "Microsoft.Storage/storageAccounts",
            Self::UserAssignedIdentity => "Microsoft.ManagedIdentity/userAssignedIdentities",
        }
    }

    /// What a person calls it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Vault => "Recovery Services vault",
            Self::KeyVault => "key vault",
            Self::DiskEncryptionSet => "disk encryption set",
            Self::VirtualMachine => "virtual machine",
            Self::Disk => "disk",
            Self::StorageAccount => "storage account",
            Self::UserAssignedIdentity => "user-assigned identity",
        }
    }
}

/// `/subscriptions/{sub}/resourceGroups/{rg}/providers/{provider}/{type}/{name}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceId {
    /// Subscription.
    pub subscription: Uuid,
    /// Resource group, in the case it was made with.
    pub group: String,
    /// What it is.
    pub kind: ResourceKind,
    /// Name, in the case it was made with.
    pub name: String,
}

impl ResourceId {
    /// The key in state: ARM ids are equal without regard to case.
    #[must_use]
    pub fn key(&self) -> String {
        self.to_string().to_lowercase()
    }

    /// Parses an id that may have more segments behind the resource (an item, a recovery point).
    ///
    /// # Errors
    /// `RsvInvalidResourceId` with what is wrong.
    pub fn parse_prefix(text: &str) -> Result<(Self, Vec<String>), Refusal> {
        let bad = |why: &str| {
            Refusal::usage(
                "RsvInvalidResourceId",
                format!("'{text}' is not a resource id: {why}."),
            )
            .hint("Give an id as a cmdlet prints it with -Output id.")
        };
        let mut parts = text.trim().split('/').map(str::to_owned);
        let mut expect = |word: &str| match parts.next() {
            Some(part) if part.eq_ignore_ascii_case(word) => Ok(()),
            _ => Err(bad(
                "it has to begin /subscriptions/{id}/resourceGroups/{name}/providers/",
            )),
        };
        expect("")?;
        expect("subscriptions")?;
        let rest: Vec<String> = parts.collect();
        let [
            subscription,
            groups,
            group,
            providers,
            provider,
            kind,
            name,
            more @ ..,
        ] = rest.as_slice()
        else {
            return Err(bad("it is too short"));
        };
        if !groups.eq_ignore_ascii_case("resourceGroups")
            || !providers.eq_ignore_ascii_case("providers")
        {
            return Err(bad("resourceGroups or providers is missing"));
        }
        let subscription =
            Uuid::parse_str(subscription).map_err(|_| bad("the subscription is not a GUID"))?;
        let type_name = format!("{provider}/{kind}");
        let kind = ResourceKind::ALL
            .into_iter()
            .find(|k| k.type_name().eq_ignore_ascii_case(&type_name))
            .ok_or_else(|| bad(&format!("rsv keeps no resources of type {type_name}")))?;
        if group.is_empty() || name.is_empty() {
            return Err(bad("a name is empty"));
        }
        let id = Self {
            subscription,
            group: group.clone(),
            kind,
            name: name.clone(),
        };
        Ok((id, more.to_vec()))
    }
}

impl FromStr for ResourceId {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        match Self::parse_prefix(text)? {
            (id, more) if more.is_empty() => Ok(id),
            (id, _) => Err(Refusal::usage(
                "RsvInvalidResourceId",
                format!(
                    "'{text}' names something inside {} '{}'.",
                    id.kind.label(),
                    id.name
                ),
            )),
        }
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            subscription,
            group,
            kind,
            name,
        } = self;
        let kind = kind.type_name();
        write!(
            f,
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}"
        )
    }
}
