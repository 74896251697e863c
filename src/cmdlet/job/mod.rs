//! Jobs (reference 3.8-3.11).

mod get;
mod get_detail;
mod stop;
mod wait;

use anyhow::Result;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::cmdlet::registry::{Row, row};
use crate::cmdlet::{Object, ObjectArg, Session};
use crate::domain::{Job, JobOperation, Refusal};
use crate::output::{Column, Form, View};

/// This noun's cmdlets.
pub(super) static ROWS: &[Row] = &[
    row::<get::Get>(),
    row::<wait::Wait>(),
    row::<stop::Stop>(),
    row::<get_detail::GetDetail>(),
];

const TYPE: &str = "Microsoft.Azure.Commands.RecoveryServices.Backup.Cmdlets.Models.AzureVmJob";
const DETAIL_TYPE: &str =
    "Microsoft.Azure.Commands.RecoveryServices.Backup.Cmdlets.Models.AzureVmJobDetails";

/// M-8, O-5.
pub(super) static VIEW: View = View {
    type_name: TYPE,
    form: Form::Table,
    table: &[
        Column {
            header: "WorkloadName",
            path: "WorkloadName",
        },
        Column {
            header: "Operation",
            path: "Operation",
        },
        Column {
            header: "Status",
            path: "Status",
        },
        Column {
            header: "StartTime",
            path: "StartTime",
        },
        Column {
            header: "EndTime",
            path: "EndTime",
        },
        Column {
            header: "JobID",
            path: "JobId",
        },
    ],
    list: &[],
};

/// AzureVmJob (M-8), in the order a list prints.
pub(super) fn view(job: &Job) -> Value {
    let errors: Vec<Value> = job
        .error
        .iter()
        .map(|e| {
            json!({
                "ErrorCode": e.code,
                "ErrorMessage": e.message,
                "Recommendations": e.recommendation,
            })
        })
        .collect();
    let duration = job
        .end
        .map(|end| format!("{:#}", job.start.duration_until(end)));
    let of_vault = [
        JobOperation::UpdateCustomerManagedKey,
        JobOperation::OptimizeVault,
    ];
    let is_machine = !of_vault.contains(&job.operation);
    json!({
        "VmVersion": is_machine.then_some("Compute"),
        "IsCancellable": job.is_cancellable(),
        "IsRetriable": false,
        "ErrorDetails": errors,
        "ActivityId": job.activity,
        "JobId": job.id,
        "Operation": format!("{:?}", job.operation),
        "Status": format!("{:?}", job.status),
        "WorkloadName": job.workload,
        "StartTime": job.start,
        "EndTime": job.end,
        "Duration": duration,
        "BackupManagementType": "AzureVM",
    })
}

/// AzureVmJobDetails (M-8).
fn detail_view(job: &Job) -> Value {
    let mut value = view(job);
    let properties: Map<String, Value> = job
        .properties
        .iter()
        .map(|(k, v)| (k.clone(), v.clone().into()))
        .collect();
    let tasks: Vec<Value> = job
        .tasks
        .iter()
        .map(|t| json!({"Name": t.name, "Status": t.status}))
        .collect();
    let dynamic = job.error.as_ref().map(|e| e.message.clone());
    if let Some(map) = value.as_object_mut() {
        map.insert("DynamicErrorMessage".into(), dynamic.into());
        map.insert("Properties".into(), properties.into());
        map.insert("SubTasks".into(), tasks.into());
    }
    value
}

/// The job id that -Job or -JobId names.
fn job_id(session: &Session, job: Option<&ObjectArg>, id: Option<Uuid>) -> Result<Uuid> {
    let Some(arg) = job else {
        return id.ok_or_else(|| {
            Refusal::usage("RsvMissingParameter", "Name the job: -JobId or -Job.").into()
        });
    };
    let object = session.object("Job", arg, &[TYPE, DETAIL_TYPE])?;
    let text = match &object {
        Object::Text(text) => text.as_str(),
        Object::Json(_) => object.property("JobId").unwrap_or_default(),
    };
    let found = Uuid::parse_str(text).map_err(|_| {
        Refusal::usage(
            "RsvWrongKind",
            format!("'{text}' is not a job or a job id."),
        )
    })?;
    if id.is_some_and(|id| id != found) {
        return Err(Refusal::usage(
            "ArgumentException",
            "JobID and Job object provided don't match each other.",
        )
        .into());
    }
    Ok(found)
}
