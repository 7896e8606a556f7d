//! Invitations on the wire.

use super::Pagination;
use super::member::{RoleAskBody, unknown_in};
use crate::body::{Body, Unknown, names};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An invitation. Its roles are role bindings.
#[derive(Serialize, ToSchema)]
pub struct Invite {
    /// UUID; not that of the user who comes of it.
    #[schema(format = Uuid)]
    pub id: String,
    /// Who is invited.
    #[schema(example = "ada@example.com")]
    pub email: String,
    /// `pending`, `expired` or `processed`.
    #[schema(example = "pending")]
    pub status: &'static str,
    /// RFC 3339.
    pub expires_at: String,
    /// RFC 3339, or null while nobody has accepted it.
    pub processed_at: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// Where to accept it, with the code: shown this once, by create and resend. Hand it to the invitee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_url: Option<String>,
}

// The code is a secret and the address is personal: a derived `Debug` would print both.
impl std::fmt::Debug for Invite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Invite")
    }
}

/// A page of invitations.
#[derive(Debug, Serialize, ToSchema)]
pub struct InviteList {
    /// Pending and expired ones, oldest first.
    pub data: Vec<Invite>,
    /// Where the next page begins; null on the last one.
    pub pagination: Option<Pagination>,
}

/// An invitation to make.
#[derive(Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub struct CreateInvite {
    /// At most 254 bytes.
    #[schema(example = "ada@example.com")]
    pub email: String,
    /// What whoever accepts may do: at least one role in the organization.
    pub role_bindings: Vec<RoleAskBody>,
    /// Fields nobody knows.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

impl std::fmt::Debug for CreateInvite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CreateInvite")
    }
}

impl Body for CreateInvite {
    fn unknown_fields(&self) -> Vec<String> {
        names("", &self.unknown).into_iter().chain(unknown_in(&self.role_bindings)).collect()
    }
}
