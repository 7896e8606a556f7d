//! Selling a token to a key.

use crate::{App, Error};
use domain::token::{Confirmation, KEY_TOKEN_SECONDS, KeyClaims, parse_scopes, scope_text};
use domain::{
    Ask, Granted, KeyId, OrganizationId, Presented, ProjectId, Scope, Snapshot, Timestamp, TokenId, Verdict,
    subset, verify, verify_legacy,
};
use std::net::IpAddr;

/// A key that may be used, from where it was used.
#[derive(Debug)]
pub struct Buyer {
    /// The key.
    pub key: KeyId,
    /// Its organization.
    pub organization: OrganizationId,
    /// Its project.
    pub project: ProjectId,
    scopes: Vec<Scope>,
    expires_at: Option<Timestamp>,
    known: Snapshot,
}

/// A token, sold.
pub struct Bought {
    /// The token.
    pub token: String,
    /// Seconds until it ends.
    pub expires_in: i64,
    /// What it is good for, as it was asked for; `None` when that is too long to say: all that the key is good for.
    pub scope: Option<String>,
}

// The token is a secret: its own `Debug` would print it.
impl std::fmt::Debug for Bought {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bought")
    }
}

/// Why a key gets no token.
#[derive(Debug)]
pub enum NotSold {
    /// The scope asked for is malformed, or more than the key has.
    Scope,
    /// The key ends before a token could begin.
    Ended,
    /// It could not be signed.
    Failed(Error),
}

/// The key of a text that was presented as one; `None` when it may not be used, whatever the reason.
///
/// # Errors
/// This process may not decide.
pub fn buyer(app: &App, text: &str, client: Option<IpAddr>) -> Result<Option<Buyer>, Error> {
    let known = app.known()?;
    let ask = Ask { client: canonical(client), ..Ask::default() };
    let found = match verdict(app, &known, text, &ask) {
        Verdict::Granted(Granted { key, organization }) => {
            Some((key.id, organization.clone(), key.project, key.compiled(known.catalog()), key.expires_at()))
        }
        Verdict::Denied(..) => None,
    };
    Ok(found.map(|(key, organization, project, scopes, expires_at)| Buyer {
        key,
        organization,
        project,
        scopes,
        expires_at,
        known,
    }))
}

pub(super) fn verdict<'s>(app: &App, known: &'s Snapshot, text: &str, ask: &Ask<'_>) -> Verdict<'s> {
    match Presented::parse(text, known.catalog(), &app.pepper) {
        Ok(presented) => verify(known, &presented, ask, app.now()),
        Err(domain::Malformed) => verify_legacy(known, text, &app.pepper, ask, app.now()),
    }
}

/// An IPv4 address in IPv6 clothes is the IPv4 address.
pub(super) fn canonical(client: Option<IpAddr>) -> Option<IpAddr> {
    client.map(|address| address.to_canonical())
}

/// Sells a token: for what was asked for, if that lies within what the key has, and for no longer than the key lasts.
///
/// # Errors
/// See [`NotSold`].
pub async fn buy(
    app: &App,
    buyer: &Buyer,
    scope: Option<&str>,
    bound_to: Option<String>,
) -> Result<Bought, NotSold> {
    let scope = match scope {
        Some(asked) => {
            let wanted = parse_scopes(asked, buyer.known.catalog().types()).ok_or(NotSold::Scope)?;
            if !subset(&wanted, &buyer.scopes) {
                return Err(NotSold::Scope);
            }
            Some(asked.to_owned())
        }
        None => scope_text(&buyer.scopes),
    };
    let now = app.now();
    let left = buyer.expires_at.map_or(KEY_TOKEN_SECONDS, |end| (end.micros() - now.micros()) / 1_000_000);
    let expires_in = left.min(KEY_TOKEN_SECONDS);
    if expires_in < 1 {
        return Err(NotSold::Ended);
    }
    let claims = KeyClaims {
        iss: app.issuer.url().to_owned(),
        sub: KeyClaims::subject(buyer.key),
        aud: app.issuer.api().to_owned(),
        client_id: buyer.key,
        organization_id: buyer.organization.clone(),
        project_id: buyer.project,
        scope: scope.clone(),
        iat: now.seconds(),
        exp: now.seconds() + expires_in,
        jti: TokenId::generate(now, &mut app.rng()),
        cnf: bound_to.map(|jkt| Confirmation { jkt }),
    };
    let signer = app.signer_of(buyer.known.trust(), Some(&buyer.organization)).await;
    let token = signer.and_then(|signer| signer.token(&claims).map_err(|_| Error::Signing));
    Ok(Bought { token: token.map_err(NotSold::Failed)?, expires_in, scope })
}
