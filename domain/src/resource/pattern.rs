//! What a filter matches, in one block of memory.
//!
//! A verification among a million keys waits for memory more than for anything else, and a filter made of
//! lists of strings would have it wait for each of them. So the pieces stand one behind the other.

use super::address::{Address, Part};
use super::segment;
use crate::catalog::types::{TypeId, Types};
use arrayvec::ArrayVec;
use std::fmt;

/// One piece of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A resource type.
    Type(TypeId),
    /// Exactly this value.
    Is(&'a [u8]),
    /// `#`: any one segment.
    Any,
}

const TYPE: u8 = 0;
const ANY: u8 = 1;
const IS: u8 = 2;

/// The pattern of `*`: no pieces.
pub(super) const EVERYTHING: &[u8] = &[0];

/// How many pieces there are, then the pieces, the last one first: the scopes of one key often begin alike
/// and differ in what they end in. A filter has at most 1,024 bytes, so nothing here overflows.
pub(super) fn pack(pieces: &[Piece<'_>]) -> Box<[u8]> {
    let mut bytes = vec![u8::try_from(pieces.len()).unwrap_or(u8::MAX)];
    for piece in pieces.iter().rev() {
        match piece {
            Piece::Type(id) => {
                bytes.push(TYPE);
                bytes.extend(id.0.to_le_bytes());
            }
            Piece::Any => bytes.push(ANY),
            Piece::Is(value) => {
                bytes.push(IS);
                bytes.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_le_bytes());
                bytes.extend(*value);
            }
        }
    }
    bytes.into()
}

/// Whether the address, or the suffix of it that starts at a type and is as long as the pattern, matches.
pub(crate) fn matches(pattern: &[u8], address: &Address<'_>) -> bool {
    let Some((count, mut rest)) = pattern.split_first() else { return false };
    if *count == 0 {
        return true;
    }
    let Some(suffix) = address.suffix(usize::from(*count)) else { return false };
    suffix.rev().all(|asked| take(&mut rest).is_some_and(|piece| piece.matches(asked)))
}

/// Whether the one pattern matches every address that the other one matches.
pub(super) fn covers(mine: &[u8], theirs: &[u8]) -> bool {
    match (mine.first(), theirs.first()) {
        (Some(0), Some(_)) => true,
        // Even where each type has a filter: the catalog may get another type.
        (Some(_), Some(0)) => false,
        // As long as mine, from the end: what comes before in theirs only narrows it.
        (Some(mine_count), Some(count)) if mine_count <= count => {
            pieces(mine).zip(pieces(theirs)).all(|(mine, theirs)| mine.covers(theirs))
        }
        _ => false,
    }
}

/// The filter in its canonical form. A type that the catalog does not have is written as nothing known would be.
pub(crate) fn write(pattern: &[u8], types: &Types, out: &mut String) -> fmt::Result {
    // Filled where it stands: collected, it would be copied whole, and there is room for many.
    let mut all: ArrayVec<Piece<'_>, { u8::MAX as usize }> = ArrayVec::new();
    all.extend(pieces(pattern).take(u8::MAX.into()));
    if all.is_empty() {
        out.push('*');
    }
    for (index, piece) in all.iter().rev().enumerate() {
        if index > 0 {
            out.push('/');
        }
        match piece {
            Piece::Any => out.push('#'),
            Piece::Type(id) => out.push_str(types.get(*id).map_or("?", |found| found.name.as_str())),
            Piece::Is(value) => segment::encode(std::str::from_utf8(value).unwrap_or_default(), out)?,
        }
    }
    Ok(())
}

/// The pieces of a pattern, the last one first; none for `*`.
pub(super) fn pieces(pattern: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = pattern.get(1..).unwrap_or_default();
    std::iter::from_fn(move || take(&mut rest))
}

/// The next piece, and what stands behind it.
fn take<'p>(rest: &mut &'p [u8]) -> Option<Piece<'p>> {
    let (kind, behind) = rest.split_first()?;
    let (piece, behind) = match *kind {
        ANY => (Piece::Any, behind),
        kind => {
            let (number, behind) = behind.split_first_chunk()?;
            let number = u16::from_le_bytes(*number);
            if kind == TYPE {
                (Piece::Type(TypeId(number)), behind)
            } else {
                let (value, behind) = behind.split_at_checked(usize::from(number))?;
                (Piece::Is(value), behind)
            }
        }
    };
    *rest = behind;
    Some(piece)
}

impl Piece<'_> {
    fn covers(self, other: Piece<'_>) -> bool {
        match (self, other) {
            (Piece::Type(mine), Piece::Type(theirs)) => mine == theirs,
            (Piece::Is(mine), Piece::Is(theirs)) => mine == theirs,
            (Piece::Any, Piece::Is(_) | Piece::Any) => true,
            (Piece::Type(_), _) | (_, Piece::Type(_)) | (Piece::Is(_), Piece::Any) => false,
        }
    }

    fn matches(self, asked: Part<'_>) -> bool {
        match (self, asked) {
            (Piece::Type(wanted), Part::Type(asked)) => wanted == asked,
            (Piece::Is(value), asked) => asked.is(value),
            (Piece::Any, asked) => !matches!(asked, Part::Type(_)),
            (Piece::Type(_), _) => false,
        }
    }
}
