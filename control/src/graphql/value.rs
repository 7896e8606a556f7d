//! Values coerced to the types they stand for (GraphQL, section 3 "Input Coercion" and 6.1.2).

use super::answer::Refused;
use api::graphql::{Base, Operation, Schema, Type, Value, fits};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The variables of an operation, coerced.
#[derive(Default)]
pub(super) struct Bound<'d>(BTreeMap<&'d str, Variable<'d>>);

struct Variable<'d> {
    of: &'d Type,
    /// `None` when the request brings none and there is no default.
    value: Option<Json>,
    has_default: bool,
}

impl<'d> Bound<'d> {
    /// Checks what the request brings along against what the operation says it needs.
    pub(super) fn read(
        schema: &Schema,
        operation: &'d Operation,
        sent: &Map<String, Json>,
    ) -> Result<Bound<'d>, Refused> {
        let mut bound = Bound::default();
        for definition in &operation.variables {
            let at = format!("${}", shown(&definition.name));
            if !schema.is_input(definition.of.innermost()) {
                return Err(Refused::invalid(format!("`{at}` is not of an input type")));
            }
            let coerce = Coerce { schema, variables: &Bound::default(), from: From::Json };
            let value = match sent.get(&definition.name) {
                Some(json) => coerce.value(&definition.of, &written(json), &at)?,
                None => {
                    let coerce = Coerce { from: From::Text, ..coerce };
                    coerce.field(&definition.of, None, definition.default.as_ref(), &at)?
                }
            };
            let has_default = definition.default.as_ref().is_some_and(|value| *value != Value::Null);
            bound.0.insert(&definition.name, Variable { of: &definition.of, value, has_default });
        }
        Ok(bound)
    }
}

/// JSON in the words of a document; only what an enumeration is, the type must say.
fn written(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) if number.is_f64() => Value::Float(number.to_string()),
        Json::Number(number) => Value::Int(number.to_string()),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(written).collect()),
        Json::Object(map) => {
            Value::Object(map.iter().map(|(name, value)| (name.clone(), written(value))).collect())
        }
    }
}

/// Where a value comes from: in JSON, the words of an enumeration are strings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Text,
    Json,
}

/// Coerces values. Messages name the place and never the value.
pub(super) struct Coerce<'a, 'd> {
    pub(super) schema: &'a Schema,
    pub(super) variables: &'a Bound<'d>,
    pub(super) from: From,
}

impl Coerce<'_, '_> {
    /// An argument or a field of an input, which may be left out; `None` when it stays so.
    pub(super) fn field(
        &self,
        of: &Type,
        given: Option<&Value>,
        default: Option<&Value>,
        at: &str,
    ) -> Result<Option<Json>, Refused> {
        let found = match given {
            Some(Value::Variable(name)) => self.variable(name, of, default.is_some(), at)?,
            Some(value) => self.value(of, value, at)?,
            None => None,
        };
        let found = match (found, default) {
            (None, Some(default)) => self.value(of, default, at)?,
            (found, _) => found,
        };
        match found {
            None | Some(Json::Null) if of.required => Err(Refused::invalid(format!("`{at}` is needed"))),
            found => Ok(found),
        }
    }

    fn variable(&self, name: &str, of: &Type, default: bool, at: &str) -> Result<Option<Json>, Refused> {
        let undefined = || Refused::invalid(format!("`{at}`: the variable is not defined"));
        let variable = self.variables.0.get(name).ok_or_else(undefined)?;
        // Where something is required, a variable that may be null fits only if there is something in its place.
        let required = variable.of.required || (of.required && (default || variable.has_default));
        let promised = Type { base: variable.of.base.clone(), required };
        if !fits(&promised, of) {
            return Err(Refused::invalid(format!("`{at}`: the variable is of another type")));
        }
        Ok(variable.value.clone())
    }

    /// A value that is there.
    pub(super) fn value(&self, of: &Type, value: &Value, at: &str) -> Result<Option<Json>, Refused> {
        if let Value::Variable(name) = value {
            return self.variable(name, of, false, at);
        }
        if *value == Value::Null {
            return if of.required {
                Err(Refused::invalid(format!("`{at}` must not be null")))
            } else {
                Ok(Some(Json::Null))
            };
        }
        match &of.base {
            Base::Named(name) => self.named(name, value, at).map(Some),
            Base::List(inner) => {
                // One value stands for a list of it.
                let one = std::slice::from_ref(value);
                let items = if let Value::List(items) = value { items } else { one };
                let coerced = items.iter().enumerate().map(|(place, item)| {
                    self.field(inner, Some(item), None, &format!("{at}[{place}]"))
                        .map(Option::unwrap_or_default)
                });
                Ok(Some(Json::Array(coerced.collect::<Result<_, _>>()?)))
            }
        }
    }

    fn named(&self, name: &str, value: &Value, at: &str) -> Result<Json, Refused> {
        if let Some(words) = self.schema.words(name) {
            return self.word(words, value, at);
        }
        if self.schema.input(name).is_some() {
            return self.object(name, value, at);
        }
        let fitting = match (name, value) {
            ("Boolean", Value::Boolean(value)) => Some(Json::Bool(*value)),
            ("Int", Value::Int(digits)) => digits.parse::<i32>().ok().map(Json::from),
            ("Float", Value::Int(text) | Value::Float(text)) => text.parse::<f64>().ok().map(Json::from),
            ("ID", Value::Int(text) | Value::String(text)) => Some(Json::String(text.clone())),
            ("String" | "DateTime", Value::String(text)) => Some(Json::String(text.clone())),
            _ => None,
        };
        fitting.ok_or_else(|| Refused::invalid(format!("`{at}` must be of the type {name}")))
    }

    fn word(&self, words: &[String], value: &Value, at: &str) -> Result<Json, Refused> {
        let word = match (value, self.from) {
            (Value::Enum(word), From::Text) | (Value::String(word), From::Json) => {
                words.iter().find(|known| *known == word)
            }
            _ => None,
        };
        let refused = || Refused::invalid(format!("`{at}` must be one of {}", words.join(", ")));
        word.map(|word| Json::String(word.clone())).ok_or_else(refused)
    }

    fn object(&self, name: &str, value: &Value, at: &str) -> Result<Json, Refused> {
        let Value::Object(given) = value else {
            return Err(Refused::invalid(format!("`{at}` must be an object")));
        };
        let known = self.schema.input(name).into_iter().flatten();
        let mut found = Map::new();
        let mut taken = 0;
        for (field, expected) in known {
            let written = given.iter().find(|(name, _)| name == field).map(|(_, value)| value);
            taken += usize::from(written.is_some());
            let at = format!("{at}.{field}");
            if let Some(value) = self.field(&expected.of, written, expected.default.as_ref(), &at)? {
                found.insert(field.clone(), value);
            }
        }
        // A mistyped restriction must not become its absence.
        if taken < given.len() {
            return Err(Refused::invalid(format!("`{at}` has a field that {name} does not have")));
        }
        Ok(Json::Object(found))
    }
}

/// A name that was sent, unless it looks like something else.
pub(super) fn shown(name: &str) -> &str {
    if name.len() <= 40 { name } else { "…" }
}
