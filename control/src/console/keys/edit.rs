//! Changing a key: the form, then what the change would break, then the change.

use super::create::edited;
use super::draft::Draft;
use super::editor::Editor;
use super::shown::in_a_line;
use crate::console::fault::{Fault, told};
use crate::console::frame::{Frame, Section};
use crate::console::page::{again, page, see};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::{Moment, count, minute};
use crate::ops::preview::Foretold;
use crate::ops::{KeyPatch, Precondition};
use crate::store::KeyRow;
use crate::{Error, ops};
use askama::Template;
use axum::response::Response;
use domain::access::Operation;
use domain::{Grant, Key, Name, Project, Version};

/// How far back the suggestion of a narrower grant looks.
const ADVICE_DAYS: i64 = 30;

#[derive(Template)]
#[template(path = "keys/edit.html")]
struct EditPage {
    frame: Frame,
    id: String,
    version: i64,
    legacy: bool,
    editor: Editor,
    twin: Twin,
}

#[derive(Template)]
#[template(path = "keys/review.html")]
struct ReviewPage {
    frame: Frame,
    id: String,
    name: String,
    fields: Vec<(String, String)>,
    changes: Vec<Changed>,
    broken: Broken,
    twin: Twin,
}

/// One thing of a key, before and after.
struct Changed {
    what: &'static str,
    before: String,
    after: String,
}

/// What the change would do to the calls on record.
pub(super) struct Broken {
    /// Empty when there were none.
    pub(super) calls: String,
    pub(super) refused: i64,
    pub(super) refused_said: String,
    pub(super) rows: Vec<BrokenRow>,
    pub(super) rest: Option<String>,
    pub(super) unsure: Option<String>,
    pub(super) incomplete: bool,
}

/// Calls that have something in common.
pub(super) struct BrokenRow {
    pub(super) calls: String,
    pub(super) action: &'static str,
    pub(super) resource: String,
    pub(super) network: String,
    pub(super) reason: &'static str,
    pub(super) last: Moment,
}

/// Rows of a page; the Admin API has all of them.
const ROWS_MAX: usize = 20;

impl Broken {
    pub(super) fn new(foretold: &Foretold, visit: &Visit) -> Broken {
        let (calls, now) = (&foretold.calls, visit.app.now());
        let row = |refused: &domain::RefusedCalls| BrokenRow {
            calls: count(refused.calls, "call"),
            action: refused.action.map_or("", domain::Action::text),
            resource: refused.resource.clone(),
            network: refused.network.to_string(),
            reason: why(refused.reason),
            last: Moment::new(refused.last_at, now),
        };
        let more = calls.by.len().saturating_sub(ROWS_MAX) + calls.rest.0;
        let more = i64::try_from(more).unwrap_or(i64::MAX);
        Broken {
            calls: if calls.calls == 0 { String::new() } else { count(calls.calls, "call") },
            refused: calls.refused,
            refused_said: count(calls.refused, "call"),
            rows: calls.by.iter().take(ROWS_MAX).map(row).collect(),
            rest: (more > 0).then(|| format!("and {} like these", count(more, "more group"))),
            unsure: (calls.unsure > 0).then(|| count(calls.unsure, "call")),
            incomplete: foretold.incomplete,
        }
    }
}

fn why(reason: domain::Reason) -> &'static str {
    match reason.code() {
        "insufficient_scope" => "no scope covers it",
        "ip_not_allowed" => "outside the networks",
        "disabled" => "the key is disabled",
        "expired" => "the key is expired",
        other => other,
    }
}

/// The form, as the key is; with `?suggestion` as advice would have it.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let query = visit.query(&["suggestion"])?;
    let (row, project) = found(&visit).await?;
    let mut draft = Draft::of(&row.key);
    if query.get("suggestion").is_some() {
        let advice = ops::advice::of_key(&visit.app, visit.caller(), visit.id(), ADVICE_DAYS).await?;
        if let Some(scopes) = advice.suggestion {
            let pair =
                |scope: &domain::Scope| (scope.actions.text().to_owned(), scope.filter.text().to_owned());
            draft.put(&Grant::Scopes(scopes.iter().map(pair).collect()));
        }
    }
    page(&form(&visit, &row, &project, draft, None).await?)
}

async fn found(visit: &Visit) -> Result<(KeyRow, Project), Fault> {
    let row = ops::keys::show(&visit.app, visit.caller(), visit.id()).await?;
    let project = ops::projects::show(&visit.app, visit.caller(), &row.key.project_id.to_string()).await?;
    if !visit.caller().may(Operation::WriteKeys(project.project.id)) {
        return Err(Error::Forbidden("ask an owner of the project to change the key").into());
    }
    Ok((row, project.project))
}

async fn form(
    visit: &Visit,
    row: &KeyRow,
    project: &Project,
    draft: Draft,
    error: Option<String>,
) -> Result<EditPage, Fault> {
    let title = if error.is_some() { "Error: Change key" } else { "Change key" };
    let kept = row.key.expires_at.map(|end| format!("As it is: {}", minute(end)));
    Ok(EditPage {
        frame: Frame::of_project(visit, Section::Keys, project.id, title).await?,
        id: row.key.id.to_string(),
        version: row.version.0,
        legacy: row.key.import.is_some(),
        twin: twin(visit, &row.key, &draft),
        editor: Editor::fill_existing(visit, project, draft, kept, error).await?,
    })
}

fn twin(visit: &Visit, key: &Key, draft: &Draft) -> Twin {
    let body = draft.body(draft.end(key.expires_at, visit.app.now()).unwrap_or_default());
    Twin::send(&visit.app, "PATCH", &format!("/admin/api-keys/{}", key.id), &body)
        .or(format!("keydesk key update {} …   # keydesk key update --help", key.id))
}

