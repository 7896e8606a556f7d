//! Records as the wire shows them.

use crate::ops::import::{Fault, Faults};
use crate::store::{
    AccountRow, BindingRow, InviteRow, KeyRow, OrganizationRow, ProjectRow, ResourceRow, UserRow,
};
use api::admin::{
    AccessBody, ApiKey, ChangeSummary, Invite, Organization, Project, Resource, RoleBinding, ScopeBody,
    ServiceAccount, User,
};
use api::body::Unknown;
use api::error::{ImportFault, ImportFaults};
use api::time::format;
use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::{Access, Change, Effect, Grant, KeyState, Level, Plan, Timestamp, Version};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, ETAG};
use serde::Serialize;

/// The strong validator of a version.
pub(super) fn etag(version: Version) -> String {
    format!("\"{}\"", version.0)
}

/// One object with its ETag.
pub(super) fn object(body: impl Serialize, version: Version) -> Response {
    let mut response = Json(body).into_response();
    if let Ok(tag) = HeaderValue::from_str(&etag(version)) {
        response.headers_mut().insert(ETAG, tag);
    }
    no_store(response)
}

/// The reader has this version already (RFC 9110 section 15.4.5: with the ETag it would have got).
pub(super) fn not_modified(version: Version) -> Response {
    let mut response = http::StatusCode::NOT_MODIFIED.into_response();
    if let Ok(tag) = HeaderValue::from_str(&etag(version)) {
        response.headers_mut().insert(ETAG, tag);
    }
    no_store(response)
}

/// A list.
pub(super) fn list(body: impl Serialize) -> Response {
    no_store(Json(body).into_response())
}

pub(super) fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// One object that was just made, where the published API says so with its status.
pub(super) fn created(body: impl Serialize, version: Version) -> Response {
    let mut response = object(body, version);
    *response.status_mut() = http::StatusCode::CREATED;
    response
}

pub(super) fn organization(row: OrganizationRow) -> Organization {
    let organization = row.organization;
    Organization {
        id: organization.id.to_string(),
        name: organization.name.as_str().into(),
        plan: organization.plan.name(),
        payment_status: "Active",
        created_at: format(organization.created_at.micros()),
        support_tier: support_tier(organization.plan),
        bootstrapped: organization.bootstrapped_at.is_some(),
    }
}

/// One of the published words for each plan.
fn support_tier(plan: Plan) -> &'static str {
    match plan {
        Plan::Free => "Free",
        Plan::Standard => "Pro",
        Plan::Enterprise | Plan::Dedicated => "Enterprise",
    }
}

pub(super) fn service_account(row: AccountRow) -> ServiceAccount {
    let account = row.account;
    ServiceAccount {
        id: account.id.to_string(),
        name: account.name.as_str().into(),
        client_id: account.client_id,
        created_at: format(account.created_at.micros()),
        updated_at: format(account.updated_at.micros()),
    }
}

pub(super) fn role_binding(row: BindingRow) -> RoleBinding {
    let binding = row.binding;
    RoleBinding {
        id: binding.id.to_string(),
        principal_type: binding.principal.kind().name(),
        principal_id: binding.principal.id(),
        resource_type: binding.resource.kind(),
        resource_id: binding.resource.id(),
        role: binding.role,
        created_at: format(binding.created_at.micros()),
    }
}

/// An invitation; `accept_url` only where its code is new.
pub(super) fn invite(row: InviteRow, now: Timestamp, accept_url: Option<String>) -> Invite {
    let invite = row.invite;
    Invite {
        id: invite.id.to_string(),
        email: invite.email.as_str().into(),
        status: invite.status(now).name(),
        expires_at: format(invite.expires_at.micros()),
        processed_at: invite.processed_at.map(|at| format(at.micros())),
        created_at: format(invite.created_at.micros()),
        accept_url,
    }
}

pub(super) fn user(row: UserRow) -> User {
    let user = row.user;
    User {
        id: user.id.to_string(),
        email: user.email.as_str().into(),
        name: user.name.map(|name| name.as_str().into()),
    }
}

pub(super) fn project(row: ProjectRow) -> Project {
    let project = row.project;
    Project {
        id: project.id.to_string(),
        name: project.name.as_str().into(),
        max_pods: project.max_pods,
        force_encryption_with_cmek: project.force_encryption_with_cmek,
        organization_id: project.organization_id.to_string(),
        created_at: format(project.created_at.micros()),
    }
}

