//! The credentials of a client, wherever they stand (RFC 6749 section 2.3): in one place only.

use super::Refused;
use super::form::{self, Parameters};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

/// What a client showed of itself.
pub(super) enum Credentials {
    /// An id and a secret, in each way in which they can be read. Either may be empty.
    Pairs(Vec<Pair>),
    /// What stood behind `Bearer`, or in a header of its own.
    Alone(Zeroizing<String>),
}

/// A client id and its secret.
pub(super) type Pair = (String, Zeroizing<String>);

/// A parameter, unless it is empty, which counts as omitted.
pub(super) fn given<'p>(parameters: &'p Parameters, name: &str) -> Option<&'p str> {
    parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

impl Credentials {
    /// The one credential of a request.
    ///
    /// # Errors
    /// There is none, or more than one: which is meant cannot be decided.
    pub(super) fn of(headers: &HeaderMap, parameters: &Parameters) -> Result<Credentials, Refused> {
        let id = given(parameters, "client_id");
        let mut all: Vec<Credentials> = headed(headers)?.into_iter().chain(own_header(headers)).collect();
        all.extend(given(parameters, "client_secret").map(|secret| pair(id, secret)));
        all.extend(given(parameters, "api_key").map(|key| pair(id, key)));
        if all.len() > 1 {
            return Err(Refused::invalid("send the client's credential once, in the header or in the body"));
        }
        let found = all.pop().ok_or(Refused::Client)?;
        match (&found, id) {
            (Credentials::Pairs(pairs), Some(id)) if pairs.iter().all(|(found, _)| found != id) => {
                Err(Refused::invalid("the header and the body name two different clients"))
            }
            _ => Ok(found.named(id)),
        }
    }

    /// A credential that stood alone in a header, under the id that the body gives it.
    fn named(self, id: Option<&str>) -> Credentials {
        match (self, id) {
            (Credentials::Alone(secret), Some(id)) => Credentials::Pairs(vec![(id.to_owned(), secret)]),
            (found, _) => found,
        }
    }
}

fn pair(id: Option<&str>, secret: &str) -> Credentials {
    Credentials::Pairs(vec![(id.unwrap_or_default().to_owned(), Zeroizing::new(secret.to_owned()))])
}

fn own_header(headers: &HeaderMap) -> impl Iterator<Item = Credentials> {
    let values = ["x-api-key", "api-key"].into_iter().flat_map(|name| headers.get_all(name));
    values.map(|value| Credentials::Alone(Zeroizing::new(value.to_str().unwrap_or_default().to_owned())))
}

/// What stands in `Authorization`.
fn headed(headers: &HeaderMap) -> Result<Option<Credentials>, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refused::invalid("more than one Authorization header"));
    }
    let text = value.to_str().map_err(|_| Refused::Client)?;
    let (scheme, rest) = text.split_once(' ').ok_or(Refused::Client)?;
    if scheme.eq_ignore_ascii_case("Bearer") {
        return Ok(Some(Credentials::Alone(Zeroizing::new(rest.trim().to_owned()))));
    }
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(Refused::Client);
    }
    basic(rest.trim()).map(|pairs| Some(Credentials::Pairs(pairs)))
}

/// The Basic credentials, as sent and, where that differs, form-decoded: half of the clients encode them
/// (RFC 6749 section 2.3.1), the other half do not.
fn basic(encoded: &str) -> Result<Vec<Pair>, Refused> {
    let decoded = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| Refused::Client)?);
    let decoded = std::str::from_utf8(&decoded).map_err(|_| Refused::Client)?;
    let (id, secret) = decoded.split_once(':').ok_or(Refused::Client)?;
    let mut pairs = vec![(id.to_owned(), Zeroizing::new(secret.to_owned()))];
    if let (Ok(plain_id), Ok(plain_secret)) = (form::decode(id), form::decode(secret))
        && (plain_id != id || plain_secret != secret)
    {
        pairs.push((plain_id, Zeroizing::new(plain_secret)));
    }
    Ok(pairs)
}
