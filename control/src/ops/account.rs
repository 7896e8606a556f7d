//! What an API key may see and set of its own project, without being an administrator: the rights that the level of
//! the operator's GraphQL API gives, and nothing of another project.

use super::keys::{self, Cascade};
use super::new_key::{Created, KeyPatch, NewKey};
use super::sight::{Precondition, is_revoked, not_found};
use super::usage::{Usage, UsageAsk};
use crate::authenticate::LiveKey;
use crate::error::Object;
use crate::store::{KeyFilter, KeyRow, Lane, ResourceRow, Slice, StatusFilter, Tx, UsageOf};
use crate::{App, Error};
use domain::access::Caller;
use domain::{Action, ActorId, Effect, KeyId, ResourceName, Timestamp};

/// The resource that a level for the GraphQL API reaches.
const GRAPHQL: &str = "GRAPHQL";
/// The type of what is listed as endpoints.
const ENDPOINT: &str = "ENDPOINT";
/// Most bytes of the public keys of one project.
const PUBLIC_KEY_BYTES_MAX: usize = 16 << 10;

/// Refuses a key whose scopes do not reach that far.
///
/// # Errors
/// It is refused.
pub fn permit(live: &LiveKey, action: Action) -> Result<(), Error> {
    if live.permits(action, GRAPHQL) { Ok(()) } else { Err(Error::OutOfReach) }
}

/// Refuses a key that may not work on keys.
///
/// # Errors
/// It is refused.
pub fn permit_keys(live: &LiveKey) -> Result<(), Error> {
    administrator(live).map(|_| ())
}

fn administrator(live: &LiveKey) -> Result<Caller, Error> {
    live.clone().into_caller().ok_or(Error::OutOfReach)
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    limit: i64,
    after: Option<String>,
}

impl Page {
    /// The most that one page holds.
    pub const LIMIT_MAX: i64 = 100;

    /// At most `limit`, behind the one of this id.
    ///
    /// # Errors
    /// The limit is none.
    pub fn new(limit: i64, after: Option<String>) -> Result<Page, Error> {
        if (1..=Page::LIMIT_MAX).contains(&limit) {
            return Ok(Page { limit, after });
        }
        Err(Error::OutOfRange("`limit` must be a number from 1 to 100".into()))
    }
}

/// The keys of the project that are not revoked, oldest first.
///
/// # Errors
/// The key may not read, or there is no key to begin behind.
pub async fn keys(app: &App, live: &LiveKey, page: Page) -> Result<Vec<KeyRow>, Error> {
    permit(live, Action::Read)?;
    let after = match page.after {
        Some(id) => Some(place_of(app, live, &id).await?),
        None => None,
    };
    let filter = KeyFilter { status: StatusFilter::NotRevoked, name_part: None, after, limit: page.limit };
    Ok(app.store.keys_of(live.project.id, &filter, app.now()).await?)
}

/// What a key of the project was used for; a revoked one is gone.
///
/// # Errors
/// The key that calls may not read, there is no such key, or the question is out of bounds.
pub async fn usage(app: &App, live: &LiveKey, id: &str, ask: &UsageAsk) -> Result<Usage, Error> {
    permit(live, Action::Read)?;
    let absent = || not_found(Object::ApiKey, id);
    let found = app.store.key(KeyId::parse(id).ok_or_else(absent)?).await?;
    let mine = |row: &KeyRow| row.key.project_id == live.project.id && !is_revoked(row);
    let row = found.filter(mine).ok_or_else(absent)?;
    let of = UsageOf::Key(row.key.id, live.organization().clone());
    super::usage::answer(app, of, row.key.created_at, ask).await
}

/// Where a key of the project stands in the list; a revoked one has a place, too.
async fn place_of(app: &App, live: &LiveKey, id: &str) -> Result<(Timestamp, String), Error> {
    let absent = || not_found(Object::ApiKey, id);
    let found = app.store.key(KeyId::parse(id).ok_or_else(absent)?).await?;
    let row = found.filter(|row| row.key.project_id == live.project.id).ok_or_else(absent)?;
    Ok((row.key.created_at, row.key.id.to_string()))
}

/// The endpoints registered to the project, oldest first.
///
/// # Errors
/// The key may not read, or there is no endpoint to begin behind.
pub async fn endpoints(app: &App, live: &LiveKey, page: Page) -> Result<Vec<ResourceRow>, Error> {
    permit(live, Action::Read)?;
    let after = match page.after {
        Some(id) => Some(place_of_endpoint(app, live, &id).await?),
        None => None,
    };
    let slice = Slice { after, limit: page.limit };
    Ok(app.store.resources_of_type(live.project.id, ENDPOINT, &slice).await?)
}

