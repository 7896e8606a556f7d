//! `/members/{id}/remove`.

use crate::console::confirm::{self, FIELDS, Question};
use crate::console::fault::Fault;
use crate::console::frame::Section;
use crate::console::hidden::precondition;
use crate::console::page::see;
use crate::console::refused::{in_form, needs};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::ops;
use crate::store::UserRow;
use axum::response::Response;
use domain::access::Operation;

/// Asks whether it is meant.
pub(in crate::console) async fn ask(visit: Visit) -> Result<Response, Fault> {
    visit.query(&[])?;
    let row = ops::users::show(&visit.app, visit.caller(), visit.id()).await?;
    needs(&visit, Operation::WriteMembers)?;
    confirm::ask(&visit, question(&visit, &row), None).await
}

fn question(visit: &Visit, row: &UserRow) -> Question {
    let (id, email) = (row.user.id, row.user.email.as_str());
    let mut consequences = vec![
        "The member is signed out, and loses all roles in this organization.".into(),
        "API keys that they made go on working.".into(),
        "To come back they have to be invited again.".into(),
    ];
    if row.user.id == visit.visitor.user.id {
        consequences.insert(0, "This is you.".into());
    }
    Question {
        section: Section::Members,
        title: format!("Remove {email}?"),
        back: (format!("/members/{id}"), email.to_owned()),
        consequences,
        name: None,
        version: row.version,
        button: "Remove the member",
        path: format!("/members/{id}/remove"),
        twin: Twin::bare(&visit.app, "DELETE", &format!("/admin/users/{id}")),
    }
}

/// Removes the member.
pub(in crate::console) async fn remove(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&FIELDS, &[])?;
    let (app, caller, id) = (&visit.app, visit.caller(), visit.id());
    match ops::users::remove(app, caller, id, precondition(&visit)).await {
        Ok(()) => Ok(see("/members?done=removed")),
        Err(error) => {
            let error = in_form(error)?;
            let row = ops::users::show(app, caller, id).await?;
            confirm::ask(&visit, question(&visit, &row), Some(error)).await
        }
    }
}
