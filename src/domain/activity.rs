//! What the activity log says of one operation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One operation on one resource, as Azure's activity log names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Such as `Microsoft.RecoveryServices/vaults/write`.
    pub operation: String,
    /// The resource's ARM id.
    pub resource: String,
    /// What the operation did, for a person; also -WhatIf's words.
    pub description: String,
    /// Facts to keep beside it, such as a rotation's receipt.
    #[serde(default)]
    pub properties: BTreeMap<String, String>,
}

impl Activity {
    /// An operation on a resource.
    pub fn new(
        operation: impl Into<String>,
        resource: &impl ToString,
        description: impl Into<String>,
    ) -> Self {
        Self {
            operation: operation.into(),
            resource: resource.to_string(),
            description: description.into(),
            properties: BTreeMap::new(),
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: &impl ToString) -> Self {
        self.properties.insert(name.to_owned(), value.to_string());
        self
    }
}
