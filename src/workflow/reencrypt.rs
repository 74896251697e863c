//! Re-encryption: everything a vault holds goes under a new data-encryption key, in a repository of
//! its own, and what the old keys open is removed.
//!
//! ```text
//! name the new repository in the state → copy every point → read all copies, compare
//!   → close the old repository → wrap anew → one commit: repository, key record, heads of items
//!   → remove the old repository
//! ```
//!
//! Until that commit the vault is the old repository and nothing else. A run that was cut short
//! goes on where it stopped, for the state names what it was filling. After the commit the state
//! names what is to be removed, and a later command removes it.

use std::collections::{BTreeSet, HashSet};

use anyhow::Result;
use uuid::Uuid;

use crate::crypto::{Secret, WrapClass, WrapGroup, WrapHeader};
use crate::domain::{
    Activity, ChainHead, DataEpoch, Job, JobOperation, KeyId, NextData, Refusal, RefusalKind,
    ReplacedData, ResourceId, Vault, VaultData,
};
use crate::engine::{self, Error, Fault, Frozen, Observer, TransferRequest, ZSTD_LEVEL_DEFAULT};
use crate::workflow::assign_key::{changed_meanwhile, is_unknown};
use crate::workflow::data_key::{
    backup_words, customer_wrap, platform_group, remove_wraps, store_epoch, stray_wraps,
    vault_folder, wrap_header,
};
use crate::workflow::epochs::unwrap_all;
use crate::workflow::follow_key::follow_vault_key;
use crate::workflow::jobs::{ItemLock, fail_job, record_end};
use crate::workflow::key_usage::vault_keys;
use crate::workflow::recovery_point::settled_chain;
use crate::workflow::reencrypt_report::{describe, evidence, left_out, not_done};
use crate::workflow::replaced::sweep_replaced;
use crate::workflow::watch::{Watch, stopped};
use crate::workflow::{
    Context, JobBook, Reencrypted, RunningJob, hex, open_repository, repository_folder,
};

/// Of the space that is estimated, this part more has to be free: packs, index and new recovery
/// points take a little besides what is counted.
const SPARE: u64 = 50;

/// How to re-encrypt.
#[derive(Debug, Clone, Copy)]
pub struct ReencryptOptions {
    /// Leave out recovery points that are damaged; else they end it.
    pub skip_damaged: bool,
    /// Only look.
    pub dry_run: bool,
}

/// Puts all data of a vault under a new data-encryption key.
///
/// # Errors
/// The key provider's refusal in Backup's words; `RsvVaultImmutable` (R126) when an immutable vault
/// is to leave something out; `UserErrorBackupOperationInProgress` while an item
/// is backed up; `RsvNotEnoughSpace` before anything is written; `RsvReencryptDamaged` (exit 4)
/// without `skip_damaged`; `RsvVaultChangedMeanwhile` (exit 5); I/O. The vault is as it was then.
pub fn reencrypt(
    context: &mut Context,
    id: &ResourceId,
    options: ReencryptOptions,
    observer: &dyn Observer,
) -> Result<Reencrypted> {
    if options.skip_damaged {
        let vault = context.document().vaults.get(id)?;
        vault.check_mutable("damaged recovery points cannot be left out")?;
    }
    if options.dry_run {
        return foresee(context, id, observer);
    }
    follow_vault_key(context, id)?;
    sweep_replaced(context, id);
    let vault = context.document().vaults.get(id)?.clone();
    // The key first: a job that cannot begin is none.
    open_repository(context, &vault)?;
    let book = JobBook::open(context, &vault)?;
    let job_id = context.fresh_id()?;
    context.correlate(job_id);
    let now = context.now();
    let operation = JobOperation::UpdateVaultEncryption;
    let mut job = Job::start(job_id, operation, &vault.base.name, now);
    let running = book.run(job_id)?;
    book.record(&job)?;
    let outcome = run(context, id, options, &book, &running, observer);
    let now = context.now();
    match &outcome {
        Ok(outcome) => describe(&mut job, outcome, now),
        Err(error) if is_unknown(error) => {
            drop(running); // the next command reads the state and decides
            return outcome;
        }
        Err(error) => fail_job(&mut job, error, now),
    }
    record_end(context, &book, &job);
    drop(running);
    outcome.map(|outcome| Reencrypted {
        job: Some(job),
        ..outcome
    })
}

