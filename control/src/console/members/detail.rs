//! `/members/{id}`.

use crate::Error;
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::page::{again, page, see};
use crate::console::refused::in_form;
use crate::console::roles::{self, Roles};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops;
use askama::Template;
use axum::response::Response;
use domain::PrincipalType;
use domain::access::Operation;
use serde_json::json;

#[derive(Template)]
#[template(path = "members/detail.html")]
struct DetailPage {
    frame: Frame,
    id: String,
    email: String,
    name: Option<String>,
    since: Moment,
    is_visitor: bool,
    may_change: bool,
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
    let user = ops::users::show(app, caller, visit.id()).await?.user;
    let id = user.id.to_string();
    let roles = Roles::of(visit, PrincipalType::User, &id, format!("/members/{id}")).await?;
    let prefix = if error.is_some() { "Error: " } else { "" };
    let body = json!({
        "principal_type": "user", "principal_id": id,
        "resource_type": "organization", "role": "OrgMember",
    });
    Ok(DetailPage {
        frame: Frame::of(visit, Section::Members, format!("{prefix}{}", user.email.as_str())).await?,
        id,
        email: user.email.as_str().to_owned(),
        name: user.name.map(|name| name.as_str().to_owned()),
        since: Moment::new(user.created_at, now),
        is_visitor: user.id == visit.visitor.user.id,
        may_change: caller.may(Operation::WriteMembers) && roles.covered,
        roles,
        error,
        twin: Twin::send(app, "POST", "/admin/role-bindings", &body),
    })
}

/// Gives the member a role.
pub(in crate::console) async fn give_role(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["role", "project"], &[])?;
    let given = roles::give(&visit, PrincipalType::User).await;
    answered(&visit, given, "given").await
}

/// Takes one away.
pub(in crate::console) async fn take_role(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&[], &[])?;
    let taken = roles::take(&visit, PrincipalType::User).await?;
    answered(&visit, taken, "taken").await
}

async fn answered(visit: &Visit, result: Result<(), Error>, word: &str) -> Result<Response, Fault> {
    let Err(error) = result else {
        // Who has no role left is no member any more.
        let there = ops::users::show(&visit.app, visit.caller(), visit.id()).await.is_ok();
        let gone = "/members?done=removed".to_owned();
        return Ok(see(&if there { format!("/members/{}?done={word}", visit.id()) } else { gone }));
    };
    again(&detail(visit, Some(in_form(error)?)).await?)
}

fn done(word: &str) -> Option<&'static str> {
    match word {
        "given" => Some("The role is given."),
        "taken" => Some("The role is taken away."),
        _ => None,
    }
}
