//! What a change would break, and what a key does not need.

use super::{Pagination, ScopeBody};
use serde::Serialize;
use utoipa::ToSchema;

/// What would become of the calls of the last 30 days that were allowed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// RFC 3339: calls were looked at from here on: 30 days, or less where more is on record than one answer looks at.
    pub from: String,
    /// All of them.
    #[schema(example = 1200)]
    pub calls: i64,
    /// Those that the key as it would be would refuse.
    pub refused: PreviewRefused,
    /// Those that the record does not say enough about.
    pub unsure: PreviewUnsure,
    /// Whether calls may be missing: some were not counted, are not kept any more, or lie before `from`.
    pub incomplete: bool,
    /// RFC 3339: when the key as it would be expires. From then on every call is refused, whatever is counted here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// Calls that would be refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewRefused {
    /// How many.
    pub calls: i64,
    /// What they have in common, most calls first; at most 200.
    pub by: Vec<PreviewGroup>,
    /// There when there are more than 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<PreviewRest>,
}

/// Refused calls that are alike.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewGroup {
    /// `read`, `write` or `admin`; empty when the key was only authenticated.
    #[schema(example = "read")]
    pub action: &'static str,
    /// The canonical resource.
    #[schema(example = "THING/Battery/b7")]
    pub resource: String,
    /// The client's network; empty when unknown, `other` when it was not kept apart.
    #[schema(example = "203.0.113.0/24")]
    pub network: String,
    /// The verify code.
    #[schema(example = "insufficient_scope")]
    pub reason: &'static str,
    /// How many.
    pub calls: i64,
    /// RFC 3339.
    pub first_seen: String,
    /// RFC 3339.
    pub last_seen: String,
}

/// What is not listed, summed.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewRest {
    /// How many groups.
    pub groups: usize,
    /// How many calls.
    pub calls: i64,
}

/// Calls that may or may not be refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewUnsure {
    /// How many.
    pub calls: i64,
}

/// What a key does not need.
#[derive(Debug, Serialize, ToSchema)]
pub struct Advice {
    /// The version of the key that this is about: `If-Match` for the `PATCH` that takes the suggestion.
    #[schema(example = "\"17\"")]
    pub etag: String,
    /// RFC 3339: calls were looked at from here on.
    pub from: String,
    /// How many were allowed.
    pub calls: i64,
    /// Scopes that allowed none of them.
    pub unused_scopes: Vec<ScopeBody>,
    /// A narrower grant that allows all of them, as a body for `PATCH`; null when there is none, or when
    /// `incomplete`.
    pub suggestion: Option<Suggestion>,
    /// Whether the key may have done more than is on record.
    pub incomplete: bool,
}

/// A body for `PATCH`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestion {
    /// The narrower grant.
    pub scopes: Vec<ScopeBody>,
}

/// Keys that are worth a look.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationAdvice {
    /// The worst first.
    pub data: Vec<ReviewedKey>,
    /// How many there are, on all pages.
    pub total: usize,
    /// Whether uses may be missing from the record, or there are more keys than one answer looks at (10,000).
    pub incomplete: bool,
    /// There only when another page follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pagination: Option<Pagination>,
}

/// A key, and what is worth a look about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewedKey {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its project.
    pub project_id: String,
    /// `never_used`, `unused_90_days`, `full_access`, `any_address`, `no_expiry`.
    pub findings: Vec<&'static str>,
    /// RFC 3339: the newest allowed call.
    pub last_used_at: Option<String>,
}
