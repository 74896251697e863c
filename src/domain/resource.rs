//! What all resources share, and the resource group.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{ResourceId, ResourceKind};

/// The head of every resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Subscription it lives in.
    pub subscription: Uuid,
    /// Resource group, in the case it was made with.
    pub group: String,
    /// Name, in the case it was made with.
    pub name: String,
    /// Region label.
    pub location: String,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
}

/// A resource of a known kind.
pub trait Tagged {
    /// Which kind.
    const KIND: ResourceKind;
    /// Its head.
    fn base(&self) -> &Resource;

    /// Its ARM id.
    fn id(&self) -> ResourceId {
        let base = self.base();
        ResourceId {
            subscription: base.subscription,
            group: base.group.clone(),
            kind: Self::KIND,
            name: base.name.clone(),
        }
    }
}

/// A resource group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceGroup {
    /// Subscription it lives in.
    pub subscription: Uuid,
    /// Name, in the case it was made with.
    pub name: String,
    /// Region label.
    pub location: String,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

impl ResourceGroup {
    /// Its ARM id.
    #[must_use]
    pub fn id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}",
            self.subscription, self.name
        )
    }
}
