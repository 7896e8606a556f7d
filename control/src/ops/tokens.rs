//! Access tokens: what a key buys with itself, what is told about it, and how it is taken back.
//!
//! Keys are looked up in what this process's data plane knows, under its lease: buying a token is decided like any
//! other call with the key, and as fast.

use crate::oauth::token::{self as service_token, Bearer};
use crate::store::{Lane, Tx};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::token::{
    CLOCK_LEEWAY_SECONDS, Confirmation, KEY_TOKEN_SECONDS, KeyClaims, KeyToken, RevokedToken, is_token,
    parse_scopes, scope_text,
};
use domain::{
    ActorId, Ask, Effect, Granted, KeyId, OrganizationId, Presented, ProjectId, Scope, ServiceAccountId,
    Snapshot, Timestamp, TokenId, Verdict, subset, verify, verify_legacy, verify_token,
};
use std::net::IpAddr;

/// Tokens of one organization that can be taken back before the first of them would have ended anyway. Every node
/// remembers each.
const REVOKED_MAX: i64 = 1000;

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

fn verdict<'s>(app: &App, known: &'s Snapshot, text: &str, ask: &Ask<'_>) -> Verdict<'s> {
    match Presented::parse(text, known.catalog(), &app.pepper) {
        Ok(presented) => verify(known, &presented, ask, app.now()),
        Err(domain::Malformed) => verify_legacy(known, text, &app.pepper, ask, app.now()),
    }
}

/// An IPv4 address in IPv6 clothes is the IPv4 address.
fn canonical(client: Option<IpAddr>) -> Option<IpAddr> {
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

/// Who asks about tokens.
#[derive(Debug)]
pub enum Client {
    /// A service account.
    Account(Caller),
    /// An API key, which sees itself and what it bought.
    Key(KeyId),
}

impl Client {
    fn sees(&self, key: KeyId, organization: &OrganizationId, project: ProjectId) -> bool {
        match self {
            // Gateways that ask are the operator's, and their callers everybody's.
            Client::Account(caller) => {
                caller.operator
                    || (caller.organization == *organization && caller.may(Operation::ReadProject(project)))
            }
            Client::Key(own) => *own == key,
        }
    }
}

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

/// Whether a text is an API key, or could be one.
///
/// # Errors
/// This process may not decide.
pub fn is_api_key(app: &App, text: &str) -> Result<bool, Error> {
    let known = app.known()?;
    Ok(Presented::parse(text, known.catalog(), &app.pepper).is_ok()
        || matches!(
            verify_legacy(&known, text, &app.pepper, &Ask::default(), app.now()),
            Verdict::Granted(_) | Verdict::Denied(_, Some(_))
        ))
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

async fn live_bearer(app: &App, text: &str) -> Result<Option<Bearer>, Error> {
    match service_token::verify(app, text).await {
        Ok(bearer) => Ok(Some(bearer)),
        Err(Error::Unauthenticated) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A token to be taken back.
struct Taken {
    token: RevokedToken,
    organization: OrganizationId,
    by: ActorId,
    note: String,
}

/// Takes a token back, on every node at once. One that has ended, is nobody's or not the client's is left alone.
///
/// # Errors
/// Too many are taken back already, or the change is not durable.
pub async fn revoke(app: &App, client: &Client, text: &str) -> Result<(), Error> {
    let Some(taken) = to_take(app, client, text).await? else { return Ok(()) };
    let now = app.now();
    if taken.token.expires_at <= now {
        return Ok(());
    }
    app.change(Lane::Urgent, async move |tx| take_back(tx, taken, now).await).await
}

async fn to_take(app: &App, client: &Client, text: &str) -> Result<Option<Taken>, Error> {
    let known = app.known()?;
    if let Ok(token) = KeyToken::read(text, &known, &app.issuer, app.now()) {
        let claims = &token.claims;
        let by = match client {
            Client::Key(key) if *key == token.key => Some(ActorId::Key(*key)),
            Client::Account(caller)
                if caller.organization == claims.organization_id
                    && caller.may(Operation::WriteKeys(claims.project_id)) =>
            {
                Some(caller.actor)
            }
            Client::Key(_) | Client::Account(_) => None,
        };
        return Ok(by.map(|by| Taken {
            token: RevokedToken { id: token.id, expires_at: token.expires_at() },
            organization: claims.organization_id.clone(),
            by,
            note: format!("token {} of API key {}", token.id, token.key),
        }));
    }
    let Client::Account(caller) = client else { return Ok(None) };
    let Some(bearer) = live_bearer(app, text).await? else { return Ok(None) };
    let own = caller.actor == ActorId::ServiceAccount(bearer.account);
    if !own && !same_organization(app, caller, bearer.account, bearer.generation).await? {
        return Ok(None);
    }
    let expires_at = Timestamp::from_seconds(bearer.expires_at);
    Ok(Some(Taken {
        token: RevokedToken { id: bearer.id, expires_at },
        organization: caller.organization.clone(),
        by: caller.actor,
        note: format!("token {} of service account {}", bearer.id, bearer.account),
    }))
}

async fn same_organization(
    app: &App,
    caller: &Caller,
    account: ServiceAccountId,
    generation: i64,
) -> Result<bool, Error> {
    let other = app.store.caller(account, generation).await?;
    let covered = |other: &Caller| {
        other.organization == caller.organization
            && caller.may(Operation::WriteMembers)
            && caller.covers(&other.bindings)
    };
    Ok(other.as_ref().is_some_and(covered))
}

async fn take_back(tx: &mut Tx, taken: Taken, now: Timestamp) -> Result<(), Error> {
    let Taken { token, organization, by, note } = taken;
    tx.forget_revoked_tokens(&organization, now.plus_seconds(-2 * CLOCK_LEEWAY_SECONDS)).await?;
    if tx.count_revoked_tokens(&organization).await? >= REVOKED_MAX {
        return Err(Error::TooOften {
            message: "too many tokens were taken back; disable or revoke the API key itself".into(),
            retry_after: 60,
        });
    }
    if tx.insert_revoked_token(&organization, &token).await? {
        let effects = [Effect::RevokedToken(token), Effect::Note(note)];
        tx.record(now, by, "token.revoked", organization.as_str(), &effects).await?;
    }
    Ok(())
}
