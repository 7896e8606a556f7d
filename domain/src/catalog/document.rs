//! From text to tables, one at a time, so that a mistake in one does not hide those in the next.

use super::mistake::Mistakes;
use super::raw::RawCatalog;
use crate::scope::shorten;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// More than any catalog needs.
const BYTES_MAX: usize = 1 << 20;
/// More of one kind than any catalog needs.
const ENTRIES_MAX: usize = 1000;

/// The tables that could be read; `None` when the rest would be judged by types that are not there.
pub(super) fn read(text: &str, mistakes: &mut Mistakes<'_>) -> Option<RawCatalog> {
    if text.len() > BYTES_MAX {
        mistakes.note(&(0..0), "a catalog is at most 1 MiB long");
        return None;
    }
    let mut document = match DeTable::parse(text) {
        Ok(document) => document.into_inner(),
        Err(error) => {
            mistakes.note(&error.span().unwrap_or(0..0), error.message());
            return None;
        }
    };
    let classes = document.get("key_class").map(|value| value.get_ref().as_array());
    if classes.is_none_or(|list| list.is_some_and(|list| list.is_empty())) {
        mistakes.note(&(0..0), "there must be at least one [[key_class]]");
    }
    let before = mistakes.count();
    let resource_type = tables("resource_type", &mut document, mistakes);
    let types_read = mistakes.count() == before;
    let raw = RawCatalog {
        resource_type,
        api: tables("api", &mut document, mistakes),
        role: tables("role", &mut document, mistakes),
        key_class: tables("key_class", &mut document, mistakes),
        plan: tables("plan", &mut document, mistakes),
        route: tables("route", &mut document, mistakes),
    };
    for (key, _) in document {
        let message = "is none of resource_type, api, role, key_class, plan, route";
        mistakes.note(&key.span(), format!("`{}` {message}", shorten(key.get_ref())));
    }
    types_read.then_some(raw)
}

/// Every `[[name]]` of the document that is one.
fn tables<T: DeserializeOwned>(
    name: &str,
    document: &mut DeTable<'_>,
    mistakes: &mut Mistakes<'_>,
) -> Vec<T> {
    let Some(value) = document.remove(name) else { return Vec::new() };
    let span = value.span();
    let DeValue::Array(items) = value.into_inner() else {
        mistakes.note(&span, format!("`{name}` is a list of tables: write [[{name}]]"));
        return Vec::new();
    };
    if let Some(beyond) = items.get(ENTRIES_MAX) {
        mistakes.note(&beyond.span(), format!("there are more than {ENTRIES_MAX} [[{name}]]"));
    }
    items.into_iter().take(ENTRIES_MAX).filter_map(|item| table(item, mistakes)).collect()
}

fn table<T: DeserializeOwned>(item: Spanned<DeValue<'_>>, mistakes: &mut Mistakes<'_>) -> Option<T> {
    let span = item.span();
    match T::deserialize(ValueDeserializer::from(item)) {
        Ok(read) => Some(read),
        Err(error) => {
            mistakes.note(&error.span().unwrap_or(span), error.message());
            None
        }
    }
}
