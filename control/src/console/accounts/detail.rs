//! `/service-accounts/{id}`.

use crate::Error;
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::hidden::precondition;
use crate::console::page::{again, page, see};
use crate::console::refused::in_form;
use crate::console::roles::{self, Roles};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops;
use askama::Template;
use axum::response::Response;
use domain::access::Operation;
use domain::{Name, PrincipalType};
use serde_json::json;

#[derive(Template)]
#[template(path = "accounts/detail.html")]
struct DetailPage {
    frame: Frame,
    id: String,
    name: String,
    /// As it was typed.
    new_name: String,
    version: i64,
    client_id: String,
    created: Moment,
    updated: Moment,
    operator: bool,
    may_change: bool,
    may_rotate: bool,
    roles: Roles,
    error: Option<String>,
    twin: Twin,
}

/// What there is to know, and to change.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let notice = visit.query(&["done"])?.get("done").and_then(done);
    let shown = detail(&visit, None).await?;
    page(&DetailPage { frame: shown.frame.with_notice(notice), ..shown })
}

async fn detail(visit: &Visit, error: Option<String>) -> Result<DetailPage, Fault> {
    let (app, caller, now) = (&visit.app, visit.caller(), visit.app.now());
    let row = ops::service_accounts::show(app, caller, visit.id()).await?;
    let (id, account) = (row.account.id.to_string(), row.account);
    let name = account.name.as_str().to_owned();
    let roles =
        Roles::of(visit, PrincipalType::ServiceAccount, &id, format!("/service-accounts/{id}")).await?;
    let may_change = caller.may(Operation::WriteMembers) && roles.covered;
    let prefix = if error.is_some() { "Error: " } else { "" };
    let typed = Some(visit.form.get("name")).filter(|typed| !typed.is_empty());
    Ok(DetailPage {
        frame: Frame::of(visit, Section::Accounts, format!("{prefix}{name}")).await?,
        new_name: typed.unwrap_or(&name).to_owned(),
        twin: Twin::send(app, "PATCH", &format!("/admin/service-accounts/{id}"), &json!({ "name": name })),
        id,
        name,
        version: row.version.0,
        client_id: account.client_id,
        created: Moment::new(account.created_at, now),
        updated: Moment::new(account.updated_at, now),
        operator: account.operator,
        may_change,
        may_rotate: may_change && (!account.operator || caller.operator),
        roles,
        error,
    })
}

/// Gives the account another name.
pub(in crate::console) async fn rename(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["name", "version"], &[])?;
    let done = renamed(&visit).await;
    answered(&visit, done, "renamed").await
}

async fn renamed(visit: &Visit) -> Result<(), Error> {
    let name = Name::parse_account(visit.form.get("name")).map_err(Error::name)?;
    let meant = precondition(visit);
    ops::service_accounts::rename(&visit.app, visit.caller(), visit.id(), Some(name), meant).await?;
    Ok(())
}

/// Gives it a role.
pub(in crate::console) async fn give_role(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["role", "project"], &[])?;
    let given = roles::give(&visit, PrincipalType::ServiceAccount).await;
    answered(&visit, given, "given").await
}

/// Takes one away.
pub(in crate::console) async fn take_role(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&[], &[])?;
    let taken = roles::take(&visit, PrincipalType::ServiceAccount).await?;
    answered(&visit, taken, "taken").await
}

async fn answered(visit: &Visit, result: Result<(), Error>, word: &str) -> Result<Response, Fault> {
    match result {
        Ok(()) => Ok(see(&format!("/service-accounts/{}?done={word}", visit.id()))),
        Err(error) => again(&detail(visit, Some(in_form(error)?)).await?),
    }
}

fn done(word: &str) -> Option<&'static str> {
    match word {
        "saved" => Some("You have saved the client secret. It cannot be shown again."),
        "renamed" => Some("The service account has its new name."),
        "given" => Some("The role is given."),
        "taken" => Some("The role is taken away."),
        _ => None,
    }
}
