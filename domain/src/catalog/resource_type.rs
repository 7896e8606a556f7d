//! `[[resource_type]]`: the words of addresses, checked so that every chain has a bound and an owner.

use super::mistake::Mistakes;
use super::raw::{RawSegment, RawType};
use super::types::{Ownership, ResourceType, Segment, TypeId, Types};
use crate::resource::is_plain_segment;
use crate::scope::shorten;
use std::collections::HashMap;
use toml::Spanned;

/// Segments a type may have, so that the longest chain has a bound.
const SEGMENTS_MAX: usize = 7;

pub(super) fn read_all(raw: Vec<RawType>, mistakes: &mut Mistakes<'_>) -> Types {
    // A type may stand within one that is written further down, so all names are known first.
    let names = raw.iter().zip(0..).map(|(raw, at)| (raw.name.get_ref().clone(), TypeId(at))).collect();
    Types::new(raw.into_iter().map(|raw| read(raw, &names, mistakes)).collect())
}

/// Always a type, however wrong: what is built on it is then judged for itself.
fn read(raw: RawType, names: &HashMap<String, TypeId>, mistakes: &mut Mistakes<'_>) -> ResourceType {
    let span = raw.name.span();
    let name = raw.name.get_ref().clone();
    if !is_type_name(&name) {
        let message = format!("resource type `{}` must be of A-Z, 0-9 and _, a letter first", shorten(&name));
        mistakes.note(&span, message);
    }
    if raw.segments.len() > SEGMENTS_MAX {
        let message = format!("resource type `{}` has more than {SEGMENTS_MAX} segments", shorten(&name));
        mistakes.note(&span, message);
    }
    let ownership = ownership(&raw, mistakes);
    let within = raw.within.iter().filter_map(|parent| parent_id(parent, names, mistakes)).collect();
    let segments = raw.segments.into_iter().map(|segment| read_segment(segment, mistakes)).collect();
    ResourceType { name, segments, ownership, within }
}

fn is_type_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn parent_id(
    parent: &Spanned<String>,
    names: &HashMap<String, TypeId>,
    mistakes: &mut Mistakes<'_>,
) -> Option<TypeId> {
    let found = names.get(parent.get_ref()).copied();
    if found.is_none() {
        mistakes.note(&parent.span(), format!("`{}` is not a resource type", shorten(parent.get_ref())));
    }
    found
}

fn read_segment(segment: Spanned<RawSegment>, mistakes: &mut Mistakes<'_>) -> Segment {
    let span = segment.span();
    match segment.into_inner() {
        RawSegment::Free(name) => {
            if name.is_empty() {
                mistakes.note(&span, "a segment needs a name");
            }
            Segment::Free(name)
        }
        RawSegment::OneOf(words) => {
            if words.is_empty() {
                mistakes.note(&span, "a closed set of segments needs at least one word");
            }
            if let Some(word) = words.iter().find(|word| !is_plain_segment(word)) {
                let message = format!("`{}` is not a word that a segment can hold as it is", shorten(word));
                mistakes.note(&span, message);
            }
            Segment::OneOf(words)
        }
    }
}

/// `PROJECT` and `ORGANIZATION` are Keydesk's own nouns: it knows whose they are.
fn ownership(raw: &RawType, mistakes: &mut Mistakes<'_>) -> Ownership {
    match raw.name.get_ref().as_str() {
        "PROJECT" => known(raw, Ownership::Project, mistakes),
        "ORGANIZATION" => known(raw, Ownership::Organization, mistakes),
        _ => declared(raw, mistakes),
    }
}

fn known(raw: &RawType, ownership: Ownership, mistakes: &mut Mistakes<'_>) -> Ownership {
    let one_free = match raw.segments.as_slice() {
        [only] => matches!(only.get_ref(), RawSegment::Free(_)),
        _ => false,
    };
    if !one_free || raw.owned || raw.tenant_checked_by_upstream {
        let message = "has one free segment, and is neither owned nor tenant_checked_by_upstream";
        mistakes
            .note(&raw.name.span(), format!("`{}` is known to Keydesk: it {message}", raw.name.get_ref()));
    }
    ownership
}

fn declared(raw: &RawType, mistakes: &mut Mistakes<'_>) -> Ownership {
    match (raw.owned, raw.tenant_checked_by_upstream) {
        (true, true) => {
            let message = "a type is either owned or tenant_checked_by_upstream, not both";
            mistakes.note(&raw.name.span(), message);
            Ownership::Registered
        }
        (true, false) => Ownership::Registered,
        (false, true) => Ownership::CheckedByUpstream,
        (false, false) => Ownership::NamedInAsk,
    }
}
