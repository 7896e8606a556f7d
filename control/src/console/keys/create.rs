//! Making a key, and showing its secret: once.

use super::draft::Draft;
use super::editor::{Editor, least};
use crate::console::fault::{Fault, told};
use crate::console::frame::{Frame, Section};
use crate::console::hidden::{form_id, on_from_secret, once};
use crate::console::page::{again, page, secret};
use crate::console::plan;
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::ops::{Created, NewKey};
use crate::{Error, ops};
use askama::Template;
use axum::response::Response;
use domain::access::Operation;
use domain::{Name, Project};

#[derive(Template)]
#[template(path = "keys/new.html")]
struct NewPage {
    frame: Frame,
    project: String,
    project_name: String,
    form_id: String,
    editor: Editor,
    twin: Twin,
}

#[derive(Template)]
#[template(path = "keys/secret.html")]
struct SecretPage {
    frame: Frame,
    id: String,
    name: String,
    project: String,
    /// `None` when the form was sent twice: then the key was shown already.
    value: Option<String>,
    verify: String,
}

/// The form, with what the address says of the key already: such links can be handed on.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let query = visit.query(&["name", "kind", "expires_in", "scope", "role"])?;
    let project = ops::projects::show(&visit.app, visit.caller(), visit.id()).await?.project;
    if !visit.caller().may(Operation::WriteKeys(project.id)) {
        return Err(Error::Forbidden("ask an owner of the project to make the key").into());
    }
    let mut draft = Draft { kind: least(&plan::limits(&visit).await?), ..Draft::new() };
    draft.name = query.get("name").unwrap_or_default().to_owned();
    if let Some(kind) = query.get("kind") {
        draft.kind = kind.to_owned();
    }
    if let Some(days) = query.get("expires_in") {
        draft.expires = days.to_owned();
    }
    if let Some(role) = query.get("role") {
        draft.kind = "roles".into();
        draft.roles = vec![role.to_owned()];
    }
    if let Some((action, filter)) = query.get("scope").and_then(|scope| scope.split_once(':')) {
        draft.kind = "scopes".into();
        draft.scopes = vec![(action.to_owned(), filter.to_owned())];
    }
    page(&form(&visit, &project, draft, form_id(&visit), None).await?)
}

async fn form(
    visit: &Visit,
    project: &Project,
    draft: Draft,
    form_id: String,
    error: Option<String>,
) -> Result<NewPage, Fault> {
    let title = if error.is_some() { "Error: Create API key" } else { "Create API key" };
    let body = draft.body(draft.end(None, visit.app.now()).unwrap_or_default());
    let twin = Twin::send(&visit.app, "POST", &format!("/admin/projects/{}/api-keys", project.id), &body);
    Ok(NewPage {
        frame: Frame::of_project(visit, Section::Keys, project.id, title).await?,
        project: project.id.to_string(),
        project_name: project.name.as_str().to_owned(),
        form_id,
        editor: Editor::fill(visit, project, draft, None, error).await?,
        twin: twin.or(format!(
            "keydesk key create --project {} --name NAME …   # keydesk key create --help",
            project.id
        )),
    })
}

/// Makes the key, or only shows what it would be.
pub(in crate::console) async fn submit(visit: Visit) -> Result<Response, Fault> {
    let project = ops::projects::show(&visit.app, visit.caller(), visit.id()).await?.project;
    let mut draft = Draft::read(&visit.form)?;
    let form_id = visit.form.get("form_id").to_owned();
    if edited(&visit, &mut draft) {
        return page(&form(&visit, &project, draft, form_id, None).await?);
    }
    match make(&visit, &draft).await {
        Ok(created) => show_secret(&visit, &project, created).await,
        Err(error) => {
            let form = form(&visit, &project, draft, form_id, Some(told(&error))).await?;
            again(&form)
        }
    }
}

/// Whether a button was pressed that changes or checks the form and does nothing else.
pub(super) fn edited(visit: &Visit, draft: &mut Draft) -> bool {
    if let Ok(row) = visit.form.get("remove").parse::<usize>()
        && row < draft.scopes.len()
    {
        draft.scopes.remove(row);
    }
    match visit.form.get("do") {
        "add_scope" => {
            draft.scopes.push(("read".into(), String::new()));
            true
        }
        "check" => true,
        _ => visit.form.has("remove"),
    }
}

async fn make(visit: &Visit, draft: &Draft) -> Result<Created, Error> {
    let what = format!("key {}", visit.id());
    let new = NewKey {
        name: Name::parse(&draft.name, Name::KEY_CHARS_MAX).map_err(Error::name)?,
        grant: Some(draft.grant()?),
        class: Some(draft.class.clone()).filter(|class| !class.is_empty()),
        expires_at: draft.end(None, visit.app.now())?,
        networks: draft.allowed()?,
        enabled: true,
    };
    ops::keys::create(&visit.app, visit.caller(), visit.id(), new, once(visit, &what)).await
}

async fn show_secret(visit: &Visit, project: &Project, created: Created) -> Result<Response, Fault> {
    let key = created.row.key;
    let shown = SecretPage {
        frame: Frame::of_project(visit, Section::Keys, project.id, "Your new API key").await?,
        id: key.id.to_string(),
        name: key.name.as_str().to_owned(),
        project: project.id.to_string(),
        value: created.secret.map(|secret| secret.expose().to_owned()),
        verify: "echo \"$KEYDESK_API_KEY\" | keydesk verify".into(),
    };
    secret(&shown)
}

/// The person says that the secret is kept.
pub(in crate::console) async fn saved(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["saved"], &[])?;
    let project = ops::keys::show(&visit.app, visit.caller(), visit.id()).await?.key.project_id;
    Ok(if visit.form.has("saved") {
        on_from_secret(&visit, &format!("/projects/{project}/keys?done=saved"))
    } else {
        on_from_secret(&visit, &format!("/keys/{}", visit.id()))
    })
}
