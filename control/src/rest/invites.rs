//! `/admin/invites`.

use super::page::Page;
use super::render;
use super::request::Call;
use super::service_accounts::role_ask;
use crate::ops::invites::{NewInvite, Sent};
use crate::store::InviteRow;
use crate::{Error, ops};
use api::admin::{CreateInvite, InviteList};
use axum::response::Response;
use domain::Email;
use http::StatusCode;

/// Lists the invites that nobody has accepted yet.
#[utoipa::path(get, path = "/admin/invites", operation_id = "list_invites", tag = "invites", params(
        ("limit" = Option<i64>, Query, description = "1 to 100; 100 when absent"),
        ("paginationToken" = Option<String>, Query, description = "`pagination.next` of the page before")),
    responses((status = 200, body = InviteList, description = "Pending and expired invites, oldest first")))]
pub(crate) async fn list(call: Call) -> Result<Response, Error> {
    let query = call.query(&["limit", "paginationToken"])?;
    let page = Page::read("invites", &query, &[])?;
    let rows = ops::invites::list(&call.app, &call.caller, &page.slice()).await?;
    let (rows, pagination) =
        page.cut(rows, |row: &InviteRow| (row.invite.created_at, row.invite.id.to_string()));
    let now = call.app.now();
    let data = rows.into_iter().map(|row| render::invite(row, now, None)).collect();
    Ok(render::list(InviteList { data, pagination }))
}

/// Invites somebody to the organization. There is no mail: hand `accept_url` to the invitee.
#[utoipa::path(post, path = "/admin/invites", operation_id = "create_invite", tag = "invites",
    request_body = CreateInvite,
    responses((status = 200, body = api::admin::Invite, description = "The invite, and where to accept it")))]
pub(crate) async fn create(mut call: Call) -> Result<Response, Error> {
    call.query(&[])?;
    let (body, once) = call.body_once::<CreateInvite>().await?;
    let email = read_email(&body.email)?;
    let new = NewInvite { email, roles: body.role_bindings.into_iter().map(role_ask).collect() };
    let sent = ops::invites::create(&call.app, &call.caller, new, once).await?;
    Ok(with_url(&call, sent))
}

/// Shows one invite, whatever has become of it.
#[utoipa::path(get, path = "/admin/invites/{invite_id}", operation_id = "fetch_invite", tag = "invites",
    params(("invite_id" = String, Path, format = Uuid, description = "The invite's id")),
    responses((status = 200, body = api::admin::Invite, description = "The invite")))]
pub(crate) async fn show(call: Call) -> Result<Response, Error> {
    let row = ops::invites::show(&call.app, &call.caller, call.id()?).await?;
    let version = row.version;
    // No 304: the status changes by itself when the time has come.
    Ok(render::object(render::invite(row, call.app.now(), None), version))
}

/// Gives out another link, good for seven days from now; the one before is void.
#[utoipa::path(post, path = "/admin/invites/{invite_id}/resend", operation_id = "resend_invite", tag = "invites",
    params(("invite_id" = String, Path, format = Uuid, description = "The invite's id")),
    responses(
        (status = 200, body = api::admin::Invite, description = "The invite, and where to accept it"),
        (status = 429, body = api::error::AdminError, description = "Sent too often; see Retry-After")))]
pub(crate) async fn resend(call: Call) -> Result<Response, Error> {
    let sent = ops::invites::resend(&call.app, &call.caller, call.id()?, call.precondition()?).await?;
    Ok(with_url(&call, sent))
}

/// Withdraws an invite that nobody has accepted, with its roles.
#[utoipa::path(delete, path = "/admin/invites/{invite_id}", operation_id = "delete_invite", tag = "invites",
    params(("invite_id" = String, Path, format = Uuid, description = "The invite's id")),
    responses((status = 202, description = "It is gone")))]
pub(crate) async fn remove(call: Call) -> Result<StatusCode, Error> {
    ops::invites::remove(&call.app, &call.caller, call.id()?, call.precondition()?).await?;
    Ok(StatusCode::ACCEPTED)
}

fn with_url(call: &Call, sent: Sent) -> Response {
    let version = sent.row.version;
    // In the fragment, which browsers send to nobody.
    let accept_url = sent.code.map(|code| format!("{}/invite#{}", call.app.issuer.url(), *code));
    render::object(render::invite(sent.row, call.app.now(), accept_url), version)
}

/// An address; what was sent is not repeated.
pub(crate) fn read_email(text: &str) -> Result<Email, Error> {
    Email::parse(text).map_err(|error| Error::Invalid(format!("`email` {error}")))
}
