//! `/admin/role-bindings`.

use super::page::Page;
use super::render;
use super::request::Call;
use crate::ops::role_bindings::{BindingAsk, ListAsk};
use crate::ops::roles::RoleAsk;
use crate::store::BindingRow;
use crate::{Error, ops};
use api::admin::{CreateRoleBinding, RoleBindingList};
use axum::response::Response;
use http::StatusCode;

const FILTERS: [&str; 5] = ["principal_type", "principal_id", "resource_type", "resource_id", "role"];

/// Lists the role bindings that the caller sees: those of members and those of API keys.
#[utoipa::path(get, path = "/admin/role-bindings", operation_id = "list_role_bindings", tag = "role bindings",
    params(
        ("principal_type" = Option<String>, Query, description = "user, service_account, api_key or invite"),
        ("principal_id" = Option<String>, Query, description = "one principal; needs `principal_type`"),
        ("resource_type" = Option<String>, Query, description = "organization or project"),
        ("resource_id" = Option<String>, Query, description = "one resource; needs `resource_type`"),
        ("role" = Option<String>, Query, description = "one role"),
        ("limit" = Option<i64>, Query, description = "1 to 100; 100 when absent"),
        ("paginationToken" = Option<String>, Query, description = "`pagination.next` of the page before")),
    responses((status = 200, body = RoleBindingList, description = "The role bindings, oldest first")))]
pub(crate) async fn list(call: Call) -> Result<Response, Error> {
    let known = [&FILTERS[..], &["limit", "paginationToken"]].concat();
    let query = call.query(&known)?;
    let page = Page::read("role-bindings", &query, &FILTERS)?;
    let given = |name: &str| query.get(name).map(str::to_owned);
    let ask = ListAsk {
        principal_type: given("principal_type"),
        principal_id: given("principal_id"),
        resource_type: given("resource_type"),
        resource_id: given("resource_id"),
        role: given("role"),
    };
    let rows = ops::role_bindings::list(&call.app, &call.caller, ask, page.slice()).await?;
    let (rows, pagination) =
        page.cut(rows, |row: &BindingRow| (row.binding.created_at, row.binding.id.to_string()));
    let data = rows.into_iter().map(render::role_binding).collect();
    Ok(render::list(RoleBindingList { data, pagination }))
}

/// Gives a principal a role. That of an API key becomes one of the key's `roles`.
#[utoipa::path(post, path = "/admin/role-bindings", operation_id = "create_role_binding", tag = "role bindings",
    request_body = CreateRoleBinding,
    responses((status = 200, body = api::admin::RoleBinding, description = "The role binding")))]
pub(crate) async fn create(mut call: Call) -> Result<Response, Error> {
    call.query(&[])?;
    let (body, once) = call.body_once::<CreateRoleBinding>().await?;
    let role = RoleAsk { resource_type: body.resource_type, resource_id: body.resource_id, role: body.role };
    let ask = BindingAsk { principal_type: body.principal_type, principal_id: body.principal_id, role };
    Ok(one(ops::role_bindings::create(&call.app, &call.caller, ask, once).await?))
}

/// Shows one role binding.
#[utoipa::path(get, path = "/admin/role-bindings/{role_binding_id}", operation_id = "fetch_role_binding",
    tag = "role bindings",
    params(("role_binding_id" = String, Path, format = Uuid, description = "The binding's id")),
    responses((status = 200, body = api::admin::RoleBinding, description = "The role binding")))]
pub(crate) async fn show(call: Call) -> Result<Response, Error> {
    let row = ops::role_bindings::show(&call.app, &call.caller, call.id()?).await?;
    if call.has(row.version) {
        return Ok(render::not_modified(row.version));
    }
    Ok(one(row))
}

/// Takes a role away. A user without any role is removed.
#[utoipa::path(delete, path = "/admin/role-bindings/{role_binding_id}", operation_id = "delete_role_binding",
    tag = "role bindings",
    params(("role_binding_id" = String, Path, format = Uuid, description = "The binding's id")),
    responses((status = 202, description = "It allows nothing any more")))]
pub(crate) async fn remove(call: Call) -> Result<StatusCode, Error> {
    ops::role_bindings::remove(&call.app, &call.caller, call.id()?, call.precondition()?).await?;
    Ok(StatusCode::ACCEPTED)
}

fn one(row: BindingRow) -> Response {
    let version = row.version;
    render::object(render::role_binding(row), version)
}
