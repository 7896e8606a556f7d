//! Keys that sign access tokens: made, rotated, ended.
//!
//! A rotation is one change: the next key is on record with the time from which it signs. What follows is reckoned
//! from the times (see [`domain::token::Trust`]), so there is no second step that could be missed.

use super::sight::{self, permitted_now};
use crate::error::Object;
use crate::signing::SigningKey;
use crate::store::{Lane, SigningKeyRow, Tx};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::token::{Algorithm, LEAD_SECONDS, PublishedKey, SigningState, Trust};
use domain::{ActorId, Effect, OrganizationId, Timestamp};
use std::collections::HashSet;
use std::sync::Arc;

/// A signing key as it is shown.
#[derive(Debug, Clone)]
pub struct ShownKey {
    /// Its public half, and what it is for.
    pub published: PublishedKey,
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    /// What it does at the moment.
    pub state: SigningState,
    /// When the last token that it can have signed will have ended; `None` while nothing replaces it.
    pub ends_at: Option<Timestamp>,
}

/// How to rotate.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rotation {
    /// The algorithm of the next key; `None`: that of the one before.
    pub algorithm: Option<Algorithm>,
    /// Whether the next key signs at once and the ones before are believed no more: their tokens die.
    pub at_once: bool,
}

/// Whose keys.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    Server,
    Organization(OrganizationId),
}

impl Owner {
    fn id(&self) -> Option<&OrganizationId> {
        match self {
            Owner::Server => None,
            Owner::Organization(id) => Some(id),
        }
    }
}

/// The signing keys of the caller's organization; without an id, the server's own, which only the operator sees.
///
/// # Errors
/// They are not the caller's.
pub async fn list(app: &App, caller: &Caller, organization: Option<&str>) -> Result<Vec<ShownKey>, Error> {
    let owner = owner(app, caller, organization, Operation::ReadOrganization).await?;
    let keys = app.store.signing_keys().await?.into_iter().map(|row| row.published).collect();
    Ok(shown(&Trust::of(keys, Vec::new()), owner.id(), app.now()))
}

/// Makes the next key. Until it signs, asking again changes nothing.
///
/// # Errors
/// The keys are not the caller's, it may not, or a rotation to another algorithm is under way.
pub async fn rotate(
    app: &Arc<App>,
    caller: &Caller,
    organization: Option<&str>,
    rotation: Rotation,
) -> Result<Vec<ShownKey>, Error> {
    let owner = owner(app, caller, organization, Operation::UpdateOrganization).await?;
    let (app_in, caller) = (Arc::clone(app), caller.clone());
    app.change(Lane::Urgent, async move |tx| {
        let caller = match owner {
            Owner::Server => sight::caller_now(tx, &caller).await?,
            Owner::Organization(_) => permitted_now(tx, &caller, Operation::UpdateOrganization).await?,
        };
        let keys = rotate_in(tx, &app_in, owner.id(), rotation, caller.actor).await?;
        Ok(shown(&Trust::of(keys, Vec::new()), owner.id(), app_in.now()))
    })
    .await
}

async fn owner(
    app: &App,
    caller: &Caller,
    organization: Option<&str>,
    operation: Operation,
) -> Result<Owner, Error> {
    match organization {
        Some(id) => {
            let row = sight::organization(app, caller, id, operation).await?;
            if row.organization.bootstrapped_at.is_none() {
                return Err(Error::Conflict(
                    "the organization has no signing key yet: bootstrap it first".into(),
                ));
            }
            Ok(Owner::Organization(row.organization.id))
        }
        None if caller.operator => Ok(Owner::Server),
        None => Err(sight::not_found(Object::Organization, "server")),
    }
}

fn shown(trust: &Trust, owner: Option<&OrganizationId>, now: Timestamp) -> Vec<ShownKey> {
    let keys = trust.of_owner(owner, now).map(|(known, state)| ShownKey {
        published: known.record.clone(),
        kid: known.kid.clone().into(),
        state,
        ends_at: trust.end_of(known),
    });
    keys.collect()
}

/// The first key of an owner.
pub(super) async fn make_first(
    tx: &mut Tx,
    app: &App,
    organization: Option<&OrganizationId>,
) -> Result<Effect, Error> {
    let now = app.now();
    let key =
        SigningKey::generate(organization, Algorithm::Es256, now, now, app).map_err(|_| Error::Signing)?;
    tx.insert_signing_key(&key).await?;
    Ok(Effect::SigningKey(key.published))
}

