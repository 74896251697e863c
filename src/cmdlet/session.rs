//! All a cmdlet may touch: the state, the home's folders, the clock, ids, and the console.

use std::cell::Cell;
use std::path::PathBuf;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::cmdlet::{Console, Effect, PassphraseFrom, Preferences, Progress, ShellFolders};
use crate::domain::{Activity, Refusal, Rules};
use crate::state::{self, Digest, Document, Store, Unlock};
use crate::workflow::{self, Context, Observer};

/// What the front end decided for this run.
pub struct Settings {
    /// -Home or `RSV_HOME`; absent: the user data folder.
    pub home: Option<PathBuf>,
    /// Where the root key's passphrase comes from, if it has one.
    pub passphrase: PassphraseFrom,
    /// A home that is made now asks for a passphrase.
    pub choose_passphrase: bool,
    /// The common parameters.
    pub preferences: Preferences,
    /// `[rules]` of `config.toml`.
    pub rules: Rules,
    /// `RSV_NOW`: the time in a rehearsal home.
    pub now: Option<String>,
    /// `RSV_SUBSCRIPTION`: the context's subscription for this process.
    pub subscription: Option<String>,
    /// `RSV_VAULT`: the vault context for this process.
    pub vault: Option<String>,
    /// Where the user's shells look for completions.
    pub shells: ShellFolders,
    /// Go on although the state is older than what this machine has seen.
    pub opens_rolled_back: bool,
    /// The terminal, or what stands for it.
    pub console: Box<dyn Console>,
}

/// One run of one cmdlet.
pub struct Session {
    context: Context,
    settings: Settings,
    subscription: Uuid,
    rollback: Option<state::Error>,
    /// -Confirm was answered: one question a run.
    confirmed: Cell<bool>,
}

impl Session {
    /// Opens the home; creates it on the first command.
    ///
    /// # Errors
    /// A home that cannot be opened: damaged, rolled back, newer, or without its root key.
    pub fn open(settings: Settings) -> Result<Self> {
        let (store, rollback) = open_store(&settings)?;
        let document = store.document();
        let clock = match &settings.now {
            Some(text) if document.rehearsal => Some(parse_now(text)?),
            Some(_) => {
                return Err(Refusal::refused(
                    "RsvNotARehearsal",
                    "RSV_NOW is set, but this home is not a rehearsal home: a settable clock \
                     would defeat purge protection.",
                )
                .hint("Unset RSV_NOW, or use a home made by Initialize-RsvHome -Rehearsal.")
                .into());
            }
            None => None,
        };
        let subscription = match &settings.subscription {
            Some(text) => document.subscription_named(text)?.id,
            None => document.subscription,
        };
        let context = Context::new(store, settings.rules.clone(), clock)?;
        warn_of_clock(&context, &*settings.console);
        Ok(Self {
            context,
            settings,
            subscription,
            rollback,
            confirmed: Cell::new(false),
        })
    }

    /// What workflows need: state, folders, clock, rules.
    pub fn context(&mut self) -> &mut Context {
        &mut self.context
    }

    /// What is wrong with the age of the state; only for a cmdlet that may open such a one.
    #[must_use]
    pub fn rollback(&self) -> Option<&state::Error> {
        self.rollback.as_ref()
    }

    /// The context together with the console, for a workflow that has to ask.
    #[must_use]
    pub fn store_and_console(&self) -> (&Context, &dyn Console) {
        (&self.context, &*self.settings.console)
    }

    /// The state as it was last read.
    #[must_use]
    pub fn document(&self) -> &Document {
        self.context.document()
    }

