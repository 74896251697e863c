//! Update-AzDiskEncryptionSet (reference 5.4): another key, rotation, tags.

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use uuid::Uuid;

use crate::cmdlet::common::{boolean, tags};
use crate::cmdlet::disk_encryption_set::{SetArgs, SetIdentity, VIEW, find_key, view};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{
    ActiveKey, Activity, DiskEncryptionSet, KeyId, Refusal, RefusalKind, ResourceId,
};
use crate::output::Output;
use crate::state::Document;
use crate::workflow;

pub(super) struct Update;

#[derive(Debug, Args)]
pub(super) struct UpdateArgs {
    #[command(flatten)]
    set: SetArgs,
    /// Key identifier, with its version unless the set follows the newest one
    #[arg(long)]
    key_url: Option<String>,
    /// Id of the key vault that holds the key; absent: the one in the key identifier
    #[arg(long)]
    source_vault_id: Option<String>,
    /// true: follow the newest version of the key
    #[arg(long, value_parser = boolean)]
    rotation_to_latest_key_version_enabled: Option<bool>,
    /// Tags, as name=value; they replace the ones before
    #[arg(long, value_delimiter = ',')]
    tag: Vec<String>,
    /// Identity that uses the key; it is on already
    #[arg(long, value_enum, ignore_case = true)]
    identity_type: Option<SetIdentity>,
}

/// The key a set shall have, and what that means for the disks under it.
#[derive(PartialEq)]
struct KeyPlan {
    active: ActiveKey,
    rotate: bool,
    /// With the version that wraps the disks' keys from now on.
    key: KeyId,
    /// The disks whose keys have to be wrapped by it.
    disks: Vec<Uuid>,
}

impl UpdateArgs {
    fn changes_something(&self) -> bool {
        self.changes_key() || !self.tag.is_empty() || self.identity_type.is_some()
    }

    fn changes_key(&self) -> bool {
        self.key_url.is_some()
            || self.source_vault_id.is_some()
            || self.rotation_to_latest_key_version_enabled.is_some()
    }

    fn plan(&self, state: &Document, id: &ResourceId, now: Timestamp) -> Result<Option<KeyPlan>> {
        let set = state.disk_encryption_sets.get(id)?;
        if !self.changes_key() {
            return Ok(None);
        }
        let rotate = self
            .rotation_to_latest_key_version_enabled
            .unwrap_or(set.rotate_to_latest);
        let url = self.key_url.as_deref().unwrap_or(&set.active_key.key_url);
        let source_vault = self.source_vault_id.as_deref();
        let (active, key) = find_key(state, &set.base.location, source_vault, url, rotate, now)?;
        let under = state
            .disks
            .iter()
            .filter(|disk| disk.encryption.is_under(id));
        Ok(Some(KeyPlan {
            active,
            rotate,
            key,
            disks: under.map(|disk| disk.uuid).collect(),
        }))
    }
}

impl KeyPlan {
    fn apply(self, set: &mut DiskEncryptionSet, now: Timestamp) {
        set.rotate_to_latest = self.rotate;
        let before = std::mem::replace(&mut set.active_key, self.active);
        if before.is_same(&set.active_key) {
            return;
        }
        let (previous, active) = (&mut set.previous_keys, &set.active_key);
        previous.retain(|key| !key.is_same(active) && !key.is_same(&before));
        previous.push(before);
        set.last_rotation = Some(now);
    }
}

/// The identity of a set stays: the disks' keys are unwrapped with it.
fn check_same_identity(
    set: &DiskEncryptionSet,
    wanted: Option<SetIdentity>,
) -> Result<(), Refusal> {
    let is_user = !set.identity.user_assigned.is_empty();
    match wanted {
        Some(wanted) if (wanted == SetIdentity::UserAssigned) != is_user => Err(Refusal::usage(
            "RsvIdentityTypeUnsupported",
            "-IdentityType: changing the identity of a set is not in rsv yet.",
        )
        .hint("Make another set with the other identity.")),
        _ => Ok(()),
    }
}

impl Cmdlet for Update {
    const NAME: &'static str = "Update-AzDiskEncryptionSet";
    const SYNOPSIS: &'static str = "Change the key of a disk encryption set and of its disks";
    const EXAMPLE: &'static str = "rsv Update-AzDiskEncryptionSet -ResourceGroupName testrg \
        -Name testdes1 -KeyUrl https://testkeyvault.vault.azure.net/keys/deskey \
        -RotationToLatestKeyVersionEnabled true";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "FederatedClientId",
            "rsv has one tenant, so no key vault of another one",
        ),
        (
            "UserAssignedIdentity",
            "changing the identity of a set is not in rsv yet: make another set",
        ),
    ];
    type Args = UpdateArgs;

    fn run(args: UpdateArgs, session: &mut Session) -> Result<Output> {
        args.identity_type.map_or(Ok(()), SetIdentity::check)?;
        if !args.changes_something() {
            return Err(
                Refusal::usage("RsvNothingToChange", "Nothing to change was given.")
                    .hint("-KeyUrl, for one.")
                    .into(),
            );
        }
        let id = args.set.id(session)?;
        check_same_identity(
            session.document().disk_encryption_sets.get(&id)?,
            args.identity_type,
        )?;
        session.context().refresh()?;
        let plan = args.plan(session.document(), &id, session.now())?;
        let operation = "Microsoft.Compute/diskEncryptionSets/write";
        let description = "Update disk encryption set";
        let mut activity = Activity::new(operation, &id, description);
        let old = workflow::set_key(session.document().disk_encryption_sets.get(&id)?)?;
        if let Some(plan) = plan.as_ref().filter(|_| !session.what_if()) {
            // The disks first: a key that the set's identity cannot use changes nothing. Each
            // disk's record names the key that wraps it, so a stop half-way leaves all readable.
            match workflow::rewrap_disks(session.context(), &id, &plan.key) {
                Ok(count) => {
                    let (old, new) = (Some(&old), &plan.key);
                    activity = workflow::receipt(operation, &id, description, old, new, count);
                    session
                        .console()
                        .verbose(&format!("{count} disk keys were wrapped anew."));
                }
                Err(error) => return session.change(&activity, |_, _| Err(error)),
            }
        }
        let value = session.change(&activity, |state, now| {
            if args.plan(state, &id, now)? != plan {
                return Err(changed_meanwhile(&id).into());
            }
            let set = state.disk_encryption_sets.get_mut(&id)?;
            if let Some(plan) = plan {
                plan.apply(set, now);
            }
            if !args.tag.is_empty() {
                set.base.tags = tags(&args.tag)?;
            }
            Ok(view(set))
        })?;
        Ok(Output::one(&VIEW, value))
    }
}

/// A disk or a key version came or went between the rewrap and the commit.
fn changed_meanwhile(id: &ResourceId) -> Refusal {
    Refusal::new(
        RefusalKind::Busy,
        "RsvChangedMeanwhile",
        format!(
            "The disks or the key of disk encryption set '{}' changed meanwhile.",
            id.name
        ),
    )
    .hint("Run it again: it goes on where it stopped.")
}
