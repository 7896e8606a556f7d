//! Service accounts on the wire.

use super::Pagination;
use super::member::{RoleAskBody, unknown_in};
use crate::body::{Body, Unknown, names};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A machine principal. Its secret is shown once, and its roles are role bindings.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceAccount {
    /// UUID.
    #[schema(format = Uuid)]
    pub id: String,
    /// Shown name, not unique.
    pub name: String,
    /// The public half of its credential.
    pub client_id: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// A service account with a new secret.
#[derive(Serialize, ToSchema)]
pub struct ServiceAccountWithSecret {
    /// The account.
    pub service_account: ServiceAccount,
    /// The secret: shown this once. Null when a create is repeated under its Idempotency-Key.
    pub client_secret: Option<String>,
}

// The secret would show in a derived `Debug`.
impl std::fmt::Debug for ServiceAccountWithSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServiceAccountWithSecret")
    }
}

/// A page of service accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceAccountList {
    /// Oldest first.
    pub data: Vec<ServiceAccount>,
    /// Where the next page begins; null on the last one.
    pub pagination: Option<Pagination>,
}

/// A service account to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub struct CreateServiceAccount {
    /// 1 to 80 bytes of UTF-8.
    #[schema(example = "ci")]
    pub name: String,
    /// Its first roles; none when absent.
    #[serde(default)]
    pub role_bindings: Option<Vec<RoleAskBody>>,
    /// Fields nobody knows.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

/// What to change of a service account; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub struct UpdateServiceAccount {
    /// 1 to 80 bytes of UTF-8.
    pub name: Option<String>,
    /// Fields nobody knows.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

impl Body for CreateServiceAccount {
    fn unknown_fields(&self) -> Vec<String> {
        let nested = unknown_in(self.role_bindings.as_deref().unwrap_or_default());
        names("", &self.unknown).into_iter().chain(nested).collect()
    }
}

impl Body for UpdateServiceAccount {
    fn unknown_fields(&self) -> Vec<String> {
        names("", &self.unknown)
    }
}
