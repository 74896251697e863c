//! Get-AzActivityLog (reference 7.9): newest first.

use std::collections::VecDeque;

use anyhow::Result;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::cmdlet::activity_log::{
    self, DETAILED_VIEW, VIEW, detailed_view, provider, segment, text, view,
};
use crate::cmdlet::{Cmdlet, Session, common};
use crate::domain::Refusal;
use crate::output::Output;

/// How far the log reaches back when nobody says.
const DEFAULT_DAYS: i64 = 7;
/// How far it can be asked to.
const MAX_DAYS: i64 = 90;

pub(super) struct Get;

#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Only what one command or job did: its id
    #[arg(long, alias = "0", group = "what")]
    correlation_id: Option<Uuid>,
    /// Only what was done in this resource group
    #[arg(long, alias = "0", alias = "ResourceGroup", group = "what")]
    resource_group_name: Option<String>,
    /// Only what was done to this resource or inside it: its id
    #[arg(long, alias = "0", group = "what", value_parser = arm_id)]
    resource_id: Option<String>,
    /// Only operations of this provider, such as Microsoft.KeyVault
    #[arg(long, alias = "0", group = "what")]
    resource_provider: Option<String>,
    /// From then on (UTC), 90 days ago at most; absent: 7 days before -EndTime
    #[arg(long, value_parser = common::time)]
    start_time: Option<Timestamp>,
    /// Until then (UTC); absent: now
    #[arg(long, value_parser = common::time)]
    end_time: Option<Timestamp>,
    /// Only operations that ended like this
    #[arg(long, ignore_case = true, value_parser =
        ["Started", "Accepted", "In progress", "Succeeded", "Failed", "Active", "Resolved"])]
    status: Option<String>,
    /// Only operations of this account
    #[arg(long)]
    caller: Option<String>,
    /// Show every property
    #[arg(long)]
    detailed_output: bool,
    /// At most so many, the newest, 1-100000; absent: 1000
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max_record: u32,
}

fn arm_id(text: &str) -> Result<String, String> {
    match text.trim().trim_end_matches('/') {
        id if id.starts_with('/') => Ok(id.to_owned()),
        _ => Err("a resource id starts with /subscriptions/".into()),
    }
}

impl GetArgs {
    fn window(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), Refusal> {
        let days = |n| SignedDuration::from_hours(24 * n);
        let oldest = now - days(MAX_DAYS);
        let end = self.end_time.unwrap_or(now);
        let start = self
            .start_time
            .unwrap_or_else(|| (end - days(DEFAULT_DAYS)).max(oldest));
        if start.min(end) < oldest {
            return Err(Refusal::usage(
                "RsvStartTimeTooOld",
                "The start time cannot be more than 90 days in the past.",
            ));
        }
        let bad = |text: String| Err(Refusal::usage("ArgumentException", text));
        if start > now {
            return bad(format!(
                "Invalid StartDate '{start}', since it is later than the current time '{now}'."
            ));
        }
        if end < start {
            return bad(format!(
                "EndDate '{end}' is earlier than StartDate '{start}'."
            ));
        }
        Ok((start, end))
    }

    fn matches(&self, record: &Value) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted
                .as_ref()
                .is_none_or(|w| w.eq_ignore_ascii_case(found))
        };
        let resource = text(record, "ResourceId");
        let group = segment(resource, "resourceGroups").unwrap_or_default();
        let correlation = self.correlation_id.map(|id| id.to_string());
        is(&correlation, text(record, "CorrelationId"))
            && is(&self.resource_group_name, group)
            && is(&self.resource_provider, provider(record))
            && is(&self.status, text(record, "Status"))
            && is(&self.caller, text(record, "Caller"))
            && self
                .resource_id
                .as_ref()
                .is_none_or(|id| lies_in(resource, id))
    }
}

/// True for the resource itself and for what lies inside it, as a key does in its key vault.
fn lies_in(resource: &str, id: &str) -> bool {
    let (resource, id) = (resource.to_lowercase(), id.to_lowercase());
    resource
        .strip_prefix(&id)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Cmdlet for Get {
    const NAME: &'static str = "Get-AzActivityLog";
    const ALIASES: &'static [&'static str] = &["Get-AzLog"];
    const SYNOPSIS: &'static str = "Show what was changed or refused, newest first";
    const EXAMPLE: &'static str = "rsv Get-AzActivityLog -ResourceGroupName testrg -Output table";
    type Args = GetArgs;

    fn run(args: GetArgs, session: &mut Session) -> Result<Output> {
        let (start, end) = args.window(session.now())?;
        let subscription = session.subscription().to_string();
        let tenant = session.document().account.tenant_id;
        let wanted = |record: &Value| {
            let place = segment(text(record, "ResourceId"), "subscriptions");
            activity_log::time(record).is_some_and(|time| (start..=end).contains(&time))
                && place.is_none_or(|place| place.eq_ignore_ascii_case(&subscription))
                && args.matches(record)
        };
        // The log can be long; only the newest lines that were asked for stay in memory.
        let max = usize::try_from(args.max_record)?;
        let mut newest = VecDeque::new();
        for entry in session.context().activity_log()?.read(wanted)? {
            if newest.len() == max {
                newest.pop_front();
            }
            newest.push_back(entry?.record);
        }
        let records = newest.iter().rev();
        Ok(if args.detailed_output {
            let values = records.map(|record| detailed_view(record, tenant));
            Output::many(&DETAILED_VIEW, values.collect())
        } else {
            Output::many(&VIEW, records.map(view).collect())
        })
    }
}
