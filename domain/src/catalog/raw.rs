//! The catalog as written: serde types that keep where each value stands.

use serde::Deserialize;
use toml::Spanned;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCatalog {
    #[serde(default)]
    pub(super) resource_type: Vec<RawType>,
    #[serde(default)]
    pub(super) api: Vec<RawApi>,
    #[serde(default)]
    pub(super) role: Vec<RawRole>,
    #[serde(default)]
    pub(super) key_class: Vec<RawClass>,
    #[serde(default)]
    pub(super) route: Vec<RawRoute>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawType {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) segments: Vec<Spanned<RawSegment>>,
    #[serde(default)]
    pub(super) owned: bool,
    #[serde(default)]
    pub(super) tenant_checked_by_upstream: bool,
    #[serde(default)]
    pub(super) within: Vec<Spanned<String>>,
}

/// A string names a free segment, a list of words is a closed set.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawSegment {
    Free(String),
    OneOf(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawApi {
    pub(super) id: Spanned<String>,
    pub(super) name: String,
    pub(super) resource: Option<Spanned<String>>,
    pub(super) per_resource: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRole {
    pub(super) name: Spanned<String>,
    pub(super) scopes: Vec<Spanned<RawScope>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawScope {
    pub(super) action: String,
    pub(super) resource_filter: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawClass {
    pub(super) name: Spanned<String>,
    pub(super) prefix: Spanned<String>,
    #[serde(default)]
    pub(super) admin_api: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRoute {
    pub(super) host: Spanned<String>,
    pub(super) methods: Vec<Spanned<String>>,
    pub(super) path: Spanned<String>,
    pub(super) action: Option<Spanned<String>>,
    pub(super) resource: Spanned<String>,
    pub(super) upstream: Option<Spanned<String>>,
    pub(super) errors: Option<Spanned<String>>,
    pub(super) kind: Option<Spanned<String>>,
}
