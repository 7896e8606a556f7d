//! Why an endpoint refuses (RFC 6749 section 5.2).

use super::form::FormError;
use crate::Error;
use api::oauth::TokenError;

/// Why there is no token, or no answer about one.
#[derive(Debug)]
pub enum Refused {
    /// 400, with one of the registered codes.
    Bad(&'static str, &'static str),
    /// 401 `invalid_client`: the same bytes for every wrong credential.
    Client,
    /// The request could not be decided.
    Failed(Error),
}

impl Refused {
    /// 400 `invalid_request`.
    pub(super) fn invalid(description: &'static str) -> Refused {
        Refused::Bad("invalid_request", description)
    }

    /// The body of the answer.
    pub fn body(&self) -> TokenError {
        let (error, description) = match self {
            Refused::Bad(error, description) => (*error, *description),
            Refused::Client => ("invalid_client", "the client id, secret or API key is wrong"),
            Refused::Failed(_) => ("temporarily_unavailable", "the request could not be decided; try again"),
        };
        TokenError { error, error_description: description.into() }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused::Failed(error)
    }
}

impl From<FormError> for Refused {
    fn from(error: FormError) -> Refused {
        match error {
            FormError::Repeated => Refused::invalid("a parameter is repeated"),
            FormError::Malformed => Refused::invalid("the body is neither a form nor a JSON object"),
        }
    }
}
