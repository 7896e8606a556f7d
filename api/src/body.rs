//! Reading a JSON object: unknown fields are named, duplicates and positional arrays are refused.

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
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
    let value = parse::<T>(bytes)?;
    let unknown = value.unknown_fields();
    if lenient || unknown.is_empty() { Ok(value) } else { Err(BodyError::UnknownFields(unknown)) }
}

fn parse<T: Body>(bytes: &[u8]) -> Result<T, BodyError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        match error.inner().classify() {
            Category::Data if path == "." => BodyError::Invalid(plain(error.inner())),
            Category::Data => BodyError::Invalid(format!("`{path}`: {}", plain(error.inner()))),
            Category::Io | Category::Syntax | Category::Eof => BodyError::Malformed(plain(error.inner())),
        }
    })?;
    json.end().map_err(|error| BodyError::Malformed(plain(&error)))?;
    Ok(value)
}

/// The message on one line, without what was sent: a key may stand in the wrong field.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let unquoted = match (text.find("string \""), text.rfind("\", expected")) {
        (Some(from), Some(to)) if from < to => {
            let (head, tail) = (text.get(..from + 6), text.get(to + 1..));
            format!("{}{}", head.unwrap_or_default(), tail.unwrap_or_default())
        }
        _ => text,
    };
    unquoted.chars().filter(|character| !character.is_control()).take(200).collect()
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

/// A map whose names are each there once: of two levels for one thing, neither can be meant.
///
/// # Errors
/// A name is repeated, or a value does not fit `T`.
pub fn unique_map<'de, D, T>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Once<T>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Once<T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = BTreeMap::new();
            while let Some((name, value)) = map.next_entry()? {
                if found.insert(name, value).is_some() {
                    return Err(serde::de::Error::custom("a name is there twice"));
                }
            }
            Ok(found)
        }
    }

    deserializer.deserialize_map(Once(std::marker::PhantomData))
}

/// The names of unknown fields behind a path. A long or odd one is not repeated: it may be a key in the
/// wrong place.
pub fn names(path: &str, unknown: &Unknown) -> Vec<String> {
    let plain = |name: &str| {
        name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let shown = |name: &String| if plain(name) { format!("{path}{name}") } else { format!("{path}…") };
    unknown.keys().take(16).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::{BodyError, read};
    use crate::admin::{CreateKey, UpdateKey};

    fn refusal(text: &str) -> String {
        read::<CreateKey>(text.as_bytes(), false).err().unwrap().to_string()
    }

    #[test]
    fn a_refusal_names_the_field() {
        assert!(refusal(r#"{"name":1}"#).contains("`name`"));
        assert!(refusal(r#"{"name":"a","scopes":[{"action":1}]}"#).contains("`scopes[0].action`"));
        assert!(refusal(r#"{"nme":"a"}"#).contains("missing field `name`"));
    }

    #[test]
    fn what_was_sent_is_not_repeated() {
        let message = refusal(r#"{"name":"a","enabled":"rpa_SECRET\", expected"}"#);
        assert!(!message.contains("SECRET"), "{message}");
    }

    #[test]
    fn arrays_duplicates_and_trailing_text_are_refused() {
        for text in
            [r#"["a"]"#, r#"{"name":"a","scopes":[["read","*"]]}"#, r#"{"name":"a","name":"b"}"#, "{}{}", ""]
        {
            assert!(read::<CreateKey>(text.as_bytes(), true).is_err(), "{text}");
        }
    }

    #[test]
    fn unknown_fields_are_refused_unless_the_client_is_of_a_published_system() {
        let text =
            br#"{"name":"a","x":1,"scopes":[{"action":"read","y":2}],"access":{"preset":"all","z":3}}"#;
        let names = ["x", "scopes[0].y", "access.z"].map(str::to_owned).to_vec();
        assert_eq!(read::<CreateKey>(text, false).err(), Some(BodyError::UnknownFields(names)));
        assert!(read::<CreateKey>(text, true).is_ok());
    }

    #[test]
    fn null_takes_away_and_absent_leaves() {
        let update: UpdateKey = read(br#"{"expires_at":null}"#, false).unwrap();
        assert_eq!((update.expires_at, update.allowed_ip_cidrs), (Some(None), None));
    }
}
