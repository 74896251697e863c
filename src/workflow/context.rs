//! What every workflow needs: the state, the home's folders, the clock, and the local key vaults.

use anyhow::Result;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::crypto::{self, Keyring, Secret, derive};
use crate::domain::{Activity, KeyId, Refusal, Rules};
use crate::state::{Digest, Document, Home, Journal, LogReport, Passphrase, RootKeyKind, Store};
use crate::workflow::LocalKeyVaults;

/// One home, opened.
pub struct Context {
    store: Store,
    keyring: Keyring,
    rules: Rules,
    clock: Option<Timestamp>,
    correlation: Option<Uuid>,
    /// Keys that the provider refuses to everybody, for a rehearsal of their loss.
    denied: Vec<KeyId>,
    warnings: Vec<String>,
}

impl Context {
    /// Opens the key vaults of the home beside its state.
    ///
    /// # Errors
    /// The keyring's folder cannot be used.
    pub fn new(store: Store, rules: Rules, clock: Option<Timestamp>) -> Result<Self> {
        let keyring = Keyring::open(store.home().keyvault(), store.root_key().clone())?;
        Ok(Self {
            store,
            keyring,
            rules,
            clock,
            correlation: None,
            denied: Vec::new(),
            warnings: Vec::new(),
        })
    }

    /// The state as it was last read.
    #[must_use]
    pub fn document(&self) -> &Document {
        self.store.document()
    }

    /// The home's folders.
    #[must_use]
    pub fn home(&self) -> &Home {
        self.store.home()
    }

    /// The installation's id.
    #[must_use]
    pub fn installation(&self) -> Uuid {
        self.store.installation()
    }

