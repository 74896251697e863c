//! Set-AzResource (reference 7.2): the seed's way to turn on purge protection.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::cmdlet::common::tags;
use crate::cmdlet::resource::any::{AnyResource, kind_named, tags_mut};
use crate::cmdlet::resource::change::{
    change_key_vault, check_complete, check_names, check_unchanged,
};
use crate::cmdlet::resource::{TYPE, resource_id, view};
use crate::cmdlet::{Cmdlet, Effect, Object, ObjectArg, Session, key_vault, property};
use crate::domain::{Activity, Refusal, ResourceId, ResourceKind};
use crate::output::{Form, Output, View};
use crate::state::Document;

pub(super) struct Set;

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Id of the resource, or the resource itself: JSON object, @file or -
    #[arg(long, alias = "Id", conflicts_with_all =
        ["input_object", "resource_name", "resource_type", "resource_group_name"])]
    resource_id: Option<ObjectArg>,
    /// The resource as it is to be: JSON object, @file or -
    #[arg(long, conflicts_with_all = ["resource_name", "resource_type", "resource_group_name"])]
    input_object: Option<ObjectArg>,
    /// Name of the resource
    #[arg(long, alias = "Name", requires = "resource_type")]
    resource_name: Option<String>,
    /// Provider and type, such as Microsoft.KeyVault/vaults
    #[arg(long, requires = "resource_name")]
    resource_type: Option<String>,
    /// Resource group
    #[arg(long, requires = "resource_name")]
    resource_group_name: Option<String>,
    /// All properties: JSON object, @file, - or '@{name="value"}'
    #[arg(long, alias = "PropertyObject")]
    properties: Option<String>,
    /// Change only the properties that are given
    #[arg(long)]
    use_patch_semantics: bool,
    /// Tags, as name=value; they replace the ones before
    #[arg(long, alias = "Tags", value_delimiter = ',')]
    tag: Vec<String>,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

/// O-17.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::List,
    table: &[],
    list: &[
        ("Name", "Name"),
        ("ResourceId", "ResourceId"),
        ("ResourceName", "ResourceName"),
        ("ResourceType", "ResourceType"),
        ("ResourceGroupName", "ResourceGroupName"),
        ("Location", "Location"),
        ("SubscriptionId", "SubscriptionId"),
        ("Tags", "Tags"),
        ("Properties", "Properties"),
    ],
};

/// What a resource is to become.
struct Wanted {
    id: ResourceId,
    /// What -InputObject says beside properties and tags; nothing of it may differ.
    head: Map<String, Value>,
    properties: Option<Map<String, Value>>,
    tags: Option<BTreeMap<String, String>>,
    patch: bool,
}

impl SetArgs {
    fn wanted(&self, session: &Session) -> Result<Wanted> {
        let input = match &self.input_object {
            Some(arg) => Some(session.object("InputObject", arg, &[TYPE])?),
            None => None,
        };
        let of_input = |name| match &input {
            Some(Object::Json(value)) => property(value, name).filter(|v| !v.is_null()),
            _ => None,
        };
        let properties = match &self.properties {
            Some(text) => Some(read_properties(session, text)?),
            None => of_input("Properties")
                .map(|v| object(v.clone()))
                .transpose()?,
        };
        let tags = match of_input("Tags") {
            _ if !self.tag.is_empty() => Some(tags(&self.tag)?),
            Some(given) => Some(tags(&[given.to_string()])?),
            None => None,
        };
        if properties.is_none() && tags.is_none() {
            return Err(
                Refusal::usage("RsvNothingToChange", "Nothing to change was given.")
                    .hint("Give -Properties or -Tag.")
                    .into(),
            );
        }
        Ok(Wanted {
            id: self.id(session, input.as_ref())?,
            head: head(input),
            properties,
            tags,
            patch: self.use_patch_semantics,
        })
    }

    fn id(&self, session: &Session, input: Option<&Object>) -> Result<ResourceId> {
        let state = session.document();
        let id = match (&self.resource_id, input) {
            (Some(arg), _) => resource_id("ResourceId", &session.object("ResourceId", arg, &[])?)?,
            (None, Some(input)) => resource_id("InputObject", input)?,
            (None, None) => return self.named(session),
        };
        Ok(AnyResource::find(state, &id)?.id().clone())
    }

    /// The resource of -ResourceName and -ResourceType, in the group if one is given.
    fn named(&self, session: &Session) -> Result<ResourceId> {
        let (Some(name), Some(kind)) = (&self.resource_name, &self.resource_type) else {
            return Err(Refusal::usage(
                "RsvMissingParameter",
                "Name the resource: -ResourceId, -InputObject, or -ResourceName and \
                 -ResourceType.",
            )
            .into());
        };
        let place = (session.subscription(), self.resource_group_name.as_deref());
        let found = AnyResource::named(session.document(), kind_named(kind)?, place, name)?;
        Ok(found.id().clone())
    }
}

