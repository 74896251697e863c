//! Which of a home's things a parameter takes, told from the names of cmdlet and parameter.

/// How a resource is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// By its name, in the resource group that another parameter names.
    Name,
    /// By its ARM id.
    Id,
    /// By an unambiguous name, or by its id.
    Either,
}

/// What a parameter's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Vaults(Form),
    DeletedVaults,
    KeyVaults(Form),
    Sets(Form),
    Machines(Form),
    Disks(Form),
    Accounts(Form),
    Groups,
    GroupIds,
    Subscriptions,
    Tenants,
    Contexts,
    Locations,
    Keys,
    KeyVersions,
    KeyIds,
    Policies,
    Items,
    MachineNames,
    Containers,
    Points,
    PointNumbers,
    Jobs,
    Principals,
    Users,
}

impl Source {
    /// The tables of the state that it is taken from, of those that may be large.
    pub(super) fn tables(self) -> &'static [&'static str] {
        match self {
            Self::KeyVaults(_) | Self::Keys | Self::KeyVersions | Self::KeyIds => &["key_vaults"],
            Self::DeletedVaults => &["deleted_vaults"],
            Self::Sets(_) => &["disk_encryption_sets"],
            Self::Machines(_) => &["machines"],
            Self::Disks(_) => &["disks"],
            Self::Accounts(_)
            | Self::Groups
            | Self::GroupIds
            | Self::Subscriptions
            | Self::Tenants
            | Self::Contexts
            | Self::Users => &[],
            Self::Locations => &["vaults", "key_vaults", "machines"],
            Self::Principals => &["vaults", "disk_encryption_sets"],
            Self::Vaults(_)
            | Self::Policies
            | Self::Items
            | Self::MachineNames
            | Self::Containers
            | Self::Points
            | Self::PointNumbers
            | Self::Jobs => &["vaults"],
        }
    }
}

/// Finds what a cmdlet's parameter takes; none if a home has nothing to offer for it.
pub(super) fn source(cmdlet: &str, parameter: &str) -> Option<Source> {
    let (verb, noun) = cmdlet.split_once('-')?;
    let by_noun = |form| of_noun(noun, form);
    Some(match parameter {
        "VaultId" | "Vault" => Source::Vaults(Form::Either),
        "VaultName" if noun.starts_with("AzKeyVault") => Source::KeyVaults(Form::Name),
        "VaultName" => Source::Vaults(Form::Name),
        "ResourceGroupName" | "TargetResourceGroupName" | "StorageAccountResourceGroupName" => {
            Source::Groups
        }
        "SourceVaultId" | "KeyVaultId" => Source::KeyVaults(Form::Id),
        "DiskEncryptionSetId" => Source::Sets(Form::Either),
        "StorageAccountName" => Source::Accounts(Form::Name),
        "DiskName" => Source::Disks(Form::Name),
        "VMName" => Source::Machines(Form::Name),
        "EncryptionKeyId" | "KeyUrl" => Source::KeyIds,
        "Version" | "KeyVersion" if noun.starts_with("AzKeyVaultKey") => Source::KeyVersions,
        "KeyName" => Source::Keys,
        "Subscription" | "SubscriptionId" | "KeyVaultSubscriptionId" => Source::Subscriptions,
        "Tenant" | "TenantId" => Source::Tenants,
        "Location" | "VaultLocation" => Source::Locations,
        "Policy" | "PolicyName" => Source::Policies,
        "Item" => Source::Items,
        "FriendlyName" => Source::MachineNames,
        "Container" => Source::Containers,
        "RecoveryPoint" => Source::Points,
        "RecoveryPointId" => Source::PointNumbers,
        "Job" | "JobId" => Source::Jobs,
        "ObjectId" => Source::Principals,
        "UserPrincipalName" => Source::Users,
        "ResourceId" | "Id" => by_noun(Form::Id)?,
        "InputObject" if verb == "New" => return None,
        "InputObject" if noun == "AzKeyVaultKey" && verb == "Update" => Source::KeyIds,
        "InputObject" if noun == "AzKeyVaultKey" => Source::KeyVaults(Form::Either),
        "InputObject" => by_noun(Form::Either)?,
        "Name" if verb == "New" => return None,
        "Name" => match noun {
            "AzContext" => Source::Contexts,
            "AzKeyVaultKey" => Source::Keys,
            "AzRecoveryServicesBackupProtection" => Source::Machines(Form::Name),
            "AzRecoveryServicesBackupItem" => Source::MachineNames,
            "AzRecoveryServicesBackupProtectionPolicy" => Source::Policies,
            "AzRecoveryServicesSoftDeletedVault" | "AzRecoveryServicesVaultDeletion" => {
                Source::DeletedVaults
            }
            _ => by_noun(Form::Name)?,
        },
        _ => return None,
    })
}

/// The resources a noun is about.
fn of_noun(noun: &str, form: Form) -> Option<Source> {
    Some(match noun {
        "AzResourceGroup" if form == Form::Name => Source::Groups,
        "AzResourceGroup" => Source::GroupIds,
        "AzRecoveryServicesVault" => Source::Vaults(form),
        "AzDiskEncryptionSet" => Source::Sets(form),
        "AzVM" => Source::Machines(form),
        "AzDisk" => Source::Disks(form),
        "AzStorageAccount" => Source::Accounts(form),
        "AzKeyVaultKey" => Source::KeyVaults(form),
        _ if noun.starts_with("AzKeyVault") => Source::KeyVaults(form),
        _ => return None,
    })
}
