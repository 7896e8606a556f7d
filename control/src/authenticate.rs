//! Who is calling the Admin API.

use crate::{App, Error, oauth};
use domain::access::Caller;

impl App {
    /// The caller behind the `Authorization` header, looked up on every call: a removed account is nobody.
    ///
    /// # Errors
    /// There is no valid access token, or the database did not answer.
    pub async fn authenticate(&self, headers: &http::HeaderMap) -> Result<Caller, Error> {
        let token = bearer(headers).ok_or(Error::Unauthenticated)?;
        let account = oauth::token::verify(self, token).await?;
        self.store.caller(account).await?.ok_or(Error::Unauthenticated)
    }
}

/// The token of exactly one `Authorization: Bearer` header (RFC 6750 section 2.1).
fn bearer(headers: &http::HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(http::header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}
