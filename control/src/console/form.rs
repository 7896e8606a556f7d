//! A form as it was sent: every field known, and given once unless it may be repeated.

use super::fault::Fault;
use crate::Error;
use axum::body::{Body, to_bytes};
use std::collections::HashSet;
use zeroize::Zeroizing;

/// The largest form.
const BYTES_MAX: usize = 256 << 10;
/// The most fields: a key's form has a few for each scope and endpoint.
const FIELDS_MAX: usize = 1_000;

/// The fields of a form, in their order. Some hold passwords.
#[derive(Default)]
pub(super) struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    pub(super) async fn read(body: Body) -> Result<Form, Fault> {
        let unreadable =
            || Fault::from(Error::Invalid("the form is too large or did not arrive whole".into()));
        let bytes = to_bytes(body, BYTES_MAX).await.map_err(|_| unreadable())?;
        Form::parse(&bytes).ok_or_else(|| Error::Invalid("this is not a form".into()).into())
    }

    /// Reads `application/x-www-form-urlencoded` (WHATWG URL section 5.1).
    fn parse(bytes: &[u8]) -> Option<Form> {
        let text = std::str::from_utf8(bytes).ok()?;
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let fields = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((crate::oauth::form_decode(name)?, Zeroizing::new(crate::oauth::form_decode(value)?)))
        });
        let fields: Option<Vec<_>> = fields.take(FIELDS_MAX + 1).collect();
        Some(Form(fields.filter(|fields| fields.len() <= FIELDS_MAX)?))
    }

    /// Refuses fields that the page does not have, and those it has once that were sent twice: what a form does not
    /// show, nobody meant to set.
    pub(super) fn has_only(&self, once: &[&str], repeated: &[&str]) -> Result<(), Fault> {
        let (once, repeated): (HashSet<&str>, HashSet<&str>) =
            (once.iter().copied().collect(), repeated.iter().copied().collect());
        let mut seen = HashSet::new();
        for (name, _) in &self.0 {
            let name = name.as_str();
            let fits = if once.contains(name) { seen.insert(name) } else { repeated.contains(name) };
            if !fits {
                return Err(Error::Invalid("this page has no such field: load it again".into()).into());
            }
        }
        Ok(())
    }

    /// A field without the spaces around it; one that was not sent is empty.
    pub(super) fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// A field as it was typed.
    pub(super) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// Whether the field was sent: a box that is ticked, a button that was pressed.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(found, _)| found == name)
    }

    /// All values of a field that may be repeated.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.trim())
    }

    /// Fields whose names begin like this, with the rest of the name.
    pub(super) fn beginning<'f>(&'f self, prefix: &'f str) -> impl Iterator<Item = (&'f str, &'f str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.trim())))
    }
}

#[cfg(test)]
mod tests {
    use super::{FIELDS_MAX, Form};

    #[test]
    fn fields_are_known_once_and_not_too_many() {
        let form = Form::parse(b"name=a+b&role=x&role=y").unwrap();
        assert!(form.has_only(&["name"], &["role"]).is_ok());
        assert_eq!((form.get("name"), form.all("role").count()), ("a b", 2));
        assert!(form.has_only(&["name"], &[]).is_err(), "unknown");
        assert!(form.has_only(&["name", "role"], &[]).is_err(), "twice");
        let many = |count: usize| Form::parse("a=1&".repeat(count).as_bytes());
        assert!(many(FIELDS_MAX).is_some() && many(FIELDS_MAX + 1).is_none());
        assert!(Form::parse(b"a=%zz").is_none() && Form::parse(b"a=\xff").is_none());
    }
}
