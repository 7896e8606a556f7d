//! Where one arrives, and how one likes to see it.

use super::cookie::Theme;
use super::fault::Fault;
use super::page::see;
use super::visit::{Guest, Visit};
use crate::ops;
use axum::response::Response;
use http::header::{REFERER, SET_COOKIE};

/// The keys of the first project; before there can be any, what has to be done for that.
pub(super) async fn show(visit: Visit) -> Result<Response, Fault> {
    let (app, caller) = (&visit.app, visit.caller());
    let organization =
        ops::organizations::show(app, caller, caller.organization.as_str()).await?.organization;
    let projects = ops::projects::list(app, caller).await?;
    let first = projects.first().filter(|_| organization.bootstrapped_at.is_some());
    Ok(match first {
        Some(row) => see(&format!("/projects/{}/keys", row.project.id)),
        None if organization.bootstrapped_at.is_none() => see("/settings"),
        None => see("/projects"),
    })
}

/// Keeps the choice in the browser, and goes back to the page it was made on.
pub(super) async fn choose_theme(guest: Guest) -> Result<Response, Fault> {
    guest.form.has_only(&["theme"], &[])?;
    let mut response = see(&came_from(&guest));
    if let Some(theme) = Theme::parse(guest.form.get("theme")) {
        response.headers_mut().append(SET_COOKIE, theme.keep());
    }
    Ok(response)
}

/// The path of the page that sent the form; what stands before it is ours, or the form would not have been taken.
fn came_from(guest: &Guest) -> String {
    let from = guest.parts.headers.get(REFERER).and_then(|value| value.to_str().ok());
    let uri = from.and_then(|text| text.parse::<http::Uri>().ok());
    uri.and_then(|uri| super::sign_in::own_path(uri.path_and_query()?.as_str())).unwrap_or("/".into())
}
