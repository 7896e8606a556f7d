//! What is registered to a project; the operator registers and releases.

use super::detail::refused;
use crate::console::fault::Fault;
use crate::console::hidden::once;
use crate::console::page::see;
use crate::console::refused::in_form;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops::resources::NewResource;
use crate::rest::{Page, Query};
use crate::store::ResourceRow;
use crate::{Error, ops};
use axum::response::Response;
use domain::Name;

/// Resources on a page.
const PAGE: i64 = 100;

/// A resource that keys of the project can reach.
pub(super) struct Registered {
    pub(super) id: String,
    pub(super) resource: String,
    pub(super) name: String,
    pub(super) since: Moment,
}

/// A page of them, and where the next one begins.
pub(super) async fn registered(
    visit: &Visit,
    query: &Query,
) -> Result<(Vec<Registered>, Option<String>), Fault> {
    let (app, now) = (&visit.app, visit.app.now());
    let asked = Page::of_at_most(PAGE, visit.id(), query, &[])?;
    let rows = ops::resources::list(app, visit.caller(), visit.id(), &asked.slice()).await?;
    let place = |row: &ResourceRow| (row.resource.created_at, row.resource.id.to_string());
    let (rows, next) = asked.cut(rows, place);
    let shown = rows.into_iter().map(|ResourceRow { resource, .. }| Registered {
        id: resource.id.to_string(),
        resource: resource.resource.to_string(),
        name: resource.name.as_str().to_owned(),
        since: Moment::new(resource.created_at, now),
    });
    Ok((shown.collect(), next.and_then(|next| next.next)))
}

/// Registers one.
pub(in crate::console) async fn register(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["form_id", "resource", "resource_name"], &[])?;
    match added(&visit).await {
        Ok(()) => Ok(see(&format!("/projects/{}?done=registered", visit.id()))),
        Err(error) => refused(&visit, in_form(error)?).await,
    }
}

async fn added(visit: &Visit) -> Result<(), Error> {
    let name = Some(visit.form.get("resource_name")).filter(|name| !name.is_empty());
    let name =
        name.map(|name| Name::parse(name, Name::PROJECT_CHARS_MAX).map_err(Error::name)).transpose()?;
    let new = NewResource { resource: visit.form.get("resource").to_owned(), name };
    let once = once(visit, &format!("resource of {}", visit.id()));
    ops::resources::register(&visit.app, visit.caller(), visit.id(), new, once).await?;
    Ok(())
}

/// Releases one. It can be registered again, so nobody is asked twice.
pub(in crate::console) async fn release(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&[], &[])?;
    ops::resources::release(&visit.app, visit.caller(), visit.id(), visit.child()).await?;
    Ok(see(&format!("/projects/{}?done=released", visit.id())))
}
