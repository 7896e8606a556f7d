//! A resource as it was asked for, and where its pieces stand in that.

use super::segment::{self, SegmentError};
use crate::catalog::types::TypeId;

/// How a door names a resource.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// `TYPE/segment/…`, percent-encoded.
    Text(&'a str),
    /// Literal segments, nothing encoded; `None` means unknown or any.
    Segments(&'a [Option<&'a str>]),
}

/// Where a piece stands in what was asked. An address is handed on by value, so it holds no text itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) kind: Kind,
    /// Its first byte in the text form, its index in the array form.
    at: u16,
    /// The byte behind its last one, in the text form.
    end: u16,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Type(TypeId),
    Literal,
    Escaped,
    Any,
}

impl Place {
    /// The same place, where the name of a type turned out to stand.
    pub(super) fn of_type(self, id: TypeId) -> Place {
        Place { kind: Kind::Type(id), ..self }
    }
}

impl<'a> Asked<'a> {
    /// What stands at the place.
    pub(super) fn text(&self, place: &Place) -> &'a str {
        let at = usize::from(place.at);
        match self {
            Asked::Text(text) => text.get(at..usize::from(place.end)).unwrap_or_default(),
            Asked::Segments(segments) => segments.get(at).copied().flatten().unwrap_or_default(),
        }
    }
}

/// A piece of the text form, which begins at byte `at`; the next one begins behind the slash.
pub(super) fn encoded(text: &str, at: &mut u16) -> Result<Place, SegmentError> {
    let start = *at;
    // No text is longer than 1,024 bytes here.
    let end = start.saturating_add(u16::try_from(text.len()).unwrap_or(u16::MAX));
    *at = end.saturating_add(1);
    let kind = match text {
        "#" => Kind::Any,
        text if segment::check(text)? => Kind::Escaped,
        _ => Kind::Literal,
    };
    Ok(Place { kind, at: start, end })
}

/// A piece of the array form.
pub(super) fn literal(value: Option<&str>, at: u16) -> Result<Place, SegmentError> {
    let kind = match value {
        None => Kind::Any,
        Some(value) => segment::check_value(value).map(|()| Kind::Literal)?,
    };
    Ok(Place { kind, at, end: at })
}

/// Why an asked resource is no address.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum AskedError {
    /// More than 1,024 bytes or eight resources.
    #[error("the resource is longer than 1024 bytes or 8 types")]
    TooLong,
    /// A type that the catalog does not have.
    #[error("segment {0} of the resource is not a resource type of the catalog")]
    UnknownType(usize),
    /// Two types that may not follow each other.
    #[error("the type at segment {0} of the resource may not stand behind the one before it")]
    UndeclaredChain(usize),
    /// A type without all its segments.
    #[error("the resource ends before the last type has all its segments")]
    Incomplete,
    /// A word outside a closed set.
    #[error("segment {0} of the resource is not one of the values its type allows")]
    UnknownValue(usize),
    /// A malformed segment.
    #[error("segment {0} of the resource {1}")]
    Segment(usize, SegmentError),
}
