//! `/admin/projects/{id}/api-keys` and `/admin/api-keys`.

use super::render;
use super::request::Call;
use crate::ops::keys::Cascade;
use crate::ops::{KeyPatch, NewKey};
use crate::store::{KeyFilter, KeyRow, StatusFilter};
use crate::{Error, ops};
use api::admin::{
    AccessBody, ApiKey, ApiKeyList, ApiKeyWithSecret, CreateKey, Pagination, ScopeBody, UpdateKey,
};
use axum::response::{IntoResponse, Response};
use domain::access::MemberRole;
use domain::{Access, Grant, KeyStatus, Level, Name, Networks, Preset, Timestamp};
use http::{HeaderName, HeaderValue, StatusCode};
use std::collections::BTreeMap;

/// Lists a project's keys: all but revoked ones unless `status` says otherwise.
#[utoipa::path(get, path = "/admin/projects/{project_id}/api-keys", operation_id = "list_project_api_keys",
    tag = "api keys", params(
        ("project_id" = String, Path, format = Uuid, description = "The project's id"),
        ("status" = Option<String>, Query, description = "active, expired, disabled, revoked or all"),
        ("q" = Option<String>, Query, description = "part of the name, letter case ignored"),
        ("limit" = Option<i64>, Query, description = "1 to 100; switches paging on"),
        ("paginationToken" = Option<String>, Query, description = "`pagination.next` of the page before")),
    responses((status = 200, body = ApiKeyList, description = "The keys, oldest first")))]
pub(crate) async fn list(call: Call) -> Result<Response, Error> {
    let query = call.query(&["status", "q", "limit", "paginationToken"])?;
    let limit = query.limit()?;
    let filter = KeyFilter {
        status: status_filter(query.get("status"))?,
        name_part: query.get("q").map(str::to_owned),
        after: query.get("paginationToken").map(read_page_token).transpose()?,
        // One more than asked for tells whether there is another page.
        limit: limit.map_or(i64::MAX, |limit| limit + 1),
    };
    let mut rows = ops::keys::list(&call.app, &call.caller, call.parent(), &filter).await?;
    let keep = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let more = rows.len() > keep;
    rows.truncate(keep);
    let pagination = rows.last().filter(|_| more).map(|last| Pagination { next: Some(page_token(last)) });
    let data = rows.into_iter().map(|row| shown(&call, row)).collect();
    Ok(render::list(ApiKeyList { data, pagination }))
}

/// Makes a key and shows its secret, this once.
#[utoipa::path(post, path = "/admin/projects/{project_id}/api-keys", operation_id = "create_api_key",
    tag = "api keys", params(("project_id" = String, Path, format = Uuid, description = "The project's id")),
    request_body = CreateKey,
    responses((status = 200, body = ApiKeyWithSecret, description = "The key and its secret")))]
pub(crate) async fn create(mut call: Call) -> Result<Response, Error> {
    let (body, once) = call.body_once::<CreateKey>().await?;
    let new = NewKey {
        name: Name::parse(&body.name, Name::KEY_CHARS_MAX).map_err(Error::name)?,
        grant: grant(body.roles, body.scopes, body.access)?,
        class: body.class,
        expires_at: body.expires_at.as_deref().map(read_time).transpose()?,
        networks: networks(&body.allowed_ip_cidrs.unwrap_or_default())?,
        enabled: body.enabled.unwrap_or(true),
    };
    let created = ops::keys::create(&call.app, &call.caller, call.id()?, new, once).await?;
    let version = created.row.version;
    let value = created.secret.map(|secret| secret.expose().to_owned());
    Ok(render::object(ApiKeyWithSecret { key: shown(&call, created.row), value }, version))
}

/// Shows one key, without its secret.
#[utoipa::path(get, path = "/admin/api-keys/{api_key_id}", operation_id = "fetch_api_key", tag = "api keys",
    params(("api_key_id" = String, Path, format = Uuid, description = "The key's id")),
    responses((status = 200, body = api::admin::ApiKey, description = "The key")))]
pub(crate) async fn show(call: Call) -> Result<Response, Error> {
    let row = ops::keys::show(&call.app, &call.caller, call.id()?).await?;
    if call.has(row.version) {
        return Ok(render::not_modified(row.version));
    }
    Ok(one(&call, row))
}

/// Changes a key; the next verification acts on it.
#[utoipa::path(patch, path = "/admin/api-keys/{api_key_id}", operation_id = "update_api_key", tag = "api keys",
    params(("api_key_id" = String, Path, format = Uuid, description = "The key's id")),
    request_body = UpdateKey,
    responses((status = 200, body = api::admin::ApiKey, description = "The key as it is now")))]
pub(crate) async fn update(mut call: Call) -> Result<Response, Error> {
    let body: UpdateKey = call.body().await?;
    let patch = patch(body)?;
    let precondition = call.precondition()?;
    let row = ops::keys::update(&call.app, &call.caller, call.id()?, patch, precondition).await?;
    Ok(one(&call, row))
}

/// What a body changes of a key.
pub(crate) fn patch(body: UpdateKey) -> Result<KeyPatch, Error> {
    let expires_at = match body.expires_at {
        Some(Some(text)) => Some(Some(read_time(&text)?)),
        Some(None) => Some(None),
        None => None,
    };
    Ok(KeyPatch {
        name: body
            .name
            .map(|name| Name::parse(&name, Name::KEY_CHARS_MAX).map_err(Error::name))
            .transpose()?,
        grant: grant(body.roles, body.scopes, body.access)?,
        expires_at,
        networks: body.allowed_ip_cidrs.map(|list| networks(&list.unwrap_or_default())).transpose()?,
        enabled: body.enabled,
    })
}

