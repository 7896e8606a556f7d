//! Organizations on the wire.

use serde::Serialize;
use utoipa::ToSchema;

/// The tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Organization {
    /// Opaque id.
    #[schema(example = "org_7K2MQ0AJ3X9R5T1WZB4C")]
    pub id: String,
    /// Shown name.
    pub name: String,
    /// `Free`, `Standard`, `Enterprise` or `Dedicated`.
    #[schema(example = "Enterprise")]
    pub plan: &'static str,
    /// Always `Active`: Keydesk bills nobody.
    #[schema(example = "Active")]
    pub payment_status: &'static str,
    /// RFC 3339.
    pub created_at: String,
    /// `Free`, `Pro` or `Enterprise`, following the plan.
    #[schema(example = "Enterprise")]
    pub support_tier: &'static str,
    /// Whether it can have API keys yet.
    pub bootstrapped: bool,
}

/// The organizations the caller can see.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationList {
    /// All of them.
    pub data: Vec<Organization>,
}
