//! `/service-accounts/new`.

use super::secret::show_secret;
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::hidden::{form_id, once};
use crate::console::page::{again, page};
use crate::console::plan::{limits, not_included};
use crate::console::refused::{in_form, needs};
use crate::console::roles::{Choice, ask_in_organization, choices_in_organization};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::ops::service_accounts::{Issued, NewAccount};
use crate::{Error, ops};
use askama::Template;
use axum::response::Response;
use domain::Name;
use domain::access::Operation;
use serde_json::json;

#[derive(Template)]
#[template(path = "accounts/new.html")]
struct NewPage {
    frame: Frame,
    form_id: String,
    name: String,
    role: String,
    choices: Vec<Choice>,
    /// Why none can be made.
    closed: Option<String>,
    error: Option<String>,
    twin: Twin,
}

/// The form.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    visit.query(&[])?;
    needs(&visit, Operation::WriteMembers)?;
    page(&form(&visit, form_id(&visit), None).await?)
}

async fn form(visit: &Visit, form_id: String, error: Option<String>) -> Result<NewPage, Fault> {
    let title = if error.is_some() { "Error: Create service account" } else { "Create service account" };
    let limits = limits(visit).await?;
    let (name, role) = (visit.form.get("name").to_owned(), visit.form.get("role").to_owned());
    let shown = |text: &str, otherwise: &str| (if text.is_empty() { otherwise } else { text }).to_owned();
    let body = json!({
        "name": shown(&name, "deploy"),
        "role_bindings": [{ "resource_type": "organization", "role": shown(&role, "OrgMember") }],
    });
    Ok(NewPage {
        frame: Frame::of(visit, Section::Accounts, title).await?,
        form_id,
        name,
        role,
        choices: choices_in_organization(visit).await?,
        closed: not_included(&limits, limits.service_accounts, "new service accounts"),
        error,
        twin: Twin::send(&visit.app, "POST", "/admin/service-accounts", &body),
    })
}

/// Makes the account, and shows its secret.
pub(in crate::console) async fn submit(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["form_id", "name", "role"], &[])?;
    match made(&visit).await {
        Ok(issued) => show_secret(&visit, issued).await,
        Err(error) => {
            again(&form(&visit, visit.form.get("form_id").to_owned(), Some(in_form(error)?)).await?)
        }
    }
}

async fn made(visit: &Visit) -> Result<Issued, Error> {
    let name = Name::parse_account(visit.form.get("name")).map_err(Error::name)?;
    let new = NewAccount { name, roles: ask_in_organization(visit) };
    ops::service_accounts::create(&visit.app, visit.caller(), new, once(visit, "service account")).await
}
