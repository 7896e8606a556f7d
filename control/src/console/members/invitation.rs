//! `/members/invites/{id}`.

use super::link::show_link;
use super::list::status;
use crate::Error;
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::hidden::precondition;
use crate::console::keys::shown::Chip;
use crate::console::page::{again, page, see};
use crate::console::refused::in_form;
use crate::console::roles::{self, Roles};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops;
use crate::store::InviteStatus;
use askama::Template;
use axum::response::Response;
use domain::PrincipalType;
use domain::access::Operation;

#[derive(Template)]
#[template(path = "members/invitation.html")]
struct InvitationPage {
    frame: Frame,
    id: String,
    email: String,
    version: i64,
    status: Chip,
    /// Whether nobody has accepted it.
    open: bool,
    created: Moment,
    expires: Moment,
    may_change: bool,
    roles: Roles,
    error: Option<String>,
    twin: Twin,
}

/// What there is to know, and to change.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let notice = visit.query(&["done"])?.get("done").and_then(done);
    let shown = invitation(&visit, None).await?;
    page(&InvitationPage { frame: shown.frame.with_notice(notice), ..shown })
}

async fn invitation(visit: &Visit, error: Option<String>) -> Result<InvitationPage, Fault> {
    let (app, caller, now) = (&visit.app, visit.caller(), visit.app.now());
    let row = ops::invites::show(app, caller, visit.id()).await?;
    let (id, invite) = (row.invite.id.to_string(), row.invite);
    let roles = Roles::of(visit, PrincipalType::Invite, &id, format!("/members/invites/{id}")).await?;
    let prefix = if error.is_some() { "Error: " } else { "" };
    Ok(InvitationPage {
        frame: Frame::of(visit, Section::Members, format!("{prefix}Invitation of {}", invite.email.as_str()))
            .await?,
        email: invite.email.as_str().to_owned(),
        version: row.version.0,
        status: status(invite.status(now)),
        open: invite.status(now) != InviteStatus::Processed,
        created: Moment::new(invite.created_at, now),
        expires: Moment::new(invite.expires_at, now),
        may_change: caller.may(Operation::WriteMembers) && roles.covered,
        roles,
        error,
        twin: Twin::bare(app, "POST", &format!("/admin/invites/{id}/resend")),
        id,
    })
}

/// Gives out another link, and shows it.
pub(in crate::console) async fn resend(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["version"], &[])?;
    let meant = precondition(&visit);
    match ops::invites::resend(&visit.app, visit.caller(), visit.id(), meant).await {
        Ok(sent) => show_link(&visit, sent).await,
        Err(error) => again(&invitation(&visit, Some(in_form(error)?)).await?),
    }
}

/// Has whoever accepts begin with another role, too.
pub(in crate::console) async fn give_role(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["role", "project"], &[])?;
    let given = roles::give(&visit, PrincipalType::Invite).await;
    answered(&visit, given, "given").await
}

/// Takes one of these away.
pub(in crate::console) async fn take_role(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&[], &[])?;
    let taken = roles::take(&visit, PrincipalType::Invite).await?;
    answered(&visit, taken, "taken").await
}

async fn answered(visit: &Visit, result: Result<(), Error>, word: &str) -> Result<Response, Fault> {
    match result {
        Ok(()) => Ok(see(&format!("/members/invites/{}?done={word}", visit.id()))),
        Err(error) => again(&invitation(visit, Some(in_form(error)?)).await?),
    }
}

fn done(word: &str) -> Option<&'static str> {
    match word {
        "given" => Some("The role is given."),
        "taken" => Some("The role is taken away."),
        _ => None,
    }
}
