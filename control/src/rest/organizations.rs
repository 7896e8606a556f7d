//! `/admin/organizations`.

use super::render;
use super::request::Call;
use crate::{Error, ops};
use api::admin::{OrganizationList, UpdateOrganization};
use axum::response::Response;
use domain::Name;
use http::StatusCode;

/// Lists the organizations the caller can see: its own.
#[utoipa::path(get, path = "/admin/organizations", operation_id = "list_organizations", tag = "organizations",
    responses((status = 200, body = OrganizationList, description = "The caller's organization")))]
pub(crate) async fn list(call: Call) -> Result<Response, Error> {
    call.query(&[])?;
    let rows = ops::organizations::list(&call.app, &call.caller).await?;
    Ok(render::list(OrganizationList { data: rows.into_iter().map(render::organization).collect() }))
}

/// Shows one organization.
#[utoipa::path(get, path = "/admin/organizations/{organization_id}", operation_id = "fetch_organization",
    tag = "organizations", params(("organization_id" = String, Path, description = "The organization's id")),
    responses((status = 200, body = api::admin::Organization, description = "The organization")))]
pub(crate) async fn show(call: Call) -> Result<Response, Error> {
    let row = ops::organizations::show(&call.app, &call.caller, call.id()?).await?;
    if call.has(row.version) {
        return Ok(render::not_modified(row.version));
    }
    let version = row.version;
    Ok(render::object(render::organization(row), version))
}

/// Renames an organization.
#[utoipa::path(patch, path = "/admin/organizations/{organization_id}", operation_id = "update_organization",
    tag = "organizations", params(("organization_id" = String, Path, description = "The organization's id")),
    request_body = UpdateOrganization,
    responses((status = 200, body = api::admin::Organization, description = "The organization as it is now")))]
pub(crate) async fn update(mut call: Call) -> Result<Response, Error> {
    let body: UpdateOrganization = call.body().await?;
    let name =
        body.name.map(|name| Name::parse(&name, Name::PROJECT_CHARS_MAX).map_err(Error::name)).transpose()?;
    let precondition = call.precondition()?;
    let row = ops::organizations::rename(&call.app, &call.caller, call.id()?, name, precondition).await?;
    let version = row.version;
    Ok(render::object(render::organization(row), version))
}

/// Makes an organization's signing key; before that it can have no API keys.
#[utoipa::path(post, path = "/admin/organizations/{organization_id}/bootstrap",
    operation_id = "bootstrap_organization", tag = "organizations",
    params(("organization_id" = String, Path, description = "The organization's id")),
    responses((status = 200, body = api::admin::Organization, description = "The organization, bootstrapped")))]
pub(crate) async fn bootstrap(call: Call) -> Result<Response, Error> {
    let row =
        ops::organizations::bootstrap(&call.app, &call.caller, call.id()?, call.precondition()?).await?;
    let version = row.version;
    Ok(render::object(render::organization(row), version))
}

/// Deletes an organization on the plan Free that has no projects.
#[utoipa::path(delete, path = "/admin/organizations/{organization_id}", operation_id = "delete_organization",
    tag = "organizations", params(("organization_id" = String, Path, description = "The organization's id")),
    responses((status = 200, description = "It is gone")))]
pub(crate) async fn remove(call: Call) -> Result<StatusCode, Error> {
    ops::organizations::remove(&call.app, &call.caller, call.id()?, call.precondition()?).await?;
    Ok(StatusCode::OK)
}
