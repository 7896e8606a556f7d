//! The resource a call asks for: a chain of `TYPE/segment/…`, parsed without touching the heap.

use super::segment::{self, SegmentError};
use crate::catalog::types::{ResourceType, Segment, TypeId, Types};
use crate::scope::Action;
use arrayvec::{ArrayString, ArrayVec};
use std::borrow::Cow;

/// A chain has at most this many resources (`compat.md` 3.4).
pub(crate) const LINKS_MAX: usize = 8;
/// An address or a filter is at most this many bytes long.
pub(super) const BYTES_MAX: usize = 1024;
/// Types and segments of the longest chain; the catalog allows a type seven segments.
const PARTS_MAX: usize = LINKS_MAX * 8;

/// How a door names a resource.
#[derive(Debug, Clone, Copy)]
pub enum Asked<'a> {
    /// `TYPE/segment/…`, percent-encoded.
    Text(&'a str),
    /// Literal segments, nothing encoded; `None` means unknown or any.
    Segments(&'a [Option<&'a str>]),
}

/// An action on an address: the question whether a scope allows it.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// What the call would do.
    pub action: Action,
    /// To what.
    pub address: Address<'a>,
}

/// One piece of an address.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'a> {
    Type(TypeId),
    /// Stands for itself.
    Literal(&'a str),
    /// Stands for what it decodes to.
    Escaped(&'a str),
    /// Unknown or any.
    Any,
}

/// One resource of the chain: its type and where its parts are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) resource_type: TypeId,
    /// Index of the type among the parts.
    pub(crate) start: usize,
    /// Index behind its last segment.
    pub(crate) end: usize,
}

/// The longest address the caller knows for a resource; every suffix that starts at a type names it too.
#[derive(Debug)]
pub struct Address<'a> {
    pub(crate) parts: ArrayVec<Part<'a>, PARTS_MAX>,
    pub(crate) links: ArrayVec<Link, LINKS_MAX>,
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

impl<'a> Address<'a> {
    /// Reads an asked resource against the types of the catalog.
    ///
    /// # Errors
    /// The question is malformed; nothing was decided.
    pub fn parse(asked: Asked<'a>, types: &Types) -> Result<Address<'a>, AskedError> {
        match asked {
            Asked::Text(text) if text.len() > BYTES_MAX => Err(AskedError::TooLong),
            Asked::Text(text) => Address::read(text.split('/').map(encoded), types),
            Asked::Segments(segments) => {
                // The same bound as if it had come as text.
                let slashes = segments.len().saturating_sub(1);
                let length = |segment: &Option<&str>| segment.map_or(1, segment::encoded_len);
                if segments.iter().map(length).sum::<usize>() + slashes > BYTES_MAX {
                    return Err(AskedError::TooLong);
                }
                Address::read(segments.iter().map(|segment| literal(*segment)), types)
            }
        }
    }

    fn read(
        pieces: impl Iterator<Item = Result<Part<'a>, SegmentError>>,
        types: &Types,
    ) -> Result<Address<'a>, AskedError> {
        let mut address = Address { parts: ArrayVec::new(), links: ArrayVec::new() };
        let mut pieces = pieces.zip(1..);
        while let Some((piece, at)) = pieces.next() {
            let piece = piece.map_err(|error| AskedError::Segment(at, error))?;
            let start = address.parts.len();
            let (id, resource_type) = address.type_at(piece, at, types)?;
            address.push(Part::Type(id))?;
            for rule in &resource_type.segments {
                let (piece, at) = pieces.next().ok_or(AskedError::Incomplete)?;
                let piece = piece.map_err(|error| AskedError::Segment(at, error))?;
                allowed(rule, piece).then_some(()).ok_or(AskedError::UnknownValue(at))?;
                address.push(piece)?;
            }
            let link = Link { resource_type: id, start, end: address.parts.len() };
            address.links.try_push(link).map_err(|_| AskedError::TooLong)?;
        }
        // `*` matches everything, so nothing must not pass for something.
        if address.links.is_empty() { Err(AskedError::Segment(1, SegmentError::Empty)) } else { Ok(address) }
    }

