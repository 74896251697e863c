//! New-RsvSubscription: another subscription of the home, in the account's tenant.

use anyhow::Result;
use clap::Args;
use uuid::Uuid;

use crate::cmdlet::account::{SUBSCRIPTION_VIEW, subscription_view};
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::{Activity, Refusal, Subscription};
use crate::output::Output;

pub(super) struct New;

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Name, as no other subscription has it
    #[arg(long, alias = "SubscriptionName")]
    name: String,
}

/// A name is shown in tables, and must not pass for the id of another subscription.
fn check_name(name: &str) -> Result<(), Refusal> {
    let is_plain = !name.trim().is_empty() && !name.contains(char::is_control) && name.len() <= 64;
    if is_plain && Uuid::parse_str(name).is_err() {
        return Ok(());
    }
    Err(Refusal::usage(
        "ArgumentException",
        format!("'{}' is not a subscription's name.", name.escape_debug()),
    )
    .hint("Choose up to 64 characters that are no id."))
}

impl Cmdlet for New {
    const NAME: &'static str = "New-RsvSubscription";
    const SYNOPSIS: &'static str = "Add a subscription to the home, in the account's tenant";
    const EXAMPLE: &'static str = "rsv New-RsvSubscription -Name 'Second subscription'";
    const EFFECT: Effect = Effect::Changes;
    type Args = NewArgs;

    fn run(args: NewArgs, session: &mut Session) -> Result<Output> {
        check_name(&args.name)?;
        let subscription = Subscription {
            id: session.fresh_id()?,
            name: args.name,
            tenant_id: session.document().account.tenant_id,
        };
        let activity = Activity::new(
            "Rsv/subscriptions/write",
            &format!("/subscriptions/{}", subscription.id),
            format!("Add subscription '{}'", subscription.name),
        );
        let added = subscription.clone();
        session.change(&activity, |state, _| {
            let same = |known: &Subscription| known.name.eq_ignore_ascii_case(&added.name);
            if state.subscriptions.iter().any(same) {
                let text = format!("There is a subscription '{}' already.", added.name);
                return Err(Refusal::refused("Conflict", text).into());
            }
            state.subscriptions.push(added);
            Ok(())
        })?;
        if session.what_if() {
            return Ok(Output::none());
        }
        Ok(Output::one(
            &SUBSCRIPTION_VIEW,
            subscription_view(&subscription),
        ))
    }
}
