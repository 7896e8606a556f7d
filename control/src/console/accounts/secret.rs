//! A service account's secret: shown once, and replaced.

use crate::console::confirm::{self, FIELDS, Question};
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::hidden::{on_from_secret, precondition};
use crate::console::page::{secret, see};
use crate::console::refused::{in_form, needs};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::ops;
use crate::ops::service_accounts::Issued;
use crate::store::AccountRow;
use askama::Template;
use axum::response::Response;
use domain::access::Operation;

#[derive(Template)]
#[template(path = "accounts/secret.html")]
struct SecretPage {
    frame: Frame,
    id: String,
    name: String,
    client_id: String,
    /// `None` when the form was sent twice: then it was shown already.
    value: Option<String>,
    origin: String,
}

pub(super) async fn show_secret(visit: &Visit, issued: Issued) -> Result<Response, Fault> {
    let account = issued.row.account;
    secret(&SecretPage {
        frame: Frame::of(visit, Section::Accounts, "The client secret").await?,
        id: account.id.to_string(),
        name: account.name.as_str().to_owned(),
        client_id: account.client_id,
        value: issued.secret.map(|secret| secret.to_string()),
        origin: visit.app.issuer.url().trim_end_matches('/').to_owned(),
    })
}

/// Asks whether the secret of now may die.
pub(in crate::console) async fn ask(visit: Visit) -> Result<Response, Fault> {
    visit.query(&[])?;
    let row = ops::service_accounts::show(&visit.app, visit.caller(), visit.id()).await?;
    needs(&visit, Operation::WriteMembers)?;
    confirm::ask(&visit, question(&visit, &row), None).await
}

fn question(visit: &Visit, row: &AccountRow) -> Question {
    let (id, name) = (row.account.id, row.account.name.as_str());
    Question {
        section: Section::Accounts,
        title: format!("Make a new secret for {name}?"),
        back: (format!("/service-accounts/{id}"), name.to_owned()),
        consequences: vec![
            "The secret of now, and every token bought with it, is dead at once.".into(),
            "Programs that use it are refused until they have the new one, which is shown once.".into(),
        ],
        name: None,
        version: row.version,
        button: "Make a new secret",
        path: format!("/service-accounts/{id}/rotate-secret"),
        twin: Twin::bare(&visit.app, "POST", &format!("/admin/service-accounts/{id}/rotate-secret")),
    }
}

/// Replaces the secret, and shows the next one.
pub(in crate::console) async fn rotate(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&FIELDS, &[])?;
    let (app, caller, id) = (&visit.app, visit.caller(), visit.id());
    match ops::service_accounts::rotate_secret(app, caller, id, precondition(&visit)).await {
        Ok(issued) => show_secret(&visit, issued).await,
        Err(error) => {
            let error = in_form(error)?;
            let row = ops::service_accounts::show(app, caller, id).await?;
            confirm::ask(&visit, question(&visit, &row), Some(error)).await
        }
    }
}

/// The person says that the secret is kept.
pub(in crate::console) async fn saved(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["saved"], &[])?;
    let id = ops::service_accounts::show(&visit.app, visit.caller(), visit.id()).await?.account.id;
    if !visit.form.has("saved") {
        return Ok(see(&format!("/service-accounts/{id}")));
    }
    Ok(on_from_secret(&visit, &format!("/service-accounts/{id}?done=saved")))
}
