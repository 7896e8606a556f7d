//! Whether a request that waits at a gateway may pass: the route says what it means, the gate decides.

use super::super::Desk;
use super::asked::Asked;
use super::credential::{Credentials, in_query};
use super::identity::{Identity, scopes};
use super::refused::Refused;
use crate::{Call, Decision, Gate, Refusal};
use domain::catalog::Resolved;
use domain::{Action, Verdict};
use std::net::IpAddr;

/// Who may pass, as the upstream is told, or why nobody may.
pub(super) fn decide(desk: &Desk, asked: &Asked<'_>) -> Result<Identity, Refused> {
    let catalog = desk.gate.catalog().ok_or(Refused::Stale)?;
    let resolved = catalog.routes().resolve(asked.host, asked.method, asked.target)?;
    // What a query or mutation is stands in the body, which no door is sent.
    let action = resolved.action.ok_or(Refused::Operation)?;
    permitted(&desk.gate, &resolved, action, credential(&resolved, &asked.credentials)?, asked.client)
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
) -> Result<Identity, Refused> {
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

fn answer(
    decision: &Decision<'_>,
    action: Action,
    segments: &[Option<&str>],
    resolved: &Resolved<'_>,
) -> Result<Identity, Refused> {
    let needed = || format!("{}:{}", action.text(), resolved.resource_text());
    match &decision.verdict {
        // Of a token that is good for less than its key, the key's scopes would say too much.
        Verdict::Granted(found) if decision.is_narrowed => {
            Ok(Identity::of(found, |out| out.push_str(&needed())))
        }
        Verdict::Granted(found) => {
            Ok(Identity::of(found, |out| scopes(found, decision.catalog, action, segments, out)))
        }
        Verdict::Denied(..) => Err(Refused::of(decision.code(), needed)),
    }
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
