//! `openapi.json`: generated from the handlers, committed, served as committed.

use crate::rest;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};

/// The committed description of the public HTTP API.
pub const COMMITTED: &str = include_str!("../../api/openapi.json");

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Keydesk",
        description = "Issues, scopes, verifies and revokes API keys. \
                       Send `Authorization: Bearer <access token>`, with a token from /oauth/token, or an API key \
                       that may administer as `X-Api-Key: <key>`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        rest::organizations::list,
        rest::organizations::show,
        rest::organizations::update,
        rest::organizations::remove,
        rest::organizations::bootstrap,
        rest::signing_keys::list,
        rest::signing_keys::rotate,
        rest::signing_keys::list_server,
        rest::signing_keys::rotate_server,
        rest::projects::list,
        rest::projects::create,
        rest::projects::show,
        rest::projects::update,
        rest::projects::remove,
        rest::keys::list,
        rest::keys::create,
        rest::keys::show,
        rest::keys::update,
        rest::keys::revoke,
        rest::import::import,
        rest::service_accounts::list,
        rest::service_accounts::create,
        rest::service_accounts::show,
        rest::service_accounts::update,
        rest::service_accounts::rotate_secret,
        rest::service_accounts::remove,
        rest::role_bindings::list,
        rest::role_bindings::create,
        rest::role_bindings::show,
        rest::role_bindings::remove,
        rest::invites::list,
        rest::invites::create,
        rest::invites::show,
        rest::invites::resend,
        rest::invites::remove,
        rest::usage::of_key,
        rest::usage::of_organization,
        rest::preview::of_key,
        rest::advice::of_key,
        rest::advice::of_organization,
        rest::users::list,
        rest::users::show,
        rest::users::remove,
        rest::resources::list,
        rest::resources::register,
        rest::resources::release,
        rest::changes::list,
        rest::oauth::issue,
        rest::oauth::introspect,
        rest::oauth::revoke,
        rest::oauth::metadata,
        rest::oauth::jwks,
        api::verify::verify_operation,
    ),
    components(schemas(api::error::AdminError)),
    modifiers(&Bearer, &Refusals),
    security(("access_token" = []), ("api_key" = []))
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        if let Some(components) = document.components.as_mut() {
            components.add_security_scheme("access_token", SecurityScheme::Http(bearer));
            let key = ApiKey::Header(ApiKeyValue::new("X-Api-Key"));
            components.add_security_scheme("api_key", SecurityScheme::ApiKey(key));
            let token = ApiKey::Header(ApiKeyValue::new("X-Keydesk-Token"));
            components.add_security_scheme("data_token", SecurityScheme::ApiKey(token));
        }
    }
}

/// What every Admin route may answer besides.
struct Refusals;

const REFUSALS: [(&str, &str); 6] = [
    ("400", "The request makes no sense; the message says what to do"),
    ("401", "No valid access token or API key"),
    ("403", "The caller's roles do not allow it"),
    ("404", "Not there, or not the caller's to see"),
    ("412", "Changed in the meantime, or something else must be done first"),
    ("503", "The change could not be made durable; try again"),
];

impl Modify for Refusals {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let schema = Ref::from_schema_name("AdminError");
        let content = Content::new(Some(schema));
        let admin = document.paths.paths.iter_mut().filter(|(path, _)| path.starts_with("/admin"));
        for (_, item) in admin {
            let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                for (status, description) in REFUSALS {
                    let response = ResponseBuilder::new().description(description);
                    let response = response.content("application/json", content.clone()).build();
                    operation.responses.responses.entry(status.into()).or_insert(response.into());
                }
            }
        }
    }
}

/// The description as the code has it now.
pub fn generate() -> String {
    let mut text = Document::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Serves the committed description.
pub(crate) async fn serve() -> Response {
    ([(CONTENT_TYPE, "application/json")], COMMITTED).into_response()
}
