//! The one credential of a request: in `Authorization`, with or without `Bearer`, in `X-Api-Key` or `Api-Key`, and
//! in the query only where the route allows it.

use super::refused::Refused;
use std::fmt;

/// A header that may be there once.
#[derive(Clone, Copy, Default)]
pub(crate) enum Slot<'h> {
    #[default]
    Absent,
    Once(&'h [u8]),
    /// Who reads the first and who reads the last would not read the same.
    Repeated,
}

impl<'h> Slot<'h> {
    pub(crate) fn put(&mut self, value: &'h [u8]) {
        *self = match self {
            Slot::Absent => Slot::Once(value),
            Slot::Once(_) | Slot::Repeated => Slot::Repeated,
        };
    }

    /// What is there, once and as text.
    pub(crate) fn text(self) -> Option<&'h str> {
        match self {
            Slot::Once(value) => std::str::from_utf8(value).ok(),
            Slot::Absent | Slot::Repeated => None,
        }
    }
}

/// All headers of a request that may carry a credential.
#[derive(Clone, Copy, Default)]
pub(crate) struct Credentials<'h> {
    pub(crate) authorization: Slot<'h>,
    pub(crate) x_api_key: Slot<'h>,
    pub(crate) api_key: Slot<'h>,
}

impl<'h> Credentials<'h> {
    /// The credential; the same one in two places is one.
    ///
    /// # Errors
    /// There is none, or there are two: which one is meant cannot be decided.
    pub(crate) fn the_one(self, in_query: Option<Slot<'h>>) -> Result<&'h str, Refused> {
        let query = in_query.unwrap_or_default();
        let mut found = None;
        for (slot, is_authorization) in
            [(self.authorization, true), (self.x_api_key, false), (self.api_key, false), (query, false)]
        {
            let value = match slot {
                Slot::Absent | Slot::Once(b"") => continue,
                Slot::Repeated => return Err(Refused::Several),
                Slot::Once(value) => value,
            };
            // Bytes that are no text are no key of ours, but they are a credential: junk, and refused as such.
            let text = std::str::from_utf8(value).unwrap_or(JUNK);
            let text = if is_authorization { unwrapped(text) } else { text };
            // Lines that a gateway has joined.
            if text.contains(',') || found.is_some_and(|found| found != text) {
                return Err(Refused::Several);
            }
            found = Some(text);
        }
        found.ok_or(Refused::Anonymous)
    }
}

/// The parameter of this name, as it stands in the query: a key needs no escape.
pub(crate) fn in_query<'q>(query: &'q str, name: &str) -> Slot<'q> {
    let mut slot = Slot::Absent;
    for pair in query.split('&') {
        if let Some((found, value)) = pair.split_once('=')
            && found == name
        {
            slot.put(value.as_bytes());
        }
    }
    slot
}

/// No key, and never mistaken for one: no key holds a space.
const JUNK: &str = " ";

/// What stands behind `Bearer`, or the whole when there is no scheme.
fn unwrapped(text: &str) -> &str {
    match text.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("Bearer") => rest.trim_matches(' '),
        Some(_) => JUNK,
        None => text,
    }
}

// They must not be printed.
impl fmt::Debug for Slot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}
