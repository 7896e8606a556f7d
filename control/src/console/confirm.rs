//! Is this meant? A page before what cannot be undone.

use super::fault::Fault;
use super::frame::{Frame, Section};
use super::page::{again, page};
use super::twin::Twin;
use super::visit::Visit;
use crate::Error;
use askama::Template;
use axum::response::Response;
use domain::Version;

/// What is asked.
pub(super) struct Question {
    pub(super) section: Section,
    pub(super) title: String,
    /// Where one came from: its address, and what it is.
    pub(super) back: (String, String),
    /// What happens, sentence by sentence.
    pub(super) consequences: Vec<String>,
    /// The name that has to be typed, where one has to.
    pub(super) name: Option<String>,
    /// What was looked at.
    pub(super) version: Version,
    /// What the button says.
    pub(super) button: &'static str,
    /// Where the form goes.
    pub(super) path: String,
    pub(super) twin: Twin,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    frame: Frame,
    question: Question,
    error: Option<String>,
}

/// The fields of the form.
pub(super) const FIELDS: [&str; 2] = ["version", "confirm"];

/// Asks; or asks again, with what is wrong.
pub(super) async fn ask(visit: &Visit, question: Question, error: Option<String>) -> Result<Response, Fault> {
    let prefix = if error.is_some() { "Error: " } else { "" };
    let frame = Frame::of(visit, question.section, format!("{prefix}{}", question.title)).await?;
    let is_again = error.is_some();
    let asked = ConfirmPage { frame, question, error };
    if is_again { again(&asked) } else { page(&asked) }
}

/// Whether the name was typed that the form asked for.
pub(super) fn typed(visit: &Visit, name: &str) -> Result<(), Error> {
    let other = || Error::Invalid("what you typed is not the name: type it as it is written".into());
    // Spaces at its ends are lost in any form.
    (visit.form.get("confirm") == name.trim()).then_some(()).ok_or_else(other)
}
