//! The log on the wire.

use super::Pagination;
use serde::Serialize;
use utoipa::ToSchema;

/// One change, as the audit trail shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeSummary {
    /// 1, 2, 3 … over the whole system.
    pub version: i64,
    /// RFC 3339.
    pub at: String,
    /// `operator`, `sa:<id>`, `user:<id>` or `key:<id>`.
    pub actor: String,
    /// `noun.verb`.
    #[schema(example = "api_key.revoked")]
    pub action: String,
    /// The organization it belongs to.
    pub organization_id: String,
    /// The objects it touched, as `kind id`.
    pub targets: Vec<String>,
    /// The hash of this row, which covers the row before.
    pub hash: String,
}

/// Changes in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeList {
    /// Oldest first.
    pub data: Vec<ChangeSummary>,
    /// Where the next page begins.
    pub pagination: Option<Pagination>,
}
