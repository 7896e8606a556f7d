//! Switching a key off and on again: asked first, undone as easily.

use super::detail::chip;
use super::edit::Broken;
use super::shown::Chip;
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::page::{page, see};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops;
use crate::ops::{KeyPatch, Precondition};
use askama::Template;
use axum::response::Response;
use serde_json::json;

#[derive(Template)]
#[template(path = "keys/switch.html")]
struct SwitchPage {
    frame: Frame,
    id: String,
    name: String,
    status: Chip,
    on: bool,
    last_used: Option<Moment>,
    broken: Option<Broken>,
    twin: Twin,
}

pub(in crate::console) async fn ask_off(visit: Visit) -> Result<Response, Fault> {
    ask(visit, false).await
}

pub(in crate::console) async fn ask_on(visit: Visit) -> Result<Response, Fault> {
    ask(visit, true).await
}

async fn ask(visit: Visit, on: bool) -> Result<Response, Fault> {
    let row = ops::keys::show(&visit.app, visit.caller(), visit.id()).await?;
    let broken = if on {
        None
    } else {
        let patch = KeyPatch { enabled: Some(false), ..KeyPatch::default() };
        let foretold =
            ops::preview::of_key(&visit.app, visit.caller(), visit.id(), patch, Precondition(None)).await;
        // Taking away is never held up by what is on record.
        foretold.ok().map(|foretold| Broken::new(&foretold, &visit))
    };
    let title = if on { "Enable this key?" } else { "Disable this key?" };
    let twin = Twin::send(
        &visit.app,
        "PATCH",
        &format!("/admin/api-keys/{}", row.key.id),
        &json!({ "enabled": on }),
    );
    let verb = if on { "enable" } else { "disable" };
    page(&SwitchPage {
        frame: Frame::of_project(&visit, Section::Keys, row.key.project_id, title).await?,
        id: row.key.id.to_string(),
        name: row.key.name.as_str().to_owned(),
        status: chip(&row, &visit),
        on,
        last_used: row.last_use.as_ref().map(|used| Moment::new(used.at, visit.app.now())),
        broken,
        twin: twin.or(format!("keydesk key {verb} {}", row.key.id)),
    })
}

pub(in crate::console) async fn off(visit: Visit) -> Result<Response, Fault> {
    turn(visit, false).await
}

pub(in crate::console) async fn on(visit: Visit) -> Result<Response, Fault> {
    turn(visit, true).await
}

async fn turn(visit: Visit, on: bool) -> Result<Response, Fault> {
    visit.form.has_only(&[], &[])?;
    let patch = KeyPatch { enabled: Some(on), ..KeyPatch::default() };
    ops::keys::update(&visit.app, visit.caller(), visit.id(), patch, Precondition(None)).await?;
    let done = if on { "enabled" } else { "disabled" };
    Ok(see(&format!("/keys/{}?done={done}", visit.id())))
}
