//! From the catalog as written to the catalog as meant, with every mistake on the way.

use super::mistake::{Mistake, Mistakes};
use super::raw::{RawCatalog, RawSegment, RawType};
use super::types::{Ownership, ResourceType, Segment, TypeId, Types};
use super::{Catalog, api, class, role, route};
use std::collections::HashSet;
use std::ops::Range;
use toml::Spanned;

/// More than any catalog needs.
const BYTES_MAX: usize = 1 << 20;
/// More of one kind than any catalog needs.
const ENTRIES_MAX: usize = 1000;
/// Segments a type may have, so that the longest chain has a bound.
const SEGMENTS_MAX: usize = 7;

pub(super) fn read(text: &str) -> Result<Catalog, Vec<Mistake>> {
    let mut mistakes = Mistakes::new(text);
    if text.len() > BYTES_MAX {
        mistakes.note(&(0..0), "a catalog is at most 1 MiB long");
        return Err(mistakes.found);
    }
    let raw: RawCatalog = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            mistakes.note(&error.span().unwrap_or(0..0), error.message());
            return Err(mistakes.found);
        }
    };
    let types = read_types(raw.resource_type, &mut mistakes);
    unique("API id", raw.api.iter().map(|api| &api.id), &mut mistakes);
    unique("role", raw.role.iter().map(|role| &role.name), &mut mistakes);
    unique("key class", raw.key_class.iter().map(|class| &class.name), &mut mistakes);
    unique("prefix", raw.key_class.iter().map(|class| &class.prefix), &mut mistakes);
    let apis = raw.api.into_iter().filter_map(|raw| api::read(raw, &types, &mut mistakes)).collect();
    let roles = raw.role.into_iter().filter_map(|raw| role::read(raw, &types, &mut mistakes)).collect();
    let classes: Vec<_> = raw.key_class.into_iter().filter_map(|raw| class::read(raw, &mut mistakes)).collect();
    let routes = route::read_all(raw.route, &types, &mut mistakes);
    if classes.is_empty() {
        mistakes.note(&(0..0), "there must be at least one [[key_class]]");
    }
    match classes.first().cloned() {
        Some(first_class) if mistakes.found.is_empty() => {
            Ok(Catalog { text: text.to_owned(), types, apis, roles, first_class, classes, routes })
        }
        _ => Err(mistakes.found),
    }
}

fn unique<'r>(what: &str, names: impl Iterator<Item = &'r Spanned<String>>, mistakes: &mut Mistakes<'_>) {
    let mut seen = HashSet::new();
    for (count, name) in names.enumerate() {
        if !seen.insert(name.get_ref()) {
            mistakes.note(&name.span(), format!("{what} `{}` is there twice", name.get_ref()));
        }
        if name.get_ref().is_empty() || count >= ENTRIES_MAX {
            mistakes.note(&name.span(), format!("{what} must not be empty, and there are at most {ENTRIES_MAX}"));
        }
    }
}

fn read_types(raw: Vec<RawType>, mistakes: &mut Mistakes<'_>) -> Types {
    unique("resource type", raw.iter().map(|raw| &raw.name), mistakes);
    let names: Vec<String> = raw.iter().map(|raw| raw.name.get_ref().clone()).collect();
    Types::new(raw.into_iter().map(|raw| read_type(raw, &names, mistakes)).collect())
}

fn read_type(raw: RawType, names: &[String], mistakes: &mut Mistakes<'_>) -> ResourceType {
    let span = raw.name.span();
    let name = raw.name.get_ref().clone();
    let shape = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if !shape {
        mistakes.note(&span, format!("resource type `{name}` must be of A-Z, 0-9 and _, a letter first"));
    }
    if raw.segments.len() > SEGMENTS_MAX {
        mistakes.note(&span, format!("resource type `{name}` has more than {SEGMENTS_MAX} segments"));
    }
    let ownership = ownership(&raw, &span, mistakes);
    let within = raw.within.iter().filter_map(|parent| type_named(parent, names, mistakes)).collect();
    let segments = raw.segments.into_iter().filter_map(|segment| read_segment(segment, mistakes)).collect();
    ResourceType { name, segments, ownership, within }
}

fn type_named(parent: &Spanned<String>, names: &[String], mistakes: &mut Mistakes<'_>) -> Option<TypeId> {
    let found = names.iter().position(|name| name == parent.get_ref()).and_then(|at| u16::try_from(at).ok());
    if found.is_none() {
        mistakes.note(&parent.span(), format!("`{}` is not a resource type", parent.get_ref()));
    }
    found.map(TypeId)
}

fn read_segment(segment: Spanned<RawSegment>, mistakes: &mut Mistakes<'_>) -> Option<Segment> {
    let span = segment.span();
    match segment.into_inner() {
        RawSegment::Free(name) if !name.is_empty() => Some(Segment::Free(name)),
        RawSegment::OneOf(words) if !words.is_empty() && words.iter().all(|word| is_word(word)) => {
            Some(Segment::OneOf(words))
        }
        RawSegment::Free(_) | RawSegment::OneOf(_) => {
            mistakes.note(&span, "a segment is a name, or a list of plain words");
            None
        }
    }
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// `PROJECT` and `ORGANIZATION` are Keydesk's own nouns: it knows whose they are.
fn ownership(raw: &RawType, span: &Range<usize>, mistakes: &mut Mistakes<'_>) -> Ownership {
    let known = match raw.name.get_ref().as_str() {
        "PROJECT" => Some(Ownership::Project),
        "ORGANIZATION" => Some(Ownership::Organization),
        _ => None,
    };
    if let Some(known) = known {
        let one_free = matches!(raw.segments.as_slice(), [only] if matches!(only.get_ref(), RawSegment::Free(_)));
        if !one_free || raw.owned || raw.tenant_checked_by_upstream {
            let message = "has one free segment, and is neither owned nor tenant_checked_by_upstream";
            mistakes.note(span, format!("`{}` is known to Keydesk: it {message}", raw.name.get_ref()));
        }
        return known;
    }
    match (raw.owned, raw.tenant_checked_by_upstream) {
        (true, true) => {
            mistakes.note(span, "a type is either owned or tenant_checked_by_upstream, not both");
            Ownership::Registered
        }
        (true, false) => Ownership::Registered,
        (false, true) => Ownership::CheckedByUpstream,
        (false, false) => Ownership::NamedInAsk,
    }
}
