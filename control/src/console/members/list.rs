//! `/members`: who is there, and who is invited.

use super::invite::no_room_for_person;
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::keys::shown::Chip;
use crate::console::page::page;
use crate::console::roles::held_by_each;
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops;
use crate::rest::Page;
use crate::store::{InviteStatus, Slice, UserRow};
use askama::Template;
use axum::response::Response;
use domain::PrincipalType;
use domain::access::Operation;

/// Invitations that are shown; who is invited is few.
const INVITES_MAX: i64 = 200;

#[derive(Template)]
#[template(path = "members/list.html")]
struct ListPage {
    frame: Frame,
    people: Vec<Person>,
    next: Option<String>,
    invites: Vec<Invitation>,
    may_write: bool,
    /// Why nobody can be invited.
    closed: Option<String>,
    twin: Twin,
}

struct Person {
    id: String,
    email: String,
    name: Option<String>,
    roles: Vec<String>,
    since: Moment,
    is_visitor: bool,
}

struct Invitation {
    id: String,
    email: String,
    roles: Vec<String>,
    status: Chip,
    expires: Moment,
}

/// People, the oldest first, then invitations that nobody has accepted.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let query = visit.query(&["paginationToken", "done"])?;
    let (app, caller, now) = (&visit.app, visit.caller(), visit.app.now());
    let asked = Page::read("users", &query, &[])?;
    let rows = ops::users::list(app, caller, None, &asked.slice()).await?;
    let (rows, next) = asked.cut(rows, |row: &UserRow| (row.user.created_at, row.user.id.to_string()));
    let mut roles = held_by_each(&visit, PrincipalType::User).await?;
    let visitor = visit.visitor.user.id;
    let people = rows.into_iter().map(|UserRow { user, .. }| Person {
        id: user.id.to_string(),
        email: user.email.as_str().to_owned(),
        name: user.name.map(|name| name.as_str().to_owned()),
        roles: roles.remove(&user.id.to_string()).unwrap_or_default(),
        since: Moment::new(user.created_at, now),
        is_visitor: user.id == visitor,
    });
    let frame = Frame::of(&visit, Section::Members, "Members").await?;
    page(&ListPage {
        frame: frame.with_notice(query.get("done").and_then(done)),
        people: people.collect(),
        next: next.and_then(|next| next.next),
        invites: invitations(&visit).await?,
        may_write: caller.may(Operation::WriteMembers),
        closed: no_room_for_person(&visit).await?,
        twin: Twin::read(app, "/admin/users"),
    })
}

async fn invitations(visit: &Visit) -> Result<Vec<Invitation>, Fault> {
    let now = visit.app.now();
    let slice = Slice { after: None, limit: INVITES_MAX };
    let rows = ops::invites::list(&visit.app, visit.caller(), &slice).await?;
    let mut roles = held_by_each(visit, PrincipalType::Invite).await?;
    let shown = rows.into_iter().map(|row| Invitation {
        id: row.invite.id.to_string(),
        email: row.invite.email.as_str().to_owned(),
        roles: roles.remove(&row.invite.id.to_string()).unwrap_or_default(),
        status: status(row.invite.status(now)),
        expires: Moment::new(row.invite.expires_at, now),
    });
    Ok(shown.collect())
}

/// What has become of an invitation, in a word.
pub(super) fn status(status: InviteStatus) -> Chip {
    match status {
        InviteStatus::Pending => Chip::new("Open", "good"),
        InviteStatus::Expired => Chip::new("Expired", "warn"),
        InviteStatus::Processed => Chip::new("Accepted", ""),
    }
}

fn done(word: &str) -> Option<&'static str> {
    match word {
        "handed" => Some("Hand the link over: it is good for seven days."),
        "withdrawn" => Some("The invitation is withdrawn: its link opens nothing."),
        "removed" => Some("The member is removed, and signed out."),
        _ => None,
    }
}
