//! Projects on the wire.

use serde::Serialize;
use utoipa::ToSchema;

/// A project.
#[derive(Debug, Serialize, ToSchema)]
pub struct Project {
    /// UUID.
    #[schema(format = Uuid)]
    pub id: String,
    /// Shown name, not unique.
    pub name: String,
    /// Kept as sent.
    pub max_pods: i64,
    /// Kept as sent; cannot be turned off again.
    pub force_encryption_with_cmek: bool,
    /// Whose it is.
    pub organization_id: String,
    /// RFC 3339.
    pub created_at: String,
}

/// The projects the caller can see.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectList {
    /// All of them, oldest first.
    pub data: Vec<Project>,
}
