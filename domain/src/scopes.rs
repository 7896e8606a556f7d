//! The scopes of a key as a verification reads them: all of them in one block of memory.

use crate::catalog::types::Types;
use crate::resource::{Address, matches, write_pattern};
use crate::scope::{Action, Actions, Scope};
use std::fmt;
use std::sync::Arc;

/// A union of scopes: what none of them allows is refused. Cheap to clone; equal grants share one.
#[derive(Clone, PartialEq, Eq)]
pub struct Scopes(Arc<[u8]>);

impl Scopes {
    /// Packs the scopes one behind the other: actions, the length of the pattern, the pattern.
    pub fn new(scopes: &[Scope]) -> Scopes {
        let mut bytes = Vec::new();
        for scope in scopes {
            let pattern = scope.filter.pattern();
            bytes.push(scope.actions.bits());
            // A filter has at most 1,024 bytes.
            bytes.extend(u16::try_from(pattern.len()).unwrap_or(u16::MAX).to_le_bytes());
            bytes.extend(pattern);
        }
        Scopes(bytes.into())
    }

    /// Whether any of them allows the action on the address.
    pub fn allow(&self, action: Action, address: &Address<'_>) -> bool {
        let mut rest = &*self.0;
        std::iter::from_fn(|| take(&mut rest))
            .any(|(actions, pattern)| actions.include(action) && matches(pattern, address))
    }

    /// All of them as OAuth writes scopes: `action:filter`, a space between two, in the order they were granted.
    ///
    /// `types` is of the catalog they were compiled with.
    pub fn write(&self, types: &Types, text: &mut String) {
        let mut rest = &*self.0;
        let start = text.len();
        while let Some((actions, pattern)) = take(&mut rest) {
            if text.len() > start {
                text.push(' ');
            }
            write(actions, pattern, types, text);
        }
    }

    /// The first of them that allows the action on the address, written as in [`Scopes::write`].
    pub fn matched(&self, action: Action, address: &Address<'_>, types: &Types) -> Option<String> {
        let mut rest = &*self.0;
        let (actions, pattern) = std::iter::from_fn(|| take(&mut rest))
            .find(|(actions, pattern)| actions.include(action) && matches(pattern, address))?;
        let mut text = String::new();
        write(actions, pattern, types, &mut text);
        Some(text)
    }
}

fn write(actions: Actions, pattern: &[u8], types: &Types, text: &mut String) {
    text.push_str(actions.text());
    text.push(':');
    // Writing to a string does not fail.
    let _ = write_pattern(pattern, types, text);
}

impl Scopes {
    /// Whether any of them allows the action on anything.
    pub(crate) fn mention(&self, action: Action) -> bool {
        let mut rest = &*self.0;
        std::iter::from_fn(|| take(&mut rest)).any(|(actions, _)| actions.include(action))
    }
}

/// The next scope, and what stands behind it.
fn take<'s>(rest: &mut &'s [u8]) -> Option<(Actions, &'s [u8])> {
    let (actions, behind) = rest.split_first()?;
    let (length, behind) = behind.split_first_chunk()?;
    let (pattern, behind) = behind.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    *rest = behind;
    Some((Actions::from_bits(*actions), pattern))
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = &*self.0;
        f.debug_list().entries(std::iter::from_fn(|| take(&mut rest))).finish()
    }
}
