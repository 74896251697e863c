//! What the errors of `state`, `engine` and `crypto` mean to the caller: exit code and next step.

use std::error::Error as StdError;
use std::io::ErrorKind;

use crate::cli::{Exit, Failure};
use crate::{crypto, engine, state};

/// Translates one cause if it is a lower layer's; the empty message stands for the whole chain.
pub(super) fn translate(cause: &(dyn StdError + 'static)) -> Option<Failure> {
    if let Some(error) = cause.downcast_ref::<state::Error>() {
        let failure = Failure::new(state_exit(error), error.code(), "");
        return Some(match state_hint(error) {
            Some(hint) => failure.hint(hint),
            None => failure,
        });
    }
    if let Some(error) = cause.downcast_ref::<engine::Error>() {
        return Some(engine_failure(error));
    }
    let error = cause.downcast_ref::<crypto::Error>()?;
    let failure = Failure::new(crypto_exit(error), error.code(), "");
    Some(match crypto_hint(error) {
        Some(hint) => failure.hint(hint),
        None => failure,
    })
}

fn state_exit(error: &state::Error) -> Exit {
    use state::Error as E;
    match error {
        E::Missing { .. }
        | E::Damaged { .. }
        | E::OtherInstallation { .. }
        | E::RolledBack { .. }
        | E::AnchorDamaged { .. }
        | E::RootKeyDamaged { .. }
        | E::LogDamaged { .. } => Exit::Damaged,
        E::Busy { .. } => Exit::Busy,
        E::Unknown(_) | E::AfterUnknown { .. } => Exit::Unknown,
        E::NotCommitted(inner) => match state_exit(inner) {
            Exit::Unknown => Exit::Refused,
            other => other,
        },
        _ => Exit::Refused,
    }
}

/// The next step, where the text does not say it.
fn state_hint(error: &state::Error) -> Option<String> {
    use state::Error as E;
    match error {
        E::PassphraseNeeded { how: "", .. } => Some(
            "Give it with -PassphraseFile FILE, -PassphraseFd N or RSV_PASSPHRASE_FILE, or run rsv \
             on a terminal."
                .into(),
        ),
        E::PassphraseNeeded { how, .. } => {
            Some(format!("Give it with {how}, or run rsv on a terminal."))
        }
        E::WrongPassphrase { .. } => {
            Some("Without it nothing in this home opens; there is no way around it.".into())
        }
        E::RolledBack { .. } | E::AnchorDamaged { .. } => Some(
            "Put the newer state.json back. If the older one is meant: rsv Approve-RsvRollback \
             -WhatIf shows both, rsv Approve-RsvRollback makes the older one count."
                .into(),
        ),
        _ => None,
    }
}

fn engine_failure(error: &engine::Error) -> Failure {
    use engine::Fault;
    let exit = match error.fault() {
        Fault::Damaged => Exit::Damaged,
        Fault::NotFound => Exit::NotFound,
        Fault::Busy => Exit::Busy,
        Fault::OutcomeUnknown => Exit::Unknown,
        _ => Exit::Refused,
    };
    let failure = Failure::new(exit, error.code(), "");
    if matches!(error, engine::Error::Repairing(_)) {
        return failure.hint("Wait until Repair-RsvVault has ended, then run the command again.");
    }
    match error.fault() {
        Fault::Damaged => failure.hint(
            "In a vault: rsv Test-RsvVault -VaultId VAULT -Level Full says what is affected, rsv \
             Restore-AzRecoveryServicesBackupItem -SkipDamaged brings back the rest. Where a recovery \
             point itself is damaged or gone, rsv Repair-RsvVault -VaultId VAULT -GiveUpPoints goes \
             on without it. A damaged managed disk is restored anew.",
        ),
        Fault::OutcomeUnknown => failure.hint("The next command decides by reading."),
        Fault::Unsupported => failure.hint("Update rsv."),
        _ => failure,
    }
}

/// The next step for a key file that is gone or may not be read.
fn crypto_hint(error: &crypto::Error) -> Option<&'static str> {
    let crypto::Error::File { source, .. } = error else {
        return None;
    };
    match source.kind() {
        ErrorKind::NotFound => Some(
            "Put the file back from a copy of the home. If Backup-AzKeyVaultKey made a file of the \
             key, that can be restored into another key vault: rsv Restore-AzKeyVaultKey.",
        ),
        ErrorKind::PermissionDenied => {
            Some("The home and all in it belong to the user who runs rsv.")
        }
        _ => None,
    }
}

fn crypto_exit(error: &crypto::Error) -> Exit {
    use crypto::Error as E;
    match error {
        E::NotAuthentic { .. }
        | E::WrongKey { .. }
        | E::Truncated { .. }
        | E::Malformed { .. }
        | E::WrapRule(_)
        | E::Unwrap => Exit::Damaged,
        _ => Exit::Refused,
    }
}
