//! `/projects/{id}`.

use super::resources::{Registered, registered};
use crate::Error;
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::hidden::{form_id, precondition};
use crate::console::page::{again, page, see};
use crate::console::refused::in_form;
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops;
use crate::ops::projects::ProjectPatch;
use crate::rest::Query;
use askama::Template;
use axum::response::Response;
use domain::Name;
use domain::access::Operation;
use serde_json::json;

#[derive(Template)]
#[template(path = "projects/detail.html")]
struct DetailPage {
    frame: Frame,
    id: String,
    name: String,
    /// As it was typed.
    new_name: String,
    version: i64,
    created: Moment,
    bootstrapped: bool,
    may_rename: bool,
    may_delete: bool,
    /// Whether the visitor is the operator, who registers resources.
    may_register: bool,
    resources: Vec<Registered>,
    next: Option<String>,
    form_id: String,
    /// What was to be registered.
    resource: String,
    resource_name: String,
    error: Option<String>,
    twin: Twin,
}

/// What there is to know, and to change.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let query = visit.query(&["paginationToken", "done"])?;
    let shown = detail(&visit, &query, form_id(&visit), None).await?;
    let notice = query.get("done").and_then(done);
    page(&DetailPage { frame: shown.frame.with_notice(notice), ..shown })
}

/// The page again, with what is wrong with one of its forms.
pub(super) async fn refused(visit: &Visit, error: String) -> Result<Response, Fault> {
    let query = Query::parse("", &[])?;
    again(&detail(visit, &query, visit.form.get("form_id").to_owned(), Some(error)).await?)
}

async fn detail(
    visit: &Visit,
    query: &Query,
    form_id: String,
    error: Option<String>,
) -> Result<DetailPage, Fault> {
    let (app, caller, now) = (&visit.app, visit.caller(), visit.app.now());
    let row = ops::projects::show(app, caller, visit.id()).await?;
    let (project, id) = (&row.project, row.project.id.to_string());
    let own = ops::organizations::show(app, caller, caller.organization.as_str()).await?.organization;
    let (resources, next) = registered(visit, query).await?;
    let name = project.name.as_str().to_owned();
    let typed = |field: &str| visit.form.get(field).to_owned();
    let prefix = if error.is_some() { "Error: " } else { "" };
    let is_of = |operation: fn(domain::ProjectId) -> Operation| caller.may(operation(project.id));
    Ok(DetailPage {
        frame: Frame::of(visit, Section::Projects, format!("{prefix}{name}")).await?,
        new_name: Some(typed("name")).filter(|typed| !typed.is_empty()).unwrap_or_else(|| name.clone()),
        version: row.version.0,
        created: Moment::new(project.created_at, now),
        bootstrapped: own.bootstrapped_at.is_some(),
        may_rename: is_of(Operation::UpdateProject),
        may_delete: is_of(Operation::DeleteProject),
        may_register: is_of(Operation::WriteResources),
        resources,
        next,
        form_id,
        resource: typed("resource"),
        resource_name: typed("resource_name"),
        error,
        twin: Twin::send(app, "PATCH", &format!("/admin/projects/{id}"), &json!({ "name": name }))
            .or(format!("keydesk resource list --project {id}")),
        name,
        id,
    })
}

/// Gives the project another name.
pub(in crate::console) async fn rename(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["name", "version"], &[])?;
    match renamed(&visit).await {
        Ok(()) => Ok(see(&format!("/projects/{}?done=renamed", visit.id()))),
        Err(error) => refused(&visit, in_form(error)?).await,
    }
}

async fn renamed(visit: &Visit) -> Result<(), Error> {
    let name = Name::parse(visit.form.get("name"), Name::PROJECT_CHARS_MAX).map_err(Error::name)?;
    let patch = ProjectPatch { name: Some(name), ..ProjectPatch::default() };
    ops::projects::update(&visit.app, visit.caller(), visit.id(), patch, precondition(visit)).await?;
    Ok(())
}

fn done(word: &str) -> Option<&'static str> {
    match word {
        "created" => Some("The project is made."),
        "renamed" => Some("The project has its new name."),
        "registered" => Some("The resource is registered: keys of this project reach it now."),
        "released" => Some("The resource is released: nobody reaches it any more."),
        _ => None,
    }
}
