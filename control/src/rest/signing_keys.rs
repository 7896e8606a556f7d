//! `/admin/organizations/{id}/signing-keys` and, for the operator, `/admin/signing-keys`.

use super::render;
use super::request::Call;
use crate::Error;
use crate::ops::signing_keys::{self, Rotation, ShownKey};
use api::admin::{RotateSigningKey, SigningKey, SigningKeyList};
use axum::response::Response;
use domain::token::Algorithm;

/// Lists the keys that sign the organization's access tokens.
#[utoipa::path(get, path = "/admin/organizations/{organization_id}/signing-keys",
    operation_id = "list_signing_keys", tag = "signing keys",
    params(("organization_id" = String, Path, description = "The organization's id")),
    responses((status = 200, body = SigningKeyList, description = "The keys, in the order in which they sign")))]
pub(crate) async fn list(call: Call) -> Result<Response, Error> {
    Ok(shown(signing_keys::list(&call.app, &call.caller, Some(call.id()?)).await?))
}

/// Makes the organization's next signing key, which is published at once and signs when every cache knows it.
#[utoipa::path(post, path = "/admin/organizations/{organization_id}/signing-keys",
    operation_id = "rotate_signing_key", tag = "signing keys",
    params(("organization_id" = String, Path, description = "The organization's id")),
    request_body = RotateSigningKey,
    responses((status = 200, body = SigningKeyList, description = "The keys as they are now")))]
pub(crate) async fn rotate(mut call: Call) -> Result<Response, Error> {
    let rotation = rotation(&mut call).await?;
    Ok(shown(signing_keys::rotate(&call.app, &call.caller, Some(call.id()?), rotation).await?))
}

/// Lists the server's own signing keys, which sign the access tokens of service accounts. For the operator.
#[utoipa::path(get, path = "/admin/signing-keys", operation_id = "list_server_signing_keys", tag = "signing keys",
    responses((status = 200, body = SigningKeyList, description = "The keys, in the order in which they sign")))]
pub(crate) async fn list_server(call: Call) -> Result<Response, Error> {
    call.query(&[])?;
    Ok(shown(signing_keys::list(&call.app, &call.caller, None).await?))
}

/// Makes the server's own next signing key. For the operator.
#[utoipa::path(post, path = "/admin/signing-keys", operation_id = "rotate_server_signing_key",
    tag = "signing keys", request_body = RotateSigningKey,
    responses((status = 200, body = SigningKeyList, description = "The keys as they are now")))]
pub(crate) async fn rotate_server(mut call: Call) -> Result<Response, Error> {
    let rotation = rotation(&mut call).await?;
    call.query(&[])?;
    Ok(shown(signing_keys::rotate(&call.app, &call.caller, None, rotation).await?))
}

async fn rotation(call: &mut Call) -> Result<Rotation, Error> {
    let body: RotateSigningKey = call.body().await?;
    let algorithm = body.algorithm.as_deref().map(algorithm).transpose()?;
    Ok(Rotation { algorithm, at_once: body.at_once.unwrap_or_default() })
}

/// An algorithm that signs, by its name.
pub(crate) fn algorithm(text: &str) -> Result<Algorithm, Error> {
    let unknown = || Error::Invalid("`algorithm` must be ES256 or EdDSA".into());
    Algorithm::parse(text).ok_or_else(unknown)
}

fn shown(keys: Vec<ShownKey>) -> Response {
    render::list(SigningKeyList { data: keys.into_iter().map(one).collect() })
}

fn one(key: ShownKey) -> SigningKey {
    SigningKey {
        id: key.published.id.to_string(),
        kid: key.kid,
        algorithm: key.published.algorithm.name(),
        state: key.state.name(),
        created_at: api::time::format(key.published.created_at.micros()),
        signs_from: api::time::format(key.published.signs_from.micros()),
        ends_at: key.ends_at.map(|end| api::time::format(end.micros())),
    }
}
