//! Managed disks: their data-encryption keys, and reading them by an access token.

use anyhow::Result;
use uuid::Uuid;

use crate::crypto::{
    AccessToken, Secret, WrapClass, WrapGroup, WrapHeader, WrapPurpose, platform_unwrap,
    platform_wrap,
};
use crate::domain::{Disk, DiskEncryptionSet, KeyId, Refusal, RefusalKind, ResourceId};
use crate::engine::{DiskReader, get_disk_wrap, put_disk_wrap};
use crate::state::Home;
use crate::workflow::data_key::{customer_unwrap, customer_wrap};
use crate::workflow::leftovers::DiskFilesLock;
use crate::workflow::{Context, hex, snapshot};

fn header(disk: Uuid, class: WrapClass) -> WrapHeader {
    WrapHeader {
        infrastructure: false,
        class,
        epoch: 1,
        domain: [0; 16],
        owner: disk.into_bytes(),
        purpose: WrapPurpose::DiskKey,
        extensions: Vec::new(),
    }
}

/// The key of a disk encryption set: with its version, or the newest when it follows (R138).
///
/// # Errors
/// A key identifier that cannot be read.
pub fn set_key(set: &DiskEncryptionSet) -> Result<KeyId, Refusal> {
    let key: KeyId = set.active_key.key_url.parse()?;
    Ok(if set.rotate_to_latest {
        key.versionless()
    } else {
        key
    })
}

/// Wraps a disk's key by its disk encryption set, or by the platform key without one (R99, R100).
///
/// # Errors
/// The key provider's refusal: the set's own identity is what has to be permitted (R131).
pub(super) fn wrap_disk_key(
    context: &Context,
    disk: Uuid,
    dek: &Secret<32>,
    set: Option<&DiskEncryptionSet>,
) -> Result<WrapGroup> {
    wrap_under(context, |class| header(disk, class), dek, set)
}

/// Wraps a key by a disk encryption set, or by the platform key without one.
///
/// # Errors
/// As [`wrap_disk_key`].
pub(super) fn wrap_under(
    context: &Context,
    header: impl Fn(WrapClass) -> WrapHeader,
    dek: &Secret<32>,
    set: Option<&DiskEncryptionSet>,
) -> Result<WrapGroup> {
    let Some(set) = set else {
        return Ok(platform_wrap(
            &context.platform_key(),
            dek,
            header(WrapClass::Platform),
            context.now().as_second(),
        )?);
    };
    let principal = set.identity.only_principal(&set.base.name)?;
    let header = header(WrapClass::Customer);
    customer_wrap(context, principal, &set_key(set)?, dek, header)
}

/// The key record of a disk that the state names.
///
/// # Errors
/// It is missing or damaged.
pub(super) fn disk_wrap(home: &Home, disk: &Disk) -> Result<WrapGroup> {
    let name = disk.wrap.as_ref().map(Uuid::as_bytes);
    let bytes = get_disk_wrap(&home.disks(), disk.uuid.as_bytes(), name)?;
    let group = WrapGroup::decode(&bytes)?;
    let same = |commitment: &String| *commitment == hex(group.commitment());
    if !disk.commitment.as_ref().is_none_or(same) {
        let what = format!("disk '{}'", disk.base.name);
        return Err(wrong(&what, "is of another key than the state names").into());
    }
    Ok(group)
}

/// Opens a disk's key with whatever wraps it.
///
/// # Errors
/// The key provider's refusal, or a wrap record that is another disk's.
pub fn unwrap_disk_key(context: &Context, disk: &Disk) -> Result<Secret<32>> {
    let group = disk_wrap(context.home(), disk)?;
    let head = group.header();
    let what = format!("disk '{}'", disk.base.name);
    if head.owner != disk.uuid.into_bytes() || head.purpose != WrapPurpose::DiskKey {
        return Err(wrong(&what, "belongs to something else").into());
    }
    let set = disk.encryption.disk_encryption_set.as_deref();
    unwrap_under(context, &group, set, &what)
}

fn wrong(of: &str, what: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Damaged,
        "RsvWrongWrapRecord",
        format!("The key record of {of} {what}."),
    )
}