/// Revokes a key, for ever, and with it the keys that it made.
#[utoipa::path(delete, path = "/admin/api-keys/{api_key_id}", operation_id = "delete_api_key", tag = "api keys",
    params(("api_key_id" = String, Path, format = Uuid, description = "The key's id"),
        ("cascade" = Option<bool>, Query, description = "false: the keys that it made live on")),
    responses((status = 202, description = "It is dead: the next verification refuses it",
        headers(("X-Keydesk-Revoked" = i64, description = "How many keys were revoked, itself included")))))]
pub(crate) async fn revoke(call: Call) -> Result<Response, Error> {
    let cascade = match call.query(&["cascade"])?.get("cascade") {
        None | Some("true") => Cascade::Children,
        Some("false") => Cascade::Alone,
        Some(_) => return Err(Error::Invalid("`cascade` must be true or false".into())),
    };
    let precondition = call.precondition()?;
    let count = ops::keys::revoke(&call.app, &call.caller, call.parent(), precondition, cascade).await?;
    Ok((StatusCode::ACCEPTED, [(REVOKED, HeaderValue::from(count))]).into_response())
}

/// Says how many keys a revocation took.
const REVOKED: HeaderName = HeaderName::from_static("x-keydesk-revoked");

fn one(call: &Call, row: KeyRow) -> Response {
    let version = row.version;
    render::object(shown(call, row), version)
}

/// A key as this client can read it: published ones take the six published roles for all there are, and fail on
/// any other name that a catalog may have.
fn shown(call: &Call, row: KeyRow) -> ApiKey {
    let mut key = render::key(row, call.app.now());
    if call.is_of_published_client() {
        key.roles.retain(|role| MemberRole::parse(role).is_some_and(MemberRole::is_of_keys));
    }
    key
}

pub(crate) fn status_filter(text: Option<&str>) -> Result<StatusFilter, Error> {
    Ok(match text {
        None => StatusFilter::NotRevoked,
        Some("all") => StatusFilter::All,
        Some("active") => StatusFilter::Only(KeyStatus::Active),
        Some("expired") => StatusFilter::Only(KeyStatus::Expired),
        Some("disabled") => StatusFilter::Only(KeyStatus::Disabled),
        Some("revoked") => StatusFilter::Only(KeyStatus::Revoked),
        Some(_) => {
            return Err(Error::Invalid("`status` must be active, expired, disabled, revoked or all".into()));
        }
    })
}

/// Where a page ended: the last key's time and id. Nothing in it is secret or trusted.
pub(crate) fn page_token(row: &KeyRow) -> String {
    format!("{}.{}", row.key.created_at.micros(), row.key.id)
}

pub(crate) fn read_page_token(text: &str) -> Result<(Timestamp, String), Error> {
    let read = || {
        let (micros, id) = text.split_once('.')?;
        Some((Timestamp::from_micros(micros.parse().ok()?), domain::KeyId::parse(id)?.to_string()))
    };
    read().ok_or_else(|| Error::Invalid("`paginationToken` is not one that this server gave out".into()))
}

pub(crate) fn read_time(text: &str) -> Result<Timestamp, Error> {
    let micros = api::time::parse(text).ok_or_else(|| {
        Error::Invalid(
            "`expires_at` must be an RFC 3339 time with an offset, such as 2027-01-01T00:00:00Z".into(),
        )
    })?;
    Ok(Timestamp::from_micros(micros))
}

pub(crate) fn networks(entries: &[String]) -> Result<Networks, Error> {
    Ok(Networks::parse(entries.iter().map(String::as_str))?)
}

/// At most one of three ways to write a grant. An empty list beside another way is how that other way reads
/// back, and says nothing.
pub(crate) fn grant(
    roles: Option<Vec<String>>,
    scopes: Option<Vec<ScopeBody>>,
    access: Option<AccessBody>,
) -> Result<Option<Grant>, Error> {
    let roles_besides = roles.as_ref().is_some_and(|roles| !roles.is_empty()) || access.is_some();
    let scopes_besides = scopes.as_ref().is_some_and(|scopes| !scopes.is_empty()) || access.is_some();
    let roles = roles.filter(|roles| !roles.is_empty() || !scopes_besides);
    let scopes = scopes.filter(|scopes| !scopes.is_empty() || !roles_besides);
    match (roles, scopes, access) {
        (None, None, None) => Ok(None),
        (Some(roles), None, None) => Ok(Some(Grant::Roles(roles.into_iter().collect()))),
        (None, Some(scopes), None) => Ok(Some(Grant::Scopes(scopes.into_iter().map(scope).collect()))),
        (None, None, Some(body)) => Ok(Some(Grant::Access(read_access(body)?))),
        _ => Err(Error::Invalid("write at most one of `roles`, `scopes` and `access`".into())),
    }
}

fn scope(body: ScopeBody) -> (String, String) {
    (body.action, body.resource_filter.unwrap_or_default())
}

fn read_access(body: AccessBody) -> Result<Access, Error> {
    let unknown = || Error::Invalid("`access.preset` must be all, read_only or restricted".into());
    let preset = Preset::parse(&body.preset).ok_or_else(unknown)?;
    let levels = |texts: BTreeMap<String, String>| -> Result<BTreeMap<String, Level>, Error> {
        texts.into_iter().map(|(id, text)| Ok((id, level(&text)?))).collect()
    };
    Ok(Access { preset, levels: levels(body.levels)?, endpoints: levels(body.endpoints)? })
}

fn level(text: &str) -> Result<Level, Error> {
    match text {
        "none" => Ok(Level::None),
        "read_only" => Ok(Level::ReadOnly),
        "read_write" => Ok(Level::ReadWrite),
        "restricted" => Ok(Level::Restricted),
        _ => Err(Error::Invalid("an access level must be none, read_only, read_write or restricted".into())),
    }
}