    /// The state's generation.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.context.generation()
    }

    /// Generation and digest of the state that this machine had seen last.
    #[must_use]
    pub fn seen(&self) -> Option<(u64, Digest)> {
        self.context.seen()
    }

    /// The rules of `config.toml`.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        self.context.rules()
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.context.now()
    }

    /// The current context's subscription.
    #[must_use]
    pub fn subscription(&self) -> Uuid {
        self.subscription
    }

    /// `RSV_VAULT`, else the vault of `Set-AzRecoveryServicesVaultContext`.
    #[must_use]
    pub fn vault_context(&self) -> Option<&str> {
        self.settings
            .vault
            .as_deref()
            .or(self.document().vault_context.as_deref())
    }

    /// Where the user's shells look for completions.
    #[must_use]
    pub fn shell_folders(&self) -> &ShellFolders {
        &self.settings.shells
    }

    /// The principal that runs the cmdlets.
    #[must_use]
    pub fn principal(&self) -> Uuid {
        self.document().account.object_id
    }

    /// A fresh random id.
    ///
    /// # Errors
    /// No randomness.
    pub fn fresh_id(&self) -> Result<Uuid> {
        self.context.fresh_id()
    }

    /// True under -WhatIf.
    #[must_use]
    pub fn what_if(&self) -> bool {
        self.settings.preferences.what_if
    }

    /// The console.
    #[must_use]
    pub fn console(&self) -> &dyn Console {
        &*self.settings.console
    }

    /// Reads the state, checks and changes it, and commits with a line in the activity log.
    ///
    /// Under -WhatIf the closure runs all its checks on a copy, and nothing is written. The
    /// closure sees the newest generation under the lock: it must check there, not before.
    ///
    /// # Errors
    /// The closure's refusal (logged as failed), or the commit's.
    pub fn change<T>(
        &mut self,
        activity: &Activity,
        f: impl FnOnce(&mut Document, Timestamp) -> Result<T>,
    ) -> Result<T> {
        let now = self.now();
        if self.what_if() {
            let mut copy = self.document().clone();
            let value = f(&mut copy, now)?;
            self.console()
                .what_if(&activity.description, &activity.resource);
            return Ok(value);
        }
        let question = format!("{}: {}. Go on", activity.description, activity.resource);
        self.confirm(Effect::Changes, false, &question)?;
        self.finish_purges();
        let outcome = self.context.change(activity, f);
        self.show_warnings();
        outcome
    }

    /// Destroys the keys and removes the deleted vaults whose scheduled purge has come. What cannot
    /// be destroyed now is no reason to refuse another command: the next one tries again.
    pub(super) fn finish_purges(&mut self) {
        if let Err(error) = workflow::finish_purges(&mut self.context) {
            let text = format!("A purged key could not be destroyed yet: {error:#}");
            self.context.warn(text);
        }
        if let Err(error) = workflow::purge_vaults(&mut self.context) {
            let text = format!("The data of a purged vault could not be removed yet: {error:#}");
            self.context.warn(text);
        }
    }

    /// Shows what came up while committing.
    pub fn show_warnings(&mut self) {
        for warning in self.context.take_warnings() {
            self.settings.console.warn(&warning);
        }
    }

    /// A progress bar for an engine operation.
    #[must_use]
    pub fn observe(&self, label: &str) -> Bar {
        Bar(self.console().progress(label))
    }

    /// Asks before a cmdlet that destroys, or when -Confirm was given.
    ///
    /// Unattended, what destroys data needs `force` (-Force) or -Confirm:false; everything else
    /// runs as it does in Azure.
    ///
    /// # Errors
    /// `ConfirmationRequired` (exit 2) when nobody can be asked, `RsvCancelled` when they say no.
    pub fn confirm(&self, effect: Effect, force: bool, question: &str) -> Result<()> {
        let wanted = match self.settings.preferences.confirm {
            _ if self.what_if() || self.confirmed.get() => false,
            Some(wanted) => wanted,
            None => effect == Effect::Destroys && !force,
        };
        if !wanted {
            return Ok(());
        }
        if !self.console().interactive() {
            return Err(Refusal::usage("ConfirmationRequired", question.to_owned())
                .hint("Add -Force or -Confirm:false.")
                .into());
        }
        if self.console().ask(question)? {
            self.confirmed.set(true);
            return Ok(());
        }
        Err(Refusal::refused("RsvCancelled", "Nothing was changed.").into())
    }

    /// Warns of a step that cannot be undone; on a terminal the name has to be typed, unattended
    /// it runs as it does in Azure.
    ///
    /// # Errors
    /// `RsvCancelled` when another name was typed.
    pub fn confirm_irreversible(&self, text: &str, name: &str) -> Result<()> {
        self.console().warn(text);
        let asked = self.settings.preferences.confirm != Some(false) && !self.what_if();
        if !asked || !self.console().interactive() {
            return Ok(());
        }
        if self
            .console()
            .ask_name(&format!("Type '{name}' to go on"), name)?
        {
            return Ok(());
        }
        Err(Refusal::refused("RsvCancelled", "Nothing was changed.").into())
    }
}

/// Opens the home, with the passphrase of its root key if that has one. A home that is made now
/// gets one if one was given.
fn open_store(settings: &Settings) -> Result<(Store, Option<state::Error>)> {
    let (from, console) = (&settings.passphrase, &*settings.console);
    let choose = || from.choose(console, std::path::Path::new("the new root key"));
    let unlock = Unlock {
        ask: &|path| from.read(console, path),
        choose: if settings.choose_passphrase || from.is_given() {
            Some(&choose)
        } else {
            None
        },
    };
    let (home, now) = (settings.home.as_deref(), Timestamp::now());
    if settings.opens_rolled_back {
        return Ok(Store::open_rolled_back(home, now, &unlock)?);
    }
    Ok((Store::open(home, now, &unlock)?, None))
}

/// A progress bar that an engine operation moves.
pub struct Bar(Box<dyn Progress>);

impl Bar {
    /// Clears the bar.
    pub fn finish(&self) {
        self.0.finish();
    }
}

impl Observer for Bar {
    fn total(&self, bytes: u64) {
        self.0.set_total(bytes);
    }

    fn advance(&self, bytes: u64) {
        self.0.advance(bytes);
    }
}

/// How far clocks may differ before it is worth a word: concurrent commands read theirs at
/// different moments.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// Says when the clock was set back: what expires by time, keys and soft-deleted data above all,
/// counts by a clock that was further once. Nothing is lost by it, only kept longer.
fn warn_of_clock(context: &Context, console: &dyn Console) {
    let now = context.now();
    if let Some(last) = context
        .last_change()
        .filter(|last| *last > now + CLOCK_TOLERANCE)
    {
        console.warn(&format!(
            "The clock went backwards: it says {now}, but this home was changed at {last}."
        ));
    }
}

fn parse_now(text: &str) -> Result<Timestamp> {
    text.parse().map_err(|_| {
        Refusal::usage(
            "RsvInvalidTime",
            format!("RSV_NOW is '{text}', not a time."),
        )
        .hint("Write it as 2027-01-31T00:00:00Z.")
        .into()
    })
}
