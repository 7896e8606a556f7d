//! API keys on the wire.

use crate::body::{Unknown, names, unique_map};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An API key. Its secret is shown once, by create, and is not here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiKey {
    /// UUID.
    #[schema(format = Uuid)]
    pub id: String,
    /// Shown name, not unique.
    pub name: String,
    /// The project it belongs to.
    #[schema(format = Uuid)]
    pub project_id: String,
    /// Its roles, when it was made with roles.
    pub roles: Vec<String>,
    /// `active`, `expired`, `disabled` or `revoked`: the first that holds, from the end.
    #[schema(example = "active")]
    pub status: &'static str,
    /// Whether it is switched on.
    pub enabled: bool,
    /// The key class it was made with.
    #[schema(example = "standard")]
    pub class: String,
    /// What may be shown of the secret.
    #[schema(example = "rpa_7K2M…x9Qa")]
    pub hint: String,
    /// Whether it was imported.
    pub legacy: bool,
    /// Its scopes, when it was made with scopes.
    pub scopes: Vec<ScopeBody>,
    /// Its access levels, when it was made with a preset.
    pub access: Option<AccessBody>,
    /// RFC 3339, or null for never.
    pub expires_at: Option<String>,
    /// Where it may be used from; empty means anywhere.
    pub allowed_ip_cidrs: Vec<String>,
    /// RFC 3339.
    pub created_at: String,
    /// Who made it.
    pub created_by: String,
    /// RFC 3339, or null for never.
    pub last_used_at: Option<String>,
    /// Where it was last used from.
    pub last_used_ip: Option<String>,
}

/// A key just made, with its secret.
#[derive(Serialize, ToSchema)]
pub struct ApiKeyWithSecret {
    /// The key.
    pub key: ApiKey,
    /// The secret: shown this once. Null when a create is repeated under its Idempotency-Key.
    pub value: Option<String>,
}

// The value is a secret: a derived `Debug` would print it.
impl std::fmt::Debug for ApiKeyWithSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKeyWithSecret")
    }
}

/// Keys of a project.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKeyList {
    /// Oldest first.
    pub data: Vec<ApiKey>,
    /// There only when another page follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pagination: Option<Pagination>,
}

/// Where the next page begins.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pagination {
    /// Send it back as `paginationToken`; null on the last page.
    pub next: Option<String>,
}

/// One scope.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(expecting = "an object with `action` and `resource_filter`")]
pub struct ScopeBody {
    /// `read`, `write`, `admin` or `*`.
    #[schema(example = "read")]
    pub action: String,
    /// `*` or a chain of `TYPE/segment/…`; absent, null and "" mean `*`.
    #[serde(default)]
    #[schema(example = "THING/#/#")]
    pub resource_filter: Option<String>,
    /// Fields nobody knows.
    #[serde(flatten, skip_serializing)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

/// A preset with its levels.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(expecting = "an object with `preset`")]
pub struct AccessBody {
    /// `all`, `read_only` or `restricted`.
    #[schema(example = "restricted")]
    pub preset: String,
    /// API id → `none`, `read_only`, `read_write` or `restricted`.
    #[serde(default, deserialize_with = "unique_map")]
    pub levels: BTreeMap<String, String>,
    /// Endpoint id → `none`, `read_only` or `read_write`.
    #[serde(default, deserialize_with = "unique_map")]
    pub endpoints: BTreeMap<String, String>,
    /// Fields nobody knows.
    #[serde(flatten, skip_serializing)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

impl ScopeBody {
    pub(crate) fn unknown_fields(&self, at: usize) -> Vec<String> {
        names(&format!("scopes[{at}]."), &self.unknown)
    }
}
