//! What a caller can see: what it cannot see does not exist for it.

use crate::error::Object;
use crate::store::{KeyRow, OrganizationRow, ProjectRow, StoreError, Tx};
use crate::{App, Error};
use domain::access::{Caller, Limits, Operation};
use domain::{ActorId, Key, KeyId, KeyState, OrganizationId, Plan, ProjectId, Version};

/// The versions a write was made for (RFC 9110 section 13.1.1, If-Match).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition(pub Option<Vec<Version>>);

impl Precondition {
    /// Refuses a write to a version the caller did not mean.
    pub(super) fn check(&self, current: Version) -> Result<(), Error> {
        match &self.0 {
            Some(wanted) if !wanted.contains(&current) => Err(Error::Stale),
            _ => Ok(()),
        }
    }
}

/// An id as sent, for the message; nothing that could not be an id is repeated.
pub(super) fn shown(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    // Shorter than any key: one may stand in the wrong place.
    if (1..=40).contains(&id.len()) && id.bytes().all(plain) { id.to_owned() } else { "with this id".into() }
}

pub(super) fn not_found(object: Object, id: &str) -> Error {
    Error::NotFound { object, id: shown(id) }
}

pub(super) fn permit(caller: &Caller, operation: Operation) -> Result<(), Error> {
    if caller.may(operation) {
        Ok(())
    } else {
        Err(Error::Forbidden("ask an owner of the organization or project"))
    }
}

/// The caller's own organization, for an operation on it.
pub(super) async fn organization(
    app: &App,
    caller: &Caller,
    id: &str,
    operation: Operation,
) -> Result<OrganizationRow, Error> {
    let absent = || not_found(Object::Organization, id);
    let id = OrganizationId::parse(id).ok_or_else(absent)?;
    let found = app.store.organization(&id).await?;
    let row = found.filter(|_| id == caller.organization && caller.may(Operation::ReadOrganization));
    let row = row.ok_or_else(absent)?;
    permit(caller, operation)?;
    Ok(row)
}

/// A project of the caller's organization, for an operation on it.
pub(super) async fn project(
    app: &App,
    caller: &Caller,
    id: &str,
    operation: impl FnOnce(ProjectId) -> Operation,
) -> Result<ProjectRow, Error> {
    let absent = || not_found(Object::Project, id);
    let id = ProjectId::parse(id).ok_or_else(absent)?;
    let found = app.store.project(id).await?;
    let row = found.filter(|row| visible(caller, &row.project)).ok_or_else(absent)?;
    permit(caller, operation(id))?;
    Ok(row)
}

/// A project for an operation on the resources registered to it: the operator's credential sees every project.
pub(super) async fn project_of_resources(
    app: &App,
    caller: &Caller,
    id: &str,
    operation: impl FnOnce(ProjectId) -> Operation,
) -> Result<ProjectRow, Error> {
    let absent = || not_found(Object::Project, id);
    let id = ProjectId::parse(id).ok_or_else(absent)?;
    let found = app.store.project(id).await?;
    let seen = |row: &ProjectRow| caller.operator || visible(caller, &row.project);
    let row = found.filter(seen).ok_or_else(absent)?;
    permit(caller, operation(id))?;
    Ok(row)
}

fn visible(caller: &Caller, project: &domain::Project) -> bool {
    project.organization_id == caller.organization && caller.may(Operation::ReadProject(project.id))
}

/// A key of a project the caller sees; a revoked one is gone.
pub(super) async fn key(
    app: &App,
    caller: &Caller,
    id: &str,
    operation: impl FnOnce(ProjectId) -> Operation,
) -> Result<(KeyRow, ProjectRow), Error> {
    find_key(app, caller, id, operation, |row| !is_revoked(row)).await
}

/// The same, revoked ones too.
pub(super) async fn key_on_record(
    app: &App,
    caller: &Caller,
    id: &str,
    operation: impl FnOnce(ProjectId) -> Operation,
) -> Result<(KeyRow, ProjectRow), Error> {
    find_key(app, caller, id, operation, |_| true).await
}

