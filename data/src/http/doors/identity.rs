//! Who a request is from, as headers for the upstream.

use axum::body::Bytes;
use domain::{Action, Address, Asked, Catalog, Granted};
use std::fmt::Write;

/// Every header that tells an upstream who calls. All of them are on every answer that lets a request pass, empty
/// when there is nothing to say, and every gateway deletes what the client sent by these names.
pub const IDENTITY: [&str; 9] = [
    "x-auth-key-id",
    "x-auth-key-name",
    "x-auth-subject",
    "x-auth-org",
    "x-auth-project",
    "x-auth-scopes",
    "x-auth-env",
    "x-auth-outcome",
    "x-auth-jwt",
];

/// [`IDENTITY`] as what stands before each value, the end of the line before included.
const LINES: [&str; IDENTITY.len()] = [
    "x-auth-key-id: ",
    "\r\nx-auth-key-name: ",
    "\r\nx-auth-subject: ",
    "\r\nx-auth-org: ",
    "\r\nx-auth-project: ",
    "\r\nx-auth-scopes: ",
    "\r\nx-auth-env: ",
    "\r\nx-auth-outcome: ",
    "\r\nx-auth-jwt: ",
];

/// What upstreams are told of scopes is at most this long.
const SCOPES_BYTES_MAX: usize = 1024;

/// Who calls: a value for each of [`IDENTITY`], in that order, one text behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    text: String,
    ends: [usize; IDENTITY.len()],
}

impl Identity {
    /// `scopes` writes what it may do.
    pub(crate) fn of(found: &Granted<'_>, scopes: impl Fn(&mut String)) -> Identity {
        let mut text = String::with_capacity(512);
        let mut value = |write: &dyn Fn(&mut String)| {
            write(&mut text);
            text.len()
        };
        let ends = [
            value(&|out| found.key.id.write(out)),
            value(&|out| printable(&found.key.name, out)),
            value(&|out| {
                out.push_str("key:");
                found.key.id.write(out);
            }),
            value(&|out| printable(found.organization.as_str(), out)),
            value(&|out| found.key.project.write(out)),
            value(&scopes),
            // There are no environments, and nothing is signed.
            value(&|_| {}),
            value(&|out| out.push_str("allowed")),
            value(&|_| {}),
        ];
        Identity { text, ends }
    }

    #[cfg(test)]
    pub(crate) fn sample() -> Identity {
        Identity { text: "idnamekey:idopread:*allowed".into(), ends: [2, 6, 12, 13, 14, 20, 20, 27, 27] }
    }

    /// Each name with its value.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let value = |(start, end): (&usize, &usize)| self.text.get(*start..*end).unwrap_or_default();
        IDENTITY.into_iter().zip(starts.zip(&self.ends).map(value))
    }

    /// Writes each as a line of a head. `false`, and nothing is written, when a value is none of a header.
    pub(super) fn write_lines(&self, out: &mut Vec<u8>) -> bool {
        // All of the text is looked at together, without a branch for each byte.
        let bad =
            self.text.bytes().fold(0, |bad, byte| bad | u8::from(byte.wrapping_sub(b' ') > b'~' - b' '));
        if bad == 0 {
            for (name, (_, value)) in LINES.into_iter().zip(self.each()) {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(value.as_bytes());
            }
            out.extend_from_slice(b"\r\n");
        }
        bad == 0
    }

    /// The values of all as one piece of memory, and where each ends.
    pub(crate) fn into_shared(self) -> (Bytes, [usize; IDENTITY.len()]) {
        (self.text.into(), self.ends)
    }
}

/// All scopes of the key, or, where they would not fit into a header, the one that matched.
pub(super) fn scopes(
    found: &Granted<'_>,
    catalog: &Catalog,
    action: Action,
    resource: &[Option<&str>],
    out: &mut String,
) {
    let start = out.len();
    found.key.scopes.write(catalog.types(), out);
    if out.len() - start <= SCOPES_BYTES_MAX {
        return;
    }
    out.truncate(start);
    let address = Address::parse(Asked::Segments(resource), catalog.types());
    let matched =
        address.ok().and_then(|address| found.key.scopes.matched(action, &address, catalog.types()));
    out.push_str(&matched.unwrap_or_default());
}

/// A name for a header: what is no visible ASCII, and the percent sign, is written as `%XX` of its UTF-8 bytes.
fn printable(name: &str, out: &mut String) {
    if name.bytes().fold(true, |all, byte| all & is_shown(byte)) {
        return out.push_str(name);
    }
    for byte in name.bytes() {
        // Writing to a string does not fail.
        let _ = if is_shown(byte) { out.write_char(byte.into()) } else { write!(out, "%{byte:02X}") };
    }
}

/// Spaces are fine inside of a value, but those around it are lost on the way, so all of them are escaped.
fn is_shown(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'%'
}
