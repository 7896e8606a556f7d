//! Resources of owned types: registered to a project and released, by the operator only.

use super::new_key::Once;
use super::sight::{self, permitted_now, project_now};
use crate::error::Object;
use crate::store::{Lane, Replay, ResourceRow, Slice, Tx};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{ActorId, Effect, Name, ProjectId, Registration, ResourceId, ResourceName, Timestamp};

/// A resource about to be registered.
#[derive(Debug, Clone)]
pub struct NewResource {
    /// One literal resource of an owned type, in canonical form.
    pub resource: String,
    /// Shown name; the resource itself when nothing is said.
    pub name: Option<Name>,
}

/// What becomes of a name that somebody else holds, or held last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It stays theirs, and the registration is refused.
    Stays,
    /// It is taken from them; only the operator's own command says this.
    Moves,
}

/// The resources registered to a project, oldest first.
///
/// # Errors
/// The caller cannot see the project.
pub async fn list(
    app: &App,
    caller: &Caller,
    project: &str,
    slice: &Slice,
) -> Result<Vec<ResourceRow>, Error> {
    let project = sight::project_of_resources(app, caller, project, Operation::ReadResources).await?;
    Ok(app.store.resources_of(project.project.id, slice).await?)
}

/// Registers a resource to a project: from now on that project's keys reach it, as far as their scopes do.
///
/// # Errors
/// The caller is not the operator's credential, the project is not there, the resource cannot be registered, or
/// its name is not free; who holds it is never said.
pub async fn register(
    app: &App,
    caller: &Caller,
    project: &str,
    new: NewResource,
    once: Option<Once>,
) -> Result<ResourceRow, Error> {
    let project = sight::project_of_resources(app, caller, project, Operation::WriteResources).await?;
    let caller = caller.clone();
    let resource = Draft::read(app, new).await?;
    app.change(Lane::Ordinary, async move |tx| {
        let caller = permitted_now(tx, &caller, Operation::WriteResources(project.project.id)).await?;
        if let Some(once) = &once {
            match once.seen(tx, &caller, resource.now).await? {
                Replay::New => once.keep(tx, &caller, &resource.id.to_string(), resource.now).await?,
                Replay::Same(id) => return repeated(tx, &id).await,
                Replay::Different => return Err(Error::KeyReused),
            }
        }
        resource.register(tx, project.project.id, Held::Stays, caller.actor).await
    })
    .await
}

/// What the first request under this Idempotency-Key registered, unless it was released since.
async fn repeated(tx: &mut Tx, id: &str) -> Result<ResourceRow, Error> {
    let absent = || sight::not_found(Object::Resource, id);
    let row = tx.resource(ResourceId::parse(id).ok_or_else(absent)?).await?;
    row.filter(|row| row.resource.released_at.is_none()).ok_or_else(absent)
}

/// Registers a resource from the command line on the machine itself.
///
/// # Errors
/// As [`register`]; a name that is held elsewhere can be moved.
pub async fn add(app: &App, project: &str, new: NewResource, held: Held) -> Result<ResourceRow, Error> {
    let absent = || sight::not_found(Object::Project, project);
    let project = ProjectId::parse(project).ok_or_else(absent)?;
    let resource = Draft::read(app, new).await?;
    app.change(Lane::Ordinary, async move |tx| resource.register(tx, project, held, ActorId::Operator).await)
        .await
}

/// A registration that is read, and for which there is no project yet.
#[derive(Debug)]
struct Draft {
    id: ResourceId,
    resource: ResourceName,
    name: Name,
    now: Timestamp,
}

impl Draft {
    async fn read(app: &App, new: NewResource) -> Result<Draft, Error> {
        let now = app.now();
        let catalog = app.catalog().await?;
        let resource = ResourceName::parse(&new.resource, catalog.types())
            .map_err(|error| Error::Invalid(format!("`resource`: {error}")))?;
        let own = || -> String { resource.as_str().chars().take(Name::PROJECT_CHARS_MAX).collect() };
        let name = match new.name {
            Some(name) => name,
            None => Name::parse(&own(), Name::PROJECT_CHARS_MAX).map_err(Error::name)?,
        };
        Ok(Draft { id: ResourceId::generate(now, &mut app.rng()), resource, name, now })
    }

