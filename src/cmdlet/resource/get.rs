//! Get-AzResource (reference 7.1).

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;

use crate::cmdlet::common::tags;
use crate::cmdlet::resource::any::{AnyResource, kind_named};
use crate::cmdlet::resource::{FULL_VIEW, VIEW, resource_id, view};
use crate::cmdlet::{Cmdlet, ObjectArg, Session};
use crate::domain::{Refusal, ResourceId, ResourceKind, matches_name};
use crate::output::Output;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Id of the resource, or the resource itself: JSON object, @file or -
    #[arg(long, alias = "Id", conflicts_with_all =
        ["name", "resource_type", "resource_group_name", "tag", "tag_name", "tag_value"])]
    resource_id: Option<ObjectArg>,
    /// Name; with wildcards, or without a name: a list
    #[arg(long, alias = "ResourceName")]
    name: Option<String>,
    /// Provider and type, such as Microsoft.KeyVault/vaults
    #[arg(long)]
    resource_type: Option<String>,
    /// Resource group
    #[arg(long)]
    resource_group_name: Option<String>,
    /// Only resources that carry these tags, as name=value
    #[arg(long, value_delimiter = ',', conflicts_with_all = ["tag_name", "tag_value"])]
    tag: Vec<String>,
    /// Only resources that carry a tag with this name
    #[arg(long)]
    tag_name: Option<String>,
    /// Only resources that carry a tag with this value
    #[arg(long)]
    tag_value: Option<String>,
    /// Fill Properties in lists too; one resource by its id always has them
    #[arg(long)]
    expand_properties: bool,
}

impl GetArgs {
    /// The one resource that an id, or group, type and name together, stand for.
    fn id(&self, session: &Session, kind: Option<ResourceKind>) -> Result<Option<ResourceId>> {
        if let Some(arg) = &self.resource_id {
            let object = session.object("ResourceId", arg, &[])?;
            return Ok(Some(resource_id("ResourceId", &object)?));
        }
        let (group, name) = (exact(&self.resource_group_name), exact(&self.name));
        let (Some(group), Some(kind), Some(name)) = (group, kind, name) else {
            return Ok(None);
        };
        Ok(Some(ResourceId {
            subscription: session.subscription(),
            group: group.to_owned(),
            kind,
            name: name.to_owned(),
        }))
    }

    fn has_tags(
        &self,
        found: &BTreeMap<String, String>,
        wanted: &BTreeMap<String, String>,
    ) -> bool {
        let named = |(name, value): (&String, &String)| {
            let is_name = |n: &String| n.eq_ignore_ascii_case(name);
            self.tag_name.as_ref().is_none_or(is_name)
                && self.tag_value.as_ref().is_none_or(|v| v == value)
        };
        let any = self.tag_name.is_none() && self.tag_value.is_none();
        (any || found.iter().any(named)) && wanted.iter().all(|(k, v)| found.get(k) == Some(v))
    }
}

/// A name without wildcards.
fn exact(name: &Option<String>) -> Option<&str> {
    name.as_deref().filter(|n| !n.contains(['*', '?']))
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzResource";
    const SYNOPSIS: &'static str = "Get one resource of any kind with its properties, or list them";
    const EXAMPLE: &'static str = "rsv Get-AzResource -ResourceGroupName testrg \
        -ResourceType Microsoft.KeyVault/vaults -Name testkeyvault";
    const REFUSED: &'static [(&'static str, &'static str)] =
        &[("ODataQuery", "filter with the other parameters and -Query")];
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let kind = args.resource_type.as_deref().map(kind_named).transpose()?;
        let (subscription, now) = (session.subscription(), session.now());
        let state = session.document();
        if let Some(group) = exact(&args.resource_group_name) {
            state.group(subscription, group)?;
        }
        let wanted = tags(&args.tag)?;
        if let Some(id) = args.id(session, kind)? {
            let found = AnyResource::find(state, &id)?;
            if args.has_tags(&found.base().tags, &wanted) {
                return Ok(Output::one(&FULL_VIEW, view(&found, true, now)));
            }
        }
        let fits = |pattern: &Option<String>, text: &str| {
            pattern.as_ref().is_none_or(|p| matches_name(p, text))
        };
        let mut values: Vec<_> = AnyResource::all(state)
            .iter()
            .filter(|r| r.base().subscription == subscription)
            .filter(|r| kind.is_none_or(|k| k == r.id().kind))
            .filter(|r| fits(&args.name, &r.base().name))
            .filter(|r| fits(&args.resource_group_name, &r.base().group))
            .filter(|r| args.has_tags(&r.base().tags, &wanted))
            .map(|r| view(r, args.expand_properties, now))
            .collect();
        let shown = if args.expand_properties {
            &FULL_VIEW
        } else {
            &VIEW
        };
        match (exact(&args.name), values.len()) {
            (Some(name), 0) => Err(Refusal::not_found(format!(
                "The resource '{name}' was not found in subscription '{subscription}'."
            ))
            .hint("rsv Get-AzResource")
            .into()),
            (Some(_), 1) => Ok(Output::one(shown, values.swap_remove(0))),
            _ => Ok(Output::many(shown, values)),
        }
    }
}
