//! Test-AzKeyVaultNameAvailability (reference 4.18).

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::cmdlet::{Cmdlet, Session};
use crate::domain::{Refusal, ResourceKind, check_name};
use crate::output::{Form, Output, View};

pub(super) struct Test;

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// The name
    #[arg(long)]
    name: String,
}

static VIEW: View = View {
    type_name: "Microsoft.Azure.PowerShell.Cmdlets.KeyVault.Models.CheckNameAvailabilityResult",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Test {
    const NAME: &'static str = "Test-AzKeyVaultNameAvailability";
    const SYNOPSIS: &'static str = "Say whether a key vault name is free; a deleted one holds its";
    const EXAMPLE: &'static str = "rsv Test-AzKeyVaultNameAvailability -Name otherkeyvault";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        (
            "SubscriptionId",
            "key vault names are unique in a home, whatever the subscription",
        ),
        ("JsonFilePath", "it asks for a name only: -Name says it"),
        ("JsonString", "it asks for a name only: -Name says it"),
    ];
    type Args = TestArgs;

    fn run(args: TestArgs, session: &mut Session) -> Result<Output> {
        let (state, name) = (session.document(), &args.name);
        let taken = |refusal: Refusal| {
            let text = format!(
                "The vault name '{name}' is already in use. Vault names are globally unique so it \
                 is possible that the name is already taken. {}",
                refusal.message
            );
            (Some(text), Some("AlreadyExists"))
        };
        let held = state.check_key_vault_name_free(name, session.now());
        let (message, reason) = match check_name(Some(ResourceKind::KeyVault), name) {
            Err(refusal) => (Some(refusal.message), Some("AccountNameInvalid")),
            Ok(()) => held.err().map_or((None, None), taken),
        };
        let value = json!({
            "Message": message,
            "NameAvailable": reason.is_none(),
            "Reason": reason,
        });
        Ok(Output::one(&VIEW, value))
    }
}
