//! Revoking a key: for ever, so its name is typed.

use super::detail::chip;
use super::shown::Chip;
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::page::{again, page, see};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops;
use crate::ops::Precondition;
use crate::ops::keys::Cascade;
use crate::store::KeyRow;
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "keys/revoke.html")]
struct RevokePage {
    frame: Frame,
    id: String,
    name: String,
    status: Chip,
    last_used: Option<Moment>,
    /// Whether it may have made keys itself.
    administers: bool,
    error: Option<String>,
    twin: Twin,
}

pub(in crate::console) async fn ask(visit: Visit) -> Result<Response, Fault> {
    let row = ops::keys::show(&visit.app, visit.caller(), visit.id()).await?;
    page(&form(&visit, &row, None).await?)
}

async fn form(visit: &Visit, row: &KeyRow, error: Option<String>) -> Result<RevokePage, Fault> {
    let catalog = visit.app.catalog().await?;
    let title = if error.is_some() { "Error: Revoke this key?" } else { "Revoke this key?" };
    Ok(RevokePage {
        frame: Frame::of_project(visit, Section::Keys, row.key.project_id, title).await?,
        id: row.key.id.to_string(),
        name: row.key.name.as_str().to_owned(),
        status: chip(row, visit),
        last_used: row.last_use.as_ref().map(|used| Moment::new(used.at, visit.app.now())),
        administers: catalog.class(&row.key.class).is_some_and(|class| class.admin_api),
        error,
        twin: Twin::bare(&visit.app, "DELETE", &format!("/admin/api-keys/{}", row.key.id))
            .or(format!("keydesk key revoke {}", row.key.id)),
    })
}

pub(in crate::console) async fn submit(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["name", "alone"], &[])?;
    let row = ops::keys::show(&visit.app, visit.caller(), visit.id()).await?;
    // The same name, however its spaces and letters are composed, would be another one to a machine only.
    if visit.form.get("name") != row.key.name.as_str().trim() {
        let error = format!("Type the name of the key as it is written: {}", row.key.name.as_str());
        return again(&form(&visit, &row, Some(error)).await?);
    }
    let cascade = if visit.form.has("alone") { Cascade::Alone } else { Cascade::Children };
    ops::keys::revoke(&visit.app, visit.caller(), visit.id(), Precondition(None), cascade).await?;
    Ok(see(&format!("/projects/{}/keys?done=revoked", row.key.project_id)))
}
