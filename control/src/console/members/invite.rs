//! `/members/invite`.

use super::link::show_link;
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::hidden::{form_id, once};
use crate::console::page::{again, page};
use crate::console::plan::{limits, no_room};
use crate::console::refused::{in_form, needs};
use crate::console::roles::{Choice, ask_in_organization, choices_in_organization};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::ops::invites::{NewInvite, Sent};
use crate::rest::invites::read_email;
use crate::store::{InviteStatus, Slice};
use crate::{Error, ops};
use askama::Template;
use axum::response::Response;
use domain::access::Operation;
use serde_json::json;

/// A plan with room for more than this says so when there is none left, and not before.
const SEATS_COUNTED_MAX: i64 = 1_000;

#[derive(Template)]
#[template(path = "members/invite.html")]
struct InvitePage {
    frame: Frame,
    form_id: String,
    email: String,
    role: String,
    choices: Vec<Choice>,
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

async fn form(visit: &Visit, form_id: String, error: Option<String>) -> Result<InvitePage, Fault> {
    let title = if error.is_some() { "Error: Invite somebody" } else { "Invite somebody" };
    let (email, role) = (visit.form.get("email").to_owned(), visit.form.get("role").to_owned());
    let role = if role.is_empty() { "OrgMember".into() } else { role };
    let body = json!({
        "email": if email.is_empty() { "grace@example.com" } else { &email },
        "role_bindings": [{ "resource_type": "organization", "role": role }],
    });
    Ok(InvitePage {
        frame: Frame::of(visit, Section::Members, title).await?,
        form_id,
        email,
        role,
        choices: choices_in_organization(visit).await?,
        closed: no_room_for_person(visit).await?,
        error,
        twin: Twin::send(&visit.app, "POST", "/admin/invites", &body),
    })
}

/// Why the plan has no room for another person; nothing when it has. Who is invited takes room, too.
pub(super) async fn no_room_for_person(visit: &Visit) -> Result<Option<String>, Fault> {
    let limits = limits(visit).await?;
    let Some(max) = limits.users_max.filter(|max| *max <= SEATS_COUNTED_MAX) else { return Ok(None) };
    let (app, caller, now) = (&visit.app, visit.caller(), visit.app.now());
    let slice = Slice { after: None, limit: max + 1 };
    let people = ops::users::list(app, caller, None, &slice).await?.len();
    let invites = ops::invites::list(app, caller, &slice).await?;
    let open = invites.iter().filter(|row| row.invite.status(now) == InviteStatus::Pending).count();
    let taken = i64::try_from(people + open).unwrap_or(i64::MAX);
    Ok(no_room(&limits, Some(max), taken, "member").map(|why| format!("{why} Open invitations count.")))
}

/// Makes the invitation, and shows its link.
pub(in crate::console) async fn submit(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["form_id", "email", "role"], &[])?;
    match invited(&visit).await {
        Ok(sent) => show_link(&visit, sent).await,
        Err(error) => {
            again(&form(&visit, visit.form.get("form_id").to_owned(), Some(in_form(error)?)).await?)
        }
    }
}

async fn invited(visit: &Visit) -> Result<Sent, Error> {
    let email = read_email(visit.form.get("email"))?;
    let new = NewInvite { email, roles: ask_in_organization(visit) };
    ops::invites::create(&visit.app, visit.caller(), new, once(visit, "invitation")).await
}
