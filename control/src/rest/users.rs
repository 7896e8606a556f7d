//! `/admin/users`.

use super::invites::read_email;
use super::page::Page;
use super::render;
use super::request::Call;
use crate::store::UserRow;
use crate::{Error, ops};
use api::admin::UserList;
use axum::response::Response;
use http::StatusCode;

/// Lists the people of the organization.
#[utoipa::path(get, path = "/admin/users", operation_id = "list_users", tag = "users", params(
        ("email" = Option<String>, Query, description = "one address, letter case ignored"),
        ("limit" = Option<i64>, Query, description = "1 to 100; 100 when absent"),
        ("paginationToken" = Option<String>, Query, description = "`pagination.next` of the page before")),
    responses((status = 200, body = UserList, description = "The users, oldest first")))]
pub(crate) async fn list(call: Call) -> Result<Response, Error> {
    let query = call.query(&["email", "limit", "paginationToken"])?;
    let page = Page::read("users", &query, &["email"])?;
    let email = query.get("email").map(read_email).transpose()?;
    let rows = ops::users::list(&call.app, &call.caller, email.as_ref(), &page.slice()).await?;
    let (rows, pagination) = page.cut(rows, |row: &UserRow| (row.user.created_at, row.user.id.to_string()));
    Ok(render::list(UserList { data: rows.into_iter().map(render::user).collect(), pagination }))
}

/// Shows one user.
#[utoipa::path(get, path = "/admin/users/{user_id}", operation_id = "fetch_user", tag = "users",
    params(("user_id" = String, Path, format = Uuid, description = "The user's id")),
    responses((status = 200, body = api::admin::User, description = "The user")))]
pub(crate) async fn show(call: Call) -> Result<Response, Error> {
    let row = ops::users::show(&call.app, &call.caller, call.id()?).await?;
    if call.has(row.version) {
        return Ok(render::not_modified(row.version));
    }
    let version = row.version;
    Ok(render::object(render::user(row), version))
}

/// Removes a user from the organization, with all roles.
#[utoipa::path(delete, path = "/admin/users/{user_id}", operation_id = "delete_user", tag = "users",
    params(("user_id" = String, Path, format = Uuid, description = "The user's id")),
    responses((status = 202, description = "The user is gone")))]
pub(crate) async fn remove(call: Call) -> Result<StatusCode, Error> {
    ops::users::remove(&call.app, &call.caller, call.id()?, call.precondition()?).await?;
    Ok(StatusCode::ACCEPTED)
}
