//! Resources of owned types on the wire.

use super::Pagination;
use serde::Serialize;
use utoipa::ToSchema;

/// A resource that is registered to a project.
#[derive(Debug, Serialize, ToSchema)]
pub struct Resource {
    /// UUID of this registration.
    #[schema(format = Uuid)]
    pub id: String,
    /// What is registered.
    #[schema(example = "ENDPOINT/ep1")]
    pub resource: String,
    /// Shown name.
    pub name: String,
    /// The project whose keys reach it.
    #[schema(format = Uuid)]
    pub project_id: String,
    /// RFC 3339.
    pub created_at: String,
}

/// The resources registered to a project.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceList {
    /// Oldest first.
    pub data: Vec<Resource>,
    /// There only when another page follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pagination: Option<Pagination>,
}