/// Opens a key that this disk encryption set wraps, or the platform key without one.
///
/// # Errors
/// The key provider's refusal, or a key record of another class; `what` names whose.
pub(super) fn unwrap_under(
    context: &Context,
    group: &WrapGroup,
    set: Option<&str>,
    what: &str,
) -> Result<Secret<32>> {
    let Some(set) = set else {
        return Ok(platform_unwrap(&context.platform_key(), group)?);
    };
    if group.header().class != WrapClass::Customer {
        return Err(wrong(what, "is not of a customer's key").into());
    }
    let set = context
        .document()
        .disk_encryption_sets
        .get(&set.parse::<ResourceId>()?)?;
    let principal = set.identity.only_principal(&set.base.name)?;
    let (dek, _) = customer_unwrap(context, principal, group, |_| Ok(()))?;
    Ok(dek)
}

/// Wraps the keys of a set's disks, and of snapshots under it, by another key: unwrapped, wrapped, proved, replaced one by one.
/// Gives how many. No data is read; a record says itself which key opens it, so a run that stops
/// half way leaves every disk readable, and repeating it is harmless.
///
/// # Errors
/// The key provider's refusal, for the old key or the new one.
pub fn rewrap_disks(context: &mut Context, set: &ResourceId, new_key: &KeyId) -> Result<u64> {
    let _writing = DiskFilesLock::shared(context)?;
    let state = context.document();
    let principal = {
        let set = state.disk_encryption_sets.get(set)?;
        set.identity.only_principal(&set.base.name)?
    };
    let disks: Vec<Disk> = state
        .disks
        .iter()
        .filter(|d| d.encryption.is_under(set))
        .cloned()
        .collect();
    for disk in &disks {
        let dek = unwrap_disk_key(context, disk)?;
        let header = header(disk.uuid, WrapClass::Customer);
        let group = customer_wrap(context, principal, new_key, &dek, header)?;
        put_wrap(context, disk, &group)?;
    }
    let snapshots = snapshot::rewrap(context, set, |header, dek| {
        customer_wrap(context, principal, new_key, dek, header)
    })?;
    Ok(disks.len() as u64 + snapshots)
}

/// Stores the key record of a disk in the file that the disk names.
pub(super) fn put_wrap(context: &Context, disk: &Disk, group: &WrapGroup) -> Result<()> {
    let name = disk.wrap.as_ref().map(Uuid::as_bytes);
    let (folder, id) = (context.home().disks(), disk.uuid.as_bytes());
    Ok(put_disk_wrap(&folder, id, name, &group.encode())?)
}

/// Opens a disk for reading.
///
/// # Errors
/// As [`unwrap_disk_key`], and what the engine finds.
pub fn open_disk(context: &Context, disk: &Disk) -> Result<DiskReader> {
    let dek = unwrap_disk_key(context, disk)?;
    Ok(DiskReader::open(
        &context.home().disks(),
        disk.uuid.as_bytes(),
        &dek,
    )?)
}

/// The disk that an access token of this home names, while its permission lives.
///
/// # Errors
/// `AuthenticationFailed` for a token that is forged, expired, revoked or another home's.
pub fn disk_by_token(context: &Context, token: &str) -> Result<Disk> {
    let refuse = |why: &str| {
        Refusal::refused(
            "AuthenticationFailed",
            format!("Server failed to authenticate the request: {why}."),
        )
        .hint("rsv Grant-AzDiskAccess -ResourceGroupName RG -DiskName DISK -Access Read -DurationInSecond 3600")
    };
    let token = AccessToken::parse_and_verify(&context.token_key(), token)
        .map_err(|_| refuse("the access token is not one that this home gave"))?;
    let disk = context
        .document()
        .disks
        .iter()
        .find(|d| d.uuid.as_bytes() == token.subject())
        .ok_or_else(|| refuse("the disk is gone"))?;
    let grant = disk
        .grants
        .iter()
        .find(|g| g.id.as_bytes() == token.grant())
        .ok_or_else(|| refuse("the access was revoked"))?;
    let now = context.now();
    if grant.expires <= now || token.expires_unix() <= now.as_second() {
        return Err(refuse("the access has expired").into());
    }
    Ok(disk.clone())
}
