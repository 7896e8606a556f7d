//! Query strings: every parameter known, and given once.

use crate::Error;
use std::collections::BTreeMap;

/// The parameters of one request.
#[derive(Debug)]
pub(crate) struct Query(BTreeMap<String, String>);

impl Query {
    /// Reads a query string; unknown, repeated and undecodable parameters are refused.
    pub(crate) fn parse(text: &str, known: &[&str]) -> Result<Query, Error> {
        let mut found = BTreeMap::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |text: &str| crate::oauth::form_decode(text);
            let (Some(name), Some(value)) = (decode(name), decode(value)) else {
                return Err(Error::Invalid("the query string holds a bad percent escape".into()));
            };
            if !known.contains(&&*name) {
                let list = if known.is_empty() { "none".into() } else { known.join(", ") };
                return Err(Error::Invalid(format!("unknown query parameter; this path takes: {list}")));
            }
            if value.chars().any(char::is_control) {
                return Err(Error::Invalid(format!("query parameter `{name}` holds a control character")));
            }
            if found.insert(name.clone(), value).is_some() {
                return Err(Error::Invalid(format!("query parameter `{name}` is given more than once")));
            }
        }
        Ok(Query(found))
    }

    /// A parameter, if it was given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// `limit`, between 1 and 100.
    pub(super) fn limit(&self) -> Result<Option<i64>, Error> {
        let Some(text) = self.get("limit") else { return Ok(None) };
        match text.parse() {
            Ok(limit @ 1..=100) if !text.starts_with('+') => Ok(Some(limit)),
            _ => Err(Error::OutOfRange("`limit` must be a number from 1 to 100".into())),
        }
    }
}
