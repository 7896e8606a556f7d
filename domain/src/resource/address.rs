//! The resource a call asks for: a chain of `TYPE/segment/…`, parsed without touching the heap.

use super::asked::{Asked, AskedError, Kind, Place, encoded, literal};
use super::segment::{self, SegmentError};
use crate::catalog::types::{ResourceType, Segment, TypeId, Types};
use crate::scope::Action;
use arrayvec::{ArrayString, ArrayVec};
use std::borrow::Cow;
use std::fmt::Write;

/// A chain has at most this many resources (`compat.md` 3.4).
pub(crate) const LINKS_MAX: usize = 8;
/// An address or a filter is at most this many bytes long.
pub(super) const BYTES_MAX: usize = 1024;
/// Types and segments of the longest chain; the catalog allows a type seven segments.
const PARTS_MAX: usize = LINKS_MAX * 8;

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
    start: u8,
    /// Index behind its last segment.
    end: u8,
}

/// The longest address the caller knows for a resource; every suffix that starts at a type names it too.
#[derive(Debug)]
pub struct Address<'a> {
    asked: Asked<'a>,
    places: ArrayVec<Place, PARTS_MAX>,
    pub(crate) links: ArrayVec<Link, LINKS_MAX>,
}

impl<'a> Address<'a> {
    /// Reads an asked resource against the types of the catalog.
    ///
    /// # Errors
    /// The question is malformed; nothing was decided.
    pub fn parse(asked: Asked<'a>, types: &Types) -> Result<Address<'a>, AskedError> {
        let mut address = Address { asked, places: ArrayVec::new(), links: ArrayVec::new() };
        match asked {
            Asked::Text(text) if text.len() > BYTES_MAX => return Err(AskedError::TooLong),
            Asked::Text(text) => {
                let mut at = 0;
                address.read(types, text.split('/').map(|text| encoded(text, &mut at)))?;
            }
            Asked::Segments(segments) => {
                // The same bound as if it had come as text.
                let slashes = segments.len().saturating_sub(1);
                let length = |segment: &Option<&str>| segment.map_or(1, segment::encoded_len);
                if segments.iter().map(length).sum::<usize>() + slashes > BYTES_MAX {
                    return Err(AskedError::TooLong);
                }
                address.read(types, segments.iter().zip(0..).map(|(segment, at)| literal(*segment, at)))?;
            }
        }
        Ok(address)
    }

    fn read(
        &mut self,
        types: &Types,
        pieces: impl Iterator<Item = Result<Place, SegmentError>>,
    ) -> Result<(), AskedError> {
        let mut pieces = pieces.zip(1..);
        while let Some((place, at)) = pieces.next() {
            let place = place.map_err(|error| AskedError::Segment(at, error))?;
            let start = self.places.len();
            let (id, resource_type) = self.type_at(self.part(&place), at, types)?;
            self.push(place.of_type(id))?;
            for rule in &resource_type.segments {
                let (place, at) = pieces.next().ok_or(AskedError::Incomplete)?;
                let place = place.map_err(|error| AskedError::Segment(at, error))?;
                allowed(rule, self.part(&place)).then_some(()).ok_or(AskedError::UnknownValue(at))?;
                self.push(place)?;
            }
            let index = |index: usize| u8::try_from(index).map_err(|_| AskedError::TooLong);
            let link = Link { resource_type: id, start: index(start)?, end: index(self.places.len())? };
            self.links.try_push(link).map_err(|_| AskedError::TooLong)?;
        }
        // `*` matches everything, so nothing must not pass for something.
        if self.links.is_empty() { Err(AskedError::Segment(1, SegmentError::Empty)) } else { Ok(()) }
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

    fn push(&mut self, place: Place) -> Result<(), AskedError> {
        self.places.try_push(place).map_err(|_| AskedError::TooLong)
    }

    fn part(&self, place: &Place) -> Part<'a> {
        match place.kind {
            Kind::Type(id) => Part::Type(id),
            Kind::Literal => Part::Literal(self.asked.text(place)),
            Kind::Escaped => Part::Escaped(self.asked.text(place)),
            Kind::Any => Part::Any,
        }
    }

    /// The last `length` parts, when they start at a type.
    pub(crate) fn suffix(&self, length: usize) -> Option<impl DoubleEndedIterator<Item = Part<'a>>> {
        let start = self.places.len().checked_sub(length)?;
        match self.places.get(start..) {
            Some(suffix @ [Place { kind: Kind::Type(_), .. }, ..]) => {
                Some(suffix.iter().map(|place| self.part(place)))
            }
            _ => None,
        }
    }