fn run(
    context: &mut Context,
    id: &ResourceId,
    options: ReencryptOptions,
    book: &JobBook,
    running: &RunningJob,
    observer: &dyn Observer,
) -> Result<Reencrypted> {
    let items = context.document().vaults.get(id)?.items.clone();
    // No item is backed up, expires or is deleted from here on.
    let locks: Result<Vec<_>> = items.iter().map(|i| ItemLock::take(book, i.uuid)).collect();
    let _locks = locks?;
    for item in &items {
        settled_chain(context, id, item.uuid)?;
    }
    let vault = context.document().vaults.get(id)?.clone();
    let repository = open_repository(context, &vault)?;
    let omit = omitted(&vault);
    let frozen = repository.freeze(&omit).map_err(damaged)?;
    let begun = pending(context, &vault)?;
    let (_, needed) = repository.needed(&omit, observer).map_err(damaged)?;
    let mut outcome = expected(context, &vault, begun.as_ref(), needed)?;
    let (vault, next) = match begun {
        Some(next) => (vault, next),
        None => begin(context, id, &vault, repository.chunk_log2())?,
    };
    let target = open_repository(context, &next)?;
    let watch = Watch::new(observer, running, false);
    // Once to copy, once to compare.
    observer.total(frozen.image_bytes()? * 2);
    let request = TransferRequest {
        skip_damaged: options.skip_damaged,
        level: vault
            .compression_level
            .map_or(ZSTD_LEVEL_DEFAULT, i32::from),
        writer: context.fresh_id()?.into_bytes(),
    };
    outcome.report = target
        .transfer(&frozen, &request, &watch)
        .map_err(damaged)?;
    outcome.proof = match target.prove_transfer(&frozen, &outcome.report, &watch) {
        Err(error) if error.fault() == Fault::Damaged => {
            drop((frozen, target));
            give_up(context, id)?;
            return Err(bad_copy(&error).into());
        }
        proved => proved.map_err(damaged)?,
    };
    outcome.left_out = left_out(&vault, &outcome.report)?;
    switch(context, id, &vault, &next, &frozen, &outcome, running.id())?;
    drop((frozen, target));
    sweep_replaced(context, id);
    let replaced = &context.document().vaults.get(id)?.replaced_data;
    let old = &vault.data.repository;
    outcome.old_data_removed = replaced.iter().all(|r| r.repository != *old);
    outcome.not_done = not_done(context, &vault, &outcome, true);
    Ok(outcome)
}

/// What a run would do. Nothing is changed.
fn foresee(context: &mut Context, id: &ResourceId, observer: &dyn Observer) -> Result<Reencrypted> {
    let vault = context.document().vaults.get(id)?.clone();
    let repository = open_repository(context, &vault)?;
    let (points, needed) = repository
        .needed(&omitted(&vault), observer)
        .map_err(damaged)?;
    let begun = pending(context, &vault)?;
    let mut outcome = expected(context, &vault, begun.as_ref(), needed)?;
    outcome.report.points = points;
    outcome.not_done = not_done(context, &vault, &outcome, false);
    Ok(outcome)
}

/// What is known before anything is written, if there is room for it; `begun` is what an earlier
/// run began to fill.
fn expected(
    context: &Context,
    vault: &Vault,
    begun: Option<&Vault>,
    bytes_needed: u64,
) -> Result<Reencrypted> {
    let all = vault_folder(context.home(), vault.data.path.as_deref(), vault.data.owner);
    let outcome = Reencrypted {
        resumed: begun.is_some(),
        old_epochs: vault.data.epochs().map(|epoch| epoch.epoch).collect(),
        epoch: vault.data.epoch + 1,
        bytes_needed,
        bytes_free: engine::free_bytes(&all)?,
        ..Reencrypted::default()
    };
    let have = match begun {
        Some(next) => open_repository(context, next)?.pack_bytes()?,
        None => 0,
    };
    outcome.check_space(vault, have)?;
    Ok(outcome)
}

impl Reencrypted {
    /// Old and new data lie side by side until the switch; `have` bytes of the new are there.
    fn check_space(&self, vault: &Vault, have: u64) -> Result<(), Refusal> {
        let spare = self.bytes_needed / SPARE;
        let missing = (self.bytes_needed + spare).saturating_sub(have);
        if missing <= self.bytes_free {
            return Ok(());
        }
        let name = &vault.base.name;
        Err(Refusal::refused(
            "RsvNotEnoughSpace",
            format!(
                "Re-encrypting vault '{name}' writes about {missing} bytes beside the old data, and \
                 {} are free.",
                self.bytes_free
            ),
        )
        .hint(format!(
            "Free space there. rsv Optimize-RsvVault -VaultId {name} removes what is not needed."
        )))
    }
}

