//! What an answer holds, in the order it was asked for.

use super::select::Chosen;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json};
use std::fmt;

/// Most bytes of texts in one answer: a list of keys, each text of it asked for under many names, has no other end.
const BYTES_MAX: usize = 4 << 20;

/// A value of the answer.
#[derive(Clone, PartialEq)]
pub(super) enum Output {
    Leaf(Json),
    List(Vec<Output>),
    Object(Vec<(String, Output)>),
}

impl Output {
    pub(super) const NULL: Output = Output::Leaf(Json::Null);
}

// A secret may be in it.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}

impl Serialize for Output {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Output::Leaf(value) => value.serialize(serializer),
            Output::List(items) => serializer.collect_seq(items),
            Output::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (key, value) in fields {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

/// How much more the answer may hold.
#[derive(Debug)]
pub(super) struct Room(usize);

/// The answer would be too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLarge;

impl Room {
    pub(super) fn new() -> Room {
        Room(BYTES_MAX)
    }

    fn take(&mut self, bytes: usize) -> Result<(), TooLarge> {
        self.0 = self.0.checked_sub(bytes).ok_or(TooLarge)?;
        Ok(())
    }

    /// What is asked for of an object whose fields are all there.
    pub(super) fn object(
        &mut self,
        type_name: &str,
        fields: &[Chosen],
        object: &Map<String, Json>,
    ) -> Result<Output, TooLarge> {
        let mut found = Vec::with_capacity(fields.len());
        for field in fields {
            self.take(field.key.len() + 8)?;
            let value = match &*field.name {
                "__typename" => Output::Leaf(type_name.into()),
                name => self.value(field, object.get(name).unwrap_or(&Json::Null))?,
            };
            found.push((field.key.clone(), value));
        }
        Ok(Output::Object(found))
    }

    fn value(&mut self, field: &Chosen, value: &Json) -> Result<Output, TooLarge> {
        match value {
            Json::Object(object) => self.object(&field.of, &field.fields, object),
            Json::Array(items) => {
                Ok(Output::List(items.iter().map(|item| self.value(field, item)).collect::<Result<_, _>>()?))
            }
            Json::String(text) => {
                self.take(text.len())?;
                Ok(Output::Leaf(value.clone()))
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => Ok(Output::Leaf(value.clone())),
        }
    }
}
