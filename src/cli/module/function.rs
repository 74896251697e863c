//! The function of one cmdlet.

use crate::cli::module::{ascii, quoted};
use crate::cli::{Kind, Parameter};
use crate::cmdlet::{Effect, Row};

/// Refused parameters that are switches in Azure; the others take a value.
const REFUSED_SWITCHES: [&str; 42] = [
    "AllowDelegation",
    "AppendSelected",
    "AssignIdentity",
    "Device",
    "DeviceAuth",
    "DeviceCode",
    "DisableBginfoExtension",
    "EnableAccountLevelImmutability",
    "EnableLargeFileShare",
    "EnableUltraSSD",
    "EncryptionAtHost",
    "ExpandPrincipalGroups",
    "Exportable",
    "FixForInconsistentItems",
    "ForceDeletion",
    "Identity",
    "Immutable",
    "IncludeBlobRestoreStatus",
    "IncludeClassicAdministrators",
    "IncludeGeoReplicationStats",
    "IncludeTotalCount",
    "IsReadyForMove",
    "Linux",
    "MSI",
    "ManagedService",
    "NoWait",
    "RefreshContextFromTokenCache",
    "RequireInfrastructureEncryption",
    "RestoreAsManagedDisk",
    "RestoreAsUnmanagedDisks",
    "RestoreToEdgeZone",
    "RestoreToSecondaryRegion",
    "SendCertificateChain",
    "ServicePrincipal",
    "SkipClientSideScopeValidation",
    "SkipContextPopulation",
    "SkipValidation",
    "TenantLevel",
    "UseDeviceAuthentication",
    "UseOriginalStorageAccount",
    "UseSecondaryRegion",
    "UseSystemAssignedIdentity",
];

/// Object parameters that take what comes through the pipeline, the most likely one first.
const PIPED: [&str; 8] = [
    "InputObject",
    "RecoveryPoint",
    "Item",
    "Job",
    "Vault",
    "Container",
    "Context",
    "Policy",
];

/// True for what is on when it is named.
pub(super) fn is_switch(parameter: &Parameter) -> bool {
    matches!(parameter.kind, Kind::Switch | Kind::TriState)
}

/// The function of a cmdlet, with help, attributes and parameters.
pub(super) fn text(row: &Row, parameters: &[Parameter]) -> String {
    let own: Vec<&Parameter> = parameters
        .iter()
        .filter(|parameter| !parameter.common)
        .collect();
    let impact = match row.effect {
        Effect::Reads => None,
        Effect::Changes => Some("Medium"),
        Effect::Destroys => Some("High"),
    };
    let binding = match impact {
        None => "PositionalBinding = $false".to_owned(),
        Some(impact) => format!(
            "SupportsShouldProcess = $true, ConfirmImpact = '{impact}', PositionalBinding = $false"
        ),
    };
    let piped = piped(&own);
    let mut taken = Vec::new();
    let mut declared: Vec<String> = Vec::new();
    for parameter in &own {
        // Without parameter sets a position belongs to one parameter, the first of its sets.
        let position = parameter.position.filter(|place| !taken.contains(place));
        taken.extend(position);
        declared.push(declaration(
            parameter,
            position,
            piped == Some(&parameter.name),
        ));
    }
    declared.extend(row.refused.iter().map(|(name, _)| refusal(name)));
    let declared = match declared.is_empty() {
        true => "    param()\n".to_owned(),
        false => format!("    param(\n{}\n    )\n", declared.join(",\n")),
    };
    format!(
        "function {} {{\n{}    [CmdletBinding({binding})]\n{declared}    \
         process {{ Invoke-Rsv {} $PSBoundParameters $PSCmdlet {} }}\n}}\n",
        row.name,
        help(row, &own),
        quoted(row.name),
        quoted(impact.unwrap_or_default())
    )
}

/// The function that stands in the way of a cmdlet of Azure which rsv lacks.
pub(super) fn missing(name: &str) -> String {
    format!(
        "function {name} {{\n    <#\n    .SYNOPSIS\n    In Azure only, not in rsv.\n    #>\n    \
         [CmdletBinding()]\n    param([Parameter(ValueFromRemainingArguments = $true)][object[]]$Arguments)\n    \
         process {{ Invoke-Rsv '{name}' @{{}} $PSCmdlet '' }}\n}}\n"
    )
}

/// The parameter that takes objects from the pipeline.
fn piped<'a>(own: &[&'a Parameter]) -> Option<&'a String> {
    let named = |name: &str| {
        own.iter()
            .find(|parameter| parameter.is_object && parameter.name == name)
    };
    PIPED
        .iter()
        .find_map(|name| named(name))
        .map(|parameter| &parameter.name)
}

/// Comment-based help.
fn help(row: &Row, own: &[&Parameter]) -> String {
    let mut text = format!("    <#\n    .SYNOPSIS\n    {}\n", sentence(row.synopsis));
    for parameter in own.iter().filter(|parameter| !parameter.help.is_empty()) {
        text.push_str(&format!(
            "    .PARAMETER {}\n    {}\n",
            parameter.name,
            sentence(&parameter.help)
        ));
    }
    for (name, reason) in row.refused {
        text.push_str(&format!(
            "    .PARAMETER {name}\n    Not supported: {}\n",
            sentence(reason)
        ));
    }
    text.push_str("    #>\n");
    text
}

/// A line of help: it must not end the comment or begin a section of it.
fn sentence(text: &str) -> String {
    let line = ascii(&text.replace(['\n', '\r'], " ")).replace("#>", "# >");
    format!("{}.", line.trim_start_matches('.').trim_end_matches('.'))
}

/// The attributes, type and name of a parameter. Values are objects: text would flatten an object
/// that stands where a name is needed before rsv could look for its name.
fn declaration(parameter: &Parameter, position: Option<u32>, piped: bool) -> String {
    let mut options = Vec::new();
    if parameter.required {
        options.push("Mandatory = $true".to_owned());
    }
    options.extend(position.map(|place| format!("Position = {place}")));
    if piped {
        options.push("ValueFromPipeline = $true".to_owned());
    }
    let mut text = format!("        [Parameter({})]\n", options.join(", "));
    if !parameter.aliases.is_empty() {
        let names: Vec<String> = parameter.aliases.iter().map(|name| quoted(name)).collect();
        text.push_str(&format!("        [Alias({})]\n", names.join(", ")));
    }
    if !parameter.values.is_empty() {
        let values: Vec<String> = parameter.values.iter().map(|value| quoted(value)).collect();
        text.push_str(&format!("        [ValidateSet({})]\n", values.join(", ")));
    }
    let kind = match parameter.kind {
        Kind::Switch | Kind::TriState => "switch",
        Kind::Array | Kind::Repeated => "object[]",
        Kind::Boolean | Kind::Value => "object",
    };
    text.push_str(&format!("        [{kind}]${}", parameter.name));
    text
}

/// A parameter that is there to be refused with its reason.
fn refusal(name: &str) -> String {
    let kind = if REFUSED_SWITCHES.contains(&name) {
        "switch"
    } else {
        "object"
    };
    format!("        [Parameter(DontShow = $true)]\n        [{kind}]${name}")
}
