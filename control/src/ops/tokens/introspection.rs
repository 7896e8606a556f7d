//! What a key or a token may do right now (RFC 7662).

use super::sale::{canonical, verdict};
use super::{Client, live_bearer};
use crate::{App, Error};
use domain::access::Operation;
use domain::token::{KeyClaims, KeyToken, is_token, scope_text};
use domain::{
    Ask, Granted, KeyId, OrganizationId, ProjectId, Snapshot, Timestamp, TokenId, Verdict, verify_token,
};
use std::net::IpAddr;

/// What is told about a key or a token that may be used right now.
#[derive(Debug)]
pub struct Introspected {
    /// `key:` or `sa:` and an id.
    pub subject: String,
    /// Who bought it.
    pub client_id: String,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The project of the key.
    pub project: Option<ProjectId>,
    /// The key.
    pub key: Option<KeyId>,
    /// What it is good for.
    pub scope: Option<String>,
    /// When it ends, in seconds since the epoch.
    pub expires_at: Option<i64>,
    /// What else there is to say of a token.
    pub token: Option<IntrospectedToken>,
}

/// What is told about a token alone.
#[derive(Debug)]
pub struct IntrospectedToken {
    /// When it was bought, in seconds since the epoch.
    pub iat: i64,
    /// Its id.
    pub jti: TokenId,
    /// Whom it is for.
    pub audience: String,
    /// The thumbprint of the key that it is bound to.
    pub bound_to: Option<String>,
}

/// What a key or a token may do right now, used from that address; `None` when nothing, or when it is not the
/// client's to know.
///
/// # Errors
/// This process may not decide, or the database did not answer.
pub async fn introspect(
    app: &App,
    client: &Client,
    text: &str,
    address: Option<IpAddr>,
) -> Result<Option<Introspected>, Error> {
    let known = app.known()?;
    let ask = Ask { client: canonical(address), ..Ask::default() };
    if !is_token(text) {
        return Ok(granted(client, verdict(app, &known, text, &ask)).map(|found| of_key(&found, &known)));
    }
    match KeyToken::read(text, &known, &app.issuer, app.now()) {
        Ok(token) => {
            let found = granted(client, verify_token(&known, &token, &ask, app.now()));
            Ok(found.map(|found| of_token(of_key(&found, &known), &token)))
        }
        Err(domain::Malformed) => of_account(app, client, text).await,
    }
}

fn granted<'s>(client: &Client, verdict: Verdict<'s>) -> Option<Granted<'s>> {
    match verdict {
        Verdict::Granted(found) => {
            client.sees(found.key.id, found.organization, found.key.project).then_some(found)
        }
        Verdict::Denied(..) => None,
    }
}

fn of_key(found: &Granted<'_>, known: &Snapshot) -> Introspected {
    let key = found.key;
    Introspected {
        subject: KeyClaims::subject(key.id),
        client_id: key.id.to_string(),
        organization: found.organization.clone(),
        project: Some(key.project),
        key: Some(key.id),
        scope: scope_text(&key.compiled(known.catalog())),
        expires_at: key.expires_at().map(Timestamp::seconds),
        token: None,
    }
}

fn of_token(key: Introspected, token: &KeyToken) -> Introspected {
    let claims = &token.claims;
    Introspected {
        scope: claims.scope.clone().or(key.scope),
        expires_at: Some(claims.exp),
        token: Some(IntrospectedToken {
            iat: claims.iat,
            jti: claims.jti,
            audience: claims.aud.clone(),
            bound_to: claims.cnf.as_ref().map(|bound| bound.jkt.clone()),
        }),
        ..key
    }
}

/// A service account's own token, which accounts of its organization may ask about.
async fn of_account(app: &App, client: &Client, text: &str) -> Result<Option<Introspected>, Error> {
    let Client::Account(asks) = client else { return Ok(None) };
    let Some(bearer) = live_bearer(app, text).await? else { return Ok(None) };
    let Some(account) = app.store.caller(bearer.account, bearer.generation).await? else { return Ok(None) };
    let own = asks.actor == account.actor;
    let seen = own || (asks.organization == account.organization && asks.may(Operation::ReadMembers));
    Ok(seen.then(|| Introspected {
        subject: account.actor.to_string(),
        client_id: bearer.client_id,
        organization: account.organization,
        project: None,
        key: None,
        scope: None,
        expires_at: Some(bearer.expires_at),
        token: Some(IntrospectedToken {
            iat: bearer.issued_at,
            jti: bearer.id,
            audience: app.issuer.admin().to_owned(),
            bound_to: None,
        }),
    }))
}
