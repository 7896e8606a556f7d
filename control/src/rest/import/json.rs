//! The elements of a JSON array, cut out as they come in: an array of a million is never in memory as a whole.

use super::entry;
use super::reader::Lost;
use crate::ops::import::Draft;
use api::admin::ImportEntry;
use api::body::{self, BodyError};
use zeroize::{Zeroize, Zeroizing};

/// One element. A thousand networks fit.
const ELEMENT_BYTES_MAX: usize = 64 << 10;

/// What has come of the array.
pub(super) struct Elements {
    place: Place,
    /// The element under way. As large as it may get from the start: growing would leave copies behind.
    element: Zeroizing<Vec<u8>>,
    depth: u32,
    quoted: Quoted,
    /// How many elements have begun.
    count: u32,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    /// The first element, or the end.
    First,
    Element,
    Inside,
    /// A comma, or the end.
    After,
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoted {
    No,
    Yes,
    Escaped,
}

impl Default for Elements {
    fn default() -> Elements {
        let element = Zeroizing::new(Vec::with_capacity(ELEMENT_BYTES_MAX));
        Elements { place: Place::Start, element, depth: 0, quoted: Quoted::No, count: 0 }
    }
}

impl Elements {
    pub(super) fn feed(&mut self, bytes: &[u8], draft: &mut Draft) -> Result<(), Lost> {
        bytes.iter().try_for_each(|byte| self.step(*byte, draft))
    }

    pub(super) fn end(self, draft: &mut Draft) {
        if self.place != Place::End {
            draft.refuse(self.count.max(1), "the text ends here, before the array does");
        }
    }

    fn step(&mut self, byte: u8, draft: &mut Draft) -> Result<(), Lost> {
        if self.place == Place::Inside {
            return self.inside(byte, draft);
        }
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            return Ok(());
        }
        self.place = match (self.place, byte) {
            (Place::Start, b'[') => Place::First,
            (Place::First | Place::After, b']') => Place::End,
            (Place::First | Place::Element, b'{') => {
                self.count = self.count.saturating_add(1);
                return self.inside(byte, draft);
            }
            (Place::After, b',') => Place::Element,
            (Place::First | Place::Element, _) => return self.lost("not a JSON object", draft),
            (Place::Start | Place::After | Place::End | Place::Inside, _) => {
                return self.lost("what follows is not JSON", draft);
            }
        };
        Ok(())
    }

    fn inside(&mut self, byte: u8, draft: &mut Draft) -> Result<(), Lost> {
        self.place = Place::Inside;
        if self.element.len() >= ELEMENT_BYTES_MAX {
            return self.lost("longer than 64 KiB", draft);
        }
        self.element.push(byte);
        match (self.quoted, byte) {
            (Quoted::Escaped, _) => self.quoted = Quoted::Yes,
            (Quoted::Yes, b'\\') => self.quoted = Quoted::Escaped,
            (Quoted::Yes, b'"') => self.quoted = Quoted::No,
            (Quoted::No, b'"') => self.quoted = Quoted::Yes,
            (Quoted::No, b'{' | b'[') => self.depth = self.depth.saturating_add(1),
            (Quoted::No, b'}' | b']') => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return self.whole(draft);
                }
            }
            (Quoted::No | Quoted::Yes, _) => {}
        }
        Ok(())
    }

    fn whole(&mut self, draft: &mut Draft) -> Result<(), Lost> {
        self.place = Place::After;
        let read = body::read::<ImportEntry>(&self.element, false);
        self.element.as_mut_slice().zeroize();
        self.element.clear();
        match read {
            Ok(written) => entry::take(self.count, &written, draft),
            Err(error) => {
                draft.refuse(self.count, told(error));
                Ok(())
            }
        }
    }

    fn lost(&self, message: &str, draft: &mut Draft) -> Result<(), Lost> {
        // An element that did not begin is the one after those that did.
        let begun = matches!(self.place, Place::Inside | Place::After | Place::End);
        draft.refuse(if begun { self.count.max(1) } else { self.count.saturating_add(1) }, message);
        Err(Lost)
    }
}

fn told(error: BodyError) -> String {
    match error {
        BodyError::Malformed(text) => format!("not a JSON object: {text}"),
        BodyError::Invalid(text) => text,
        BodyError::UnknownFields(names) => format!("unknown fields: {}", names.join(", ")),
    }
}
