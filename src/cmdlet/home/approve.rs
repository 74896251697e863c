//! Approve-RsvRollback: takes an older state for the current one, and says so in the log.

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cmdlet::{Cmdlet, Console, Effect, Session};
use crate::domain::{Activity, Refusal};
use crate::output::{Form, Output, View};
use crate::state::{Error, PreparedLine};
use crate::workflow;

pub(super) struct Approve;

#[derive(Debug, Args)]
pub(super) struct ApproveArgs {
    /// Why the older state is the right one; kept in the activity log
    #[arg(long)]
    reason: Option<String>,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

static VIEW: View = View {
    type_name: "Rsv.RollbackApproval",
    form: Form::List,
    table: &[],
    list: &[],
};

/// What was found and what had been seen, as far as that is known.
#[derive(Default)]
struct Rollback {
    found: (u64, Option<String>),
    seen: Option<(u64, String)>,
    /// Why the newest state file cannot be read, when that is why an older one was found.
    unreadable: Option<String>,
    /// When each was made, as far as state and anchor say.
    times: (Option<Timestamp>, Option<Timestamp>),
    /// Vaults that the older state does not reach any more, each with why.
    out_of_reach: Vec<(String, String)>,
}

impl Rollback {
    fn read(session: &mut Session) -> Result<Self, Refusal> {
        let rollback = Self::compare(session)?;
        let made = session.document().log.pending.last();
        let made = made.and_then(PreparedLine::record);
        let made = made.and_then(|record| record["EventTimestamp"].as_str()?.parse().ok());
        let context = session.context();
        Ok(Self {
            times: (made, context.last_change()),
            out_of_reach: workflow::vaults_out_of_reach(context),
            ..rollback
        })
    }

    /// The generations alone.
    fn compare(session: &Session) -> Result<Self, Refusal> {
        match session.rollback() {
            Some(Error::RolledBack {
                found,
                found_digest,
                seen,
                seen_digest,
                ..
            }) => Ok(Self {
                found: (*found, Some(found_digest.to_string())),
                seen: Some((*seen, seen_digest.to_string())),
                ..Self::default()
            }),
            Some(problem @ (Error::Damaged { .. } | Error::Missing { .. })) => {
                let seen = session.seen();
                Ok(Self {
                    found: (session.generation(), None),
                    seen: seen.map(|(generation, digest)| (generation, digest.to_string())),
                    unreadable: Some(problem.to_string()),
                    ..Self::default()
                })
            }
            // The anchor is damaged: what it said is lost.
            Some(_) => Ok(Self {
                found: (session.generation(), None),
                ..Self::default()
            }),
            None => Err(Refusal::refused(
                "RsvNoRollback",
                "The state is as new as any this machine has seen: there is nothing to approve.",
            )),
        }
    }

    /// For a person who has to decide.
    fn sentence(&self) -> String {
        let points = match self.out_of_reach.is_empty() {
            true => "Recovery points made since stay, and are found again".into(),
            false => format!("Recovery points of {} cannot be read then", self.vaults()),
        };
        let what = format!(
            "changes made after it are lost: keys, permissions, policies and items. {points}"
        );
        match (&self.unreadable, &self.seen) {
            (Some(problem), Some((seen, digest))) => format!(
                "{problem}. This machine has seen generation {seen} ({digest}). If generation {} \
                 becomes the current one, {what}",
                self.found.0,
            ),
            (Some(problem), None) => format!(
                "{problem}. No rollback anchor says which generation was the newest. If generation \
                 {} becomes the current one, {what}",
                self.found.0,
            ),
            (None, Some((seen, digest))) => format!(
                "Generation {} of the state ({}) was found; this machine has seen generation {seen} \
                 ({digest}). If the older one becomes the current one, {what}",
                self.found.0,
                self.found.1.as_deref().unwrap_or_default(),
            ),
            (None, None) => format!(
                "The rollback anchor is damaged, so nobody can say whether generation {} of the \
                 state is the newest. If it is not, {what}",
                self.found.0
            ),
        }
    }

    /// The vaults out of reach, by name.
    fn vaults(&self) -> String {
        let names = self.out_of_reach.iter();
        let names: Vec<_> = names.map(|(name, _)| format!("'{name}'")).collect();
        names.join(", ")
    }

    /// Said before anybody decides, and under -WhatIf.
    fn warn(&self, console: &dyn Console) {
        for (name, why) in &self.out_of_reach {
            console.warn(&format!(
                "Recovery points of vault '{name}' cannot be read under the older state: {why}. If \
                 its encryption was updated or its key changed since, only a newer state opens them."
            ));
        }
    }

    fn view(&self, approved: Option<u64>) -> Value {
        json!({
            "FoundGeneration": self.found.0,
            "FoundDigest": self.found.1,
            "FoundTime": self.times.0,
            "SeenGeneration": self.seen.as_ref().map(|seen| seen.0),
            "SeenDigest": self.seen.as_ref().map(|seen| &seen.1),
            "SeenTime": self.times.1,
            "VaultsOutOfReach": self.out_of_reach.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "ApprovedAsGeneration": approved,
        })
    }
}

impl Cmdlet for Approve {
    const NAME: &'static str = "Approve-RsvRollback";
    const SYNOPSIS: &'static str = "Accept a state that is older than what this machine has seen";
    const EXAMPLE: &'static str =
        "rsv Approve-RsvRollback -Reason 'restored from the backup of Monday' -Force";
    const EFFECT: Effect = Effect::Destroys;
    const OPENS_ROLLED_BACK: bool = true;
    type Args = ApproveArgs;

    fn run(args: ApproveArgs, session: &mut Session) -> Result<Output> {
        let rollback = Rollback::read(session)?;
        rollback.warn(session.console());
        let resource = format!("/providers/Rsv/homes/{}", session.context().installation());
        if session.what_if() {
            session.console().what_if("Approve the rollback", &resource);
            return Ok(Output::one(&VIEW, rollback.view(None)));
        }
        let question = format!("{}. Go on", rollback.sentence());
        session.confirm(Effect::Destroys, args.force, &question)?;
        let mut activity = Activity::new(
            "Rsv/homes/approveRollback/action",
            &resource,
            "Approve the rollback of the state",
        )
        .with("FoundGeneration", &rollback.found.0);
        if let Some((seen, digest)) = &rollback.seen {
            activity = activity
                .with("SeenGeneration", seen)
                .with("SeenDigest", digest);
        }
        if let Some(problem) = &rollback.unreadable {
            activity = activity.with("Unreadable", problem);
        }
        if let Some(reason) = &args.reason {
            activity = activity.with("Reason", reason);
        }
        session.context().accept_rollback(&activity)?;
        session.show_warnings();
        let generation = session.generation();
        Ok(Output::one(&VIEW, rollback.view(Some(generation))))
    }
}
