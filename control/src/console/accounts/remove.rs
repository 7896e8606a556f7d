//! `/service-accounts/{id}/delete`.

use crate::Error;
use crate::console::confirm::{self, FIELDS, Question, typed};
use crate::console::fault::Fault;
use crate::console::frame::Section;
use crate::console::hidden::precondition;
use crate::console::page::see;
use crate::console::refused::{in_form, needs};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::ops;
use crate::store::AccountRow;
use axum::response::Response;
use domain::access::Operation;

/// Asks for the name.
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
        title: format!("Delete {name}?"),
        back: (format!("/service-accounts/{id}"), name.to_owned()),
        consequences: vec![
            "Its secret, and every token bought with it, is dead at once.".into(),
            "API keys that it made go on working.".into(),
            "This cannot be undone.".into(),
        ],
        name: Some(name.to_owned()),
        version: row.version,
        button: "Delete the service account",
        path: format!("/service-accounts/{id}/delete"),
        twin: Twin::bare(&visit.app, "DELETE", &format!("/admin/service-accounts/{id}")),
    }
}

/// Deletes it, if the name was typed.
pub(in crate::console) async fn remove(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&FIELDS, &[])?;
    let row = ops::service_accounts::show(&visit.app, visit.caller(), visit.id()).await?;
    match removed(&visit, &row).await {
        Ok(()) => Ok(see("/service-accounts?done=deleted")),
        Err(error) => confirm::ask(&visit, question(&visit, &row), Some(in_form(error)?)).await,
    }
}

async fn removed(visit: &Visit, row: &AccountRow) -> Result<(), Error> {
    typed(visit, row.account.name.as_str())?;
    let id = row.account.id.to_string();
    ops::service_accounts::remove(&visit.app, visit.caller(), &id, precondition(visit)).await
}
