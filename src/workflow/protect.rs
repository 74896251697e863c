//! Protecting a machine. Any attempt in a vault without a customer key, even a failing one, keeps
//! that vault under platform keys for ever (R11-R15): the attempt is recorded before it is judged.

use anyhow::Result;
use uuid::Uuid;

use crate::domain::{
    Activity, Item, Job, JobOperation, JobStatus, POLICY_ITEMS_MAX, ProtectionState, Refusal,
    RefusalKind, ResourceId, ResourceKind, Tagged, Vault, VirtualMachine,
};
use crate::state::Document;
use crate::workflow::jobs::{fail_job, record_end};
use crate::workflow::{Context, JobBook};

/// Which data disks are backed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskChoice {
    /// As it was; all for a new item.
    Unchanged,
    /// All.
    All,
    /// The OS disk and those at these LUNs.
    Only(Vec<u16>),
    /// All but those at these LUNs.
    Without(Vec<u16>),
}

/// What is to be protected, and how.
#[derive(Debug, Clone)]
pub struct ProtectRequest {
    /// Name of the machine.
    pub machine: String,
    /// Resource group of the machine.
    pub group: Option<String>,
    /// Cloud service of a classic machine.
    pub service: Option<String>,
    /// Name of the policy.
    pub policy: String,
    /// Disks.
    pub disks: DiskChoice,
    /// An item that exists.
    pub item: Option<Uuid>,
}

impl ProtectRequest {
    /// Changes or resumes an item.
    #[must_use]
    pub fn modify(item: &Item, policy: &str, disks: DiskChoice) -> Self {
        Self {
            machine: item.machine_name.clone(),
            group: Some(item.machine_group.clone()),
            service: None,
            policy: policy.to_owned(),
            disks,
            item: Some(item.uuid),
        }
    }
}

/// Says whether a machine may be protected; changes nothing.
///
/// # Errors
/// Azure's texts for a machine that is not there, elsewhere, classic, or protected already.
pub fn check_protect(
    state: &Document,
    vault_id: &ResourceId,
    request: &ProtectRequest,
    subscription: Uuid,
) -> Result<()> {
    let vault = state.vaults.get(vault_id)?;
    let policy = vault.policy(&request.policy)?;
    match vault.items.iter().find(|i| Some(i.uuid) == request.item) {
        Some(item) => {
            item.check_not_deleted()?;
            let before = vault.policy(&item.policy)?;
            if policy.retention.keeps_less_than(&before.retention) {
                vault.check_mutable("an item cannot go to a policy that keeps less")?;
            }
        }
        None => {
            machine(state, vault, request, subscription)?;
        }
    }
    let others = vault.items_of(&policy.name);
    if others.filter(|i| Some(i.uuid) != request.item).count() >= POLICY_ITEMS_MAX {
        return Err(Refusal::refused(
            "RsvPolicyFull",
            "Cannot configure backup for more than 1000 VMs per policy",
        )
        .hint(format!(
            "The limit is {POLICY_ITEMS_MAX}, as the cmdlet's is (R94)."
        ))
        .into());
    }
    Ok(())
}

/// Protects a machine, or changes how it is protected.
///
/// # Errors
/// As [`check_protect`]; the attempt counts all the same.
pub fn protect(
    context: &mut Context,
    vault_id: &ResourceId,
    request: &ProtectRequest,
    subscription: Uuid,
) -> Result<Job> {
    let vault = context.document().vaults.get(vault_id)?.clone();
    let id = context.fresh_id()?;
    context.correlate(id);
    if !vault.encryption.is_customer() && !vault.protection_attempted {
        record_attempt(context, vault_id)?;
    }
    let book = JobBook::open(context, &vault)?;
    let mut job = Job::start(
        id,
        JobOperation::ConfigureBackup,
        &request.machine,
        context.now(),
    );
    let running = book.run(id)?;
    book.record(&job)?;
    let outcome = commit(context, vault_id, request, subscription);
    let now = context.now();
    match &outcome {
        Ok(()) => job.finish(JobStatus::Completed, now),
        Err(error) => fail_job(&mut job, error, now),
    }
    record_end(context, &book, &job);
    drop(running);
    outcome.map(|()| job)
}

