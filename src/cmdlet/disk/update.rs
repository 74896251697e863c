//! Update-AzDisk (reference 5.9): re-encrypts a disk, whatever its restore chose (R103).

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::cmdlet::disk::{DiskArgs, TYPE, UPDATE_TYPE, VIEW, view};
use crate::cmdlet::{Cmdlet, Effect, Object, ObjectArg, Session, property};
use crate::domain::{Disk, Refusal, ResourceId};
use crate::output::Output;
use crate::workflow::{self, DiskTarget, DiskUpdate};

pub(super) struct Update;

#[derive(Debug, Args)]
pub(super) struct UpdateArgs {
    #[command(flatten)]
    disk: DiskArgs,
    /// What changes, of New-AzDiskUpdateConfig: JSON object, @file or -
    #[arg(
        long,
        alias = "2",
        required_unless_present = "whole",
        conflicts_with = "whole"
    )]
    disk_update: Option<ObjectArg>,
    /// The disk as it shall be, of Get-AzDisk: JSON object, @file or -
    #[arg(long = "Disk", id = "whole", value_name = "String")]
    whole: Option<ObjectArg>,
}

/// What may differ between a disk and the object that describes how it shall be: what can be
/// changed, and what only says something of the object or the moment.
const MAY_DIFFER: [&str; 6] = [
    "Encryption",
    "Tags",
    "OsType",
    "DiskState",
    "EncryptionChange",
    "PSTypeName",
];

fn bad(text: impl Into<String>) -> Refusal {
    Refusal::usage("RsvDiskUpdateUnsupported", text)
}

/// What an object asks for; what it leaves out or says as it is stays.
fn read(session: &Session, disk: &Disk, object: &Value) -> Result<DiskUpdate> {
    let given = |name: &str| property(object, name).filter(|v| !v.is_null());
    let now = view(disk, session.now());
    let mut update = DiskUpdate {
        tags: given("Tags")
            .map(|tags| serde_json::from_value(tags.clone()))
            .transpose()
            .map_err(|_| bad("Tags is a map from names to texts."))?,
        ..DiskUpdate::default()
    };
    if let Some(os) = given("OsType") {
        let known = ["Windows", "Linux"].into_iter();
        let mut named = known.filter(|k| os.as_str().is_some_and(|o| o.eq_ignore_ascii_case(k)));
        let os = named
            .next()
            .ok_or_else(|| bad("OsType is Windows or Linux."))?;
        update.os_type = Some(os.to_owned());
    }
    for (name, value) in object.as_object().into_iter().flatten() {
        let is_known = MAY_DIFFER.iter().any(|n| n.eq_ignore_ascii_case(name));
        if !is_known && !value.is_null() && property(&now, name) != Some(value) {
            return Err(bad(format!(
                "{name} of a managed disk cannot be changed in rsv."
            ))
            .into());
        }
    }
    if let Some(encryption) = given("Encryption") {
        update.encryption = target(session, disk, encryption)?;
    }
    Ok(update)
}

/// The encryption an object asks for.
fn target(session: &Session, disk: &Disk, encryption: &Value) -> Result<Option<DiskTarget>> {
    let text = |name: &str| property(encryption, name).and_then(Value::as_str);
    let kind = text("Type").unwrap_or("EncryptionAtRestWithCustomerKey");
    let set = match text("DiskEncryptionSetId") {
        None | Some("") => None,
        Some(text) => {
            let sets = &session.document().disk_encryption_sets;
            let object = Object::Text(text.to_owned());
            Some(session.named(sets, "DiskEncryptionSetId", &object, None)?)
        }
    };
    match (kind, set) {
        ("EncryptionAtRestWithPlatformKey", None) => Ok(Some(DiskTarget::PlatformKey)),
        ("EncryptionAtRestWithPlatformKey", Some(_)) => Err(bad(
            "Encryption names a disk encryption set, but its Type is the platform key's: set Type \
             to EncryptionAtRestWithCustomerKey.",
        )
        .into()),
        ("EncryptionAtRestWithCustomerKey", Some(set)) => Ok(Some(DiskTarget::Set(set))),
        ("EncryptionAtRestWithCustomerKey", None) => match &disk.encryption.disk_encryption_set {
            Some(current) => Ok(Some(DiskTarget::Set(current.parse::<ResourceId>()?))),
            None => Err(Refusal::usage(
                "RsvDiskEncryptionSetMissing",
                "Encryption under a customer's key needs a disk encryption set.",
            )
            .hint("rsv New-AzDiskUpdateConfig -DiskEncryptionSetId SET -Output json")
            .into()),
        },
        (other, _) => Err(bad(format!("Encryption type '{other}' is not in rsv.")).into()),
    }
}

impl Cmdlet for Update {
    const NAME: &'static str = "Update-AzDisk";
    const SYNOPSIS: &'static str = "Change a managed disk: what it is encrypted under, or its tags";
    const EXAMPLE: &'static str = "rsv New-AzDiskUpdateConfig -DiskEncryptionSetId testdes1 \
        -Output json | rsv Update-AzDisk -ResourceGroupName DestRG -DiskName \
        \"$(rsv Get-AzDisk -ResourceGroupName DestRG -Query '[0].Name')\" -DiskUpdate -";
    const EFFECT: Effect = Effect::Changes;
    type Args = UpdateArgs;

    fn run(args: UpdateArgs, session: &mut Session) -> Result<Output> {
        let id = args.disk.id(session)?;
        let (name, arg, kind) = match (&args.disk_update, &args.whole) {
            (Some(update), _) => ("DiskUpdate", update, UPDATE_TYPE),
            (None, Some(whole)) => ("Disk", whole, TYPE),
            (None, None) => return Err(bad("Nothing to change was given.").into()),
        };
        let Object::Json(object) = session.object(name, arg, &[kind])? else {
            return Err(bad(format!("-{name} needs an object, not a name."))
                .hint("Give what New-AzDiskUpdateConfig or Get-AzDisk prints with -Output json.")
                .into());
        };
        let disk = session.document().disks.get(&id)?.clone();
        let update = read(session, &disk, &object)?;
        if update == DiskUpdate::default() {
            return Err(
                Refusal::usage("RsvNothingToChange", "Nothing to change was given.")
                    .hint("New-AzDiskUpdateConfig -DiskEncryptionSetId SET, for one.")
                    .into(),
            );
        }
        let what = workflow::check_update_disk(session.context(), &id, &update)?;
        if session.what_if() {
            session.console().what_if(what, &id.to_string());
            return Ok(Output::none());
        }
        session.confirm(Effect::Changes, false, &format!("{what}: {id}. Go on"))?;
        let bar = session.observe(&format!("Update {}", id.name));
        let outcome = workflow::update_disk(session.context(), &id, &update, &bar);
        bar.finish();
        session.show_warnings();
        let (disk, change) = outcome?;
        let mut value = view(&disk, session.now());
        // Of rsv: whether data was read.
        value["EncryptionChange"] = change.text().into();
        Ok(Output::one(&VIEW, value))
    }
}
