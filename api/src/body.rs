//! Reading a JSON object: unknown fields are named, duplicates and positional arrays are refused.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use std::collections::BTreeMap;

/// The fields of a request that its type does not know. A flattened field also makes serde take an object
/// only: without it, a JSON array would be read as the fields in their order.
pub type Unknown = BTreeMap<String, IgnoredAny>;

/// A request body whose unknown fields can be listed.
pub trait Body: DeserializeOwned {
    /// The names of fields nobody knows, nested ones with their path.
    fn unknown_fields(&self) -> Vec<String>;
}

/// Why a body was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyError {
    /// Not one JSON object; the message says where.
    Malformed(String),
    /// A JSON object that does not fit the type.
    Invalid(String),
    /// Fields that the type does not know.
    UnknownFields(Vec<String>),
}

impl std::fmt::Display for BodyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BodyError::Malformed(text) => write!(f, "the request body is not a JSON object: {text}"),
            BodyError::Invalid(text) => write!(f, "the request body is invalid: {text}"),
            BodyError::UnknownFields(names) => {
                write!(f, "the request body has unknown fields: {}", names.join(", "))
            }
        }
    }
}

/// Reads a body. Unknown fields are refused unless `lenient`: a mistyped restriction must not make an
/// unrestricted key, but clients of published systems may send fields of other versions.
///
/// # Errors
/// The body is no JSON object, does not fit `T`, or has unknown fields.
pub fn read<T: Body>(bytes: &[u8], lenient: bool) -> Result<T, BodyError> {
    let first = bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => return Err(BodyError::Malformed("it is empty".into())),
        Some(b'{') => {}
        Some(_) => return Err(BodyError::Malformed("it does not begin with {".into())),
    }
    let value: T = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Data => BodyError::Invalid(plain(&error)),
        Category::Io | Category::Syntax | Category::Eof => BodyError::Malformed(plain(&error)),
    })?;
    let unknown = value.unknown_fields();
    if lenient || unknown.is_empty() { Ok(value) } else { Err(BodyError::UnknownFields(unknown)) }
}

/// The message without line breaks and not too long: it may quote what was sent.
fn plain(error: &serde_json::Error) -> String {
    error.to_string().chars().filter(|character| !character.is_control()).take(200).collect()
}

/// For a field that may be absent, null or there: absent is `None`, null is `Some(None)`.
///
/// # Errors
/// The value does not fit `T`.
pub fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// The names of unknown fields behind a path.
pub fn names(path: &str, unknown: &Unknown) -> Vec<String> {
    let shown = |name: &String| name.chars().filter(|c| !c.is_control()).take(64).collect::<String>();
    unknown.keys().take(16).map(|name| format!("{path}{}", shown(name))).collect()
}
