//! API keys: made, shown, changed.

pub use super::revocation::{Cascade, revoke};

use super::key_roles::{bind_new, binding_ids, rebind};
use super::new_key::{Created, KeyPatch, NewKey, Once, first_state, in_future};
use super::proposal::{self, Proposal, Proposed, verb};
use super::sight::{self, Precondition, permitted_now};
use super::{ceiling, plans};
use crate::store::{KeyFilter, KeyRow, Lane, Replay, Tx};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{
    ActorId, Catalog, Effect, Grant, Key, KeyId, KeySecret, OrganizationId, Plan, ProjectId, Timestamp,
    Version,
};

/// The keys of a project the caller can see.
///
/// # Errors
/// The caller cannot see the project.
pub async fn list(
    app: &App,
    caller: &Caller,
    project: &str,
    filter: &KeyFilter,
) -> Result<Vec<KeyRow>, Error> {
    let project = sight::project(app, caller, project, Operation::ReadProject).await?;
    Ok(app.store.keys_of(project.project.id, filter, app.now()).await?)
}

/// One key.
///
/// # Errors
/// The caller cannot see it, or it is revoked.
pub async fn show(app: &App, caller: &Caller, id: &str) -> Result<KeyRow, Error> {
    Ok(sight::key(app, caller, id, Operation::ReadProject).await?.0)
}

/// One key, revoked or not.
///
/// # Errors
/// The caller cannot see it.
pub async fn on_record(app: &App, caller: &Caller, id: &str) -> Result<KeyRow, Error> {
    Ok(sight::key_on_record(app, caller, id, Operation::ReadProject).await?.0)
}

/// Makes a key; its plaintext is in the answer and nowhere else.
///
/// # Errors
/// The caller cannot see the project or may not make keys in it, the organization is not bootstrapped, or
/// the key's class, grant or expiry does not fit, or is more than the caller can give.
pub async fn create(
    app: &App,
    caller: &Caller,
    project: &str,
    new: NewKey,
    once: Option<Once>,
) -> Result<Created, Error> {
    let project = sight::project(app, caller, project, Operation::WriteKeys).await?.project;
    let catalog = app.catalog().await?;
    let (key, secret) = prepare(app, &catalog, caller.actor, project.id, new)?;
    let caller = caller.clone();
    let binding_ids = binding_ids(app, &key.grant, key.created_at);
    let row = app
        .change(Lane::Ordinary, async move |tx| {
            let caller = permitted_now(tx, &caller, Operation::WriteKeys(project.id)).await?;
            let plan = bootstrapped(tx, &project).await?;
            let limits = catalog.plan(plan);
            if let Some(once) = &once {
                match once.seen(tx, &caller, key.created_at).await? {
                    Replay::New => once.keep(tx, &caller, &key.id.to_string(), key.created_at).await?,
                    Replay::Same(id) => return Ok((repeated(tx, &id).await?, false)),
                    Replay::Different => return Err(Error::KeyReused),
                }
            }
            // After the replay: what was made in time stays made.
            plans::permit_grant(limits, &key.grant)?;
            ceiling::permit(tx, &caller, &catalog, &key).await?;
            plans::room_for_keys(tx, limits, project.id, 1).await?;
            key.expires_at.map_or(Ok(()), |end| in_future(end, key.created_at))?;
            tx.insert_key(&key).await?;
            bind_new(tx, &key, &project.organization_id, binding_ids).await?;
            let version =
                record(tx, &key, &project.organization_id, key.created_at, caller.actor, "created").await?;
            Ok((KeyRow { key, version, last_use: None }, true))
        })
        .await?;
    Ok(Created { row: row.0, secret: row.1.then_some(secret) })
}

