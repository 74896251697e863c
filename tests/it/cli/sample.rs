//! A registry of four cmdlets that shows every kind of parameter.

use std::path::PathBuf;

use clap::{Args, Command, FromArgMatches};
use rsvault::cmdlet::{Effect, Row};
use rsvault::domain::Refusal;
use rsvault::output::{Column, Form, Output, View};
use serde_json::{Value, json};

pub(crate) static VAULT: View = View {
    type_name: "Test.Vault",
    form: Form::Auto,
    table: &[
        Column {
            header: "Name",
            path: "Name",
        },
        Column {
            header: "Principal",
            path: "Identity.PrincipalId",
        },
    ],
    list: &[],
};

pub(crate) fn vault(name: &str) -> Value {
    json!({"Name": name, "ID": format!("/vaults/{name}"), "Identity": {"PrincipalId": "p1"}})
}

#[derive(Args)]
struct GetVault {
    /// The resource group
    #[arg(long, alias = "0")]
    resource_group_name: Option<String>,
    /// The vault's name
    #[arg(long, alias = "1")]
    name: Option<String>,
}

#[derive(Args)]
struct UpdateVault {
    /// The resource group
    #[arg(long, alias = "1", conflicts_with = "vault_id")]
    resource_group_name: Option<String>,
    /// The vault's name
    #[arg(long, alias = "4", conflicts_with = "vault_id")]
    name: Option<String>,
    /// The vault's id
    #[arg(long, aliases = ["1", "ArmId"])]
    vault_id: Option<String>,
    /// The kind of identity
    #[arg(long, value_parser = ["SystemAssigned", "None"])]
    identity_type: Option<String>,
    /// Ids of user-assigned identities
    #[arg(long, value_delimiter = ',')]
    identity_id: Vec<String>,
    /// Days
    #[arg(long)]
    retention_days: Option<i32>,
    /// Roles decide
    #[arg(long)]
    enable_rbac: Option<bool>,
    /// Operations a second
    #[arg(long = "DiskIOPS")]
    iops: Option<u64>,
    /// The key's id
    #[arg(long)]
    encryption_key_id: Option<String>,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

#[derive(Args)]
struct SetPolicy {
    /// The key vault
    #[arg(long, alias = "0", alias = "KeyVault")]
    vault_name: String,
    /// What may be done with keys
    #[arg(long, alias = "2", value_delimiter = ',')]
    permissions_to_keys: Vec<String>,
    /// Policies as JSON
    #[arg(long)]
    policy: Vec<String>,
    /// A folder
    #[arg(long)]
    output_path: Option<PathBuf>,
    /// Print the key vault
    #[arg(long)]
    pass_thru: bool,
}

#[derive(Args)]
struct OwnNames {
    /// A level
    #[arg(long)]
    debug: Option<String>,
    /// A version
    #[arg(long)]
    api_version: Option<String>,
    /// A query of its own
    #[arg(long, alias = "o")]
    query: Option<String>,
}

fn command<A: Args>() -> Command {
    A::augment_args(Command::new("cmdlet"))
}

fn row(name: &'static str, effect: Effect, command: fn() -> Command) -> Row {
    Row {
        name,
        aliases: &[],
        synopsis: "Do what the name says",
        example: "rsv Get-AzRecoveryServicesVault",
        effect,
        opens_rolled_back: false,
        refused: &[],
        command,
        run: |_, _| Ok(Output::none()),
    }
}

/// Get and Update of a vault, a key vault policy, and one that declares common names itself.
pub(crate) fn rows() -> Vec<Row> {
    let get = row(
        "Get-AzRecoveryServicesVault",
        Effect::Reads,
        command::<GetVault>,
    );
    let update = row(
        "Update-AzRecoveryServicesVault",
        Effect::Changes,
        command::<UpdateVault>,
    );
    let policy = row(
        "Set-AzKeyVaultAccessPolicy",
        Effect::Destroys,
        command::<SetPolicy>,
    );
    let own = row("Test-RsvOwnNames", Effect::Reads, command::<OwnNames>);
    vec![
        Row {
            aliases: &["gvault"],
            run: |matches, session| {
                let args = GetVault::from_arg_matches(matches)?;
                session.console().verbose("reading");
                match args.name.as_deref() {
                    None => Ok(Output::many(&VAULT, vec![vault("a"), vault("b")])),
                    Some("nosuch") => {
                        let refusal = Refusal::not_found("The vault 'nosuch' was not found.");
                        Err(refusal.hint("rsv Get-AzRecoveryServicesVault").into())
                    }
                    Some(name) => Ok(Output::one(&VAULT, vault(name))),
                }
            },
            ..get
        },
        Row {
            refused: &[("Token", "there is no resource guard"), ("Fore", "never")],
            run: |_, _| Ok(Output::one(&VAULT, vault("updated"))),
            ..update
        },
        policy,
        own,
    ]
}

/// The row of a cmdlet.
pub(crate) fn find(name: &str) -> Row {
    rows()
        .into_iter()
        .find(|row| row.name.starts_with(name))
        .unwrap()
}