/// Reads -Properties: an object parameter, or PowerShell's hashtable.
fn read_properties(session: &Session, text: &str) -> Result<Map<String, Value>> {
    if text.trim_start().starts_with("@{") {
        let pairs = tags(&[text.to_owned()]).map_err(|_| not_an_object())?;
        let pairs = pairs.into_iter().map(|(name, value)| (name, value.into()));
        return Ok(pairs.collect());
    }
    let Object::Json(value) = session.object("Properties", &text.parse()?, &[])? else {
        return Err(not_an_object().into());
    };
    if let Some(found) = property(&value, "PSTypeName").and_then(Value::as_str) {
        let found = found.rsplit('.').next().unwrap_or(found);
        return Err(Refusal::usage(
            "RsvWrongKind",
            format!("-Properties needs a resource's Properties, but this is a whole {found}."),
        )
        .hint("Give -Query Properties to Get-AzResource, or its object to -InputObject.")
        .into());
    }
    Ok(object(value)?)
}

fn object(value: Value) -> Result<Map<String, Value>, Refusal> {
    let Value::Object(map) = value else {
        return Err(not_an_object());
    };
    check_names(&map)?;
    Ok(map)
}

fn not_an_object() -> Refusal {
    Refusal::usage("RsvNotJson", "The properties have to be a JSON object.")
        .hint("rsv Get-AzResource -ResourceId … -Query Properties -Output json prints one.")
}

/// What an object says of the resource that Set-AzResource never changes.
fn head(input: Option<Object>) -> Map<String, Value> {
    let changing = ["Properties", "Tags", "TagsTable", "PSTypeName"];
    match input {
        Some(Object::Json(Value::Object(map))) => map
            .into_iter()
            .filter(|(name, _)| !changing.iter().any(|c| c.eq_ignore_ascii_case(name)))
            .collect(),
        _ => Map::new(),
    }
}

impl Wanted {
    /// Makes the change, or says why not.
    fn apply(&self, state: &mut Document, now: Timestamp) -> Result<(), Refusal> {
        let id = &self.id;
        let found = AnyResource::find(state, id)?;
        if let Value::Object(current) = view(&found, false, now) {
            check_unchanged(id, &current, &self.head)?;
        }
        if let Some(given) = &self.properties {
            let current = found.arm().properties(now);
            if id.kind == ResourceKind::KeyVault {
                change_key_vault(state.key_vaults.get_mut(id)?, id, &current, given)?;
            } else {
                check_unchanged(id, &current, given)?;
            }
            if !self.patch {
                check_complete(&current, given)?;
            }
        }
        if let Some(tags) = &self.tags {
            tags_mut(state, id)?.clone_from(tags);
        }
        Ok(())
    }

    /// True when the change will turn purge protection on.
    fn protects_for_ever(&self, state: &Document, now: Timestamp) -> bool {
        let protected = |state: &Document| {
            let vault = state.key_vaults.get(&self.id);
            vault.is_ok_and(|vault| vault.purge_protection)
        };
        let mut after = state.clone();
        !protected(state) && self.apply(&mut after, now).is_ok() && protected(&after)
    }
}

const FIXED: &str = "it is set when the resource is made and never changes";
const NO_EXTENSIONS: &str = "rsv keeps no extension resources";

impl Cmdlet for Set {
    const NAME: &'static str = "Set-AzResource";
    const SYNOPSIS: &'static str =
        "Change the properties of a key vault, or the tags of a resource";
    const EXAMPLE: &'static str = "rsv Set-AzResource -ResourceType Microsoft.KeyVault/vaults \
        -ResourceGroupName testrg -ResourceName testkeyvault \
        -Properties '{\"enablePurgeProtection\": \"true\"}' -UsePatchSemantics -Force";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("Kind", FIXED),
        ("Sku", FIXED),
        ("SkuObject", FIXED),
        ("Plan", "no resource of rsv has a plan"),
        ("PlanObject", "no resource of rsv has a plan"),
        ("ExtensionResourceName", NO_EXTENSIONS),
        ("ExtensionResourceType", NO_EXTENSIONS),
        (
            "TenantLevel",
            "every resource of rsv is in a resource group",
        ),
        ("ODataQuery", "one resource is changed at a time"),
    ];
    type Args = SetArgs;

    fn run(args: SetArgs, session: &mut Session) -> Result<Output> {
        let wanted = args.wanted(session)?;
        let id = &wanted.id;
        let question = format!("Are you sure you want to update the following resource: {id}");
        session.confirm(Effect::Changes, args.force, &question)?;
        if wanted.protects_for_ever(session.document(), session.now()) {
            key_vault::purge_protection_is_for_ever(session, &id.name, args.force)?;
        }
        let operation = format!("{}/write", id.kind.type_name());
        let activity = Activity::new(operation, id, "Update resource");
        let value = session.change(&activity, |state, now| {
            wanted.apply(state, now)?;
            Ok(view(&AnyResource::find(state, id)?, true, now))
        })?;
        Ok(Output::one(&VIEW, value))
    }
}