pub(super) fn resource(row: ResourceRow) -> Resource {
    let resource = row.resource;
    Resource {
        id: resource.id.to_string(),
        resource: resource.resource.to_string(),
        name: resource.name.as_str().into(),
        project_id: resource.project_id.to_string(),
        created_at: format(resource.created_at.micros()),
    }
}

pub(super) fn key(row: KeyRow, now: Timestamp) -> ApiKey {
    let key = row.key;
    let status = key.status(now);
    let (roles, scopes, access) = match key.grant {
        Grant::Roles(roles) => (roles.into_iter().collect(), Vec::new(), None),
        Grant::Scopes(scopes) => (Vec::new(), scopes.into_iter().map(scope).collect(), None),
        Grant::Access(written) => (Vec::new(), Vec::new(), Some(access(written))),
    };
    ApiKey {
        id: key.id.to_string(),
        name: key.name.as_str().into(),
        project_id: key.project_id.to_string(),
        roles,
        status: status.name(),
        enabled: key.state == KeyState::Active,
        class: key.class,
        hint: key.hint,
        legacy: key.import.is_some(),
        scopes,
        access,
        expires_at: key.expires_at.map(|end| format(end.micros())),
        allowed_ip_cidrs: key.networks.entries().map(|entry| entry.to_string()).collect(),
        created_at: format(key.created_at.micros()),
        created_by: key.created_by.to_string(),
        last_used_at: row.last_use.as_ref().map(|used| format(used.at.micros())),
        last_used_ip: row.last_use.and_then(|used| used.ip).map(|ip| ip.to_string()),
    }
}

pub(super) fn scope((action, filter): (String, String)) -> ScopeBody {
    ScopeBody { action, resource_filter: Some(filter), unknown: Unknown::new() }
}

fn access(access: Access) -> AccessBody {
    let texts = |levels: std::collections::BTreeMap<String, Level>| {
        levels.into_iter().map(|(id, level)| (id, level_text(level).to_owned())).collect()
    };
    AccessBody {
        preset: access.preset.name().into(),
        levels: texts(access.levels),
        endpoints: texts(access.endpoints),
        unknown: Unknown::new(),
    }
}

fn level_text(level: Level) -> &'static str {
    match level {
        Level::None => "none",
        Level::ReadOnly => "read_only",
        Level::ReadWrite => "read_write",
        Level::Restricted => "restricted",
    }
}

/// What is wrong with an import, line by line.
pub(super) fn faults(faults: &Faults) -> ImportFaults {
    let line = |fault: &Fault| ImportFault { line: fault.line, message: fault.message.clone() };
    ImportFaults { count: faults.count, lines: faults.told.iter().map(line).collect() }
}

/// A change without what only the data plane needs: no digest leaves the server.
pub(super) fn change(change: Change) -> ChangeSummary {
    let targets = targets(&change);
    ChangeSummary {
        version: change.version.0,
        at: format(change.at.micros()),
        actor: change.actor,
        action: change.action,
        organization_id: change.organization,
        targets,
        hash: change.hash.to_string(),
    }
}

/// What a change was about.
pub(super) fn targets(change: &Change) -> Vec<String> {
    // An import is one thing, however many keys come in with it.
    let whole = change.action.starts_with("import.");
    let mut targets: Vec<String> =
        change.effects().unwrap_or_default().iter().map(|effect| target(effect, whole)).collect();
    targets.dedup();
    targets
}

fn target(effect: &Effect, whole: bool) -> String {
    match effect {
        Effect::Forgotten { import, .. } => format!("import {import}"),
        Effect::Organization(organization) => format!("organization {}", organization.id),
        Effect::Project(project) => format!("project {}", project.id),
        Effect::Key(key) => match key.import.filter(|_| whole) {
            Some(import) => format!("import {import}"),
            None => format!("api_key {}", key.id),
        },
        Effect::Import(import) => format!("import {}", import.id),
        Effect::Resource(resource) => format!("resource {}", resource.resource),
        Effect::SigningKey(key) => format!("signing_key {}", key.id),
        Effect::RevokedToken(token) => format!("token {}", token.id),
        Effect::Catalog(_) => "catalog".into(),
        Effect::Note(note) => note.clone(),
    }
}
