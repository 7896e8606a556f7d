//! `/projects/{id}/delete`.

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
use crate::store::ProjectRow;
use axum::response::Response;
use domain::access::Operation;

/// Asks for the name.
pub(in crate::console) async fn ask(visit: Visit) -> Result<Response, Fault> {
    visit.query(&[])?;
    let row = ops::projects::show(&visit.app, visit.caller(), visit.id()).await?;
    needs(&visit, Operation::DeleteProject(row.project.id))?;
    confirm::ask(&visit, question(&visit, &row), None).await
}

fn question(visit: &Visit, row: &ProjectRow) -> Question {
    let (id, name) = (row.project.id, row.project.name.as_str());
    Question {
        section: Section::Projects,
        title: format!("Delete the project {name}?"),
        back: (format!("/projects/{id}"), name.to_owned()),
        consequences: vec![
            "All its API keys are refused from the next call on.".into(),
            "What is registered to it is reached by nobody.".into(),
            "This cannot be undone.".into(),
        ],
        name: Some(name.to_owned()),
        version: row.version,
        button: "Delete the project and its keys",
        path: format!("/projects/{id}/delete"),
        twin: Twin::bare(&visit.app, "DELETE", &format!("/admin/projects/{id}")),
    }
}

/// Deletes it, if the name was typed.
pub(in crate::console) async fn remove(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&FIELDS, &[])?;
    let row = ops::projects::show(&visit.app, visit.caller(), visit.id()).await?;
    match removed(&visit, &row).await {
        Ok(()) => Ok(see("/projects?done=deleted")),
        Err(error) => confirm::ask(&visit, question(&visit, &row), Some(in_form(error)?)).await,
    }
}

async fn removed(visit: &Visit, row: &ProjectRow) -> Result<(), Error> {
    typed(visit, row.project.name.as_str())?;
    let id = row.project.id.to_string();
    ops::projects::remove(&visit.app, visit.caller(), &id, precondition(visit)).await
}
