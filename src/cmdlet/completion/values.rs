//! Values from the state for one parameter. The home is opened only when the parameter needs it,
//! and only to be read; whatever is wrong with it, there are simply no values.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::Result;
use uuid::Uuid;

use crate::cmdlet::completion::source::{Form, Source, source};
use crate::domain::{
    DeletedVault, Item, KeyId, KeyVault, ProtectionState, Resource, Table, Tagged, Vault,
};
use crate::state::Document;
use crate::workflow::Lookout;

/// One thing that could stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What to put on the command line, unquoted.
    pub text: String,
    /// What it is, in a few words; may be empty.
    pub about: String,
}

impl Candidate {
    /// A candidate with what it is.
    pub fn new(text: impl Into<String>, about: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            about: about.into(),
        }
    }
}

/// Which values are wanted.
pub struct Question<'a> {
    /// The cmdlet's name.
    pub cmdlet: &'a str,
    /// The parameter's name.
    pub parameter: &'a str,
    /// What has been typed of the value.
    pub typed: &'a str,
    /// The value another parameter has been given.
    pub given: &'a dyn Fn(&str) -> Option<&'a str>,
    /// -Home or `RSV_HOME`; absent: the user data folder.
    pub home: Option<&'a Path>,
    /// `RSV_SUBSCRIPTION`.
    pub subscription: Option<&'a str>,
    /// `RSV_VAULT`.
    pub vault: Option<&'a str>,
}

/// Returns the values a parameter could have; the caller drops those that do not fit what is typed.
#[must_use]
pub fn candidates(question: &Question<'_>) -> Vec<Candidate> {
    let Some(source) = source(question.cmdlet, question.parameter) else {
        return Vec::new();
    };
    let Ok(Some(lookout)) = Lookout::open(question.home, source.tables()) else {
        return Vec::new();
    };
    View::new(question, &lookout).values(source)
}

/// A home as one question sees it.
struct View<'q, 'a> {
    question: &'q Question<'a>,
    lookout: &'q Lookout,
    state: &'q Document,
    subscription: Uuid,
}

impl<'q, 'a> View<'q, 'a> {
    fn new(question: &'q Question<'a>, lookout: &'q Lookout) -> Self {
        let state = lookout.document();
        let chosen = question
            .subscription
            .and_then(|text| state.subscription_named(text).ok());
        Self {
            question,
            lookout,
            state,
            subscription: chosen.map_or(state.subscription, |found| found.id),
        }
    }

    fn values(&self, source: Source) -> Vec<Candidate> {
        let state = self.state;
        match source {
            Source::Vaults(form) => self.resources(&state.vaults, form),
            Source::DeletedVaults => self.deleted_vaults(),
            Source::KeyVaults(form) => self.resources(&state.key_vaults, form),
            Source::Sets(form) => self.resources(&state.disk_encryption_sets, form),
            Source::Machines(form) => self.resources(&state.machines, form),
            Source::Disks(form) => self.resources(&state.disks, form),
            Source::Accounts(form) => self.resources(&state.storage_accounts, form),
            Source::Groups | Source::GroupIds => self.groups(source == Source::GroupIds),
            Source::Subscriptions => {
                let both = state.subscriptions.iter().flat_map(|s| {
                    let id = Candidate::new(s.id.to_string(), s.name.clone());
                    let name = Candidate::new(s.name.clone(), s.id.to_string());
                    let named = self.question.parameter == "Subscription";
                    [Some(id), named.then_some(name)]
                });
                both.flatten().collect()
            }
            Source::Tenants => vec![Candidate::new(state.account.tenant_id.to_string(), "")],
            Source::Contexts => self.contexts(),
            Source::Locations => self.locations(),
            Source::Keys => self.keys(),
            Source::KeyVersions => self.key_versions(),
            Source::KeyIds => self.key_ids(),
            Source::Policies => self.policies(),
            Source::Items => self.items(Item::name),
            Source::Containers => self.items(Item::container_name),
            Source::MachineNames => self.items(|item| item.machine_name.clone()),
            Source::Points => self.points(true).unwrap_or_default(),
            Source::PointNumbers => self.points(false).unwrap_or_default(),
            Source::Jobs => self.jobs().unwrap_or_default(),
            Source::Principals => self.principals(),
            Source::Users => vec![Candidate::new(state.account.id.clone(), "this account")],
        }
    }

