//! The public listener's HTTP: parse, call, render. No rules here.

pub(crate) mod advice;
mod answer;
pub(crate) mod changes;
pub(crate) mod import;
pub(crate) mod invites;
pub(crate) mod keys;
pub(crate) mod oauth;
pub(crate) mod organizations;
mod page;
pub(crate) mod preview;
pub(crate) mod projects;
mod query;
mod render;
mod request;
pub(crate) mod resources;
pub(crate) mod role_bindings;
pub(crate) mod service_accounts;
pub(crate) mod signing_keys;
pub(crate) mod usage;
pub(crate) mod users;

use crate::{App, console, graphql};
pub use answer::admin_error;
pub(crate) use answer::{no_such_page, status_and_code};
use axum::Router;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{MethodRouter, any, delete, get, post};
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, Method};
pub(crate) use page::Page;
pub(crate) use query::Query;
use std::sync::Arc;

/// Everything the public listener carries.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .nest("/admin", admin())
        .route("/oauth/token", post(oauth::issue).fallback(oauth::wrong_method))
        .route("/oauth/introspect", post(oauth::introspect).fallback(oauth::wrong_method))
        .route("/oauth/revoke", post(oauth::revoke).fallback(oauth::wrong_method))
        .route(
            "/.well-known/oauth-authorization-server",
            get(oauth::metadata).fallback(any(answer::wrong_page_method)),
        )
        .route("/.well-known/jwks.json", get(oauth::jwks).fallback(any(answer::wrong_page_method)))
        .route("/graphql", post(graphql::serve).fallback(graphql::wrong_method))
        .route("/openapi.json", get(crate::openapi::serve).fallback(any(answer::wrong_page_method)))
        .merge(console::router(&app))
        .fallback(answer::no_such_page)
        .layer(map_response(|response| std::future::ready(with_policy(response))))
        .with_state(app)
}

/// What is no page must not become one: no browser runs, frames or loads anything for it.
pub fn with_policy(mut response: Response) -> Response {
    let policy = HeaderValue::from_static(console::STRICT_POLICY);
    response.headers_mut().entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    response
}

fn admin() -> Router<Arc<App>> {
    // The published path, and the one that an example of the published documentation uses.
    let keys_of = || only(get(keys::list).post(keys::create));
    Router::new()
        .route("/organizations", only(get(organizations::list)))
        .route(
            "/organizations/{id}",
            only(get(organizations::show).patch(organizations::update).delete(organizations::remove)),
        )
        .route("/organizations/{id}/bootstrap", only(post(organizations::bootstrap)))
        .route("/organizations/{id}/signing-keys", only(get(signing_keys::list).post(signing_keys::rotate)))
        .route("/signing-keys", only(get(signing_keys::list_server).post(signing_keys::rotate_server)))
        .route("/organizations/{id}/usage", only(get(usage::of_organization)))
        .route("/organizations/{id}/advice", only(get(advice::of_organization)))
        .route("/projects", only(get(projects::list).post(projects::create)))
        .route("/projects/{id}", only(get(projects::show).patch(projects::update).delete(projects::remove)))
        .route("/projects/{id}/api-keys", keys_of())
        .route("/projects/{id}/api_keys", keys_of())
        .route("/projects/{id}/api-keys/import", only(post(import::import)))
        .route("/projects/{id}/api_keys/import", only(post(import::import)))
        .route("/projects/{id}/resources", only(get(resources::list).post(resources::register)))
        .route("/projects/{id}/resources/{resource}", only(delete(resources::release)))
        .route("/api-keys/{id}", only(get(keys::show).patch(keys::update).delete(keys::revoke)))
        .route("/api-keys/{id}/usage", only(get(usage::of_key)))
        .route("/api-keys/{id}/preview", only(post(preview::of_key)))
        .route("/api-keys/{id}/advice", only(get(advice::of_key)))
        .route("/service-accounts", only(get(service_accounts::list).post(service_accounts::create)))
        .route(
            "/service-accounts/{id}",
            only(
                get(service_accounts::show).patch(service_accounts::update).delete(service_accounts::remove),
            ),
        )
        .route("/service-accounts/{id}/rotate-secret", only(post(service_accounts::rotate_secret)))
        .route("/role-bindings", only(get(role_bindings::list).post(role_bindings::create)))
        .route("/role-bindings/{id}", only(get(role_bindings::show).delete(role_bindings::remove)))
        .route("/invites", only(get(invites::list).post(invites::create)))
        .route("/invites/{id}", only(get(invites::show).delete(invites::remove)))
        .route("/invites/{id}/resend", only(post(invites::resend)))
        .route("/users", only(get(users::list)))
        .route("/users/{id}", only(get(users::show).delete(users::remove)))
        .route("/changes", only(get(changes::list)))
        .fallback(answer::no_such_path)
}

/// Whether this is the one request whose body is read as it comes in, and may be large.
pub fn is_import(method: &Method, path: &str) -> bool {
    let project = path.strip_prefix("/admin/projects/");
    let project = project.and_then(|rest| {
        rest.strip_suffix("/api-keys/import").or_else(|| rest.strip_suffix("/api_keys/import"))
    });
    *method == Method::POST && project.is_some_and(|project| !project.contains('/'))
}

/// A route whose other methods answer in the Admin API's own shape.
fn only(route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    route.fallback(any(answer::wrong_method))
}