    /// Counts commits of the state from 1.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.store.generation()
    }

    /// The rules of `config.toml`.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The system clock, or the rehearsal's, to the millisecond.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = self.clock.unwrap_or_else(Timestamp::now);
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// A fresh random id.
    ///
    /// # Errors
    /// No randomness.
    pub fn fresh_id(&self) -> Result<Uuid> {
        Ok(uuid::Builder::from_random_bytes(crypto::random()?).into_uuid())
    }

    /// The local key vaults, as the state describes them now.
    #[must_use]
    pub fn key_vaults(&self) -> LocalKeyVaults<'_> {
        LocalKeyVaults::new(self.document(), &self.keyring, self.now()).denying(&self.denied)
    }

    /// Makes the key provider refuse every version of these keys to everybody, until it is told
    /// otherwise. In this process alone: nothing is written.
    pub(super) fn deny_keys(&mut self, keys: Vec<KeyId>) {
        self.denied = keys;
    }

    /// Private key files.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The platform key: derive(RK, "rsv/v1/platform", [installation]). No cmdlet shows it.
    #[must_use]
    pub fn platform_key(&self) -> Secret<32> {
        derive(
            self.store.root_key(),
            "rsv/v1/platform",
            &[self.store.installation().as_bytes()],
        )
    }

    /// Signs access tokens of this home: derive(RK, "rsv/v1/access-token", [installation]).
    #[must_use]
    pub fn token_key(&self) -> Secret<32> {
        derive(
            self.store.root_key(),
            "rsv/v1/access-token",
            &[self.store.installation().as_bytes()],
        )
    }

    /// MACs the job book of a vault: derive(RK, "rsv/v1/jobs", [installation, owner]).
    #[must_use]
    pub fn job_key(&self, owner: Uuid) -> Secret<32> {
        derive(
            self.store.root_key(),
            "rsv/v1/jobs",
            &[self.store.installation().as_bytes(), owner.as_bytes()],
        )
    }

    /// Seals key backups: derive(RK, "rsv/v1/key-backup", [installation]).
    #[must_use]
    pub fn key_backup_key(&self) -> Secret<32> {
        derive(
            self.store.root_key(),
            "rsv/v1/key-backup",
            &[self.store.installation().as_bytes()],
        )
    }

    /// How the root key file keeps the root key.
    #[must_use]
    pub fn root_key_kind(&self) -> RootKeyKind {
        self.store.root_key_kind()
    }

    /// Keeps the root key under a passphrase, or without one, from now on.
    ///
    /// # Errors
    /// The old file still stands, or whether the new one is durable is unknown.
    pub fn keep_root_key(&mut self, passphrase: Option<&Passphrase>) -> Result<()> {
        Ok(self.store.keep_root_key(passphrase)?)
    }

    /// Notes something that whoever runs the command should read.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }

    /// Lines of the activity log from now on carry this correlation id.
    pub fn correlate(&mut self, id: Uuid) {
        self.correlation = Some(id);
    }

    /// Reads the state anew, to see what others committed meanwhile.
    ///
    /// # Errors
    /// As opening it.
    pub fn refresh(&mut self) -> Result<()> {
        Ok(self.store.refresh()?)
    }

    /// Changes the state under its lock and writes the activity log's line with it. A refused
    /// change leaves the state alone but for a line that says so.
    ///
    /// # Errors
    /// The closure's, or the commit's.
    pub fn change<T>(
        &mut self,
        activity: &Activity,
        f: impl FnOnce(&mut Document, Timestamp) -> Result<T>,
    ) -> Result<T> {
        let now = self.now();
        let correlation = match self.correlation {
            Some(id) => id,
            None => self.fresh_id()?,
        };
        let event = self.fresh_id()?;
        let record = |document: &Document, failure: Option<&anyhow::Error>| {
            let status = if failure.is_some() {
                "Failed"
            } else {
                "Succeeded"
            };
            let sub_status = failure.map(|error| {
                error
                    .downcast_ref::<Refusal>()
                    .map_or_else(|| "RsvError".into(), |r| r.code.to_string())
            });
            json!({
                "EventTimestamp": now,
                "Caller": document.account.id,
                "CorrelationId": correlation,
                "EventDataId": event,
                "OperationName": activity.operation,
                "ResourceId": activity.resource,
                "Status": status,
                "SubStatus": sub_status,
                "Description": activity.description,
                "Message": failure.map(ToString::to_string),
                "Properties": activity.properties,
            })
        };
        let f = |document: &mut Document| {
            let value = f(document, now)?;
            document.drop_lost_assignments();
            Ok(value)
        };
        self.store.change(now, f, record)
    }

    /// Makes a state that was rolled back the current one, with a line in the activity log.
    ///
    /// # Errors
    /// The log is not the state's, or those of a commit.
    pub fn accept_rollback(&mut self, activity: &Activity) -> Result<()> {
        let (now, event) = (self.now(), self.fresh_id()?);
        let record = |document: &Document| {
            json!({
                "EventTimestamp": now,
                "Caller": document.account.id,
                "CorrelationId": event,
                "EventDataId": event,
                "OperationName": activity.operation,
                "ResourceId": activity.resource,
                "Status": "Succeeded",
                "SubStatus": null,
                "Description": activity.description,
                "Message": null,
                "Properties": activity.properties,
            })
        };
        Ok(self.store.accept_rollback(now, record)?)
    }

    /// The activity log.
    ///
    /// # Errors
    /// The log is damaged, or cannot be written.
    pub fn activity_log(&self) -> Result<&Journal> {
        Ok(self.store.activity_log()?)
    }

    /// Proves the activity log without writing; see [`Store::examine_log`].
    ///
    /// # Errors
    /// The state is damaged, or I/O.
    pub fn examine_log<V>(
        &self,
        restart: impl FnMut() -> V,
        visit: impl FnMut(&mut V, &serde_json::Value),
    ) -> Result<(LogReport, V)> {
        Ok(self.store.examine_log(restart, visit)?)
    }

    /// Now, in the engine's unit: Unix milliseconds, 0 before 1970.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.now().as_millisecond()).unwrap_or(0)
    }

    /// When this home was last changed, as far as this machine remembers.
    #[must_use]
    pub fn last_change(&self) -> Option<Timestamp> {
        self.store.last_change()
    }

    /// Now, or the latest time this home has seen if the clock was set back since: what days of
    /// soft delete count from, which would else be over before they are.
    #[must_use]
    pub fn deletion_time(&self) -> Timestamp {
        let now = self.now();
        self.last_change().map_or(now, |latest| latest.max(now))
    }

    /// Generation and digest of the state that this machine had seen last.
    #[must_use]
    pub fn seen(&self) -> Option<(u64, Digest)> {
        self.store.seen()
    }

    /// Warnings that came up while committing, each once.
    pub fn take_warnings(&mut self) -> Vec<String> {
        let mut warnings = std::mem::take(&mut self.warnings);
        warnings.extend(self.store.take_warnings());
        warnings
    }
}
