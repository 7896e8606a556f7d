//! `/admin/projects`.

use super::render;
use super::request::Call;
use crate::ops::projects::{NewProject, ProjectPatch};
use crate::{Error, ops};
use api::admin::{CreateProject, ProjectList, UpdateProject};
use axum::response::Response;
use domain::Name;
use http::StatusCode;

/// Lists the projects the caller can see.
#[utoipa::path(get, path = "/admin/projects", operation_id = "list_projects", tag = "projects",
    responses((status = 200, body = ProjectList, description = "The projects, oldest first")))]
pub(crate) async fn list(call: Call) -> Result<Response, Error> {
    call.query(&[])?;
    let rows = ops::projects::list(&call.app, &call.caller).await?;
    Ok(render::list(ProjectList { data: rows.into_iter().map(render::project).collect() }))
}

/// Makes a project.
#[utoipa::path(post, path = "/admin/projects", operation_id = "create_project", tag = "projects",
    request_body = CreateProject,
    responses((status = 200, body = api::admin::Project, description = "The project")))]
pub(crate) async fn create(mut call: Call) -> Result<Response, Error> {
    call.query(&[])?;
    let (body, once) = call.body_once::<CreateProject>().await?;
    let new = NewProject {
        name: Name::parse(&body.name, Name::PROJECT_CHARS_MAX).map_err(Error::name)?,
        max_pods: max_pods(body.max_pods)?.unwrap_or(0),
        force_encryption_with_cmek: body.force_encryption_with_cmek.unwrap_or(false),
    };
    let row = ops::projects::create(&call.app, &call.caller, new, once).await?;
    let version = row.version;
    Ok(render::object(render::project(row), version))
}

/// Shows one project.
#[utoipa::path(get, path = "/admin/projects/{project_id}", operation_id = "fetch_project", tag = "projects",
    params(("project_id" = String, Path, format = Uuid, description = "The project's id")),
    responses((status = 200, body = api::admin::Project, description = "The project")))]
pub(crate) async fn show(call: Call) -> Result<Response, Error> {
    let row = ops::projects::show(&call.app, &call.caller, call.id()?).await?;
    if call.has(row.version) {
        return Ok(render::not_modified(row.version));
    }
    let version = row.version;
    Ok(render::object(render::project(row), version))
}

/// Changes a project.
#[utoipa::path(patch, path = "/admin/projects/{project_id}", operation_id = "update_project", tag = "projects",
    params(("project_id" = String, Path, format = Uuid, description = "The project's id")),
    request_body = UpdateProject,
    responses((status = 200, body = api::admin::Project, description = "The project as it is now")))]
pub(crate) async fn update(mut call: Call) -> Result<Response, Error> {
    let body: UpdateProject = call.body().await?;
    let name =
        body.name.map(|name| Name::parse(&name, Name::PROJECT_CHARS_MAX).map_err(Error::name)).transpose()?;
    let patch = ProjectPatch {
        name,
        max_pods: max_pods(body.max_pods)?,
        force_encryption_with_cmek: body.force_encryption_with_cmek,
    };
    let precondition = call.precondition()?;
    let row = ops::projects::update(&call.app, &call.caller, call.id()?, patch, precondition).await?;
    let version = row.version;
    Ok(render::object(render::project(row), version))
}

/// Deletes a project and, by the same change, all its keys.
#[utoipa::path(delete, path = "/admin/projects/{project_id}", operation_id = "delete_project", tag = "projects",
    params(("project_id" = String, Path, format = Uuid, description = "The project's id")),
    responses((status = 202, description = "It is gone, and its keys are refused")))]
pub(crate) async fn remove(call: Call) -> Result<StatusCode, Error> {
    ops::projects::remove(&call.app, &call.caller, call.id()?, call.precondition()?).await?;
    Ok(StatusCode::ACCEPTED)
}

fn max_pods(sent: Option<i64>) -> Result<Option<i64>, Error> {
    match sent {
        Some(pods) if !(0..=i64::from(i32::MAX)).contains(&pods) => {
            Err(Error::Invalid(format!("`max_pods` must be a number from 0 to {}", i32::MAX)))
        }
        pods => Ok(pods),
    }
}
