//! Set-AzContext (reference 6.3).

use anyhow::Result;
use clap::Args;

use crate::cmdlet::context::{TYPE, VIEW, view};
use crate::cmdlet::{Cmdlet, Effect, Object, ObjectArg, Session, property};
use crate::domain::{Activity, Refusal};
use crate::output::Output;

pub(super) struct Set;

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Subscription: id or name
    #[arg(long, alias = "0", aliases = ["SubscriptionId", "SubscriptionName"])]
    subscription: Option<String>,
    /// Tenant: id
    #[arg(long, aliases = ["Domain", "TenantId"])]
    tenant: Option<String>,
    /// A context: JSON object, @file or -
    #[arg(long, conflicts_with_all = ["subscription", "tenant"])]
    context: Option<ObjectArg>,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

impl SetArgs {
    fn wanted(&self, session: &Session) -> Result<Option<String>> {
        let Some(arg) = &self.context else {
            return Ok(self.subscription.clone());
        };
        let object = session.object("Context", arg, &[TYPE])?;
        let id = match &object {
            Object::Text(text) => Some(text.clone()),
            Object::Json(value) => property(value, "Subscription")
                .and_then(|s| property(s, "Id"))
                .and_then(|id| id.as_str().map(str::to_owned)),
        };
        Ok(id)
    }
}

impl Cmdlet for Set {
    const NAME: &'static str = "Set-AzContext";
    const ALIASES: &'static [&'static str] = &["Select-AzSubscription"];
    const SYNOPSIS: &'static str = "Choose the subscription that cmdlets work in";
    const EXAMPLE: &'static str = "rsv Set-AzContext -Subscription 'Local subscription'";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "ExtendedProperty",
            "contexts have no further properties here",
        ),
        ("Name", "contexts are named by their subscription"),
        (
            "Scope",
            "contexts belong to the home; RSV_SUBSCRIPTION sets one for a process",
        ),
        ("TenantObject", "a home has one tenant: give -Subscription"),
        (
            "SubscriptionObject",
            "give -Subscription, or -Context with an object",
        ),
    ];
    type Args = SetArgs;

    fn run(args: SetArgs, session: &mut Session) -> Result<Output> {
        let wanted = args.wanted(session)?;
        let tenant = session.document().account.tenant_id;
        if let Some(given) = &args.tenant
            && !given.eq_ignore_ascii_case(&tenant.to_string())
        {
            return Err(Refusal::not_found(format!(
                "Please provide a valid tenant or a valid subscription. There is no tenant '{given}'."
            ))
            .into());
        }
        let Some(text) = wanted.or_else(|| args.tenant.as_ref().map(|_| String::new())) else {
            return Err(Refusal::usage(
                "RsvMissingParameter",
                "Please provide a valid tenant or a valid subscription.",
            )
            .hint("rsv Get-AzSubscription lists them.")
            .into());
        };
        let state = session.document();
        let chosen = match text.as_str() {
            "" => state
                .subscription_named(&state.subscription.to_string())?
                .clone(),
            text => state.subscription_named(text)?.clone(),
        };
        let activity = Activity::new(
            "Microsoft.Resources/subscriptions/context/write",
            &format!("/subscriptions/{}", chosen.id),
            "Select subscription",
        );
        let value = session.change(&activity, |state, _| {
            state.subscription = state.subscription_named(&chosen.id.to_string())?.id;
            Ok(view(state, &chosen))
        })?;
        Ok(Output::one(&VIEW, value))
    }
}
