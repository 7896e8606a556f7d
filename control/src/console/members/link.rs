//! The link of an invitation: shown once. There is no mail, so whoever invites hands it over.

use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::hidden::on_from_secret;
use crate::console::page::secret;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops::invites::Sent;
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "members/link.html")]
struct LinkPage {
    frame: Frame,
    id: String,
    email: String,
    /// `None` when the form was sent twice: then it was shown already.
    link: Option<String>,
    expires: Moment,
}

pub(super) async fn show_link(visit: &Visit, sent: Sent) -> Result<Response, Fault> {
    let invite = sent.row.invite;
    let origin = visit.app.issuer.url().trim_end_matches('/');
    secret(&LinkPage {
        frame: Frame::of(visit, Section::Members, "The invitation").await?,
        id: invite.id.to_string(),
        email: invite.email.as_str().to_owned(),
        // In the fragment, which browsers send to nobody.
        link: sent.code.map(|code| format!("{origin}/invite#{}", *code)),
        expires: Moment::new(invite.expires_at, visit.app.now()),
    })
}

/// Goes on from the link.
pub(in crate::console) async fn handed_over(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&[], &[])?;
    Ok(on_from_secret(&visit, "/members?done=handed"))
}
