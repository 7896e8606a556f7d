//! Forms about the organization itself.

use super::screen::refused;
use crate::Error;
use crate::console::fault::Fault;
use crate::console::hidden::precondition;
use crate::console::page::see;
use crate::console::refused::in_form;
use crate::console::visit::Visit;
use crate::ops::{self, Precondition};
use axum::response::Response;
use domain::Name;

/// Gives the organization another name.
pub(in crate::console) async fn rename(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["name", "version"], &[])?;
    match named(&visit).await {
        Ok(()) => Ok(see("/settings?done=renamed")),
        Err(error) => refused(&visit, Some(visit.form.get("name")), in_form(error)?).await,
    }
}

async fn named(visit: &Visit) -> Result<(), Error> {
    let name = Name::parse(visit.form.get("name"), Name::PROJECT_CHARS_MAX).map_err(Error::name)?;
    let (caller, meant) = (visit.caller(), precondition(visit));
    ops::organizations::rename(&visit.app, caller, caller.organization.as_str(), Some(name), meant).await?;
    Ok(())
}

/// Makes the organization's signing key, after which it can have API keys.
pub(in crate::console) async fn bootstrap(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&[], &[])?;
    let caller = visit.caller();
    // A second time changes nothing, so it does not matter what the page was shown of.
    let meant = Precondition(None);
    ops::organizations::bootstrap(&visit.app, caller, caller.organization.as_str(), meant).await?;
    Ok(see("/settings?done=bootstrapped"))
}