async fn place_of_endpoint(app: &App, live: &LiveKey, id: &str) -> Result<(Timestamp, String), Error> {
    let absent = || not_found(Object::Resource, id);
    let name = ResourceName::of(ENDPOINT, id).ok_or_else(absent)?;
    app.store.place_of_resource(live.project.id, name.as_str()).await?.ok_or_else(absent)
}

/// The public keys that were set for the project.
///
/// # Errors
/// The key may not read.
pub async fn public_key(app: &App, live: &LiveKey) -> Result<Option<String>, Error> {
    permit(live, Action::Read)?;
    Ok(app.store.public_key(live.project.id).await?)
}

/// Sets the public keys of the project, or takes them away; answers what is set now.
///
/// # Errors
/// The key may not write, or was changed since it was presented; or the text is none of public keys.
pub async fn set_public_key(
    app: &App,
    live: &LiveKey,
    text: Option<String>,
) -> Result<Option<String>, Error> {
    permit(live, Action::Write)?;
    let text = text.filter(|text| !text.is_empty());
    text.as_deref().map_or(Ok(()), check_public_key)?;
    let (live, now) = (live.clone(), app.now());
    app.change(Lane::Ordinary, async move |tx| {
        as_presented(tx, &live).await?;
        if tx.public_key(live.project.id).await? == text {
            return Ok(text);
        }
        tx.set_public_key(live.project.id, text.as_deref()).await?;
        let verb = if text.is_some() { "set" } else { "removed" };
        let effects = [Effect::Note(format!("public key of project {} {verb}", live.project.id))];
        let organization = live.organization().as_str();
        let actor = ActorId::Key(live.key.id);
        tx.record(now, actor, &format!("project.public_key_{verb}"), organization, &effects).await?;
        Ok(text)
    })
    .await
}

fn check_public_key(text: &str) -> Result<(), Error> {
    let refused = |message: &str| Err(Error::Invalid(format!("`pubKey` {message}")));
    if text.len() > PUBLIC_KEY_BYTES_MAX {
        return refused("must be at most 16384 bytes long");
    }
    if text.chars().any(|character| character.is_control() && character != '\n') {
        return refused("must not contain control characters but line feeds");
    }
    if text.contains("PRIVATE KEY") {
        return refused("is for public keys; treat the private key that was sent as known to others");
    }
    Ok(())
}

/// A key that was changed since it was presented has to be presented again.
async fn as_presented(tx: &mut Tx, live: &LiveKey) -> Result<(), Error> {
    let same = tx.key(live.key.id).await?.is_some_and(|row| row.key == live.key);
    let alive = same && tx.is_alive(live.key.id).await?;
    if alive { Ok(()) } else { Err(Error::Unauthenticated) }
}

/// Makes a key in the project of the one that calls.
///
/// # Errors
/// That is no administrator's, or as [`keys::create`].
pub async fn create_key(app: &App, live: &LiveKey, new: NewKey) -> Result<Created, Error> {
    let caller = administrator(live)?;
    keys::create(app, &caller, &live.project.id.to_string(), new, None).await
}

/// Changes a key of the project.
///
/// # Errors
/// As [`create_key`] and [`keys::update`]; a key of another project is absent.
pub async fn update_key(app: &App, live: &LiveKey, id: &str, patch: KeyPatch) -> Result<KeyRow, Error> {
    let caller = own(app, live, id).await?;
    keys::update(app, &caller, id, patch, Precondition::default()).await
}

/// Revokes a key of the project, and with it the keys that it made.
///
/// # Errors
/// As [`update_key`].
pub async fn revoke_key(app: &App, live: &LiveKey, id: &str) -> Result<(), Error> {
    let caller = own(app, live, id).await?;
    keys::revoke(app, &caller, id, Precondition::default(), Cascade::Children).await?;
    Ok(())
}

/// The caller, if the key is one of its own project.
async fn own(app: &App, live: &LiveKey, id: &str) -> Result<Caller, Error> {
    let caller = administrator(live)?;
    let absent = || not_found(Object::ApiKey, id);
    let found = app.store.key(KeyId::parse(id).ok_or_else(absent)?).await?;
    let here = found.is_some_and(|row| row.key.project_id == live.project.id);
    if here { Ok(caller) } else { Err(absent()) }
}
