//! The one credential of a request, wherever it stands.

use crate::Error;
use http::HeaderMap;
use http::header::AUTHORIZATION;

/// Where an API key may stand by itself.
const KEY_HEADERS: [&str; 2] = ["x-api-key", "api-key"];

/// A credential as sent, told apart by its looks; nothing about it is checked yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credential<'h> {
    /// An access token.
    Token(&'h str),
    /// An API key, or junk.
    Key(&'h str),
}

impl std::fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential")
    }
}

impl<'h> Credential<'h> {
    /// The credential of `Authorization: Bearer`, `X-Api-Key` or `Api-Key`. The same one in two of them is one.
    ///
    /// # Errors
    /// There are two different ones, or two in one header: which one is meant cannot be decided.
    pub fn of(headers: &'h HeaderMap) -> Result<Option<Credential<'h>>, Error> {
        the_one(bearer(headers)?.into_iter().chain(keys(headers)))
    }

    /// The same at `/graphql`, where published clients also send a key as the whole of `Authorization`, or in the
    /// query string.
    ///
    /// # Errors
    /// As [`Credential::of`].
    pub fn of_graphql(
        headers: &'h HeaderMap,
        in_query: Option<&'h str>,
    ) -> Result<Option<Credential<'h>>, Error> {
        let whole = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let whole = whole.filter(|text| !text.contains([' ', ','])).map(Credential::Key);
        let authorization = bearer(headers)?.map(|found| whole.unwrap_or(found));
        the_one(authorization.into_iter().chain(keys(headers)).chain(in_query.map(Credential::Key)))
    }
}

fn the_one<'h>(mut all: impl Iterator<Item = Credential<'h>>) -> Result<Option<Credential<'h>>, Error> {
    let Some(first) = all.next() else { return Ok(None) };
    if all.all(|other| other == first) { Ok(Some(first)) } else { Err(several()) }
}

/// Bytes that are no text are no credential of ours, but they are one: junk, and refused as such.
fn keys(headers: &HeaderMap) -> impl Iterator<Item = Credential<'_>> {
    let values = KEY_HEADERS.iter().flat_map(|name| headers.get_all(*name));
    values.map(|key| Credential::Key(key.to_str().unwrap_or("")))
}

/// The credential of the one `Authorization` header (RFC 6750 section 2.1).
fn bearer(headers: &HeaderMap) -> Result<Option<Credential<'_>>, Error> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), more) = (values.next(), values.next()) else { return Ok(None) };
    if more.is_some() {
        return Err(several());
    }
    let text = value.to_str().unwrap_or("");
    let Some((scheme, credential)) = text.split_once(' ') else { return Ok(Some(Credential::Key(""))) };
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Ok(Some(Credential::Key("")));
    }
    if credential.contains(',') {
        return Err(several());
    }
    let credential = credential.trim();
    // A JWS in its compact form has two dots (RFC 7515 section 7.1).
    let token = credential.bytes().filter(|byte| *byte == b'.').count() == 2;
    Ok(Some(if token { Credential::Token(credential) } else { Credential::Key(credential) }))
}

fn several() -> Error {
    Error::Invalid("more than one credential: send one access token or one API key, in one header".into())
}
