//! `POST /oauth/token`: client credentials (RFC 6749 section 4.4) and token exchange (RFC 8693).

use super::client::{Shopper, shopper};
use super::credentials::{Credentials, given};
use super::form::Parameters;
use super::{Refused, Request, proof, token};
use crate::App;
use crate::ops::tokens::{self, Buyer, NotSold};
use api::oauth::TokenResponse;
use domain::token::SERVICE_TOKEN_SECONDS;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const API_KEY: &str = "urn:keydesk:params:oauth:token-type:api-key";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Issues a token, or says why not.
///
/// # Errors
/// See [`Refused`].
pub async fn issue(app: &App, request: Request<'_>) -> Result<TokenResponse, Refused> {
    let parameters = request.parameters()?;
    match given(&parameters, "grant_type") {
        Some("client_credentials") => of_client(app, &request, &parameters).await,
        Some(EXCHANGE) => exchanged(app, &request, &parameters).await,
        Some(_) => Err(Refused::Bad(
            "unsupported_grant_type",
            "grant_type must be client_credentials or urn:ietf:params:oauth:grant-type:token-exchange",
        )),
        None => Err(Refused::invalid("grant_type is missing")),
    }
}

async fn of_client(
    app: &App,
    request: &Request<'_>,
    parameters: &Parameters,
) -> Result<TokenResponse, Refused> {
    check_audience(app, parameters)?;
    match shopper(app, request.head, parameters).await? {
        Shopper::Key(buyer) => sold(app, request, parameters, &buyer).await,
        Shopper::Account(account) => {
            if given(parameters, "scope").is_some() {
                let description = "a service account has roles, no scopes; leave scope out";
                return Err(Refused::Bad("invalid_scope", description));
            }
            if request.head.headers.contains_key("dpop") {
                let description = "tokens of service accounts cannot be bound; leave the DPoP header out";
                return Err(Refused::Bad("invalid_dpop_proof", description));
            }
            let access_token = token::issue(app, &account).await?;
            let expires_in = SERVICE_TOKEN_SECONDS;
            Ok(TokenResponse {
                access_token,
                token_type: "Bearer",
                expires_in,
                scope: None,
                issued_token_type: None,
            })
        }
    }
}

async fn sold(
    app: &App,
    request: &Request<'_>,
    parameters: &Parameters,
    buyer: &Buyer,
) -> Result<TokenResponse, Refused> {
    let bound_to = proof::proven(app, request.head)?;
    let token_type = if bound_to.is_some() { "DPoP" } else { "Bearer" };
    let bought = tokens::buy(app, buyer, given(parameters, "scope"), bound_to).await;
    let bought = bought.map_err(|refused| match refused {
        NotSold::Scope => Refused::Bad("invalid_scope", "scope must be within the scopes of the API key"),
        NotSold::Ended => Refused::Client,
        NotSold::Failed(error) => Refused::Failed(error),
    })?;
    Ok(TokenResponse {
        access_token: bought.token,
        token_type,
        expires_in: bought.expires_in,
        scope: bought.scope,
        issued_token_type: None,
    })
}

/// The subject token is the API key, and the only credential there is.
async fn exchanged(
    app: &App,
    request: &Request<'_>,
    parameters: &Parameters,
) -> Result<TokenResponse, Refused> {
    check_audience(app, parameters)?;
    let subject = given(parameters, "subject_token").ok_or(Refused::invalid("subject_token is missing"))?;
    if given(parameters, "subject_token_type") != Some(API_KEY) {
        return Err(Refused::invalid(
            "subject_token_type must be urn:keydesk:params:oauth:token-type:api-key: a token buys no token",
        ));
    }
    if given(parameters, "actor_token").or(given(parameters, "actor_token_type")).is_some() {
        return Err(Refused::invalid("nobody can act for an API key; leave actor_token out"));
    }
    if !matches!(given(parameters, "requested_token_type"), None | Some(ACCESS_TOKEN | JWT)) {
        return Err(Refused::invalid("requested_token_type must be that of an access token"));
    }
    match Credentials::of(&request.head.headers, parameters) {
        Err(Refused::Client) if !request.head.headers.contains_key("authorization") => {}
        _ => return Err(Refused::invalid("the subject token is the only credential of an exchange")),
    }
    let buyer = tokens::buyer(app, subject, app.client(request.head))?;
    let wrong = Refused::invalid("subject_token is no API key that can be used from here");
    let bought = sold(app, request, parameters, &buyer.ok_or(wrong)?).await?;
    Ok(TokenResponse { issued_token_type: Some(ACCESS_TOKEN), ..bought })
}

/// The audience is optional; what it may be is a closed list, and what stands in the token is not taken from it.
fn check_audience(app: &App, parameters: &Parameters) -> Result<(), Refused> {
    let known = |audience: &str| {
        let audience = audience.trim_end_matches('/');
        audience == app.issuer.url() || audience == "https://api.pinecone.io"
    };
    let named = [given(parameters, "audience"), given(parameters, "resource")];
    if named.into_iter().flatten().all(known) {
        return Ok(());
    }
    Err(Refused::Bad("invalid_target", "audience must be this server or https://api.pinecone.io/"))
}
