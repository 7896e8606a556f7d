//! What keys were used for.

use serde::Serialize;
use utoipa::ToSchema;

/// Calls, counted by one thing that they have in common.
#[derive(Debug, Serialize, ToSchema)]
pub struct Usage {
    /// `outcome`, `action`, `resource`, `key` or `network`.
    #[schema(example = "outcome")]
    pub by: &'static str,
    /// Interval by interval, the most frequent value first. What there was none of is left out.
    pub data: Vec<UsageCount>,
    /// All of them together.
    pub total: i64,
    /// There when calls may be missing: some were not counted, or are not kept any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

/// How many calls had one value.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageCount {
    /// A verify code, an action, a canonical resource, the id of a key, or a network. Empty where a call had none;
    /// `other` for all values that are not counted one by one.
    #[schema(example = "allowed")]
    pub value: String,
    /// RFC 3339: the start of the hour or day, when one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// How many.
    #[schema(example = 42)]
    pub calls: i64,
}
