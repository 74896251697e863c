//! The signed-in account and the subscriptions of a home.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who runs the cmdlets: a principal like any other, checked by key vaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Sign-in name.
    pub id: String,
    /// Principal id.
    pub object_id: Uuid,
    /// Tenant.
    pub tenant_id: Uuid,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Tenant.
    pub tenant_id: Uuid,
}
