//! Taking a token back (RFC 7009).

use super::{Client, live_bearer};
use crate::store::{Lane, Tx};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::token::{CLOCK_LEEWAY_SECONDS, KeyToken, RevokedToken};
use domain::{ActorId, Effect, OrganizationId, ServiceAccountId, Timestamp};

/// Tokens of one organization that can be taken back before the first of them would have ended anyway. Every node
/// remembers each.
const REVOKED_MAX: i64 = 1000;

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
