//! Projects: made, shown, renamed, removed.

use super::new_key::Once;
use super::plans;
use super::sight::{self, Precondition, organization_now, permitted_now, project_now};
use crate::store::{Lane, ProjectRow, Replay, Tx};
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{ActorId, Effect, Name, Project, ProjectId, Timestamp};

/// A project about to be made.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// Shown name.
    pub name: Name,
    /// Kept as sent.
    pub max_pods: i64,
    /// Kept as sent.
    pub force_encryption_with_cmek: bool,
}

/// What to change of a project; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ProjectPatch {
    /// Shown name.
    pub name: Option<Name>,
    /// Kept as sent.
    pub max_pods: Option<i64>,
    /// Can be turned on, not off.
    pub force_encryption_with_cmek: Option<bool>,
}

/// The projects the caller can see, oldest first.
///
/// # Errors
/// The database did not answer.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<ProjectRow>, Error> {
    let rows = app.store.projects_of(&caller.organization).await?;
    Ok(rows.into_iter().filter(|row| caller.may(Operation::ReadProject(row.project.id))).collect())
}

/// One project.
///
/// # Errors
/// The caller cannot see it.
pub async fn show(app: &App, caller: &Caller, id: &str) -> Result<ProjectRow, Error> {
    sight::project(app, caller, id, Operation::ReadProject).await
}

/// Makes a project in the caller's organization.
///
/// # Errors
/// The caller may not.
pub async fn create(
    app: &App,
    caller: &Caller,
    new: NewProject,
    once: Option<Once>,
) -> Result<ProjectRow, Error> {
    if !caller.may(Operation::CreateProject) {
        return Err(Error::Forbidden("only an owner or manager of the organization makes projects"));
    }
    let now = app.now();
    let catalog = app.catalog().await?;
    let project = Project {
        id: ProjectId::generate(now, &mut app.rng()),
        organization_id: caller.organization.clone(),
        name: new.name,
        max_pods: new.max_pods,
        force_encryption_with_cmek: new.force_encryption_with_cmek,
        created_at: now,
        removed_at: None,
    };
    let caller = caller.clone();
    app.change(Lane::Ordinary, async move |tx| {
        let caller = permitted_now(tx, &caller, Operation::CreateProject).await?;
        let organization = organization_now(tx, &caller.organization).await?.organization;
        if let Some(once) = &once {
            match once.seen(tx, &caller, now).await? {
                Replay::New => once.keep(tx, &caller, &project.id.to_string(), now).await?,
                Replay::Same(id) => {
                    return project_now(tx, ProjectId::parse(&id).unwrap_or(project.id)).await;
                }
                Replay::Different => return Err(Error::KeyReused),
            }
        }
        plans::room_for_project(tx, catalog.plan(organization.plan), &organization.id).await?;
        insert(tx, project, now, caller.actor).await
    })
    .await
}

pub(super) async fn insert(
    tx: &mut Tx,
    project: Project,
    now: Timestamp,
    actor: ActorId,
) -> Result<ProjectRow, Error> {
    tx.insert_project(&project).await?;
    let version = record(tx, &project, now, actor, "project.created").await?;
    Ok(ProjectRow { project, version })
}

/// Changes a project.
///
/// # Errors
/// The caller cannot see it or may not change it, or it was changed in the meantime.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: &str,
    patch: ProjectPatch,
    precondition: Precondition,
) -> Result<ProjectRow, Error> {
    let row = sight::project(app, caller, id, Operation::UpdateProject).await?;
    let caller = caller.clone();
    let now = app.now();
    app.change(Lane::Ordinary, async move |tx| {
        let caller = permitted_now(tx, &caller, Operation::UpdateProject(row.project.id)).await?;
        let row = project_now(tx, row.project.id).await?;
        precondition.check(row.version)?;
        let project = patch.onto(&row.project)?;
        if project == row.project {
            return Ok(row);
        }
        tx.update_project(&project).await?;
        let version = record(tx, &project, now, caller.actor, "project.updated").await?;
        Ok(ProjectRow { project, version })
    })
    .await
}

impl ProjectPatch {
    fn onto(self, project: &Project) -> Result<Project, Error> {
        if project.force_encryption_with_cmek && self.force_encryption_with_cmek == Some(false) {
            return Err(Error::Invalid("`force_encryption_with_cmek` cannot be turned off again".into()));
        }
        Ok(Project {
            name: self.name.unwrap_or_else(|| project.name.clone()),
            max_pods: self.max_pods.unwrap_or(project.max_pods),
            force_encryption_with_cmek: self
                .force_encryption_with_cmek
                .unwrap_or(project.force_encryption_with_cmek),
            ..project.clone()
        })
    }
}

/// Removes a project; the same change refuses all its keys.
///
/// # Errors
/// The caller cannot see it or may not remove it, or it was changed in the meantime.
pub async fn remove(app: &App, caller: &Caller, id: &str, precondition: Precondition) -> Result<(), Error> {
    let row = sight::project(app, caller, id, Operation::DeleteProject).await?;
    let caller = caller.clone();
    let now = app.now();
    app.urgent_change(async move |tx| {
        let caller = permitted_now(tx, &caller, Operation::DeleteProject(row.project.id)).await?;
        let mut row = project_now(tx, row.project.id).await?;
        precondition.check(row.version)?;
        row.project.removed_at = Some(now);
        tx.update_project(&row.project).await?;
        record(tx, &row.project, now, caller.actor, "project.deleted").await?;
        Ok(())
    })
    .await
}

async fn record(
    tx: &mut Tx,
    project: &Project,
    now: Timestamp,
    actor: ActorId,
    action: &str,
) -> Result<domain::Version, Error> {
    let effects = [Effect::Project(project.clone())];
    Ok(tx.record(now, actor, action, project.organization_id.as_str(), &effects).await?)
}
