//! The resource filter of a scope: `*`, or a chain of `TYPE/segment/…` where `#` is any one segment.
//!
//! No descent, no prefix match, no deny rule: a filter matches exactly the addresses of its own length.

use super::address::{Address, BYTES_MAX, LINKS_MAX};
use super::pattern;
use super::segment::{self, SegmentError};
use crate::catalog::types::{Ownership, Segment, TypeId, Types};
use crate::scope::shorten;
use std::fmt;

/// A filter, parsed against the catalog and shown in its one canonical form.
#[derive(Clone, PartialEq, Eq)]
pub struct Filter {
    text: Box<str>,
    pattern: Box<[u8]>,
}

/// One piece of a filter while it is read.
enum Piece {
    Type(TypeId),
    Is(Box<str>),
    Any,
}

/// Why a filter was refused; segments are counted from 1.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum FilterError {
    /// More than 1,024 bytes or eight resources.
    #[error("resource filter is longer than 1024 bytes or 8 types")]
    TooLong,
    /// `*` or `#` where it means nothing.
    #[error(
        "segment {at} of resource filter: `{found}` may not stand here; `*` is a whole filter, `#` one segment"
    )]
    MisplacedWildcard {
        /// Segment, counted from 1.
        at: usize,
        /// What was written.
        found: String,
    },
    /// A type that the catalog does not have.
    #[error("segment {at} of resource filter: `{found}` is not a resource type; types are upper case")]
    UnknownType {
        /// Segment, counted from 1.
        at: usize,
        /// What was written.
        found: String,
    },
    /// Two types that may not follow each other.
    #[error("segment {at} of resource filter: `{found}` may not stand behind the type before it")]
    UndeclaredChain {
        /// Segment, counted from 1.
        at: usize,
        /// What was written.
        found: String,
    },
    /// A type without all its segments.
    #[error("resource filter ends too early: `{name}` takes {takes} segments")]
    Incomplete {
        /// The type.
        name: String,
        /// How many segments it takes.
        takes: usize,
    },
    /// A word outside a closed set.
    #[error("segment {at} of resource filter: `{found}` is not one of {allowed}")]
    UnknownValue {
        /// Segment, counted from 1.
        at: usize,
        /// What was written.
        found: String,
        /// The closed set.
        allowed: String,
    },
    /// A malformed segment.
    #[error("segment {at} of resource filter {error}")]
    Segment {
        /// Segment, counted from 1.
        at: usize,
        /// What is wrong with it.
        error: SegmentError,
    },
}

impl Filter {
    /// `*`: every resource of the key's own organization.
    pub fn everything() -> Filter {
        Filter { text: "*".into(), pattern: pattern::EVERYTHING.into() }
    }

    /// Reads a filter; the empty text means `*`.
    ///
    /// # Errors
    /// The filter does not follow the grammar of the catalog's types; the message names the segment.
    pub fn parse(text: &str, types: &Types) -> Result<Filter, FilterError> {
        if text.is_empty() || text == "*" {
            return Ok(Filter::everything());
        }
        if text.len() > BYTES_MAX {
            return Err(FilterError::TooLong);
        }
        let pieces =
            Reader { segments: text.split('/').zip(1..), types, pieces: Vec::new(), links: 0 }.read()?;
        let packed: Vec<pattern::Piece<'_>> = pieces.iter().map(Piece::packed).collect();
        Ok(Filter { text: canonical(&pieces, types).into(), pattern: pattern::pack(&packed) })
    }

    /// The canonical text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the address, or the suffix of it that starts at a type and is as long as this filter, matches.
    pub fn matches(&self, address: &Address<'_>) -> bool {
        pattern::matches(&self.pattern, address)
    }

    /// The packed form, for [`pattern::matches`].
    pub(crate) fn pattern(&self) -> &[u8] {
        &self.pattern
    }

    /// How many pieces, types and segments, it is long; `None` for `*`, which is of no length.
    pub(crate) fn pieces(&self) -> Option<usize> {
        Some(pattern::pieces(&self.pattern).count()).filter(|count| *count > 0)
    }

    /// Whether this filter matches every address that the other one matches.
    ///
    /// A longer chain is covered by a filter on its end: whatever has the address `PLACE/Site/s1/THING/a/b` has the
    /// address `THING/a/b` as well. The other way round nothing is, as a `THING` need stand in no `PLACE`.
    pub fn covers(&self, other: &Filter) -> bool {
        pattern::covers(&self.pattern, &other.pattern)
    }