    async fn register(
        self,
        tx: &mut Tx,
        project: ProjectId,
        held: Held,
        actor: ActorId,
    ) -> Result<ResourceRow, Error> {
        let project = project_now(tx, project).await?.project;
        let resource = Registration {
            id: self.id,
            resource: self.resource,
            name: self.name,
            organization_id: project.organization_id,
            project_id: project.id,
            created_at: self.now,
            created_by: actor,
            released_at: None,
        };
        if let Some(before) = tx.resource_named(resource.resource.as_str()).await? {
            make_free(tx, before.resource, &resource, held, actor).await?;
        }
        put(tx, resource, self.now, actor, "resource.registered").await
    }
}

/// Makes sure that the name is free for the new registration, or refuses: with the same words whoever holds it.
async fn make_free(
    tx: &mut Tx,
    before: Registration,
    new: &Registration,
    held: Held,
    actor: ActorId,
) -> Result<(), Error> {
    let in_use = before.released_at.is_none();
    let same = before.organization_id == new.organization_id;
    match held {
        _ if !in_use && same => Ok(()),
        Held::Moves if before.project_id != new.project_id || !in_use => {
            if in_use {
                release_now(tx, before, new.created_at, actor).await?;
            }
            Ok(())
        }
        Held::Stays | Held::Moves => Err(Error::AlreadyExists(
            "this resource cannot be registered: it is in use, or it was another organization's".into(),
        )),
    }
}

/// Releases a resource: from now on nobody reaches it, and only its organization can have it registered again.
///
/// # Errors
/// The caller is not the operator's credential, or the resource is not registered to the project.
pub async fn release(app: &App, caller: &Caller, project: &str, id: &str) -> Result<(), Error> {
    let project = sight::project_of_resources(app, caller, project, Operation::WriteResources).await?;
    let absent = sight::not_found(Object::Resource, id);
    let id = ResourceId::parse(id).ok_or_else(|| absent.clone())?;
    let caller = caller.clone();
    let now = app.now();
    app.urgent_change(async move |tx| {
        let caller = permitted_now(tx, &caller, Operation::WriteResources(project.project.id)).await?;
        let found = tx.resource(id).await?.map(|row| row.resource);
        let in_use = |resource: &Registration| {
            resource.project_id == project.project.id && resource.released_at.is_none()
        };
        let resource = found.filter(in_use).ok_or(absent)?;
        release_now(tx, resource, now, caller.actor).await
    })
    .await
}

/// Releases a resource from the command line on the machine itself, by its name or its id.
///
/// # Errors
/// It is not registered.
pub async fn remove(app: &App, name_or_id: &str) -> Result<(), Error> {
    let asked = name_or_id.to_owned();
    let now = app.now();
    app.urgent_change(async move |tx| {
        let found = match ResourceId::parse(&asked) {
            Some(id) => tx.resource(id).await?,
            None => tx.resource_named(&asked).await?,
        };
        let found = found.map(|row| row.resource).filter(|resource| resource.released_at.is_none());
        let resource = found.ok_or(Error::NotFound { object: Object::Resource, id: asked })?;
        release_now(tx, resource, now, ActorId::Operator).await
    })
    .await
}

async fn release_now(
    tx: &mut Tx,
    mut resource: Registration,
    now: Timestamp,
    actor: ActorId,
) -> Result<(), Error> {
    resource.released_at = Some(now);
    put(tx, resource, now, actor, "resource.released").await.map(|_| ())
}

async fn put(
    tx: &mut Tx,
    resource: Registration,
    now: Timestamp,
    actor: ActorId,
    action: &str,
) -> Result<ResourceRow, Error> {
    tx.put_resource(&resource).await?;
    let organization = resource.organization_id.clone();
    let effects = [Effect::Resource(resource.clone())];
    let version = tx.record(now, actor, action, organization.as_str(), &effects).await?;
    Ok(ResourceRow { resource, version })
}
