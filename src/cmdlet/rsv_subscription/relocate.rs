//! Move-RsvSubscription: a subscription goes to another tenant (R24).

use anyhow::Result;
use clap::Args;
use serde_json::json;
use uuid::Uuid;

use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::Activity;
use crate::output::{Form, Output, View};
use crate::workflow;

pub(super) struct Move;

#[derive(Debug, Args)]
pub(super) struct MoveArgs {
    /// Tenant that it goes to
    #[arg(long, alias = "1")]
    tenant_id: Uuid,
    /// Subscription: id or name; absent: the context's
    #[arg(long, alias = "SubscriptionId")]
    subscription: Option<String>,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

static VIEW: View = View {
    type_name: "Rsv.TenantChange",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Move {
    const NAME: &'static str = "Move-RsvSubscription";
    const SYNOPSIS: &'static str =
        "Take a subscription to another tenant: identities, permissions and keys stop working";
    const EXAMPLE: &'static str =
        "rsv Move-RsvSubscription -TenantId 72f988bf-86f1-41af-91ab-2d7cd011db47 -Force";
    const EFFECT: Effect = Effect::Destroys;
    type Args = MoveArgs;

    fn run(args: MoveArgs, session: &mut Session) -> Result<Output> {
        let subscription = match &args.subscription {
            Some(text) => session.document().subscription_named(text)?.id,
            None => session.subscription(),
        };
        let tenant = args.tenant_id;
        let question = format!(
            "Subscription {subscription} goes to tenant {tenant}: all role assignments and access \
             policies in it are lost, and backups and restores fail until identities and keys are \
             set up anew. Go on"
        );
        session.confirm(Effect::Destroys, args.force, &question)?;
        let activity = Activity::new(
            "Rsv/subscriptions/changeTenant/action",
            &format!("/subscriptions/{subscription}"),
            format!("Change tenant to {tenant}"),
        )
        .with("TenantId", &tenant);
        let change = session.change(&activity, |state, _| {
            Ok(workflow::change_tenant(state, subscription, tenant)?)
        })?;
        Ok(Output::one(
            &VIEW,
            json!({
                "SubscriptionId": subscription,
                "TenantId": tenant,
                "VaultsToSetUpAnew": change.vaults,
                "DiskEncryptionSetsToMakeAnew": change.sets,
                "KeyVaultsWithoutPermissions": change.key_vaults,
                "RoleAssignmentsRemoved": change.role_assignments,
            }),
        ))
    }
}