/// Shows what the change would break, and makes it once that was seen.
pub(in crate::console) async fn submit(visit: Visit) -> Result<Response, Fault> {
    let (row, project) = found(&visit).await?;
    let mut draft = Draft::read(&visit.form)?;
    // A form that cannot change it does not have it.
    if draft.kind.is_empty() {
        draft.put(&row.key.grant);
    }
    if edited(&visit, &mut draft) {
        return page(&form(&visit, &row, &project, draft, None).await?);
    }
    match step(&visit, &row, &draft).await {
        Ok(Step::Made(done)) => Ok(see(&format!("/keys/{}?done={done}", visit.id()))),
        Ok(Step::Asked(changes, foretold)) => {
            review(&visit, &row, &project, &draft, changes, &foretold).await
        }
        // What was typed stays; the form now stands on what the key has become.
        Err(error) => again(&form(&visit, &row, &project, draft, Some(told(&error))).await?),
    }
}

/// How far a change has come.
enum Step {
    /// It is made, or there was none.
    Made(&'static str),
    /// It is shown first, with what it would break.
    Asked(Vec<Changed>, Box<Foretold>),
}

async fn step(visit: &Visit, row: &KeyRow, draft: &Draft) -> Result<Step, Error> {
    let patch = patch(visit, row, draft)?;
    let seen = visit.form.get("version").parse().map_err(|_| Error::Stale)?;
    let precondition = Precondition(Some(vec![Version(seen)]));
    let changes = changes(row, &patch, visit);
    let only_named = changes.iter().all(|change| change.what == "Name");
    if only_named || visit.form.get("confirm") == "yes" {
        let after = ops::keys::update(&visit.app, visit.caller(), visit.id(), patch, precondition).await?;
        let done = if after.version == row.version { "unchanged" } else { "changed" };
        return Ok(Step::Made(done));
    }
    let foretold = ops::preview::of_key(&visit.app, visit.caller(), visit.id(), patch, precondition).await?;
    Ok(Step::Asked(changes, Box::new(foretold)))
}

async fn review(
    visit: &Visit,
    row: &KeyRow,
    project: &Project,
    draft: &Draft,
    changes: Vec<Changed>,
    foretold: &Foretold,
) -> Result<Response, Fault> {
    let mut fields = draft.fields();
    fields.push(("version".into(), row.version.0.to_string()));
    fields.push(("confirm".into(), "yes".into()));
    page(&ReviewPage {
        frame: Frame::of_project(visit, Section::Keys, project.id, "Review the change").await?,
        id: row.key.id.to_string(),
        name: row.key.name.as_str().to_owned(),
        fields,
        changes,
        broken: Broken::new(foretold, visit),
        twin: {
            let body = draft.body(draft.end(row.key.expires_at, visit.app.now()).unwrap_or_default());
            Twin::send(&visit.app, "POST", &format!("/admin/api-keys/{}/preview", row.key.id), &body)
                .or(format!("keydesk key preview {} …", row.key.id))
        },
    })
}

/// Only what is different: a legacy key takes nothing but a name.
fn patch(visit: &Visit, row: &KeyRow, draft: &Draft) -> Result<KeyPatch, Error> {
    let (key, now) = (&row.key, visit.app.now());
    let name = Name::parse(&draft.name, Name::KEY_CHARS_MAX).map_err(Error::name)?;
    if key.import.is_some() {
        return Ok(KeyPatch { name: Some(name), ..KeyPatch::default() });
    }
    let (grant, networks, end) = (draft.grant()?, draft.allowed()?, draft.end(key.expires_at, now)?);
    Ok(KeyPatch {
        name: Some(name),
        grant: (grant != key.grant).then_some(grant),
        expires_at: (end != key.expires_at).then_some(end),
        networks: (networks != key.networks).then_some(networks),
        enabled: None,
    })
}

fn changes(row: &KeyRow, patch: &KeyPatch, visit: &Visit) -> Vec<Changed> {
    let (key, now) = (&row.key, visit.app.now());
    let mut changes = Vec::new();
    let mut note = |what, before: String, after: String| changes.push(Changed { what, before, after });
    if let Some(name) = patch.name.as_ref().filter(|name| **name != key.name) {
        note("Name", key.name.as_str().into(), name.as_str().into());
    }
    if let Some(grant) = &patch.grant {
        note("May do", whole(&key.grant), whole(grant));
    }
    if let Some(networks) = &patch.networks {
        let said = |networks: &domain::Networks| {
            let entries: Vec<String> = networks.entries().map(|entry| entry.to_string()).collect();
            if entries.is_empty() { "any address".into() } else { entries.join("\n") }
        };
        note("Addresses", said(&key.networks), said(networks));
    }
    if let Some(end) = patch.expires_at {
        let said = |end: Option<domain::Timestamp>| {
            end.map_or_else(
                || "never".into(),
                |end| format!("{} ({})", minute(end), Moment::new(end, now).said),
            )
        };
        note("Expires", said(key.expires_at), said(end));
    }
    changes
}

/// A grant line by line.
fn whole(grant: &Grant) -> String {
    match grant {
        Grant::Scopes(scopes) => {
            let line = |(action, filter): &(String, String)| {
                format!("{action} on {}", if filter.is_empty() { "*" } else { filter })
            };
            scopes.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        Grant::Roles(_) => in_a_line(grant),
        Grant::Access(access) => {
            let mut lines = vec![in_a_line(grant)];
            let levels = access.levels.iter().chain(&access.endpoints);
            lines.extend(levels.map(|(id, level)| format!("{id}: {}", super::draft::level_name(*level))));
            lines.join("\n")
        }
    }
}
