//! The keys of a project.

use super::shown::{Knowledge, ShownKey};
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::page::page;
use crate::console::plan;
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::ops;
use crate::rest::keys::{page_token, read_page_token, status_filter};
use crate::store::KeyFilter;
use askama::Template;
use axum::response::Response;
use domain::access::Operation;

/// Keys on a page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "keys/list.html")]
struct ListPage {
    frame: Frame,
    project: String,
    project_name: String,
    keys: Vec<ShownKey>,
    status: String,
    part: String,
    /// Whether this page begins where another ended.
    continued: bool,
    /// Where the next page begins.
    next: Option<String>,
    may_write: bool,
    /// Why there can be no more keys; nothing when there can.
    full: Option<String>,
    twin: Twin,
}

impl ListPage {
    const STATUSES: [(&'static str, &'static str); 5] = [
        ("active", "Active"),
        ("expired", "Expired"),
        ("disabled", "Disabled"),
        ("revoked", "Revoked"),
        ("all", "All"),
    ];

    /// Whether nothing was asked for beyond what is shown by itself.
    fn is_plain(&self) -> bool {
        self.status == "active" && self.part.is_empty() && !self.continued
    }
}

/// Active keys first; the others when they are asked for.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let query = visit.query(&["status", "q", "after", "done"])?;
    let (app, caller, now) = (&visit.app, visit.caller(), visit.app.now());
    let project = ops::projects::show(app, caller, visit.id()).await?.project;
    let status = query.get("status").filter(|status| !status.is_empty()).unwrap_or("active");
    let part = query.get("q").unwrap_or("").trim();
    let filter = KeyFilter {
        status: status_filter(Some(status))?,
        name_part: Some(part.to_owned()),
        after: query.get("after").map(read_page_token).transpose()?,
        // One more tells whether there is another page.
        limit: i64::try_from(PAGE + 1).unwrap_or(i64::MAX),
    };
    let mut rows = ops::keys::list(app, caller, visit.id(), &filter).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let catalog = app.catalog().await?;
    let recorded_since = app.store.usage_since().await?;
    let known = Knowledge { catalog: &catalog, recorded_since, now };
    let limits = plan::limits(&visit).await?;
    let kept = match limits.keys_per_project_max {
        Some(max) => app.store.count_keys(project.id, max).await?,
        None => 0,
    };
    let frame = Frame::of_project(&visit, Section::Keys, project.id, "API keys").await?;
    let frame = frame.with_notice(query.get("done").and_then(done));
    page(&ListPage {
        frame,
        project: project.id.to_string(),
        project_name: project.name.as_str().to_owned(),
        keys: rows.iter().map(|row| ShownKey::new(row, &known)).collect(),
        status: status.to_owned(),
        part: part.to_owned(),
        continued: filter.after.is_some(),
        next: rows.last().filter(|_| more).map(page_token),
        may_write: caller.may(Operation::WriteKeys(project.id)),
        full: plan::no_room(&limits, limits.keys_per_project_max, kept, "API key"),
        twin: Twin::read(app, &format!("/admin/projects/{}/api-keys?status={status}", project.id))
            .or(format!("keydesk key list --project {} --status {status}", project.id)),
    })
}

/// What may have been done just before; anything else says nothing.
fn done(word: &str) -> Option<&'static str> {
    match word {
        "revoked" => Some("The key is revoked: the next call with it is refused."),
        "saved" => Some("You have saved the key's secret. It cannot be shown again."),
        _ => None,
    }
}
