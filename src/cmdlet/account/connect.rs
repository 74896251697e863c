//! Connect-AzAccount (reference 6.1). There is no network: signing in chooses, it does not prove.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cmdlet::account::check_tenant;
use crate::cmdlet::{Cmdlet, Effect, Session, context};
use crate::domain::{Activity, Refusal};
use crate::output::{Column, Form, Output, View};

pub(super) struct Connect;

#[derive(Debug, Args)]
pub(super) struct ConnectArgs {
    /// Name to sign in under; the account keeps its principal and so its permissions
    #[arg(long)]
    account_id: Option<String>,
    /// Subscription to work in: id or name
    #[arg(long, aliases = ["SubscriptionId", "SubscriptionName"])]
    subscription: Option<String>,
    /// Tenant: id of the home's only one
    #[arg(long, aliases = ["Domain", "TenantId"])]
    tenant: Option<String>,
    /// AzureCloud, the only one there is
    #[arg(long, alias = "EnvironmentName", value_parser = ["AzureCloud"], ignore_case = true)]
    environment: Option<String>,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

/// O-16, PSAzureProfile.
static VIEW: View = View {
    type_name: "Microsoft.Azure.Commands.Profile.Models.Core.PSAzureProfile",
    form: Form::Table,
    table: &[
        Column {
            header: "Account",
            path: "Context.Account.Id",
        },
        Column {
            header: "SubscriptionName",
            path: "Context.Subscription.Name",
        },
        Column {
            header: "TenantId",
            path: "Context.Tenant.Id",
        },
        Column {
            header: "Environment",
            path: "Context.Environment.Name",
        },
    ],
    list: &[],
};

const NO_SECRETS: &str = "there is nothing to authenticate against, so give rsv no secrets";
const NO_SIGN_IN: &str = "there is nothing to authenticate against: leave it out";
const NO_CONTEXTS: &str = "contexts belong to the home, one for each subscription; RSV_SUBSCRIPTION sets one for a process";

fn check_account(id: &str) -> Result<(), Refusal> {
    if !id.is_empty() && !id.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Ok(());
    }
    Err(Refusal::usage(
        "RsvInvalidAccountId",
        format!("'{}' is not an account's name.", id.escape_debug()),
    )
    .hint("Write it as name@domain."))
}

impl Cmdlet for Connect {
    const NAME: &'static str = "Connect-AzAccount";
    const ALIASES: &'static [&'static str] = &["Login-AzAccount", "Add-AzAccount"];
    const SYNOPSIS: &'static str = "Sign in: show the account, or change its name and subscription";
    const EXAMPLE: &'static str = "rsv Connect-AzAccount -Subscription 'Local subscription'";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("Credential", NO_SECRETS),
        ("AccessToken", NO_SECRETS),
        ("GraphAccessToken", NO_SECRETS),
        ("MicrosoftGraphAccessToken", NO_SECRETS),
        ("KeyVaultAccessToken", NO_SECRETS),
        ("FederatedToken", NO_SECRETS),
        ("ClientAssertion", NO_SECRETS),
        ("CertificatePath", NO_SECRETS),
        ("CertificatePassword", NO_SECRETS),
        ("CertificateThumbprint", NO_SECRETS),
        ("SendCertificateChain", NO_SECRETS),
        ("ManagedServiceSecret", NO_SECRETS),
        ("ManagedServiceHostName", NO_SIGN_IN),
        ("ManagedServicePort", NO_SIGN_IN),
        ("ApplicationId", NO_SIGN_IN),
        ("ServicePrincipal", NO_SIGN_IN),
        ("Identity", NO_SIGN_IN),
        ("MSI", NO_SIGN_IN),
        ("ManagedService", NO_SIGN_IN),
        ("UseDeviceAuthentication", NO_SIGN_IN),
        ("DeviceCode", NO_SIGN_IN),
        ("DeviceAuth", NO_SIGN_IN),
        ("Device", NO_SIGN_IN),
        ("AuthScope", NO_SIGN_IN),
        ("AuthScopeTypeName", NO_SIGN_IN),
        ("ClaimsChallenge", NO_SIGN_IN),
        ("SkipValidation", NO_SIGN_IN),
        ("ContextName", NO_CONTEXTS),
        ("SkipContextPopulation", NO_CONTEXTS),
        ("MaxContextPopulation", NO_CONTEXTS),
        ("Scope", NO_CONTEXTS),
    ];
    type Args = ConnectArgs;

    fn run(args: ConnectArgs, session: &mut Session) -> Result<Output> {
        if let Some(id) = &args.account_id {
            check_account(id)?;
        }
        let state = session.document();
        check_tenant(state, args.tenant.as_deref())?;
        let chosen = match &args.subscription {
            Some(text) => state.subscription_named(text)?,
            None => state.subscription_named(&session.subscription().to_string())?,
        }
        .clone();
        let account = args.account_id.as_ref().unwrap_or(&state.account.id);
        let unchanged = *account == state.account.id
            && (args.subscription.is_none() || chosen.id == state.subscription);
        let value = if unchanged {
            context::view(state, &chosen)
        } else {
            let activity = Activity::new(
                "Microsoft.Resources/subscriptions/context/write",
                &format!("/subscriptions/{}", chosen.id),
                "Sign in",
            );
            session.change(&activity, |state, _| {
                if let Some(id) = &args.account_id {
                    state.account.id.clone_from(id);
                }
                if args.subscription.is_some() {
                    state.subscription = state.subscription_named(&chosen.id.to_string())?.id;
                }
                Ok(context::view(state, &chosen))
            })?
        };
        Ok(Output::one(&VIEW, json!({ "Context": value })))
    }
}
