//! `/members/invites/{id}/withdraw`.

use crate::console::confirm::{self, FIELDS, Question};
use crate::console::fault::Fault;
use crate::console::frame::Section;
use crate::console::hidden::precondition;
use crate::console::page::see;
use crate::console::refused::{in_form, needs};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::ops;
use crate::store::InviteRow;
use axum::response::Response;
use domain::access::Operation;

/// Asks whether it is meant.
pub(in crate::console) async fn ask(visit: Visit) -> Result<Response, Fault> {
    visit.query(&[])?;
    let row = ops::invites::show(&visit.app, visit.caller(), visit.id()).await?;
    needs(&visit, Operation::WriteMembers)?;
    confirm::ask(&visit, question(&visit, &row), None).await
}

fn question(visit: &Visit, row: &InviteRow) -> Question {
    let (id, email) = (row.invite.id, row.invite.email.as_str());
    Question {
        section: Section::Members,
        title: format!("Withdraw the invitation of {email}?"),
        back: (format!("/members/invites/{id}"), format!("Invitation of {email}")),
        consequences: vec!["The link that was handed over opens nothing any more.".into()],
        name: None,
        version: row.version,
        button: "Withdraw the invitation",
        path: format!("/members/invites/{id}/withdraw"),
        twin: Twin::bare(&visit.app, "DELETE", &format!("/admin/invites/{id}")),
    }
}

/// Withdraws it.
pub(in crate::console) async fn withdraw(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&FIELDS, &[])?;
    let (app, caller, id) = (&visit.app, visit.caller(), visit.id());
    match ops::invites::remove(app, caller, id, precondition(&visit)).await {
        Ok(()) => Ok(see("/members?done=withdrawn")),
        Err(error) => {
            let error = in_form(error)?;
            let row = ops::invites::show(app, caller, id).await?;
            confirm::ask(&visit, question(&visit, &row), Some(error)).await
        }
    }
}