fn prepare(
    app: &App,
    catalog: &Catalog,
    actor: ActorId,
    project: ProjectId,
    new: NewKey,
) -> Result<(Key, KeySecret), Error> {
    let now = app.now();
    let class = match &new.class {
        Some(name) => catalog.class(name).ok_or_else(|| unknown_class(catalog))?,
        None => catalog.default_class(),
    };
    let secret = KeySecret::generate(&class.prefix, &mut app.rng());
    let key = Key {
        id: KeyId::generate(now, &mut app.rng()),
        project_id: project,
        name: new.name,
        digest: app.pepper.digest(secret.expose().as_bytes()),
        class: class.name.clone(),
        hint: secret.hint(),
        grant: new.grant.unwrap_or_else(Grant::default_roles).canonical(catalog, project)?,
        state: first_state(new.enabled, now),
        expires_at: new.expires_at,
        networks: new.networks,
        created_at: now,
        created_by: actor,
        import: None,
    };
    Ok((key, secret))
}

fn unknown_class(catalog: &Catalog) -> Error {
    let names: Vec<&str> = catalog.classes().iter().map(|class| class.name.as_str()).collect();
    Error::Invalid(format!("`class` must be one of {}", names.join(", ")))
}

/// The plan of the organization, if the project is still there and may have keys.
pub(super) async fn bootstrapped(tx: &mut Tx, project: &domain::Project) -> Result<Plan, Error> {
    let absent = || sight::not_found(crate::error::Object::Project, &project.id.to_string());
    let found = tx.project_for_keys(project.id).await?.ok_or_else(absent)?;
    found.bootstrapped.then_some(found.plan).ok_or_else(|| not_bootstrapped(&project.organization_id))
}

pub(super) fn not_bootstrapped(organization: &OrganizationId) -> Error {
    let first = format!("POST /admin/organizations/{organization}/bootstrap first");
    Error::Conflict(format!("the organization is not bootstrapped: {first}"))
}

/// The key that the first create under this Idempotency-Key made, as it is now.
async fn repeated(tx: &mut Tx, id: &str) -> Result<KeyRow, Error> {
    let absent = || sight::not_found(crate::error::Object::ApiKey, id);
    let id = KeyId::parse(id).ok_or_else(absent)?;
    tx.key(id).await?.ok_or_else(absent)
}

/// Changes a key; takes effect on this node before the answer leaves.
///
/// # Errors
/// The caller cannot see the key or may not change it, the change does not fit or is more than the caller can
/// give, or somebody else changed it.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: &str,
    patch: KeyPatch,
    precondition: Precondition,
) -> Result<KeyRow, Error> {
    let (row, project) = sight::key(app, caller, id, Operation::WriteKeys).await?;
    let catalog = app.catalog().await?;
    let caller = caller.clone();
    let organization = project.project.organization_id;
    // Only what is nothing but a switch may overtake others and use the space kept for emergencies.
    let switches_off = patch.only_switches_off() && row.key.state == domain::KeyState::Active;
    let now = app.now();
    let binding_ids = patch.grant.as_ref().map(|grant| binding_ids(app, grant, now)).unwrap_or_default();
    let work = async move |tx: &mut Tx| {
        let asked = Proposal { key: row.key.id, project: row.key.project_id, patch, precondition };
        let Proposed { caller, row, key } = proposal::permitted(tx, &caller, asked, &catalog, now).await?;
        if key == row.key {
            return Ok(row);
        }
        let verb = verb(&row.key, &key);
        tx.update_key(&key).await?;
        if key.grant != row.key.grant {
            rebind(tx, &key, &organization, binding_ids, now).await?;
        }
        let version = record(tx, &key, &organization, now, caller.actor, verb).await?;
        Ok(KeyRow { key, version, last_use: row.last_use })
    };
    if switches_off { app.urgent_change(work).await } else { app.change(Lane::Ordinary, work).await }
}

async fn record(
    tx: &mut Tx,
    key: &Key,
    organization: &OrganizationId,
    now: Timestamp,
    actor: ActorId,
    verb: &str,
) -> Result<Version, Error> {
    let effects = [Effect::Key(Box::new(key.clone()))];
    Ok(tx.record(now, actor, &format!("api_key.{verb}"), organization.as_str(), &effects).await?)
}
