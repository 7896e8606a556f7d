//! What a form carries beside its fields: that it counts once, and what it was filled in for.

use super::page::see;
use super::visit::Visit;
use crate::ops::{Once, Precondition};
use axum::response::Response;
use domain::Version;
use http::HeaderValue;
use http::header::SET_COOKIE;
use rand_core::Rng;
use sha2::{Digest, Sha256};

const ID_CHARS_MAX: usize = 64;

/// The id of a form that makes something.
pub(super) fn form_id(visit: &Visit) -> String {
    domain::random_text(24, &mut visit.app.rng())
}

/// A form that is sent twice makes one thing. `what` tells the forms of one page from those of others.
pub(super) fn once(visit: &Visit, what: &str) -> Option<Once> {
    let id = visit.form.get("form_id");
    let request = Sha256::new().chain_update(format!("console {what}\n{id}")).finalize().into();
    (!id.is_empty() && id.len() <= ID_CHARS_MAX).then(|| Once { key: format!("form {id}"), request })
}

/// The version that the form was filled in for. One that we never wrote matches none.
pub(super) fn precondition(visit: &Visit) -> Precondition {
    let version = visit.form.get("version").parse().ok().map(Version);
    Precondition(Some(version.into_iter().collect()))
}

/// On from a page that showed a secret. A cookie that scripts cannot read changes, so that no browser keeps that page
/// for the way back.
pub(super) fn on_from_secret(visit: &Visit, path: &str) -> Response {
    let mut response = see(path);
    let drawn = visit.app.rng().next_u64();
    let cookie = format!("__Host-shown={drawn:x}; Path=/; Secure; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
