//! The people of an organization on the wire.

use super::Pagination;
use serde::Serialize;
use utoipa::ToSchema;

/// A person. What the person may do is in role bindings.
#[derive(Serialize, ToSchema)]
pub struct User {
    /// UUID.
    #[schema(format = Uuid)]
    pub id: String,
    /// The address.
    #[schema(example = "ada@example.com")]
    pub email: String,
    /// What the person wants to be called; absent when nothing was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

// The address is personal: a derived `Debug` would print it.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("User")
    }
}

/// A page of users.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserList {
    /// Oldest first.
    pub data: Vec<User>,
    /// Where the next page begins; null on the last one.
    pub pagination: Option<Pagination>,
}
