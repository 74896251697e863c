//! Deleted Recovery Services vaults that can be recovered (reference 2.10, 2.11).

mod get;
mod undo;

use serde_json::{Value, json};

use crate::cmdlet::Session;
use crate::cmdlet::common::region;
use crate::cmdlet::registry::{Row, row};
use crate::domain::{DeletedVault, Refusal};
use crate::output::{Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<get::Get>(), row::<undo::Undo>()];

/// ARSSoftDeletedVault: a list, however many there are, as a vault.
static VIEW: View = View {
    type_name: "Microsoft.Azure.Commands.RecoveryServices.ARSSoftDeletedVault",
    form: Form::List,
    table: &[],
    list: &[],
};

fn view(deleted: &DeletedVault) -> Value {
    let base = &deleted.vault.base;
    json!({
        "Name": deleted.name(),
        "ID": deleted.arm_id(),
        "Type": DeletedVault::TYPE,
        "ResourceGroupName": base.group,
        "SubscriptionId": base.subscription,
        "Location": base.location,
        "Properties": {
            "VaultId": deleted.vault.arm_id().to_string(),
            "VaultDeletionTime": deleted.deletion.date,
            "PurgeAt": deleted.deletion.purge,
        },
    })
}

/// The deleted vaults of the current subscription in a region (and group, if given).
fn in_region<'a>(
    session: &'a Session,
    location: &str,
    group: Option<&'a str>,
) -> impl Iterator<Item = &'a DeletedVault> + use<'a> {
    let location = region(location);
    session
        .document()
        .recoverable_vaults(session.subscription(), session.now())
        .filter(move |deleted| {
            let base = &deleted.vault.base;
            base.location.eq_ignore_ascii_case(&location)
                && group.is_none_or(|group| group.eq_ignore_ascii_case(&base.group))
        })
}

/// The one deleted vault of this name: the one it is listed under, or the one it had.
fn one<'a>(
    session: &'a Session,
    location: &str,
    group: Option<&'a str>,
    name: &str,
) -> Result<&'a DeletedVault, Refusal> {
    let found = in_region(session, location, group).filter(|deleted| deleted.is_called(name));
    let found: Vec<&DeletedVault> = found.collect();
    match found.as_slice() {
        [only] => Ok(*only),
        [] => Err(Refusal::not_found(format!(
            "There is no soft-deleted vault '{name}' in location '{location}'{}.",
            group.map_or(String::new(), |group| format!(
                " of resource group '{group}'"
            ))
        ))
        .hint(format!(
            "rsv Get-AzRecoveryServicesSoftDeletedVault -Location {location} lists those there are."
        ))
        .suggest(
            name,
            in_region(session, location, group).map(|deleted| deleted.vault.base.name.as_str()),
        )),
        several => {
            let names: Vec<String> = several.iter().map(|deleted| deleted.name()).collect();
            Err(Refusal::usage(
                "RsvAmbiguousName",
                format!("Several soft-deleted vaults were called '{name}'."),
            )
            .hint(format!(
                "Give one of their names instead, the newest last: {}.",
                names.join(", ")
            )))
        }
    }
}
