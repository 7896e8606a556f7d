//! `/admin/service-accounts`.

use super::page::Page;
use super::render;
use super::request::Call;
use crate::ops::roles::RoleAsk;
use crate::ops::service_accounts::{Issued, NewAccount};
use crate::store::AccountRow;
use crate::{Error, ops};
use api::admin::{
    CreateServiceAccount, RoleAskBody, ServiceAccountList, ServiceAccountWithSecret, UpdateServiceAccount,
};
use axum::response::Response;
use domain::{Name, Version};
use http::StatusCode;

/// Lists the organization's service accounts.
#[utoipa::path(get, path = "/admin/service-accounts", operation_id = "list_service_accounts",
    tag = "service accounts", params(
        ("limit" = Option<i64>, Query, description = "1 to 100; 100 when absent"),
        ("paginationToken" = Option<String>, Query, description = "`pagination.next` of the page before")),
    responses((status = 200, body = ServiceAccountList, description = "The service accounts, oldest first")))]
pub(crate) async fn list(call: Call) -> Result<Response, Error> {
    let query = call.query(&["limit", "paginationToken"])?;
    let page = Page::read("service-accounts", &query, &[])?;
    let rows = ops::service_accounts::list(&call.app, &call.caller, &page.slice()).await?;
    let (rows, pagination) =
        page.cut(rows, |row: &AccountRow| (row.account.created_at, row.account.id.to_string()));
    let data = rows.into_iter().map(render::service_account).collect();
    Ok(render::list(ServiceAccountList { data, pagination }))
}

/// Makes a service account and shows its secret, this once.
#[utoipa::path(post, path = "/admin/service-accounts", operation_id = "create_service_account",
    tag = "service accounts", request_body = CreateServiceAccount,
    responses((status = 201, body = ServiceAccountWithSecret, description = "The account and its secret")))]
pub(crate) async fn create(mut call: Call) -> Result<Response, Error> {
    call.query(&[])?;
    let (body, once) = call.body_once::<CreateServiceAccount>().await?;
    let new = NewAccount {
        name: Name::parse_account(&body.name).map_err(Error::name)?,
        roles: body.role_bindings.unwrap_or_default().into_iter().map(role_ask).collect(),
    };
    let (body, version) =
        with_secret(ops::service_accounts::create(&call.app, &call.caller, new, once).await?);
    Ok(render::created(body, version))
}

/// Shows one service account.
#[utoipa::path(get, path = "/admin/service-accounts/{service_account_id}", operation_id = "fetch_service_account",
    tag = "service accounts",
    params(("service_account_id" = String, Path, format = Uuid, description = "The account's id")),
    responses((status = 200, body = api::admin::ServiceAccount, description = "The service account")))]
pub(crate) async fn show(call: Call) -> Result<Response, Error> {
    let row = ops::service_accounts::show(&call.app, &call.caller, call.id()?).await?;
    if call.has(row.version) {
        return Ok(render::not_modified(row.version));
    }
    let version = row.version;
    Ok(render::object(render::service_account(row), version))
}

/// Renames a service account.
#[utoipa::path(patch, path = "/admin/service-accounts/{service_account_id}",
    operation_id = "update_service_account", tag = "service accounts",
    params(("service_account_id" = String, Path, format = Uuid, description = "The account's id")),
    request_body = UpdateServiceAccount,
    responses((status = 200, body = api::admin::ServiceAccount, description = "The account as it is now")))]
pub(crate) async fn update(mut call: Call) -> Result<Response, Error> {
    let body: UpdateServiceAccount = call.body().await?;
    let name = body.name.map(|name| Name::parse_account(&name).map_err(Error::name)).transpose()?;
    let precondition = call.precondition()?;
    let row = ops::service_accounts::rename(&call.app, &call.caller, call.id()?, name, precondition).await?;
    let version = row.version;
    Ok(render::object(render::service_account(row), version))
}

/// Gives a service account another secret; the one before is dead at once, with all tokens bought with it.
#[utoipa::path(post, path = "/admin/service-accounts/{service_account_id}/rotate-secret",
    operation_id = "rotate_service_account_secret", tag = "service accounts",
    params(("service_account_id" = String, Path, format = Uuid, description = "The account's id")),
    responses((status = 200, body = ServiceAccountWithSecret, description = "The account and its new secret")))]
pub(crate) async fn rotate_secret(call: Call) -> Result<Response, Error> {
    let precondition = call.precondition()?;
    let issued =
        ops::service_accounts::rotate_secret(&call.app, &call.caller, call.id()?, precondition).await?;
    let (body, version) = with_secret(issued);
    Ok(render::object(body, version))
}

/// Removes a service account with its roles; its tokens are dead at once.
#[utoipa::path(delete, path = "/admin/service-accounts/{service_account_id}",
    operation_id = "delete_service_account", tag = "service accounts",
    params(("service_account_id" = String, Path, format = Uuid, description = "The account's id")),
    responses((status = 202, description = "It is gone")))]
pub(crate) async fn remove(call: Call) -> Result<StatusCode, Error> {
    ops::service_accounts::remove(&call.app, &call.caller, call.id()?, call.precondition()?).await?;
    Ok(StatusCode::ACCEPTED)
}

fn with_secret(issued: Issued) -> (ServiceAccountWithSecret, Version) {
    let version = issued.row.version;
    let client_secret = issued.secret.map(|secret| (*secret).clone());
    (
        ServiceAccountWithSecret { service_account: render::service_account(issued.row), client_secret },
        version,
    )
}

/// A role as the wire asks for it.
pub(super) fn role_ask(body: RoleAskBody) -> RoleAsk {
    RoleAsk { resource_type: body.resource_type, resource_id: body.resource_id, role: body.role }
}
