//! What a document would expand to, found without expanding it: each fragment is measured once, however often it
//! is spread. A few hundred bytes of fragments can stand for billions of fields.

use super::{Document, Fault, Selection};
use std::collections::HashMap;

/// How much a document may expand to.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Fields inside fields.
    pub depth: usize,
    /// Fields of one operation.
    pub fields: usize,
    /// Fields of one operation under another name.
    pub aliases: usize,
    /// Fragments spread in one operation.
    pub spreads: usize,
    /// Fields at the top of one operation.
    pub roots: usize,
}

/// What selections expand to; the numbers stop at the largest.
#[derive(Clone, Copy, Default)]
struct Size {
    depth: usize,
    fields: usize,
    aliases: usize,
    spreads: usize,
    roots: usize,
}

impl Size {
    fn and(self, other: Size) -> Size {
        Size {
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            spreads: self.spreads.saturating_add(other.spreads),
            roots: self.roots.saturating_add(other.roots),
        }
    }
}

/// Checks that no operation of the document expands beyond the bounds, and that every fragment that is spread is
/// there, is used, and does not contain itself.
///
/// # Errors
/// The first bound that is broken, or what is wrong with the fragments.
pub fn measure(document: &Document, bounds: Bounds) -> Result<(), Fault> {
    // Each is measured by a call inside a call, so their number is bounded, too.
    if document.fragments.len() > bounds.spreads {
        return Err(Fault::TooComplex("the document has too many fragments"));
    }
    let mut fragments = Fragments { document, known: HashMap::new() };
    for operation in &document.operations {
        fragments.size(&operation.selections)?.within(bounds)?;
    }
    if fragments.known.len() < document.fragments.len() {
        return Err(Fault::Senseless("a fragment is not used"));
    }
    Ok(())
}

impl Size {
    fn within(self, bounds: Bounds) -> Result<(), Fault> {
        if self.depth > bounds.depth {
            return Err(Fault::TooDeep);
        }
        for (found, most, what) in [
            (self.fields, bounds.fields, "the operation asks for too many fields"),
            (self.aliases, bounds.aliases, "the operation asks for too many fields under other names"),
            (self.spreads, bounds.spreads, "the operation spreads too many fragments"),
            (self.roots, bounds.roots, "the operation has too many fields at its top"),
        ] {
            if found > most {
                return Err(Fault::TooComplex(what));
            }
        }
        Ok(())
    }
}

struct Fragments<'d> {
    document: &'d Document,
    /// `None` while it is being measured.
    known: HashMap<&'d str, Option<Size>>,
}

impl<'d> Fragments<'d> {
    fn size(&mut self, selections: &'d [Selection]) -> Result<Size, Fault> {
        let mut sum = Size::default();
        for selection in selections {
            sum = sum.and(match selection {
                Selection::Field(field) => {
                    let below = self.size(&field.selections)?;
                    let itself =
                        Size { fields: 1, aliases: usize::from(field.alias.is_some()), ..Size::default() };
                    Size { depth: below.depth.saturating_add(1), roots: 1, ..below.and(itself) }
                }
                Selection::Inline { selections, .. } => self.size(selections)?,
                Selection::Spread { name, .. } => {
                    self.fragment(name)?.and(Size { spreads: 1, ..Size::default() })
                }
            });
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &str) -> Result<Size, Fault> {
        match self.known.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(Fault::Senseless("a fragment contains itself")),
            None => {}
        }
        let found = self.document.fragments.iter().find(|fragment| fragment.name == name);
        let fragment = found.ok_or(Fault::Senseless("a fragment that is spread is not there"))?;
        self.known.insert(&fragment.name, None);
        let size = self.size(&fragment.selections)?;
        self.known.insert(&fragment.name, Some(size));
        Ok(size)
    }
}
