//! The activity log (reference 7.9), and its proof.

mod get;
mod test;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cmdlet::registry::{Row, row};
use crate::output::{Column, Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[row::<get::Get>(), row::<test::Test>()];

/// What -Output table shows; by itself an event is a list, as in PowerShell.
const COLUMNS: &[Column] = &[
    Column {
        header: "EventTimestamp",
        path: "EventTimestamp",
    },
    Column {
        header: "Status",
        path: "Status",
    },
    Column {
        header: "SubStatus",
        path: "SubStatus",
    },
    Column {
        header: "OperationName",
        path: "OperationName",
    },
    Column {
        header: "ResourceId",
        path: "ResourceId",
    },
];

static VIEW: View = View {
    type_name: "Microsoft.Azure.Commands.Insights.OutputClasses.PSEventDataNoDetails",
    form: Form::List,
    table: COLUMNS,
    list: &[],
};

static DETAILED_VIEW: View = View {
    type_name: "Microsoft.Azure.Commands.Insights.OutputClasses.PSEventData",
    form: Form::List,
    table: COLUMNS,
    list: &[],
};

/// A text of a record, empty where it has none.
fn text<'a>(record: &'a Value, name: &str) -> &'a str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The segment of an ARM id behind this one, as the group's name stands behind `resourceGroups`.
fn segment<'a>(id: &'a str, before: &str) -> Option<&'a str> {
    let mut parts = id.split('/');
    parts.find(|part| part.eq_ignore_ascii_case(before))?;
    parts.next()
}

/// `Microsoft.KeyVault` of `Microsoft.KeyVault/vaults/write`.
fn provider(record: &Value) -> &str {
    text(record, "OperationName")
        .split('/')
        .next()
        .unwrap_or_default()
}

/// Who did what on which resource; there are no roles to name.
fn authorization(record: &Value) -> Value {
    json!({
        "Scope": record["ResourceId"],
        "Action": record["OperationName"],
        "Role": null,
        "Condition": null,
    })
}

/// PSEventDataNoDetails.
fn view(record: &Value) -> Value {
    let resource = text(record, "ResourceId");
    json!({
        "Authorization": authorization(record),
        "Caller": record["Caller"],
        "CorrelationId": record["CorrelationId"],
        "Category": "Administrative",
        "EventTimestamp": record["EventTimestamp"],
        "OperationName": record["OperationName"],
        "ResourceGroupName": segment(resource, "resourceGroups"),
        "ResourceId": resource,
        "Status": record["Status"],
        "SubscriptionId": segment(resource, "subscriptions"),
        "SubStatus": record["SubStatus"],
    })
}

/// PSEventData.
fn detailed_view(record: &Value, tenant: Uuid) -> Value {
    let resource = text(record, "ResourceId");
    let event = text(record, "EventDataId");
    let failed = text(record, "Status") == "Failed";
    let properties = failed.then(|| json!({"statusMessage": record["Message"]}));
    json!({
        "Authorization": authorization(record),
        "Claims": null,
        "HttpRequest": null,
        "Properties": properties,
        "Level": if failed { "Error" } else { "Informational" },
        "SubmissionTimestamp": record["EventTimestamp"],
        "EventTimestamp": record["EventTimestamp"],
        "EventName": "EndRequest",
        "Category": "Administrative",
        "ResourceProviderName": provider(record),
        "OperationName": record["OperationName"],
        "Status": record["Status"],
        "SubStatus": record["SubStatus"],
        "Caller": record["Caller"],
        "CorrelationId": record["CorrelationId"],
        "Description": record["Description"],
        "EventDataId": event,
        "Id": format!("{resource}/events/{event}/ticks/{}", ticks(record)),
        "OperationId": record["CorrelationId"],
        "ResourceGroupName": segment(resource, "resourceGroups"),
        "ResourceId": resource,
        "SubscriptionId": segment(resource, "subscriptions"),
        "TenantId": tenant,
    })
}

/// When a record was written.
fn time(record: &Value) -> Option<Timestamp> {
    text(record, "EventTimestamp").parse().ok()
}

/// The same in .NET's unit, 100 ns since year 1, which event ids end in.
fn ticks(record: &Value) -> i128 {
    const UNIX_EPOCH_TICKS: i128 = 621_355_968_000_000_000;
    time(record).map_or(0, |time| UNIX_EPOCH_TICKS + time.as_nanosecond() / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_found_without_case_and_missing_ones_are_absent() {
        let id = "/subscriptions/s/resourcegroups/Rg/providers/P/vaults/resourceGroups";
        assert_eq!(segment(id, "resourceGroups"), Some("Rg"));
        assert_eq!(segment("/subscriptions/s", "resourceGroups"), None);
        assert_eq!(segment("/providers/Rsv/homes/1", "subscriptions"), None);
    }

    #[test]
    fn ticks_are_those_of_dot_net() {
        let record = json!({"EventTimestamp": "2000-01-01T00:00:00Z"});
        assert_eq!(ticks(&record), 630_822_816_000_000_000);
    }
}