    fn type_at<'t>(
        &self,
        piece: Part<'a>,
        at: usize,
        types: &'t Types,
    ) -> Result<(TypeId, &'t ResourceType), AskedError> {
        let Part::Literal(name) = piece else { return Err(AskedError::UnknownType(at)) };
        let (id, resource_type) = types.named(name).ok_or(AskedError::UnknownType(at))?;
        match self.links.last() {
            Some(before) if !resource_type.within.contains(&before.resource_type) => {
                Err(AskedError::UndeclaredChain(at))
            }
            _ => Ok((id, resource_type)),
        }
    }

    fn push(&mut self, part: Part<'a>) -> Result<(), AskedError> {
        self.parts.try_push(part).map_err(|_| AskedError::TooLong)
    }

    /// The last `length` parts, when they start at a type.
    pub(crate) fn suffix(&self, length: usize) -> Option<&[Part<'a>]> {
        let start = self.parts.len().checked_sub(length)?;
        match self.parts.get(start..) {
            Some(suffix @ [Part::Type(_), ..]) => Some(suffix),
            _ => None,
        }
    }

    fn segments(&self, link: &Link) -> &[Part<'a>] {
        self.parts.get(link.start + 1..link.end).unwrap_or_default()
    }

    /// Whether any segment of the link is unknown or any.
    pub(crate) fn leaves_open(&self, link: &Link) -> bool {
        self.segments(link).iter().any(|part| matches!(part, Part::Any))
    }

    /// What the only segment of the link stands for.
    pub(crate) fn value(&self, link: &Link) -> Option<Cow<'a, str>> {
        match *self.segments(link) {
            [Part::Literal(text)] => Some(text.into()),
            [Part::Escaped(text)] => segment::decode(text).ok().map(Cow::from),
            _ => None,
        }
    }

    /// The link by itself, as a registered resource is named; `None` when it is longer than an address.
    pub(crate) fn canonical(&self, link: &Link, types: &Types) -> Option<ArrayString<BYTES_MAX>> {
        let mut name = ArrayString::new();
        name.try_push_str(&types.get(link.resource_type)?.name).ok()?;
        for part in self.segments(link) {
            name.try_push('/').ok()?;
            match part {
                Part::Literal(text) => segment::encode(text, &mut name).ok()?,
                Part::Escaped(text) => segment::encode(&segment::decode(text).ok()?, &mut name).ok()?,
                Part::Type(_) | Part::Any => return None,
            }
        }
        Some(name)
    }
}

impl Part<'_> {
    /// Whether this asked part is exactly the value.
    pub(crate) fn is(self, value: &str) -> bool {
        match self {
            Part::Literal(text) => text == value,
            Part::Escaped(text) => segment::decode(text).is_ok_and(|decoded| decoded == value),
            Part::Type(_) | Part::Any => false,
        }
    }
}

/// A piece of the text form.
fn encoded(text: &str) -> Result<Part<'_>, SegmentError> {
    if text == "#" {
        return Ok(Part::Any);
    }
    segment::check(text).map(|escaped| if escaped { Part::Escaped(text) } else { Part::Literal(text) })
}

/// A piece of the array form.
fn literal(value: Option<&str>) -> Result<Part<'_>, SegmentError> {
    let Some(value) = value else { return Ok(Part::Any) };
    segment::check_value(value).map(|()| Part::Literal(value))
}

fn allowed(rule: &Segment, piece: Part<'_>) -> bool {
    match (rule, piece) {
        (Segment::Free(_), _) | (Segment::OneOf(_), Part::Any) => true,
        (Segment::OneOf(words), piece) => words.iter().any(|word| piece.is(word)),
    }
}