    fn segments(&self, link: &Link) -> impl Iterator<Item = Part<'a>> {
        let places = self.places.get(usize::from(link.start) + 1..usize::from(link.end));
        places.unwrap_or_default().iter().map(|place| self.part(place))
    }

    /// Whether any segment of the link is unknown or any.
    pub(crate) fn leaves_open(&self, link: &Link) -> bool {
        self.segments(link).any(|part| matches!(part, Part::Any))
    }

    /// What the only segment of the link stands for.
    pub(crate) fn value(&self, link: &Link) -> Option<Cow<'a, str>> {
        let mut segments = self.segments(link);
        match (segments.next(), segments.next()) {
            (Some(Part::Literal(text)), None) => Some(text.into()),
            (Some(Part::Escaped(text)), None) => segment::decode(text).ok().map(Cow::from),
            _ => None,
        }
    }

    /// Hands the whole address to `read` in its one canonical form: as it came where that is the one, and put
    /// together without the heap where it was asked for otherwise.
    pub fn with_text<T>(&self, types: &Types, read: impl FnOnce(&str) -> T) -> T {
        match self.asked {
            Asked::Text(text) if !self.places.iter().any(|place| matches!(place.kind, Kind::Escaped)) => {
                read(text)
            }
            Asked::Text(_) | Asked::Segments(_) => {
                let mut text = ArrayString::<BYTES_MAX>::new();
                // No escape is longer than it was, and segments were measured as they are written here.
                let written = self.places.iter().try_for_each(|place| self.write(place, types, &mut text));
                debug_assert!(written.is_ok(), "an address is no longer in its canonical form");
                read(&text)
            }
        }
    }

    fn write(&self, place: &Place, types: &Types, out: &mut ArrayString<BYTES_MAX>) -> std::fmt::Result {
        if !out.is_empty() {
            out.write_char('/')?;
        }
        match self.part(place) {
            Part::Type(id) => out.write_str(types.get(id).map_or("", |found| &found.name)),
            Part::Literal(text) => segment::encode(text, out),
            Part::Escaped(text) => segment::encode(&segment::decode(text).map_err(|_| std::fmt::Error)?, out),
            Part::Any => out.write_char('#'),
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
    /// The type that stands here, if one does.
    pub(crate) fn resource_type(self) -> Option<TypeId> {
        match self {
            Part::Type(id) => Some(id),
            Part::Literal(_) | Part::Escaped(_) | Part::Any => None,
        }
    }

    /// Whether this asked part is exactly the value.
    pub(crate) fn is(self, value: &[u8]) -> bool {
        match self {
            Part::Literal(text) => text.as_bytes() == value,
            Part::Escaped(text) => segment::decode(text).is_ok_and(|decoded| decoded.as_bytes() == value),
            Part::Type(_) | Part::Any => false,
        }
    }
}

fn allowed(rule: &Segment, piece: Part<'_>) -> bool {
    match (rule, piece) {
        (Segment::Free(_), _) | (Segment::OneOf(_), Part::Any) => true,
        (Segment::OneOf(words), piece) => words.iter().any(|word| piece.is(word.as_bytes())),
    }
}
