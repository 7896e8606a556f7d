//! How answers are labelled.

/// What every client understands.
pub const JSON: &str = "application/json";
/// What says that an error status is GraphQL's own.
pub const GRAPHQL: &str = "application/graphql-response+json";

/// The label of an answer with data: the newer one only for who asks for it, in a line of `Accept`.
pub fn preferred<'h>(accepted: impl IntoIterator<Item = &'h str>) -> &'static str {
    if accepted.into_iter().any(|value| value.contains(GRAPHQL)) { GRAPHQL } else { JSON }
}
