//! OAuth 2.0: tokens for keys and service accounts, what is told about them, and how they are taken back.

mod client;
mod credentials;
mod form;
mod grant;
mod introspection;
mod proof;
mod published;
mod refused;
mod revocation;
pub mod token;

pub use grant::issue;
pub use introspection::introspect;
pub use published::{Jwks, jwks, metadata};
pub use refused::Refused;
pub use revocation::revoke;

use http::request::Parts;

/// A request to one of the endpoints, as it arrived.
#[derive(Debug)]
pub struct Request<'a> {
    /// Its head.
    pub head: &'a Parts,
    /// Its body, whatever the Content-Type says.
    pub body: &'a [u8],
}

impl Request<'_> {
    /// The parameters, which never stand in the URL: there they would be logged.
    fn parameters(&self) -> Result<form::Parameters, Refused> {
        if self.head.uri.query().is_some() {
            return Err(Refused::invalid("parameters belong in the body, never in the URL"));
        }
        Ok(form::read(self.body)?)
    }
}

/// Decodes one `application/x-www-form-urlencoded` text; `None` when an escape is bad.
pub(crate) fn form_decode(text: &str) -> Option<String> {
    form::decode(text).ok()
}
