//! The catalog as written: serde types that keep where each value stands.

use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use toml::Spanned;

#[derive(Debug, Default)]
pub(super) struct RawCatalog {
    pub(super) resource_type: Vec<RawType>,
    pub(super) api: Vec<RawApi>,
    pub(super) role: Vec<RawRole>,
    pub(super) key_class: Vec<RawClass>,
    pub(super) plan: Vec<RawPlan>,
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
#[derive(Debug)]
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

/// What is absent is not limited.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPlan {
    pub(super) name: Spanned<String>,
    pub(super) label: Option<Spanned<String>>,
    pub(super) roles: Option<Vec<Spanned<String>>>,
    pub(super) presets: Option<Vec<Spanned<String>>>,
    #[serde(default = "unlimited")]
    pub(super) scopes: bool,
    #[serde(default = "unlimited")]
    pub(super) permission_changes: bool,
    #[serde(default = "unlimited")]
    pub(super) service_accounts: bool,
    pub(super) projects_max: Option<Spanned<i64>>,
    pub(super) users_max: Option<Spanned<i64>>,
    pub(super) keys_per_project_max: Option<Spanned<i64>>,
}

fn unlimited() -> bool {
    true
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
    pub(super) upstream_credential: Option<Spanned<String>>,
    pub(super) errors: Option<Spanned<String>>,
    pub(super) kind: Option<Spanned<String>>,
    pub(super) key_in_query: Option<Spanned<String>>,
}

/// By hand, because what serde says about an untagged enum names our types and not the operator's mistake.
impl<'de> Deserialize<'de> for RawSegment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawSegment, D::Error> {
        deserializer.deserialize_any(SegmentVisitor)
    }
}

struct SegmentVisitor;

impl<'de> Visitor<'de> for SegmentVisitor {
    type Value = RawSegment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a segment, or a list of words")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<RawSegment, E> {
        Ok(RawSegment::Free(name.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, words: A) -> Result<RawSegment, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(words)).map(RawSegment::OneOf)
    }
}
