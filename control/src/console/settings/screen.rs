//! `/settings`.

use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::page::{again, page};
use crate::console::plan::{in_words, limits};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops;
use crate::ops::signing_keys::ShownKey;
use crate::store::Session;
use askama::Template;
use axum::response::Response;
use domain::access::Operation;
use domain::token::SigningState;
use serde_json::json;

#[derive(Template)]
#[template(path = "settings/all.html")]
struct SettingsPage {
    frame: Frame,
    id: String,
    name: String,
    version: i64,
    plan: String,
    includes: Vec<String>,
    bootstrapped: Option<Moment>,
    may_change: bool,
    keys: Vec<SigningKey>,
    person: String,
    sessions: Vec<SignedIn>,
    error: Option<String>,
    twin: Twin,
}

/// A key that signs access tokens.
struct SigningKey {
    kid: String,
    algorithm: &'static str,
    state: SigningState,
    signs_from: Moment,
    ends: Option<Moment>,
}

/// A browser that the person is signed in with.
struct SignedIn {
    id: String,
    agent: String,
    ip: Option<String>,
    began: Moment,
    used: Moment,
    here: bool,
}

impl SettingsPage {
    fn state(&self, state: &SigningState) -> (&'static str, &'static str) {
        match state {
            SigningState::Next => ("Signs soon", ""),
            SigningState::Active => ("Signs", "good"),
            SigningState::Retiring => ("Ending", "warn"),
        }
    }
}

/// All of them on one page: there are few.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let notice = visit.query(&["done"])?.get("done").and_then(done);
    let settings = settings(&visit, None, None).await?;
    page(&SettingsPage { frame: settings.frame.with_notice(notice), ..settings })
}

/// The page again, with what is wrong with one of its forms, and the name as it was typed.
pub(super) async fn refused(visit: &Visit, name: Option<&str>, error: String) -> Result<Response, Fault> {
    again(&settings(visit, name, Some(error)).await?)
}

async fn settings(visit: &Visit, typed: Option<&str>, error: Option<String>) -> Result<SettingsPage, Fault> {
    let (app, caller, now) = (&visit.app, visit.caller(), visit.app.now());
    let id = caller.organization.as_str();
    let row = ops::organizations::show(app, caller, id).await?;
    let limits = limits(visit).await?;
    let bootstrapped = row.organization.bootstrapped_at.map(|at| Moment::new(at, now));
    let keys = match bootstrapped {
        Some(_) => ops::signing_keys::list(app, caller, Some(id)).await?,
        None => Vec::new(),
    };
    let sessions = ops::sessions::list(app, caller).await?;
    let title = if error.is_some() { "Error: Settings" } else { "Settings" };
    let name = row.organization.name.as_str();
    Ok(SettingsPage {
        frame: Frame::of(visit, Section::Settings, title).await?,
        id: id.to_owned(),
        name: typed.unwrap_or(name).to_owned(),
        version: row.version.0,
        plan: limits.shown(),
        includes: in_words(&limits),
        bootstrapped,
        may_change: caller.may(Operation::UpdateOrganization),
        keys: keys.into_iter().map(|key| signing_key(key, now)).collect(),
        person: visit.visitor.user.email.as_str().to_owned(),
        sessions: sessions.into_iter().map(|session| signed_in(visit, session, now)).collect(),
        error,
        twin: Twin::send(app, "PATCH", &format!("/admin/organizations/{id}"), &json!({ "name": name }))
            .or("keydesk signing-key list"),
    })
}

fn signing_key(key: ShownKey, now: domain::Timestamp) -> SigningKey {
    SigningKey {
        kid: key.kid,
        algorithm: key.published.algorithm.name(),
        state: key.state,
        signs_from: Moment::new(key.published.signs_from, now),
        ends: key.ends_at.map(|end| Moment::new(end, now)),
    }
}

fn signed_in(visit: &Visit, session: Session, now: domain::Timestamp) -> SignedIn {
    SignedIn {
        id: session.id.to_string(),
        agent: browser(&session.agent),
        ip: session.ip,
        began: Moment::new(session.created_at, now),
        used: Moment::new(session.rotated_at, now),
        here: session.id == visit.visitor.session.id,
    }
}

/// What a browser says it is is mostly what it wants to be taken for; a few words of it are enough to know it again.
fn browser(agent: &str) -> String {
    let known = |names: &[&'static str]| names.iter().find(|name| agent.contains(**name)).copied();
    let browser = known(&["Firefox", "Edg", "OPR", "Chrome", "Safari", "curl"]);
    let system = known(&["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{} on {system}", full_name(browser)),
        (Some(one), None) => full_name(one).into(),
        (None, _) if agent.is_empty() => "Unknown browser".into(),
        (None, _) => agent.chars().take(60).collect(),
    }
}

fn full_name(name: &str) -> &str {
    match name {
        "Edg" => "Edge",
        "OPR" => "Opera",
        name => name,
    }
}

/// What may have been done just before; anything else says nothing.
fn done(word: &str) -> Option<&'static str> {
    match word {
        "renamed" => Some("The organization has its new name."),
        "bootstrapped" => Some("API keys are enabled: create the first one under API keys."),
        "rotated" => Some("The next signing key is made."),
        "ended" => Some("The session is over."),
        "others" => Some("You are signed out everywhere else."),
        "password" => Some("Your password is changed, and you are signed out everywhere else."),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn a_browser_is_said_in_few_words_and_whatever_else_is_shown_as_it_came() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome on Linux");
        assert_eq!(browser("Mozilla/5.0 (Windows NT 10.0) Chrome/1 Safari/1 Edg/1"), "Edge on Windows");
        assert_eq!(browser("curl/8"), "curl");
        assert_eq!(browser("<b>"), "<b>");
        assert_eq!(browser(""), "Unknown browser");
    }
}
