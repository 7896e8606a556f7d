//! `POST /oauth/introspect` (RFC 7662): what a key or a token is good for right now.

use super::client::client;
use super::credentials::given;
use super::{Refused, Request};
use crate::App;
use crate::ops::tokens::{self, Introspected};
use api::oauth::Introspection;
use std::net::IpAddr;

/// Answers about a key or a token; everything that is not the client's to know is inactive.
///
/// # Errors
/// See [`Refused`].
pub async fn introspect(app: &App, request: Request<'_>) -> Result<Introspection, Refused> {
    let parameters = request.parameters()?;
    let asks = client(app, request.head, &parameters).await?;
    let token = given(&parameters, "token").ok_or(Refused::invalid("token is missing"))?;
    let address = given(&parameters, "client_ip").map(str::parse::<IpAddr>).transpose();
    let address = address.map_err(|_| Refused::invalid("client_ip must be an IPv4 or IPv6 address"))?;
    let found = tokens::introspect(app, &asks, token, address).await?;
    Ok(found.map_or_else(Introspection::inactive, |found| shown(app, found)))
}

fn shown(app: &App, found: Introspected) -> Introspection {
    let Introspected { subject, client_id, organization, project, key, scope, expires_at, token } = found;
    let (issued, bound) = match token {
        Some(token) => (Some((token.iat, token.jti, token.audience)), token.bound_to),
        None => (None, None),
    };
    let (iat, jti, aud) = match issued {
        Some((iat, jti, aud)) => (Some(iat), Some(jti.to_string()), Some(aud)),
        None => (None, None, None),
    };
    Introspection {
        active: true,
        scope,
        client_id: Some(client_id),
        token_type: Some(if bound.is_some() { "DPoP" } else { "Bearer" }),
        exp: expires_at,
        iat,
        sub: Some(subject),
        aud,
        iss: Some(app.issuer.url().to_owned()),
        jti,
        organization_id: Some(organization.as_str().to_owned()),
        project_id: project.map(|id| id.to_string()),
        key_id: key.map(|id| id.to_string()),
        cnf: bound.map(|jkt| api::oauth::Confirmation { jkt }),
    }
}
