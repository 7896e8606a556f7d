//! What every Admin request carries: a caller, an API version, preconditions, a body.

use crate::ops::{Once, Precondition};
use crate::{App, Error};
use api::body::{self, Body};
use axum::body::{Body as HttpBody, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use domain::Version;
use domain::access::Caller;
use http::header::{ACCEPT, IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, Method, Uri};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The largest body any Admin route takes.
const BODY_BYTES_MAX: usize = 1 << 20;
const VERSION_HEADER: &str = "x-pinecone-api-version";
/// The published versions served (`compat.md` D3); without the header the first one is meant.
const VERSIONS: [&str; 5] = ["2025-04", "2025-10", "2026-01.alpha", "2026-04", "2026-07"];

/// An authenticated request of the Admin API.
pub(crate) struct Call {
    pub(crate) app: Arc<App>,
    pub(super) caller: Caller,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: HttpBody,
    ids: Vec<String>,
}

impl FromRequest<Arc<App>> for Call {
    type Rejection = Error;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Call, Error> {
        let (mut parts, body) = request.into_parts();
        // Before anything of the request is read: a stranger learns nothing from the order of errors.
        let caller = app.authenticate(&parts).await?;
        check_version(&parts.headers)?;
        let ids = path_ids(&mut parts).await;
        Ok(Call {
            app: Arc::clone(app),
            caller,
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body,
            ids,
        })
    }
}

fn check_version(headers: &HeaderMap) -> Result<(), Error> {
    let Some(value) = headers.get(VERSION_HEADER) else { return Ok(()) };
    if VERSIONS.iter().any(|version| value == version) {
        return Ok(());
    }
    Err(Error::Invalid(format!("X-Pinecone-Api-Version must be one of {}", VERSIONS.join(", "))))
}

/// The ids in the path; none, which is to say ids that name nothing, when one of them is no text.
async fn path_ids(parts: &mut Parts) -> Vec<String> {
    match RawPathParams::from_request_parts(parts, &()).await {
        Ok(found) => found.iter().map(|(_, id)| id.to_owned()).collect(),
        Err(_) => Vec::new(),
    }
}

impl Call {
    /// The id in the path, as sent; on a path without one, empty. A query string is refused.
    pub(super) fn id(&self) -> Result<&str, Error> {
        self.query(&[])?;
        Ok(self.parent())
    }

    /// The id in the path of a list that takes query parameters.
    pub(super) fn parent(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }

    /// The second id in the path, of what belongs to the first.
    pub(super) fn child(&self) -> &str {
        self.ids.get(1).map_or("", String::as_str)
    }

    /// Whether it was sent by a client of the published API.
    pub(super) fn is_of_published_client(&self) -> bool {
        self.headers.contains_key(VERSION_HEADER)
    }

    /// The parsed query string.
    pub(super) fn query(&self, known: &[&str]) -> Result<super::query::Query, Error> {
        super::query::Query::parse(self.uri.query().unwrap_or(""), known)
    }

    /// The body as `T`, whatever its Content-Type: published clients send JSON labelled as a form.
    pub(super) async fn body<T: Body>(&mut self) -> Result<T, Error> {
        Ok(self.body_once().await?.0)
    }

    /// The body as `T`, and the Idempotency-Key it came with.
    pub(super) async fn body_once<T: Body>(&mut self) -> Result<(T, Option<Once>), Error> {
        let bytes = to_bytes(std::mem::take(&mut self.body), BODY_BYTES_MAX)
            .await
            .map_err(|_| Error::Invalid("the request body is too large or did not arrive whole".into()))?;
        let value = body::read(&bytes, self.is_of_published_client())
            .map_err(|error| Error::Invalid(error.to_string()))?;
        let mut request = self.begun();
        request.update(&bytes);
        Ok((value, self.once(request)?))
    }

    /// The body as it comes in, for a route that reads more than fits into memory.
    pub(super) fn stream(&mut self) -> HttpBody {
        std::mem::take(&mut self.body)
    }

    /// Whether the client understands this type of answer, and says so by name.
    pub(super) fn accepts(&self, media_type: &str) -> bool {
        let texts = self.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let mut types = texts.flat_map(|text| text.split(',')).filter_map(|part| part.split(';').next());
        types.any(|found| found.trim().eq_ignore_ascii_case(media_type))
    }

    /// The digest of the request, to be continued with its body.
    pub(super) fn begun(&self) -> Sha256 {
        let mut request = Sha256::new();
        request.update(format!("{} {}\n", self.method, self.uri.path()));
        request
    }

    /// The Idempotency-Key that the request came with.
    pub(super) fn once(&self, request: Sha256) -> Result<Option<Once>, Error> {
        let mut values = self.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else { return Ok(None) };
        let key = value.to_str().unwrap_or("");
        if values.next().is_some() || !(1..=255).contains(&key.len()) {
            return Err(Error::Invalid(
                "Idempotency-Key must be one value of 1 to 255 visible characters".into(),
            ));
        }
        Ok(Some(Once { key: key.to_owned(), request: request.finalize().into() }))
    }

    /// The versions the write is meant for (If-Match).
    pub(super) fn precondition(&self) -> Result<Precondition, Error> {
        let Some(tags) = self.tags(IF_MATCH) else { return Ok(Precondition(None)) };
        if tags.iter().any(|tag| tag == "*") {
            return Ok(Precondition(None));
        }
        let read = |tag: &String| {
            let number = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'))?.parse().ok()?;
            Some(Version(number))
        };
        // A tag that we never gave out matches no version: the write is refused as stale.
        Ok(Precondition(Some(tags.iter().filter_map(read).collect())))
    }

    /// Whether the reader has this version already (If-None-Match).
    pub(super) fn has(&self, version: Version) -> bool {
        let tag = super::render::etag(version);
        self.tags(IF_NONE_MATCH).is_some_and(|tags| {
            tags.iter().any(|found| found == "*" || found.trim_start_matches("W/") == tag)
        })
    }

    fn tags(&self, name: http::HeaderName) -> Option<Vec<String>> {
        let mut values = self.headers.get_all(name).iter().peekable();
        values.peek()?;
        let texts = values.filter_map(|value| value.to_str().ok());
        Some(texts.flat_map(|text| text.split(',')).map(|tag| tag.trim().to_owned()).collect())
    }
}