/// Records that the items of a changed policy follow it: one finished job each.
///
/// # Errors
/// The job book cannot be written.
pub fn record_policy_change(
    context: &mut Context,
    vault_id: &ResourceId,
    policy: &str,
) -> Result<Vec<Job>> {
    let vault = context.document().vaults.get(vault_id)?.clone();
    let book = JobBook::open(context, &vault)?;
    let mut jobs = Vec::new();
    for item in vault.items_of(policy).filter(|i| i.soft_deleted.is_none()) {
        let (id, now) = (context.fresh_id()?, context.now());
        let mut job = Job::start(id, JobOperation::ConfigureBackup, &item.machine_name, now);
        job.finish(JobStatus::Completed, now);
        record_end(context, &book, &job);
        jobs.push(job);
    }
    Ok(jobs)
}

/// Containers that are registered by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerKind {
    /// The MARS agent's, of a machine that backs itself up.
    Agent,
    /// A database server's.
    Workload,
}

/// Refuses to register a container; the attempt counts in a vault without a customer key (R12,
/// R13), and a vault under one takes no agent (R19).
///
/// # Errors
/// Always: `RsvAgentUnderCustomerKey`, or `RsvNotBuilt`.
pub fn register_container(
    context: &mut Context,
    vault_id: &ResourceId,
    kind: ContainerKind,
    what: &str,
) -> Result<()> {
    let vault = context.document().vaults.get(vault_id)?.clone();
    if !vault.encryption.is_customer() && !vault.protection_attempted {
        record_attempt(context, vault_id)?;
    }
    Err(refuse_container(&vault, kind, what).into())
}

/// Why a container is not registered.
#[must_use]
pub fn refuse_container(vault: &Vault, kind: ContainerKind, what: &str) -> Refusal {
    if vault.encryption.is_customer() && kind == ContainerKind::Agent {
        return Refusal::refused(
            "RsvAgentUnderCustomerKey",
            format!(
                "'{what}': the MARS agent cannot back up to a vault under a customer-managed key \
                 (R19)."
            ),
        )
        .hint("rsv New-AzRecoveryServicesVault makes another vault for it.");
    }
    let label = match kind {
        ContainerKind::Agent => "the MARS agent",
        ContainerKind::Workload => "SQL Server and SAP HANA",
    };
    Refusal::refused(
        "RsvNotBuilt",
        format!("'{what}' was not registered: {label} cannot be backed up by rsv yet."),
    )
    .hint("rsv Enable-AzRecoveryServicesBackupProtection protects machines.")
}

fn record_attempt(context: &mut Context, vault_id: &ResourceId) -> Result<()> {
    let activity = Activity::new(
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/write",
        vault_id,
        "First attempt to protect: the vault stays under platform keys",
    );
    context.change(&activity, |state, _| {
        state.vaults.get_mut(vault_id)?.protection_attempted = true;
        Ok(())
    })
}

fn commit(
    context: &mut Context,
    vault_id: &ResourceId,
    request: &ProtectRequest,
    subscription: Uuid,
) -> Result<()> {
    let fresh = context.fresh_id()?;
    let activity = Activity::new(
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/write",
        vault_id,
        format!("Enable protection of {}", request.machine),
    );
    context.change(&activity, |state, _| {
        check_protect(state, vault_id, request, subscription)?;
        let vault = state.vaults.get(vault_id)?;
        let policy = vault.policy(&request.policy)?.name.clone();
        let mut item = match request.item {
            Some(uuid) => vault.item_by_id(uuid)?.clone(),
            None => new_item(fresh, machine(state, vault, request, subscription)?),
        };
        item.policy = policy;
        if item.state.is_stopped() {
            item.state = match item.head {
                Some(_) => ProtectionState::Protected,
                None => ProtectionState::IRPending,
            };
        }
        choose_disks(state, &mut item, &request.disks)?;
        let vault = state.vaults.get_mut(vault_id)?;
        vault.items.retain(|other| other.uuid != item.uuid);
        vault.items.push(item);
        vault.items.sort_by_key(Item::name);
        Ok(())
    })
}

