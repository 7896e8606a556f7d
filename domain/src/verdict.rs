//! What is asked, and what is answered. Denial is a value; a failure is never turned into a grant.

use crate::{Entry, OrganizationId, Wanted};
use std::net::IpAddr;

/// The question of one call.
#[derive(Debug, Default)]
pub struct Ask<'a> {
    /// Action and resource, or `None` to only authenticate.
    pub wanted: Option<Wanted<'a>>,
    /// Where the call came from; `None` when nobody trustworthy said so.
    pub client: Option<IpAddr>,
    /// The organization whose resource it is, when the caller knows.
    pub organization: Option<&'a str>,
}

/// Whether the call may pass.
#[derive(Debug)]
pub enum Verdict<'s> {
    /// It may.
    Granted(Granted<'s>),
    /// It may not; the key is named when it was found.
    Denied(Reason, Option<Granted<'s>>),
}

/// The key that was found, and whose it is.
#[derive(Debug, Clone, Copy)]
pub struct Granted<'s> {
    /// The key.
    pub key: &'s Entry,
    /// Its organization.
    pub organization: &'s OrganizationId,
}

/// The first check that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// No key of ours by its looks.
    Malformed,
    /// Well-formed, but nobody's.
    Unknown,
    /// Revoked for ever.
    Revoked,
    /// The key, its project or its organization is switched off or removed.
    Disabled,
    /// Its time has passed.
    Expired,
    /// Not from there.
    IpNotAllowed,
    /// No scope allows it, or the resource is not the key's to reach.
    InsufficientScope,
}

impl Reason {
    /// The code on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Reason::Malformed => "malformed",
            Reason::Unknown => "unknown",
            Reason::Revoked => "revoked",
            Reason::Disabled => "disabled",
            Reason::Expired => "expired",
            Reason::IpNotAllowed => "ip_not_allowed",
            Reason::InsufficientScope => "insufficient_scope",
        }
    }
}