async fn rotate_in(
    tx: &mut Tx,
    app: &App,
    organization: Option<&OrganizationId>,
    Rotation { algorithm, at_once }: Rotation,
    actor: ActorId,
) -> Result<Vec<PublishedKey>, Error> {
    let now = app.now();
    let rows = tx.signing_keys_of(organization).await?;
    let newest = rows.last().map(|row| row.published.clone());
    if !at_once && let Some(next) = newest.as_ref().filter(|newest| newest.signs_from > now) {
        if algorithm.is_some_and(|wanted| wanted != next.algorithm) {
            let under_way = "a rotation to another algorithm is under way: wait until that key signs";
            return Err(Error::Conflict(under_way.into()));
        }
        return Ok(rows.into_iter().map(|row| row.published).collect());
    }
    let algorithm = algorithm.or(newest.as_ref().map(|newest| newest.algorithm)).unwrap_or(Algorithm::Es256);
    let signs_from = if at_once { now } else { now.plus_seconds(LEAD_SECONDS) };
    let key =
        SigningKey::generate(organization, algorithm, now, signs_from, app).map_err(|_| Error::Signing)?;
    tx.insert_signing_key(&key).await?;
    let (kept, ended) = if at_once { (Vec::new(), rows) } else { (rows, Vec::new()) };
    let mut effects = end_in(tx, ended, now).await?;
    effects.push(Effect::SigningKey(key.published.clone()));
    let text = organization.map(OrganizationId::as_str).unwrap_or_default();
    tx.record(now, actor, "signing_key.rotated", text, &effects).await?;
    Ok(kept.into_iter().map(|row| row.published).chain([key.published]).collect())
}

async fn end_in(tx: &mut Tx, rows: Vec<SigningKeyRow>, now: Timestamp) -> Result<Vec<Effect>, Error> {
    let mut effects = Vec::with_capacity(rows.len() + 1);
    for row in rows {
        tx.end_signing_key(row.published.id, now).await?;
        effects.push(Effect::SigningKey(PublishedKey { ended_at: Some(now), ..row.published }));
    }
    Ok(effects)
}

/// Ends all keys of an organization that is removed.
pub(super) async fn end_all(
    tx: &mut Tx,
    organization: &OrganizationId,
    now: Timestamp,
) -> Result<Vec<Effect>, Error> {
    let rows = tx.signing_keys_of(Some(organization)).await?;
    end_in(tx, rows, now).await
}

/// Looks after the keys of everybody: begins the rotations that are due, and erases the private halves of keys whose
/// last token has ended. Any number of nodes may do this at once.
///
/// `every_days`: how long a key signs before the next is made; zero: for as long as nobody rotates it.
///
/// # Errors
/// The database did not take it.
pub async fn tend(app: &Arc<App>, every_days: u32) -> Result<(), Error> {
    let keys: Vec<PublishedKey> =
        app.store.signing_keys().await?.into_iter().map(|row| row.published).collect();
    let owners: HashSet<_> = keys.iter().map(|key| key.organization_id.clone()).collect();
    let trust = Trust::of(keys, Vec::new());
    for owner in owners {
        if due(&trust, owner.as_ref(), app.now(), every_days) != Due::Nothing {
            let app_in = Arc::clone(app);
            let tended = async move |tx: &mut Tx| tend_in(tx, &app_in, owner.as_ref(), every_days).await;
            app.change(Lane::Ordinary, tended).await?;
        }
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    Rotation,
    End,
}

fn due(trust: &Trust, owner: Option<&OrganizationId>, now: Timestamp, every_days: u32) -> Due {
    let keys: Vec<_> = trust.all_of(owner).collect();
    if keys.iter().any(|known| trust.end_of(known).is_some_and(|end| end <= now)) {
        return Due::End;
    }
    let age = i64::from(every_days) * 86_400;
    let old = keys.last().is_some_and(|newest| newest.record.signs_from.plus_seconds(age) <= now);
    if every_days > 0 && old { Due::Rotation } else { Due::Nothing }
}

/// Asked again inside: another node may have been here while this one waited.
async fn tend_in(
    tx: &mut Tx,
    app: &App,
    owner: Option<&OrganizationId>,
    every_days: u32,
) -> Result<(), Error> {
    let now = app.now();
    let rows = tx.signing_keys_of(owner).await?;
    let trust = Trust::of(rows.iter().map(|row| row.published.clone()).collect(), Vec::new());
    match due(&trust, owner, now, every_days) {
        Due::Nothing => Ok(()),
        Due::Rotation => rotate_in(tx, app, owner, Rotation::default(), ActorId::Operator).await.map(drop),
        Due::End => {
            let over = |row: &SigningKeyRow| {
                let mut keys = trust.all_of(owner);
                let known = keys.find(|known| known.record.id == row.published.id);
                known.and_then(|known| trust.end_of(known)).is_some_and(|end| end <= now)
            };
            let effects = end_in(tx, rows.into_iter().filter(over).collect(), now).await?;
            let text = owner.map(OrganizationId::as_str).unwrap_or_default();
            tx.record(now, ActorId::Operator, "signing_key.ended", text, &effects).await?;
            Ok(())
        }
    }
}
