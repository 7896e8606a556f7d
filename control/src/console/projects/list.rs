//! `/projects`.

use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::hidden::{form_id, once};
use crate::console::page::{again, page, see};
use crate::console::plan::{limits, no_room};
use crate::console::refused::in_form;
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops::projects::NewProject;
use crate::store::ProjectRow;
use crate::{Error, ops};
use askama::Template;
use axum::response::Response;
use domain::Name;
use domain::access::Operation;
use serde_json::json;

#[derive(Template)]
#[template(path = "projects/list.html")]
struct ListPage {
    frame: Frame,
    projects: Vec<Project>,
    /// Whether projects can have keys yet.
    bootstrapped: bool,
    may_create: bool,
    /// Why none can be made.
    closed: Option<String>,
    form_id: String,
    name: String,
    error: Option<String>,
    twin: Twin,
}

struct Project {
    id: String,
    name: String,
    created: Moment,
}

/// Those that the visitor sees, the oldest first.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let notice = visit.query(&["done"])?.get("done").and_then(done);
    let shown = list(&visit, form_id(&visit), None).await?;
    page(&ListPage { frame: shown.frame.with_notice(notice), ..shown })
}

async fn list(visit: &Visit, form_id: String, error: Option<String>) -> Result<ListPage, Fault> {
    let (app, caller, now) = (&visit.app, visit.caller(), visit.app.now());
    let rows = ops::projects::list(app, caller).await?;
    let own = ops::organizations::show(app, caller, caller.organization.as_str()).await?.organization;
    let limits = limits(visit).await?;
    // Who makes projects sees all of them.
    let taken = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let name = visit.form.get("name").to_owned();
    let body = json!({ "name": if name.is_empty() { "website" } else { &name } });
    let project = |row: ProjectRow| Project {
        id: row.project.id.to_string(),
        name: row.project.name.as_str().to_owned(),
        created: Moment::new(row.project.created_at, now),
    };
    let title = if error.is_some() { "Error: Projects" } else { "Projects" };
    Ok(ListPage {
        frame: Frame::of(visit, Section::Projects, title).await?,
        projects: rows.into_iter().map(project).collect(),
        bootstrapped: own.bootstrapped_at.is_some(),
        may_create: caller.may(Operation::CreateProject),
        closed: no_room(&limits, limits.projects_max, taken, "project"),
        form_id,
        name,
        error,
        twin: Twin::send(app, "POST", "/admin/projects", &body),
    })
}

/// Makes a project.
pub(in crate::console) async fn create(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["form_id", "name"], &[])?;
    match made(&visit).await {
        Ok(row) => Ok(see(&format!("/projects/{}?done=created", row.project.id))),
        Err(error) => {
            again(&list(&visit, visit.form.get("form_id").to_owned(), Some(in_form(error)?)).await?)
        }
    }
}

async fn made(visit: &Visit) -> Result<ProjectRow, Error> {
    let name = Name::parse(visit.form.get("name"), Name::PROJECT_CHARS_MAX).map_err(Error::name)?;
    let new = NewProject { name, max_pods: 0, force_encryption_with_cmek: false };
    ops::projects::create(&visit.app, visit.caller(), new, once(visit, "project")).await
}

fn done(word: &str) -> Option<&'static str> {
    match word {
        "deleted" => Some("The project is deleted, and its keys are refused."),
        _ => None,
    }
}
