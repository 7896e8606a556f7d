//! Whether a request that waits at a gateway may pass: the route says what it means, the gate decides.

use super::super::Desk;
use super::asked::Asked;
use super::credential::{Credentials, in_query};
use super::identity::{Identity, scopes};
use super::refused::Refused;
use crate::shown::Shown;
use crate::{Call, Decision, Gate, Refusal};
use domain::catalog::Resolved;
use domain::{Action, Timestamp, Verdict, Version};
use std::net::IpAddr;

/// Who may pass, as the upstream is told, or why nobody may.
pub(super) fn decide(desk: &Desk, asked: &Asked<'_>) -> Result<Identity, Refused> {
    let catalog = desk.gate.catalog().ok_or(Refused::Stale)?;
    let resolved = catalog.routes().resolve(asked.host, asked.method, asked.target)?;
    // What a query or mutation is stands in the body, which no door is sent.
    let action = resolved.action.ok_or(Refused::Operation)?;
    let key = credential(&resolved, &asked.credentials)?;
    Ok(permitted(&desk.gate, &resolved, action, key, asked.client)?.identity)
}

/// That a request may pass, and what it was decided on.
#[derive(Debug)]
pub(crate) struct Permit {
    /// Who it is from.
    pub(crate) identity: Identity,
    pub(crate) shown: Shown,
    pub(crate) version: Version,
    /// When it ends although nothing changes.
    pub(crate) until: Option<Timestamp>,
}

/// The credential of a request on this route.
pub(crate) fn credential<'h>(
    resolved: &Resolved<'h>,
    credentials: &Credentials<'h>,
) -> Result<&'h str, Refused> {
    let parameter = resolved.route.key_in_query.as_deref();
    let in_query = parameter.zip(resolved.query).map(|(name, query)| in_query(query, name));
    credentials.the_one(in_query)
}

/// Whether this key may do this to what the request means.
pub(crate) fn permitted(
    gate: &Gate,
    resolved: &Resolved<'_>,
    action: Action,
    key: &str,
    client: Option<IpAddr>,
) -> Result<Permit, Refused> {
    let segments: Vec<Option<&str>> = resolved.resource.iter().map(Option::as_deref).collect();
    let call = Call {
        key,
        action: Some(action.text()),
        resource: Some(domain::Asked::Segments(&segments)),
        client,
        ..Call::default()
    };
    gate.decide(&call, |decision| answer(decision, action, &segments, resolved))?
}

/// The scope that a request needs.
pub(crate) fn needed(action: Action, resolved: &Resolved<'_>) -> String {
    format!("{}:{}", action.text(), resolved.resource_text())
}

fn answer(
    decision: &Decision<'_>,
    action: Action,
    segments: &[Option<&str>],
    resolved: &Resolved<'_>,
) -> Result<Permit, Refused> {
    let needed = || needed(action, resolved);
    let Verdict::Granted(found) = &decision.verdict else {
        return Err(Refused::of(decision.code(), needed));
    };
    let shown = decision.shown.clone();
    // Of a token that is good for less than its key, the key's scopes would say too much.
    let identity = if shown.is_narrowed() {
        Identity::of(found, |out| out.push_str(&needed()))
    } else {
        Identity::of(found, |out| scopes(found, decision.catalog, action, segments, out))
    };
    let until = shown.until(found);
    Ok(Permit { identity, shown, version: decision.version, until })
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Refused {
        match refusal {
            Refusal::Stale => Refused::Stale,
            // The route made the question, out of a path that names no resource there could be.
            Refusal::Malformed(_) => Refused::NoResource,
        }
    }
}
