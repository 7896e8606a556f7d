//! `POST /oauth/token`: client credentials of a service account (RFC 6749 section 4.4).

use super::form::{self, FormError, Parameters};
use super::token;
use crate::store::ServiceAccount;
use crate::{App, Error};
use api::oauth::{TokenError, TokenResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

/// A token request as it arrived.
#[derive(Debug)]
pub struct TokenRequest<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Whether anything stood behind a `?`.
    pub has_query: bool,
    /// Its body, whatever the Content-Type says.
    pub body: &'a [u8],
}

/// Why there is no token.
#[derive(Debug)]
pub enum Refused {
    /// 400, with one of the codes of RFC 6749 section 5.2.
    Bad(&'static str, &'static str),
    /// 401 `invalid_client`: the same bytes for every wrong credential.
    Client,
    /// The request could not be decided.
    Failed(Error),
}

impl Refused {
    /// The body of the answer.
    pub fn body(&self) -> TokenError {
        let (error, description) = match self {
            Refused::Bad(error, description) => (*error, *description),
            Refused::Client => ("invalid_client", "the client id or secret is wrong"),
            Refused::Failed(_) => ("temporarily_unavailable", "the request could not be decided; try again"),
        };
        TokenError { error, error_description: description.into() }
    }
}

impl From<FormError> for Refused {
    fn from(error: FormError) -> Refused {
        match error {
            FormError::Repeated => Refused::Bad("invalid_request", "a parameter is repeated"),
            FormError::Malformed => {
                Refused::Bad("invalid_request", "the body is neither a form nor a JSON object")
            }
        }
    }
}

/// Issues a token, or says why not.
///
/// # Errors
/// See [`Refused`].
pub async fn issue(app: &App, request: TokenRequest<'_>) -> Result<TokenResponse, Refused> {
    if request.has_query {
        return Err(Refused::Bad("invalid_request", "parameters belong in the body, never in the URL"));
    }
    let parameters = form::read(request.body)?;
    match given(&parameters, "grant_type") {
        None => return Err(Refused::Bad("invalid_request", "grant_type is missing")),
        Some("client_credentials") => {}
        Some(_) => {
            return Err(Refused::Bad("unsupported_grant_type", "grant_type must be client_credentials"));
        }
    }
    check_audience(app, &parameters)?;
    if given(&parameters, "scope").is_some() {
        return Err(Refused::Bad("invalid_scope", "a service account has roles, no scopes; leave scope out"));
    }
    let account = authenticate(app, request.headers, &parameters).await?;
    let access_token = token::issue(app, &account).await.map_err(Refused::Failed)?;
    Ok(TokenResponse { access_token, token_type: "Bearer", expires_in: token::LIFE_SECONDS })
}

fn given<'p>(parameters: &'p Parameters, name: &str) -> Option<&'p str> {
    parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// The audience is optional; what it may be is a closed list.
fn check_audience(app: &App, parameters: &Parameters) -> Result<(), Refused> {
    let known = |audience: &str| {
        let audience = audience.trim_end_matches('/');
        audience == app.issuer || audience == "https://api.pinecone.io"
    };
    match given(parameters, "audience").or_else(|| given(parameters, "resource")) {
        Some(audience) if !known(audience) => {
            Err(Refused::Bad("invalid_target", "audience must be this server or https://api.pinecone.io/"))
        }
        _ => Ok(()),
    }
}

async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<ServiceAccount, Refused> {
    let in_body = given(parameters, "client_id").zip(given(parameters, "client_secret"));
    let basic = basic(headers)?;
    if basic.is_some() && given(parameters, "client_secret").is_some() {
        return Err(Refused::Bad(
            "invalid_request",
            "send the client credentials once: in the header or the body",
        ));
    }
    if let (Some(candidates), Some(id)) = (&basic, given(parameters, "client_id"))
        && !candidates.iter().any(|(candidate, _)| candidate == id)
    {
        return Err(Refused::Bad("invalid_request", "the header and the body name two different clients"));
    }
    let candidates = match (basic, in_body) {
        (Some(candidates), _) => candidates,
        (None, Some((id, secret))) => vec![(id.to_owned(), Zeroizing::new(secret.to_owned()))],
        (None, None) => return Err(Refused::Client),
    };
    for (id, secret) in candidates {
        if let Some(account) = matching(app, &id, &secret).await? {
            return Ok(account);
        }
    }
    Err(Refused::Client)
}

async fn matching(app: &App, id: &str, secret: &str) -> Result<Option<ServiceAccount>, Refused> {
    // PostgreSQL takes no NUL in text, and no client id of ours has one.
    if id.len() > 64 || id.contains('\0') {
        return Ok(None);
    }
    let account = app.store.account_of_client(id).await.map_err(|error| Refused::Failed(error.into()))?;
    // A keyed digest: what is compared tells nothing about the secret, so plain equality will do.
    let digest = app.pepper.digest(secret.as_bytes());
    Ok(account.filter(|account| account.secret_digest == digest))
}

type Candidate = (String, Zeroizing<String>);

/// The Basic credentials, as sent and, where that differs, form-decoded: half of the clients encode them
/// (RFC 6749 section 2.3.1), the other half do not.
fn basic(headers: &HeaderMap) -> Result<Option<Vec<Candidate>>, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refused::Bad("invalid_request", "more than one Authorization header"));
    }
    let text = value.to_str().map_err(|_| Refused::Client)?;
    let (scheme, encoded) = text.split_once(' ').ok_or(Refused::Client)?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(Refused::Client);
    }
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_| Refused::Client)?;
    let decoded = Zeroizing::new(String::from_utf8(decoded).map_err(|_| Refused::Client)?);
    let (id, secret) = decoded.split_once(':').ok_or(Refused::Client)?;
    let mut candidates = vec![(id.to_owned(), Zeroizing::new(secret.to_owned()))];
    if let (Ok(plain_id), Ok(plain_secret)) = (form::decode(id), form::decode(secret))
        && (plain_id != id || plain_secret != secret)
    {
        candidates.push((plain_id, Zeroizing::new(plain_secret)));
    }
    Ok(Some(candidates))
}
