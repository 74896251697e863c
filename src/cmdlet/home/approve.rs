//! Approve-RsvRollback: takes an older state for the current one, and says so in the log.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, Refusal};
use crate::output::{Form, Output, View};
use crate::state::Error;

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
struct Rollback {
    found: (u64, Option<String>),
    seen: Option<(u64, String)>,
    /// Why the newest state file cannot be read, when that is why an older one was found.
    unreadable: Option<String>,
}

impl Rollback {
    fn read(session: &Session) -> Result<Self, Refusal> {
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
                unreadable: None,
            }),
            Some(problem @ (Error::Damaged { .. } | Error::Missing { .. })) => {
                let seen = session.seen();
                Ok(Self {
                    found: (session.generation(), None),
                    seen: seen.map(|(generation, digest)| (generation, digest.to_string())),
                    unreadable: Some(problem.to_string()),
                })
            }
            // The anchor is damaged: what it said is lost.
            Some(_) => Ok(Self {
                found: (session.generation(), None),
                seen: None,
                unreadable: None,
            }),
            None => Err(Refusal::refused(
                "RsvNoRollback",
                "The state is as new as any this machine has seen: there is nothing to approve.",
            )),
        }
    }

    /// For a person who has to decide.
    fn sentence(&self) -> String {
        let what = "changes made after it are lost: keys, permissions, policies and items. \
                    Recovery points made since stay, and are found again";
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

    fn view(&self, approved: Option<u64>) -> Value {
        json!({
            "FoundGeneration": self.found.0,
            "FoundDigest": self.found.1,
            "SeenGeneration": self.seen.as_ref().map(|seen| seen.0),
            "SeenDigest": self.seen.as_ref().map(|seen| &seen.1),
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
