//! `/admin/projects/{id}/resources`.

use super::page::Page;
use super::render;
use super::request::Call;
use crate::ops::resources::NewResource;
use crate::store::ResourceRow;
use crate::{Error, ops};
use api::admin::{RegisterResource, Resource, ResourceList};
use axum::response::Response;
use domain::Name;
use http::StatusCode;

/// The most that a list without `limit` holds on one page.
const PAGE_MAX: i64 = 10_000;

/// Lists the resources registered to a project.
#[utoipa::path(get, path = "/admin/projects/{project_id}/resources", operation_id = "list_resources",
    tag = "resources", params(
        ("project_id" = String, Path, format = Uuid, description = "The project's id"),
        ("limit" = Option<i64>, Query, description = "1 to 100; up to 10,000 on a page when absent"),
        ("paginationToken" = Option<String>, Query, description = "`pagination.next` of the page before")),
    responses((status = 200, body = ResourceList, description = "The resources, oldest first")))]
pub(crate) async fn list(call: Call) -> Result<Response, Error> {
    let query = call.query(&["limit", "paginationToken"])?;
    let page = Page::of_at_most(PAGE_MAX, call.parent(), &query, &[])?;
    let rows = ops::resources::list(&call.app, &call.caller, call.parent(), &page.slice()).await?;
    let place = |row: &ResourceRow| (row.resource.created_at, row.resource.id.to_string());
    let (rows, pagination) = page.cut(rows, place);
    Ok(render::list(ResourceList { data: rows.into_iter().map(render::resource).collect(), pagination }))
}

/// Registers a resource of an owned type to a project; only with the operator's credential.
#[utoipa::path(post, path = "/admin/projects/{project_id}/resources", operation_id = "register_resource",
    tag = "resources", params(("project_id" = String, Path, format = Uuid, description = "The project's id")),
    request_body = RegisterResource,
    responses((status = 200, body = Resource, description = "The resource: the project's keys reach it now"),
        (status = 409, body = api::error::AdminError, description = "In use, or another organization's")))]
pub(crate) async fn register(mut call: Call) -> Result<Response, Error> {
    let (body, once) = call.body_once::<RegisterResource>().await?;
    let name =
        body.name.map(|name| Name::parse(&name, Name::PROJECT_CHARS_MAX).map_err(Error::name)).transpose()?;
    let new = NewResource { resource: body.resource, name };
    let row = ops::resources::register(&call.app, &call.caller, call.id()?, new, once).await?;
    let version = row.version;
    Ok(render::object(render::resource(row), version))
}

/// Releases a resource; only with the operator's credential.
#[utoipa::path(delete, path = "/admin/projects/{project_id}/resources/{resource_id}",
    operation_id = "release_resource", tag = "resources", params(
        ("project_id" = String, Path, format = Uuid, description = "The project's id"),
        ("resource_id" = String, Path, format = Uuid, description = "The id of the registration")),
    responses((status = 202, description = "Nobody reaches it: the next verification refuses it")))]
pub(crate) async fn release(call: Call) -> Result<StatusCode, Error> {
    ops::resources::release(&call.app, &call.caller, call.id()?, call.child()).await?;
    Ok(StatusCode::ACCEPTED)
}
