//! `POST /v1/verify`: read all of the question, ask the gate, write the answer.

use super::doors::fields;
use super::problem::Problem;
use super::{Caller, Desk, Shared, body};
use crate::{Call, Decision, Possession, Refusal};
use api::verify::{AskedResource, VerifiedKey, VerifyRequest, VerifyResponse};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use domain::{Asked, Granted, TrustedPeers, Verdict};
use http::header;
use std::net::IpAddr;

pub(super) async fn verify(State(desk): Shared, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let told = is_trusted(&desk, fields(&head.headers), Caller::of(&head.extensions));
    let answer = match body::read(&head.headers, body).await {
        Ok(body) => decide(&desk, told, &body),
        Err(problem) => Err(problem),
    };
    match answer {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(problem) => problem.answer(&head.extensions),
    }
}

/// Whether the caller may say where the client is.
pub(super) fn is_trusted<'h>(
    desk: &Desk,
    fields: impl Iterator<Item = (&'h str, &'h [u8])>,
    caller: Caller<'_>,
) -> bool {
    let shows_token = || desk.tokens.as_ref().is_some_and(|tokens| tokens.is_shown(fields));
    // A peer without an address is nobody.
    let is_proxy = || caller.peer.is_some_and(|peer| desk.trusted.contain(peer.ip()));
    desk.trusts_everyone || is_proxy() || shows_token()
}

fn decide(desk: &Desk, trusted: bool, body: &[u8]) -> Result<Vec<u8>, Problem> {
    let request: VerifyRequest =
        api::body::read(body, false).map_err(|error| Problem::Malformed(error.to_string()))?;
    let client = client(request.client_ip.as_deref(), trusted, &desk.trusted)?;
    let segments: Vec<Option<&str>> = match &request.resource {
        Some(AskedResource::Segments(segments)) => segments.iter().map(Option::as_deref).collect(),
        Some(AskedResource::Text(_)) | None => Vec::new(),
    };
    let resource = request.resource.as_ref().map(|resource| match resource {
        AskedResource::Text(text) => Asked::Text(text),
        AskedResource::Segments(_) => Asked::Segments(&segments),
    });
    let call = Call {
        key: &request.key,
        action: request.action.as_deref(),
        resource,
        client,
        organization: request.organization_id.as_deref(),
        possession: request.dpop.as_ref().map(|sent| Possession {
            proof: &sent.proof,
            method: &sent.method,
            url: &sent.url,
        }),
    };
    let answer = desk.gate.decide(&call, |decision| serde_json::to_vec(&response(decision)));
    answer?.map_err(|_| Problem::Internal)
}

/// The client's address, from somebody who may name it. Absent it is unknown: the peer is the gateway.
fn client(named: Option<&str>, trusted: bool, proxies: &TrustedPeers) -> Result<Option<IpAddr>, Problem> {
    let Some(named) = named else { return Ok(None) };
    if !trusted {
        return Err(Problem::ClientIpNotTrusted);
    }
    let malformed = || Problem::Malformed("`client_ip` must be an IPv4 or IPv6 address".to_owned());
    let address: IpAddr = named.parse().map_err(|_| malformed())?;
    // A gateway that names itself, or the one before it, does not know who called.
    Ok(Some(address).filter(|address| !proxies.contain(*address)))
}

fn response(decision: &Decision<'_>) -> VerifyResponse {
    let (allowed, found) = match &decision.verdict {
        Verdict::Granted(found) => (true, Some(found)),
        Verdict::Denied(_, found) => (false, found.as_ref()),
    };
    VerifyResponse { allowed, code: decision.code(), key: found.map(shown), version: decision.version.0 }
}

fn shown(found: &Granted<'_>) -> VerifiedKey {
    VerifiedKey {
        id: found.key.id.to_string(),
        name: found.key.name.to_string(),
        organization_id: found.organization.as_str().to_owned(),
        project_id: found.key.project.to_string(),
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        match refusal {
            Refusal::Stale => Problem::Stale,
            Refusal::Malformed(sentence) => Problem::Malformed(sentence),
        }
    }
}
