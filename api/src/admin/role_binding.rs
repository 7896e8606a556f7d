//! Role bindings on the wire.

use super::Pagination;
use crate::body::{Body, Unknown, names};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One role of one principal in one place. It never changes; another role is another binding.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleBinding {
    /// UUID.
    #[schema(format = Uuid)]
    pub id: String,
    /// `user`, `service_account`, `api_key` or `invite`.
    #[schema(example = "service_account")]
    pub principal_type: &'static str,
    /// UUID of who has the role.
    #[schema(format = Uuid)]
    pub principal_id: String,
    /// `organization` or `project`.
    #[schema(example = "organization")]
    pub resource_type: &'static str,
    /// The id of the organization or project; always there.
    pub resource_id: String,
    /// The role.
    #[schema(example = "OrgMember")]
    pub role: String,
    /// RFC 3339.
    pub created_at: String,
}

/// A page of role bindings.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleBindingList {
    /// Oldest first.
    pub data: Vec<RoleBinding>,
    /// Where the next page begins; null on the last one.
    pub pagination: Option<Pagination>,
}

/// A role to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub struct CreateRoleBinding {
    /// `user`, `service_account`, `api_key` or `invite`.
    #[schema(example = "api_key")]
    pub principal_type: String,
    /// UUID of who is to have the role.
    pub principal_id: String,
    /// `organization` or `project`; a key has roles in its own project only.
    #[schema(example = "project")]
    pub resource_type: String,
    /// The id of the project; leave it out for the organization.
    #[serde(default)]
    pub resource_id: Option<String>,
    /// The role.
    #[schema(example = "DataPlaneEditor")]
    pub role: String,
    /// Fields nobody knows.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

impl Body for CreateRoleBinding {
    fn unknown_fields(&self) -> Vec<String> {
        names("", &self.unknown)
    }
}
