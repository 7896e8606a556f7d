//! Who a request is from, as headers for the upstream.

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

/// What upstreams are told of scopes is at most this long.
const SCOPES_BYTES_MAX: usize = 1024;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    key_id: String,
    key_name: String,
    subject: String,
    organization: String,
    project: String,
    scopes: String,
}

impl Identity {
    pub(super) fn of(
        found: &Granted<'_>,
        catalog: &Catalog,
        action: Action,
        resource: &[Option<&str>],
    ) -> Identity {
        let key_id = found.key.id.to_string();
        Identity {
            subject: ["key:", &key_id].concat(),
            key_id,
            key_name: printable(&found.key.name),
            organization: printable(found.organization.as_str()),
            project: found.key.project.to_string(),
            scopes: scopes(found, catalog, action, resource),
        }
    }

    #[cfg(test)]
    pub(super) fn sample() -> Identity {
        let text = |text: &str| text.to_owned();
        Identity {
            key_id: text("id"),
            key_name: text("name"),
            subject: text("key:id"),
            organization: text("o"),
            project: text("p"),
            scopes: text("read:*"),
        }
    }

    /// A value for each of [`IDENTITY`], in that order.
    pub(super) fn into_values(self) -> [String; IDENTITY.len()] {
        let Identity { key_id, key_name, subject, organization, project, scopes } = self;
        let (none, allowed) = (String::new(), "allowed".to_owned());
        [key_id, key_name, subject, organization, project, scopes, none.clone(), allowed, none]
    }
}

/// All scopes of the key, or, where they would not fit into a header, the one that matched.
fn scopes(found: &Granted<'_>, catalog: &Catalog, action: Action, resource: &[Option<&str>]) -> String {
    let text = found.key.scopes.text(catalog.types());
    if text.len() <= SCOPES_BYTES_MAX {
        return text;
    }
    let address = Address::parse(Asked::Segments(resource), catalog.types());
    let matched =
        address.ok().and_then(|address| found.key.scopes.matched(action, &address, catalog.types()));
    matched.unwrap_or_default()
}

/// A name for a header: what is no visible ASCII, and the percent sign, is written as `%XX` of its UTF-8 bytes.
fn printable(name: &str) -> String {
    if name.bytes().all(is_shown) {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        // Writing to a string does not fail.
        let _ = if is_shown(byte) { out.write_char(byte.into()) } else { write!(out, "%{byte:02X}") };
    }
    out
}

/// Spaces are fine inside of a value, but those around it are lost on the way, so all of them are escaped.
fn is_shown(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'%'
}