fn new_item(uuid: Uuid, machine: &VirtualMachine) -> Item {
    Item {
        uuid,
        machine: machine.id().to_string(),
        machine_group: machine.base.group.clone(),
        machine_name: machine.base.name.clone(),
        policy: String::new(),
        state: ProtectionState::IRPending,
        included_luns: None,
        excluded_luns: Vec::new(),
        last_backup_status: None,
        last_backup_time: None,
        head: None,
        snapshots: Vec::new(),
        soft_deleted: None,
    }
}

/// The machine, if this vault may protect it.
fn machine<'a>(
    state: &'a Document,
    vault: &Vault,
    request: &ProtectRequest,
    subscription: Uuid,
) -> Result<&'a VirtualMachine, Refusal> {
    let Some(group) = request.group.as_ref().or(request.service.as_ref()) else {
        return Err(Refusal::usage(
            "ArgumentException",
            "For Azure VM, both cloud service name and resource group name can not be empty",
        ));
    };
    let id = ResourceId {
        subscription,
        group: group.clone(),
        kind: ResourceKind::VirtualMachine,
        name: request.machine.clone(),
    };
    let not_found = || {
        Refusal::new(
            RefusalKind::NotFound,
            "BCMV2VMNotFound",
            "The specified Azure Virtual Machine Not Found. Possible causes are 1. VM does not \
             exist 2. The VM name or the Service name needs to be case sensitive 3. VM is already \
             Protected with same or other Vault. Please Unprotect VM first and then try to \
             protect it again. Please contact Microsoft for further assistance.",
        )
        .hint(format!(
            "rsv Get-AzVM -ResourceGroupName {group} lists the machines there are."
        ))
    };
    let machine = state.machines.get(&id).map_err(|_| not_found())?;
    if let Some(other) = state
        .vaults
        .iter()
        .find(|v| v.items.iter().any(|i| i.protects(&id)))
    {
        let item = other.items.iter().find(|i| i.protects(&id));
        let deleted = item.filter(|i| i.soft_deleted.is_some());
        return Err(not_found().hint(match deleted {
            Some(item) => format!(
                "Its deleted data is in vault '{vault}': rsv \
                 Undo-AzRecoveryServicesBackupItemDeletion -Item '{item}' -VaultId {vault} -Force \
                 brings it back, rsv Enable-AzRecoveryServicesBackupProtection -Item '{item}' \
                 -Policy {policy} -VaultId {vault} resumes it.",
                item = item.name(),
                vault = other.base.name,
                policy = request.policy,
            ),
            None => format!("'{}' is protected in vault '{}'.", id.name, other.base.name),
        }));
    }
    if machine.classic != request.service.is_some() && machine.classic {
        return Err(not_found().hint("It is a classic machine: give -ServiceName."));
    }
    if machine.classic && vault.encryption.is_customer() {
        return Err(Refusal::refused(
            "RsvClassicMachineUnderCustomerKey",
            "Classic machines cannot be backed up in a vault under a customer-managed key (R20).",
        ));
    }
    vault.check_region(&format!("Machine '{}'", id.name), &machine.base.location)?;
    Ok(machine)
}

fn choose_disks(state: &Document, item: &mut Item, disks: &DiskChoice) -> Result<(), Refusal> {
    let machine = item
        .machine
        .parse::<ResourceId>()
        .ok()
        .and_then(|id| state.machines.get(&id).ok());
    let listed = match disks {
        DiskChoice::Unchanged => return Ok(()),
        DiskChoice::All => &[][..],
        DiskChoice::Only(luns) | DiskChoice::Without(luns) => luns,
    };
    if let Some(machine) = machine {
        if machine.guest_encrypted && *disks != DiskChoice::All {
            return Err(Refusal::refused(
                "UserErrorEncryptedVmNotSupportedWithDiskEx",
                "Disk exclusion is not supported for encrypted virtual machines.",
            ));
        }
        let count = machine.data_disks.len();
        if let Some(lun) = listed.iter().find(|lun| usize::from(**lun) >= count) {
            return Err(Refusal::usage(
                "ArgumentException",
                format!("'{}' has no data disk at LUN {lun}.", item.machine_name),
            ));
        }
    }
    item.included_luns = match disks {
        DiskChoice::Only(luns) => Some(luns.clone()),
        _ => None,
    };
    item.excluded_luns = match disks {
        DiskChoice::Without(luns) => luns.clone(),
        _ => Vec::new(),
    };
    Ok(())
}