    /// The last resource of the chain by its canonical name, if it is of a type that is registered to projects.
    pub fn registered(&self, types: &Types) -> Option<String> {
        let mut segments = 0;
        for piece in pattern::pieces(&self.pattern) {
            match piece {
                pattern::Piece::Any => return None,
                pattern::Piece::Is(_) => segments += 1,
                pattern::Piece::Type(id) => {
                    let before = self.text.rmatch_indices('/').nth(segments);
                    let name = self.text.get(before.map_or(0, |(slash, _)| slash + 1)..)?;
                    let owned = types.get(id)?.ownership == Ownership::Registered;
                    return owned.then(|| name.to_owned());
                }
            }
        }
        None
    }
}

impl Piece {
    fn packed(&self) -> pattern::Piece<'_> {
        match self {
            Piece::Type(id) => pattern::Piece::Type(*id),
            Piece::Is(value) => pattern::Piece::Is(value.as_bytes()),
            Piece::Any => pattern::Piece::Any,
        }
    }
}

/// The filter of one resource, named by its type and its id as the operator's API writes it.
pub(crate) fn literal_filter(type_name: &str, id: &str) -> String {
    let mut text = format!("{type_name}/");
    // Writing into a String cannot fail.
    segment::encode(id, &mut text).unwrap_or_default();
    text
}

/// Reads a type, then as many segments as it takes, and again: the grammar needs no look-ahead.
struct Reader<'a, I> {
    segments: I,
    types: &'a Types,
    pieces: Vec<Piece>,
    links: usize,
}

impl<'a, I: Iterator<Item = (&'a str, usize)>> Reader<'a, I> {
    fn read(mut self) -> Result<Vec<Piece>, FilterError> {
        let mut before = None;
        while let Some((name, at)) = self.segments.next() {
            before = Some(self.link(name, at, before)?);
            self.links += 1;
            if self.links > LINKS_MAX {
                return Err(FilterError::TooLong);
            }
        }
        Ok(self.pieces)
    }

    fn link(&mut self, name: &str, at: usize, before: Option<TypeId>) -> Result<TypeId, FilterError> {
        if name.is_empty() {
            return Err(FilterError::Segment { at, error: SegmentError::Empty });
        }
        if name.contains(['*', '#']) {
            return Err(FilterError::MisplacedWildcard { at, found: shorten(name) });
        }
        let found = || shorten(name);
        let (id, resource_type) =
            self.types.named(name).ok_or_else(|| FilterError::UnknownType { at, found: found() })?;
        if before.is_some_and(|before| !resource_type.within.contains(&before)) {
            return Err(FilterError::UndeclaredChain { at, found: found() });
        }
        self.pieces.push(Piece::Type(id));
        for rule in &resource_type.segments {
            let incomplete =
                || FilterError::Incomplete { name: found(), takes: resource_type.segments.len() };
            let (text, at) = self.segments.next().ok_or_else(incomplete)?;
            self.pieces.push(piece(text, at, rule)?);
        }
        Ok(id)
    }
}

fn piece(text: &str, at: usize, rule: &Segment) -> Result<Piece, FilterError> {
    if text == "#" {
        return Ok(Piece::Any);
    }
    if text.chars().all(|character| character == '*') && !text.is_empty() {
        return Err(FilterError::MisplacedWildcard { at, found: shorten(text) });
    }
    segment::check(text).map_err(|error| FilterError::Segment { at, error })?;
    let value = segment::decode(text).map_err(|error| FilterError::Segment { at, error })?;
    match rule {
        Segment::OneOf(words) if !words.contains(&value) => {
            Err(FilterError::UnknownValue { at, found: shorten(text), allowed: words.join(", ") })
        }
        Segment::OneOf(_) | Segment::Free(_) => Ok(Piece::Is(value.into())),
    }
}

fn canonical(pieces: &[Piece], types: &Types) -> String {
    let mut text = String::new();
    for piece in pieces {
        if !text.is_empty() {
            text.push('/');
        }
        match piece {
            Piece::Type(id) => text.push_str(types.get(*id).map_or("", |found| &found.name)),
            // Writing into a String cannot fail.
            Piece::Is(value) => segment::encode(value, &mut text).unwrap_or_default(),
            Piece::Any => text.push('#'),
        }
    }
    text
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