/// Items that are gone for good, whose data waits for Optimize-RsvVault: it goes with the old data.
fn omitted(vault: &Vault) -> HashSet<[u8; 16]> {
    let removed = vault.removed_items.iter();
    removed.map(|item| item.into_bytes()).collect()
}

/// The vault as it will be, if an earlier run began to fill a repository that can still be used.
fn pending(context: &Context, vault: &Vault) -> Result<Option<Vault>> {
    let Some(next) = &vault.next_data else {
        return Ok(None);
    };
    let with_next = Vault {
        data: vault.data.after(next),
        ..vault.clone()
    };
    let unusable = |error: &anyhow::Error| {
        let fault = error.downcast_ref::<Error>().map(Error::fault);
        let lost = [Fault::NotFound, Fault::Damaged, Fault::Unsupported];
        error.downcast_ref::<Refusal>().is_some() || fault.is_some_and(|f| lost.contains(&f))
    };
    // A new epoch or another class of key came in between.
    if next.epoch.epoch != vault.data.epoch + 1 {
        return Ok(None);
    }
    match open_repository(context, &with_next) {
        Ok(_) => Ok(Some(with_next)),
        Err(error) if unusable(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes an empty repository under a fresh key; gives the vault as it is now and as it will be.
fn begin(
    context: &mut Context,
    id: &ResourceId,
    vault: &Vault,
    chunk_log2: u8,
) -> Result<(Vault, Vault)> {
    let dek = Secret::random()?;
    let epoch = vault.data.epoch + 1;
    let next = NextData {
        repository: format!("e{epoch}-{}", context.fresh_id()?.simple()),
        epoch: DataEpoch {
            epoch,
            domain: context.fresh_id()?,
            wrap: String::new(),
            ends: None,
        },
    };
    let mut data = vault.data.after(&next);
    let mut header = wrap_header(&data, class(vault));
    header.infrastructure = vault.encryption.infrastructure;
    let group = wrap(context, vault, &dek, header)?;
    data.wrap = hex(&crate::crypto::digest(&group.encode()));
    let activity = Activity::new(
        "Rsv/vaults/reencryption/begin/action",
        id,
        "Begin to encrypt a vault's data anew",
    )
    .with("Epoch", &epoch)
    .with("Repository", &data.repository);
    // Named before it is there: what a killed run leaves is known to the next one.
    context.change(&activity, |state, _| {
        let fresh = state.vaults.get_mut(id)?;
        if fresh.data != vault.data || fresh.next_data != vault.next_data {
            return Err(changed_meanwhile().into());
        }
        let given_up = fresh.next_data.take().map(|next| ReplacedData {
            repository: next.repository,
            job: None,
        });
        fresh.replaced_data.extend(given_up);
        fresh.next_data = Some(NextData {
            repository: data.repository.clone(),
            epoch: DataEpoch {
                wrap: data.wrap.clone(),
                ..next.epoch
            },
        });
        Ok(())
    })?;
    let vault = context.document().vaults.get(id)?.clone();
    store_epoch(context, &mut data, dek, group, chunk_log2)?;
    sweep_replaced(context, id);
    let next = Vault {
        data,
        ..vault.clone()
    };
    Ok((vault, next))
}

/// Forgets what was filled so far: the next run begins anew.
fn give_up(context: &mut Context, id: &ResourceId) -> Result<()> {
    let activity = Activity::new(
        "Rsv/vaults/reencryption/cleanup/action",
        id,
        "Give up copies that do not hold what was copied",
    );
    context.change(&activity, |state, _| {
        let vault = state.vaults.get_mut(id)?;
        let given_up = vault.next_data.take().map(|next| ReplacedData {
            repository: next.repository,
            job: None,
        });
        vault.replaced_data.extend(given_up);
        Ok(())
    })?;
    sweep_replaced(context, id);
    Ok(())
}

fn class(vault: &Vault) -> WrapClass {
    match vault.encryption.is_customer() {
        true => WrapClass::Customer,
        false => WrapClass::Platform,
    }
}

/// Wraps by the very key version that wraps the vault's current epoch: moving to another one is an
/// update of its own, with its own receipt.
fn wrap(
    context: &Context,
    vault: &Vault,
    dek: &Secret<32>,
    header: WrapHeader,
) -> Result<WrapGroup> {
    let current = vault_keys(context.home(), vault)?.into_iter().next();
    let key: Option<KeyId> = current.and_then(|openers| openers.into_iter().next().map(|o| o.0));
    match key {
        Some(key) => customer_wrap(context, vault.key_principal()?, &key, dek, header)
            .map_err(|error| backup_words(error, &vault.base.name)),
        None => platform_group(context, dek, header),
    }
}

/// The one commit: from here on the vault is the new repository.
fn switch(
    context: &mut Context,
    id: &ResourceId,
    vault: &Vault,
    next: &Vault,
    frozen: &Frozen<'_>,
    outcome: &Reencrypted,
    job: Uuid,
) -> Result<()> {
    // A backup commits before this, and is seen; or after, and finds its repository replaced.
    let _closed = frozen.close(&omitted(vault)).map_err(changed)?;
    context.refresh()?;
    check_same(vault, context.document().vaults.get(id)?)?;
    let Some(opened) = unwrap_all(context, next)?.into_iter().next() else {
        return Err(changed_meanwhile().into());
    };
    let header = opened.group.header().clone();
    let group = wrap(context, vault, &opened.dek, header)?;
    let folder = repository_folder(context, &next.data);
    let stored = engine::put_wrap(&folder, &group.encode())?;
    let data = VaultData {
        wrap: hex(&stored),
        ..next.data.clone()
    };
    let activity = evidence(id, vault, &data, outcome);
    let heads = &outcome.report.heads;
    let switched = context.change(&activity, |state, _| {
        let fresh = state.vaults.get_mut(id)?;
        check_same(vault, fresh)?;
        for item in &mut fresh.items {
            let head = heads.get(item.uuid.as_bytes());
            // The newest point keeps its time, unless it is the one that was left out.
            let time = item.head.take().and_then(|head| head.time);
            item.head = head.map(|(sequence, digest)| ChainHead {
                sequence: *sequence,
                digest: hex(digest),
                time: time.filter(|_| outcome.report.left_out.is_empty()),
            });
        }
        fresh.data = data.clone();
        fresh.next_data = None;
        fresh.removed_items.clear();
        fresh.replaced_data.push(ReplacedData {
            repository: vault.data.repository.clone(),
            job: Some(job),
        });
        Ok(())
    });
    match switched {
        Ok(()) => {
            let stray = stray_wraps(context, &data);
            remove_wraps(&folder, &stray);
            Ok(())
        }
        Err(error) => {
            if !is_unknown(&error) && data.wrap != next.data.wrap {
                remove_wraps(&folder, &[stored]);
            }
            Err(error)
        }
    }
}

/// Nothing that was relied on is another thing by now.
fn check_same(before: &Vault, now: &Vault) -> Result<(), Refusal> {
    let heads = |vault: &Vault| -> BTreeSet<(Uuid, String)> {
        let items = vault.items.iter();
        let head = |item: &crate::domain::Item| Some((item.uuid, item.head.clone()?.digest));
        items.filter_map(head).collect()
    };
    let same = before.data == now.data
        && before.next_data == now.next_data
        && before.removed_items == now.removed_items
        && heads(before) == heads(now);
    match same {
        true => Ok(()),
        false => Err(changed_refusal()),
    }
}

fn changed_refusal() -> Refusal {
    Refusal::new(
        RefusalKind::Busy,
        "RsvVaultChangedMeanwhile",
        "Recovery points or the key of the vault changed while its data was copied; nothing was \
         switched.",
    )
    .hint("Run the command again: it goes on with what is copied.")
}

fn changed(error: Error) -> anyhow::Error {
    match error {
        Error::Busy(_) => changed_refusal().into(),
        other => damaged(other),
    }
}

fn bad_copy(error: &Error) -> Refusal {
    Refusal::new(
        RefusalKind::Damaged,
        "RsvReencryptDamaged",
        format!("A copy does not hold what was copied, so nothing was switched: {error}"),
    )
    .hint(
        "The copies were given up: look at the health of the medium and run the command again. rsv \
         Test-RsvVault -VaultId VAULT -Level Full says whether the vault itself is intact.",
    )
}

/// Damage ends it: what cannot be read must not become what is gone.
fn damaged(error: Error) -> anyhow::Error {
    if error.fault() != Fault::Damaged {
        return stopped(error);
    }
    Refusal::new(
        RefusalKind::Damaged,
        "RsvReencryptDamaged",
        format!("Not everything in the vault is intact, so nothing was switched: {error}"),
    )
    .hint(
        "rsv Test-RsvVault -VaultId VAULT -Level Full says what is damaged. -SkipDamaged leaves \
         damaged recovery points out: they are gone then.",
    )
    .into()
}
