//! What requests that make members have in common.

use crate::body::{Unknown, names};
use serde::Deserialize;
use utoipa::ToSchema;

/// A role for a principal that is about to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(expecting = "an object with `resource_type` and `role`")]
pub struct RoleAskBody {
    /// `organization` or `project`.
    #[schema(example = "organization")]
    pub resource_type: String,
    /// The id of the project; leave it out for the organization.
    #[serde(default)]
    pub resource_id: Option<String>,
    /// The role.
    #[schema(example = "OrgMember")]
    pub role: String,
    /// Fields nobody knows.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

/// The unknown fields of a list of roles.
pub(super) fn unknown_in(asks: &[RoleAskBody]) -> Vec<String> {
    let of = |(at, ask): (usize, &RoleAskBody)| names(&format!("role_bindings[{at}]."), &ask.unknown);
    asks.iter().enumerate().flat_map(of).collect()
}
