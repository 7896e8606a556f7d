//! Who asks, and for what: the key first, and nothing of the body before it is known.

use super::answer::Refused;
use crate::App;
use crate::authenticate::{Credential, LiveKey};
use crate::rest::Query;
use api::body::{self, Body as JsonBody, BodyError, Unknown, names};
use api::graphql::Variables;
use axum::body::{Body, to_bytes};
use domain::Reason;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// The largest request.
const BODY_BYTES_MAX: usize = 64 << 10;

/// Whose request it is.
pub(super) enum Who {
    /// A key that may be used.
    Known(Box<LiveKey>),
    /// No key, or one that nobody knows.
    Nobody,
}

/// Finds the one key of the request, in a header or as `?api_key=`.
pub(super) async fn who(app: &App, parts: &Parts) -> Result<Who, Refused> {
    // On this path alone a key may stand in the query string; nothing that logs reads one.
    let query = Query::parse(parts.uri.query().unwrap_or(""), &["api_key"])?;
    let key = match Credential::of_graphql(&parts.headers, query.get("api_key"))? {
        None => return Ok(Who::Nobody),
        // No token is taken here, and an imported key may look like one.
        Some(Credential::Key(key) | Credential::Token(key)) => key,
    };
    match app.live_key(key, app.client(parts)).await? {
        Ok(live) => Ok(Who::Known(Box::new(live))),
        Err(Reason::Malformed | Reason::Unknown) => Ok(Who::Nobody),
        Err(
            Reason::Revoked
            | Reason::Disabled
            | Reason::Expired
            | Reason::IpNotAllowed
            | Reason::InsufficientScope,
        ) => Err(Refused::unauthenticated()),
    }
}

/// What is asked.
#[derive(Deserialize)]
#[serde(expecting = "an object with `query`")]
struct Envelope {
    query: Option<String>,
    variables: Option<Variables>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    extensions: Option<BTreeMap<String, IgnoredAny>>,
    #[serde(flatten)]
    unknown: Unknown,
}

impl JsonBody for Envelope {
    fn unknown_fields(&self) -> Vec<String> {
        names("", &self.unknown)
    }
}

/// A document and what goes with it.
pub(super) struct Asked {
    pub(super) query: String,
    pub(super) variables: Variables,
    pub(super) operation_name: Option<String>,
}

/// Reads the body of somebody who is known. JSON only: a page elsewhere can have a browser send the other kinds.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Asked, Refused> {
    if !is_json(headers) {
        let (status, code) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE");
        return Err(Refused::with_status(
            status,
            code,
            "send JSON in UTF-8, as `Content-Type: application/json`",
        ));
    }
    let too_large = || {
        let message = "the body is larger than 65536 bytes, or did not arrive whole";
        Refused::with_status(StatusCode::PAYLOAD_TOO_LARGE, "CONTENT_TOO_LARGE", message)
    };
    let bytes = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| too_large())?;
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(Refused::bad("BATCH_DISABLED", "send one operation in one request"));
    }
    let envelope: Envelope = body::read(&bytes, false).map_err(|error| malformed(&error))?;
    let persisted = envelope.extensions.is_some_and(|all| all.contains_key("persistedQuery"));
    let query = envelope.query.ok_or_else(|| match persisted {
        true => Refused::bad("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"),
        false => Refused::bad("BAD_REQUEST", "the request body has no `query`"),
    })?;
    let variables = envelope.variables.unwrap_or_default();
    Ok(Asked { query, variables, operation_name: envelope.operation_name })
}

fn malformed(error: &BodyError) -> Refused {
    Refused::bad("BAD_REQUEST", error.to_string())
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut labels = headers.get_all(CONTENT_TYPE).iter();
    let (Some(label), None) = (labels.next().and_then(|label| label.to_str().ok()), labels.next()) else {
        return false;
    };
    let (kind, parameters) = label.split_once(';').unwrap_or((label, ""));
    let charset = parameters.trim().to_ascii_lowercase();
    kind.trim().eq_ignore_ascii_case("application/json")
        && matches!(&*charset, "" | "charset=utf-8" | "charset=\"utf-8\"")
}
