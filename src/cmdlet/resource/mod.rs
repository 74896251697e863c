//! Resources of every kind, as ARM sees them (reference 7.1-7.3).

mod any;
mod change;
mod get;
mod properties;
mod relocate;
mod set;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cmdlet::Object;
use crate::cmdlet::common::tags_text;
use crate::cmdlet::registry::{Row, row};
use crate::cmdlet::resource::any::AnyResource;
use crate::domain::{Refusal, ResourceId};
use crate::output::{Column, Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<get::Get>(),
    row::<set::Set>(),
    row::<relocate::Move>(),
];

/// PowerShell's type name of a resource.
const TYPE: &str = "Microsoft.Azure.Commands.ResourceManager.Cmdlets.SdkModels.PSResource";

/// O-17.
const TABLE: &[Column] = &[
    Column {
        header: "Name",
        path: "Name",
    },
    Column {
        header: "ResourceGroupName",
        path: "ResourceGroupName",
    },
    Column {
        header: "ResourceType",
        path: "ResourceType",
    },
    Column {
        header: "Location",
        path: "Location",
    },
];

/// A resource without its properties.
static VIEW: View = View {
    type_name: TYPE,
    form: Form::Auto,
    table: TABLE,
    list: &[
        ("Name", "Name"),
        ("ResourceGroupName", "ResourceGroupName"),
        ("ResourceType", "ResourceType"),
        ("Location", "Location"),
        ("ResourceId", "ResourceId"),
        ("Tags", "TagsTable"),
    ],
};

/// A resource with its properties.
static FULL_VIEW: View = View {
    type_name: TYPE,
    form: Form::Auto,
    table: TABLE,
    list: &[
        ("Name", "Name"),
        ("ResourceGroupName", "ResourceGroupName"),
        ("ResourceType", "ResourceType"),
        ("Location", "Location"),
        ("ResourceId", "ResourceId"),
        ("Tags", "TagsTable"),
        ("Properties", "Properties"),
    ],
};

/// PSResource at a time; `Properties` is null unless `full`, as in ARM's lists.
fn view(resource: &AnyResource<'_>, full: bool, now: Timestamp) -> Value {
    let (id, base, arm) = (resource.id(), resource.base(), resource.arm());
    let kind = id.kind.type_name();
    json!({
        "ResourceId": id.to_string(),
        "Id": id.to_string(),
        "Identity": arm.identity(),
        "Kind": arm.kind(),
        "Location": base.location,
        "ResourceName": base.name,
        "Name": base.name,
        "Properties": full.then(|| arm.properties(now)),
        "ResourceGroupName": base.group,
        "Type": kind,
        "ResourceType": kind,
        "Sku": arm.sku(),
        "Tags": base.tags,
        "TagsTable": tags_text(&base.tags),
        "SubscriptionId": base.subscription,
        "CreatedTime": base.created,
    })
}

/// The id in an object parameter: its text, or what a resource of any kind calls its id.
fn resource_id(parameter: &str, object: &Object) -> Result<ResourceId, Refusal> {
    let text = match object {
        Object::Text(text) => Some(text.as_str()),
        Object::Json(_) => object.property("ResourceId").or(object.property("Id")),
    };
    let text = text.ok_or_else(|| {
        Refusal::usage(
            "RsvWrongKind",
            format!("The object of -{parameter} has no ResourceId."),
        )
    })?;
    text.parse()
}
