//! A request of somebody who is signed in, and of somebody who may not be.

use super::cookie::Theme;
use super::fault::Fault;
use super::form::Form;
use super::page::see;
use crate::ops::sessions::{Browser, Visitor};
use crate::rest::Query;
use crate::{App, Error};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use domain::access::Caller;
use http::header::USER_AGENT;
use http::request::Parts;
use std::sync::Arc;

/// A request of somebody who is signed in.
pub(super) struct Visit {
    pub(super) app: Arc<App>,
    pub(super) visitor: Arc<Visitor>,
    pub(super) form: Form,
    pub(super) guest: Parts,
    ids: Vec<String>,
}

impl FromRequest<Arc<App>> for Visit {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Visit, Response> {
        let (mut guest, body) = request.into_parts();
        let Some(visitor) = guest.extensions.get::<Arc<Visitor>>().cloned() else {
            return Err(to_sign_in(&guest));
        };
        let form = Form::read(body).await.map_err(IntoResponse::into_response)?;
        let ids = match RawPathParams::from_request_parts(&mut guest, &()).await {
            Ok(found) => found.iter().map(|(_, id)| id.to_owned()).collect(),
            Err(_) => Vec::new(),
        };
        Ok(Visit { app: Arc::clone(app), visitor, form, guest, ids })
    }
}

/// Signing in leads back to the page that was asked for; a form that was sent is not sent again.
fn to_sign_in(guest: &Parts) -> Response {
    let path = guest.uri.path_and_query().map_or("/", |path| path.as_str());
    if guest.method == http::Method::GET && path != "/" {
        let next: String = path
            .bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect();
        return see(&format!("/login?next={next}"));
    }
    see("/login")
}

impl Visit {
    pub(super) fn caller(&self) -> &Caller {
        &self.visitor.caller
    }

    /// The id in the path, as sent.
    pub(super) fn id(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }

    /// The second id in the path, of what belongs to the first.
    pub(super) fn child(&self) -> &str {
        self.ids.get(1).map_or("", String::as_str)
    }

    /// The parsed query string.
    pub(super) fn query(&self, known: &[&str]) -> Result<Query, Fault> {
        Ok(Query::parse(self.guest.uri.query().unwrap_or(""), known)?)
    }

    pub(super) fn theme(&self) -> Theme {
        Theme::of(&self.guest.headers)
    }

    pub(super) fn browser(&self) -> Browser {
        browser(&self.app, &self.guest)
    }
}

/// A request of somebody who need not be signed in.
pub(super) struct Guest {
    pub(super) app: Arc<App>,
    pub(super) visitor: Option<Arc<Visitor>>,
    pub(super) form: Form,
    pub(super) parts: Parts,
}

impl FromRequest<Arc<App>> for Guest {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Guest, Response> {
        let (parts, body) = request.into_parts();
        let form = Form::read(body).await.map_err(IntoResponse::into_response)?;
        let visitor = parts.extensions.get::<Arc<Visitor>>().cloned();
        Ok(Guest { app: Arc::clone(app), visitor, form, parts })
    }
}

impl Guest {
    pub(super) fn query(&self, known: &[&str]) -> Result<Query, Error> {
        Query::parse(self.parts.uri.query().unwrap_or(""), known)
    }

    pub(super) fn theme(&self) -> Theme {
        Theme::of(&self.parts.headers)
    }

    pub(super) fn browser(&self) -> Browser {
        browser(&self.app, &self.parts)
    }
}

fn browser(app: &App, parts: &Parts) -> Browser {
    let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("");
    Browser { ip: app.client(parts), agent: agent.to_owned() }
}
