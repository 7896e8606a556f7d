//! Errors as pages: what went wrong, what to do, and the way back.

use super::cookie::Theme;
use super::frame::Frame;
use super::page::written;
use crate::Error;
use crate::rest::status_and_code;
use crate::store::StoreError;
use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// Why there is no page, or an answer that is one already.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    title: &'static str,
    text: String,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let (status, _) = status_and_code(&error);
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = %error, "a page failed");
        }
        Fault { status, title: title(status), text: told(&error) }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Error::from(error).into()
    }
}

/// What an error says to a person: some are worded for programs.
pub(super) fn told(error: &Error) -> String {
    match error {
        Error::NoCredential | Error::Unauthenticated => "Sign in again: the session is over.".into(),
        Error::NotFound { object, .. } => {
            let what = object.words().to_lowercase().replace("api", "API");
            format!("This {what} does not exist, or it is not yours to see.")
        }
        Error::Stale => {
            "Somebody else changed this in the meantime. Load the page again and look at it once more.".into()
        }
        Error::NoAdministrator
        | Error::OutOfReach
        | Error::Forbidden(_)
        | Error::NotInPlan(_)
        | Error::QuotaFull(_)
        | Error::Beyond(_)
        | Error::NotForKeys(_)
        | Error::Invalid(_)
        | Error::OutOfRange(_)
        | Error::Conflict(_)
        | Error::AlreadyExists(_)
        | Error::Code
        | Error::TooOften { .. }
        | Error::Blocked(_)
        | Error::KeyReused
        | Error::Faults(_)
        | Error::Importing(_)
        | Error::GivenUp
        | Error::Behind
        | Error::Signing
        | Error::Store(_) => sentence(&error.to_string()),
    }
}

/// Messages begin in lower case and end without a full stop; on a page they are sentences.
fn sentence(message: &str) -> String {
    let message: String = message.replace('`', "");
    let mut chars = message.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::UNAUTHORIZED => "Signed out",
        StatusCode::BAD_REQUEST => "This request makes no sense",
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => "This does not go together",
        StatusCode::TOO_MANY_REQUESTS => "Too often",
        StatusCode::METHOD_NOT_ALLOWED => "Not here",
        StatusCode::SERVICE_UNAVAILABLE => "Not right now",
        _ => "Something broke",
    }
}

impl Fault {
    /// A form from elsewhere.
    pub(super) fn foreign() -> Fault {
        let text = "This form was sent from another site, or by a program. Open the page here and send it from there; \
            programs use the Admin API.";
        Fault { status: StatusCode::FORBIDDEN, title: "Not from here", text: text.into() }
    }

    /// Nothing at this address.
    pub(super) fn absent() -> Fault {
        let text = "There is nothing at this address.";
        Fault { status: StatusCode::NOT_FOUND, title: "Not found", text: text.into() }
    }

    /// A mistake of ours.
    pub(super) fn broken() -> Fault {
        let text = "The server made a mistake. Nothing was changed by showing this page; its log says more.";
        Fault { status: StatusCode::INTERNAL_SERVER_ERROR, title: "Something broke", text: text.into() }
    }
}

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage<'a> {
    frame: Frame,
    text: &'a str,
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let page = FaultPage { frame: Frame::bare(self.title, Theme::Auto), text: &self.text };
        // Were even this page broken, there would be no other to show.
        written(&page, self.status, false).unwrap_or_else(|_| self.status.into_response())
    }
}

/// A method that the page does not take.
pub(super) async fn wrong_method() -> Fault {
    let text = "This address does not take that. Go back and use the page's own buttons.";
    Fault {
        status: StatusCode::METHOD_NOT_ALLOWED,
        title: title(StatusCode::METHOD_NOT_ALLOWED),
        text: text.into(),
    }
}