async fn find_key(
    app: &App,
    caller: &Caller,
    id: &str,
    operation: impl FnOnce(ProjectId) -> Operation,
    wanted: impl FnOnce(&KeyRow) -> bool,
) -> Result<(KeyRow, ProjectRow), Error> {
    let absent = || not_found(Object::ApiKey, id);
    let key_id = KeyId::parse(id).ok_or_else(absent)?;
    let row = app.store.key(key_id).await?.filter(wanted).ok_or_else(absent)?;
    let project = app.store.project(row.key.project_id).await?;
    let project = project.filter(|project| visible(caller, &project.project)).ok_or_else(absent)?;
    permit(caller, operation(project.project.id))?;
    Ok((row, project))
}

pub(super) fn is_revoked(row: &KeyRow) -> bool {
    matches!(row.key.state, KeyState::Revoked { .. })
}

/// The caller as the transaction sees it, if it may still do this: a credential that is being removed makes nothing
/// more, and a role that was just taken away allows nothing more.
pub(super) async fn permitted_now(
    tx: &mut Tx,
    caller: &Caller,
    operation: Operation,
) -> Result<Caller, Error> {
    let caller = caller_now(tx, caller).await?;
    permit(&caller, operation)?;
    Ok(caller)
}

/// The caller as the transaction sees it. Its request may have waited for seconds and been overtaken by what was
/// done against it: a token whose secret was replaced in the meantime is void here, too.
pub(super) async fn caller_now(tx: &mut Tx, caller: &Caller) -> Result<Caller, Error> {
    let found = match (caller.actor, &caller.limits) {
        (ActorId::ServiceAccount(_) | ActorId::User(_), _) => {
            tx.member(caller.actor).await?.filter(|now| now.generation == caller.generation)
        }
        (ActorId::Key(id), Some(limits)) => as_presented(tx, id, limits).await?.then(|| caller.clone()),
        (ActorId::Operator, None) => Some(caller.clone()),
        (ActorId::Key(_), None) | (ActorId::Operator, Some(_)) => None,
    };
    found.ok_or(Error::Unauthenticated)
}

/// Whether a key may still be used and is held to what it was when it was presented; one whose limits were changed
/// since then has to be presented again.
async fn as_presented(tx: &mut Tx, id: KeyId, limits: &Limits) -> Result<bool, Error> {
    let row = if tx.is_alive(id).await? { tx.key(id).await? } else { None };
    let held = |key: &Key| {
        (&key.grant, &key.networks, key.expires_at) == (&limits.grant, &limits.networks, limits.expires_at)
    };
    Ok(row.is_some_and(|row| held(&row.key)))
}

/// The project as the transaction sees it; it may have been removed since it was looked up.
pub(super) async fn project_now(tx: &mut Tx, id: ProjectId) -> Result<ProjectRow, Error> {
    tx.project(id).await?.ok_or_else(|| not_found(Object::Project, &id.to_string()))
}

/// The plan that the project is under, if it is still there.
pub(super) async fn plan_now(tx: &mut Tx, id: ProjectId) -> Result<Plan, Error> {
    let found = tx.project_for_keys(id).await?;
    Ok(found.ok_or_else(|| not_found(Object::Project, &id.to_string()))?.plan)
}

/// The key as the transaction sees it; it may have been revoked since it was looked up.
pub(super) async fn key_now(tx: &mut Tx, id: KeyId) -> Result<KeyRow, Error> {
    let row = tx.key(id).await?.filter(|row| !is_revoked(row));
    row.ok_or_else(|| not_found(Object::ApiKey, &id.to_string()))
}

/// The organization of a project that the caller sees.
pub(super) async fn organization_of(
    app: &App,
    project: &domain::Project,
) -> Result<domain::Organization, Error> {
    // A project cannot outlive its organization.
    let row = app.store.organization(&project.organization_id).await?.ok_or(StoreError::Failed)?;
    Ok(row.organization)
}

/// The organization as the transaction sees it.
pub(super) async fn organization_now(tx: &mut Tx, id: &OrganizationId) -> Result<OrganizationRow, Error> {
    // A project cannot outlive its organization.
    Ok(tx.organization(id).await?.ok_or(StoreError::Failed)?)
}