    fn given(&self, parameter: &str) -> Option<&'a str> {
        (self.question.given)(parameter)
    }

    fn is_here(&self, base: &Resource) -> bool {
        base.subscription == self.subscription
    }

    fn resources<T: Tagged>(&self, table: &Table<T>, form: Form) -> Vec<Candidate> {
        let group = match (form, self.question.parameter) {
            (Form::Name, "StorageAccountName") => self.given("StorageAccountResourceGroupName"),
            (Form::Name, _) => self.given("ResourceGroupName"),
            _ => None,
        };
        let here: Vec<&T> = table.select(Some(self.subscription), group, None).collect();
        let mut named: HashMap<String, usize> = HashMap::new();
        for found in &here {
            let name = found.base().name.to_ascii_lowercase();
            *named.entry(name).or_default() += 1;
        }
        let is_shared = |name: &str| named[&name.to_ascii_lowercase()] > 1;
        let candidate = |found: &&T| {
            let base = found.base();
            let by_id = match form {
                Form::Name => false,
                Form::Id => true,
                Form::Either => self.question.typed.starts_with('/') || is_shared(&base.name),
            };
            let text = if by_id {
                found.id().to_string()
            } else {
                base.name.clone()
            };
            let about = format!("{} in {}, {}", T::KIND.label(), base.group, base.location);
            Candidate::new(text, about)
        };
        here.iter().map(candidate).collect()
    }

    /// Deleted vaults by the name they had where only one had it, else by the one they are listed
    /// under.
    fn deleted_vaults(&self) -> Vec<Candidate> {
        let now = self.lookout.now();
        let found: Vec<_> = self
            .state
            .recoverable_vaults(self.subscription, now)
            .collect();
        let candidate = |deleted: &&DeletedVault| {
            let name = &deleted.vault.base.name;
            let same = found.iter().filter(|other| other.is_called(name)).count();
            let text = if same == 1 {
                name.clone()
            } else {
                deleted.name()
            };
            let purge = deleted.deletion.purge;
            Candidate::new(text, format!("vault '{name}', purged on {purge}"))
        };
        found.iter().map(candidate).collect()
    }

    fn groups(&self, ids: bool) -> Vec<Candidate> {
        let groups = self.state.resource_groups.values();
        let here = groups.filter(|group| group.subscription == self.subscription);
        here.map(|group| {
            let text = if ids { group.id() } else { group.name.clone() };
            Candidate::new(text, format!("resource group in {}", group.location))
        })
        .collect()
    }

    fn contexts(&self) -> Vec<Candidate> {
        let state = self.state;
        let subscriptions = state.subscriptions.iter();
        subscriptions
            .map(|s| Candidate::new(crate::cmdlet::context::name(state, s), ""))
            .collect()
    }

    /// The regions in use; there is no list of all.
    fn locations(&self) -> Vec<Candidate> {
        let state = self.state;
        let groups = state.resource_groups.values().map(|group| &group.location);
        let vaults = state.vaults.iter().map(|vault| &vault.base.location);
        let key_vaults = state.key_vaults.iter().map(|vault| &vault.base.location);
        let machines = state.machines.iter().map(|machine| &machine.base.location);
        let all = groups.chain(vaults).chain(key_vaults).chain(machines);
        let all: BTreeSet<String> = all.map(|location| location.to_lowercase()).collect();
        all.into_iter()
            .map(|location| Candidate::new(location, "region in use"))
            .collect()
    }

    /// The key vaults that -VaultName, -InputObject or -ResourceId leave.
    fn key_vaults(&self) -> Vec<&'q KeyVault> {
        let wanted = ["VaultName", "InputObject", "ResourceId"]
            .into_iter()
            .find_map(|parameter| self.given(parameter));
        let here = self.state.key_vaults.iter();
        here.filter(|vault| self.is_here(&vault.base))
            .filter(|vault| wanted.is_none_or(|wanted| is_named(*vault, wanted)))
            .collect()
    }

    fn keys(&self) -> Vec<Candidate> {
        let mut found = Vec::new();
        for vault in self.key_vaults() {
            let about = format!("key in {}", vault.base.name);
            let keys = vault.keys.values();
            found.extend(keys.map(|key| Candidate::new(key.name.clone(), about.clone())));
        }
        found
    }

    fn key_versions(&self) -> Vec<Candidate> {
        let mut found = Vec::new();
        for vault in self.key_vaults() {
            let wanted = self.given("Name");
            let keys = vault.keys.values();
            for key in keys.filter(|key| wanted.is_none_or(|w| key.name.eq_ignore_ascii_case(w))) {
                for version in key.versions.iter().rev() {
                    let about = format!("{} of {}", key.name, version.created);
                    found.push(Candidate::new(version.version.clone(), about));
                }
            }
        }
        found
    }

    /// The enabled versions of each key, newest first, then the key without a version.
    fn key_ids(&self) -> Vec<Candidate> {
        let with_port = |id: &KeyId| id.to_string();
        let without_port = |id: &KeyId| id.to_string().replacen(":443/", "/", 1);
        // Identifiers are copied with and without the port: go on as it was begun.
        let is_without = self.question.typed.contains(".vault.azure.net/");
        let text = |id: &KeyId| (if is_without { without_port } else { with_port })(id);
        let mut found = Vec::new();
        for vault in self.state.key_vaults.iter() {
            for key in vault.keys.values() {
                let id = vault.key_id(&key.name);
                for version in key.versions.iter().rev().filter(|version| version.enabled) {
                    let about = format!("version of {}", version.created);
                    found.push(Candidate::new(
                        text(&id.with_version(&version.version)),
                        about,
                    ));
                }
                found.push(Candidate::new(text(&id), "always the newest version"));
            }
        }
        found
    }

    /// The vault that -VaultId or the context names; all of them if that is not to be told.
    fn vaults(&self) -> Vec<&'q Vault> {
        let context = self.question.vault.or(self.state.vault_context.as_deref());
        let wanted = self.given("VaultId").or(context);
        let here = || {
            let vaults = self.state.vaults.iter();
            vaults.filter(|vault| self.is_here(&vault.base))
        };
        let named = here().filter(|vault| wanted.is_some_and(|wanted| is_named(*vault, wanted)));
        let named: Vec<&Vault> = named.collect();
        if named.is_empty() {
            here().collect()
        } else {
            named
        }
    }

    fn policies(&self) -> Vec<Candidate> {
        let mut names = BTreeMap::new();
        for vault in self.vaults() {
            for policy in &vault.policies {
                let about = format!("{:?}", policy.schedule.schedule_run_frequency);
                names.entry(policy.name.clone()).or_insert(about);
            }
        }
        let names = names.into_iter();
        names
            .map(|(name, about)| Candidate::new(name, about))
            .collect()
    }

    /// Items by the machine's name where only one has it, else, or as it is typed, by the longer
    /// name.
    fn items(&self, long_name: impl Fn(&Item) -> String) -> Vec<Candidate> {
        let typed = self.question.typed.to_ascii_lowercase();
        let mut found = Vec::new();
        for vault in self.vaults() {
            for item in &vault.items {
                let same =
                    |other: &&Item| other.machine_name.eq_ignore_ascii_case(&item.machine_name);
                let is_alone = vault.items.iter().filter(same).count() == 1;
                let text = if typed.starts_with('/') {
                    item.arm_id(vault)
                } else if is_alone && item.machine_name.to_ascii_lowercase().starts_with(&typed) {
                    item.machine_name.clone()
                } else {
                    long_name(item)
                };
                found.push(Candidate::new(text, item_about(item, vault)));
            }
        }
        found
    }

    /// Recovery points by id, or by number where that is enough.
    fn points(&self, is_object: bool) -> Result<Vec<Candidate>> {
        let vaults = self.vaults();
        let items: usize = vaults.iter().map(|vault| vault.items.len()).sum();
        let by_id = is_object && (items > 1 || self.question.typed.starts_with('/'));
        let mut found = Vec::new();
        for vault in vaults {
            let wanted = self.given("Item");
            for item in vault.items.iter().filter(|i| is_item(i, wanted)) {
                for point in self.lookout.recovery_points(vault, item)? {
                    let number = point.label.recovery_point_id;
                    let text = if by_id {
                        format!("{}/recoveryPoints/{number}", item.arm_id(vault))
                    } else {
                        number
                    };
                    let about = format!("{} of {}", item.machine_name, point.time);
                    found.push(Candidate::new(text, about));
                }
            }
        }
        Ok(found)
    }

    fn jobs(&self) -> Result<Vec<Candidate>> {
        let stops = self.question.cmdlet.starts_with("Stop-");
        let mut found = Vec::new();
        for vault in self.vaults() {
            let jobs = self.lookout.jobs(vault)?.into_iter();
            found.extend(
                jobs.filter(|job| !stops || job.is_cancellable())
                    .map(|job| {
                        let what = format!("{:?} of {}", job.operation, job.workload);
                        let about = format!("{what}, {:?}, {}", job.status, job.start);
                        Candidate::new(job.id.to_string(), about)
                    }),
            );
        }
        Ok(found)
    }

    /// Who can be given permissions: the identities in this home, and the account.
    fn principals(&self) -> Vec<Candidate> {
        let state = self.state;
        let vaults = state.vaults.iter().map(|v| (&v.base, &v.identity));
        let sets = state.disk_encryption_sets.iter();
        let sets = sets.map(|set| (&set.base, &set.identity));
        let identities = vaults.chain(sets).filter_map(|(base, identity)| {
            let about = format!("identity of {}", base.name);
            Some(Candidate::new(identity.principal_id?.to_string(), about))
        });
        let account = &state.account;
        let account = Candidate::new(account.object_id.to_string(), account.id.clone());
        identities.chain([account]).collect()
    }
}

/// True when a text names this resource by name or id.
fn is_named<T: Tagged>(resource: &T, text: &str) -> bool {
    resource.base().name.eq_ignore_ascii_case(text)
        || resource.id().to_string().eq_ignore_ascii_case(text)
}

/// True when a text names this item, or nothing was said.
fn is_item(item: &Item, text: Option<&str>) -> bool {
    text.is_none_or(|text| {
        let last = text.rsplit('/').next().unwrap_or(text);
        item.machine_name.eq_ignore_ascii_case(text) || item.name().eq_ignore_ascii_case(last)
    })
}

fn item_about(item: &Item, vault: &Vault) -> String {
    let state = match item.state {
        ProtectionState::IRPending => "not backed up yet",
        ProtectionState::Protected => "protected",
        ProtectionState::ProtectionStopped => "protection stopped",
        ProtectionState::BackupsSuspended => "backups suspended",
    };
    format!("{} in {}, {state}", item.machine_group, vault.base.name)
}
