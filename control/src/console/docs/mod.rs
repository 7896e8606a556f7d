//! The documentation, for people and for programs, signed in or not.

mod library;
mod links;
mod markup;
mod text;

use super::fault::Fault;
use super::frame::Frame;
use super::page::page;
use super::visit::Guest;
use crate::rest;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::HeaderMap;
use library::{LIBRARY, Page};

#[derive(Template)]
#[template(path = "docs/page.html")]
struct DocsPage {
    frame: Frame,
    text: &'static Page,
    all: &'static [Page],
}

/// The list of pages.
pub(super) async fn index(guest: Guest) -> Result<Response, Fault> {
    show(&guest, &LIBRARY.index).await
}

/// The same as Markdown.
pub(super) async fn index_markdown(asked: HeaderMap) -> Response {
    LIBRARY.index.markdown.answer(&asked)
}

/// The same in the form that programs look for.
pub(super) async fn short(asked: HeaderMap) -> Response {
    LIBRARY.short.answer(&asked)
}

/// Everything in one text.
pub(super) async fn full(asked: HeaderMap) -> Response {
    LIBRARY.full.answer(&asked)
}

/// A page, or its Markdown when `.md` follows its name.
pub(super) async fn one(Path(name): Path<String>, guest: Guest) -> Result<Response, Fault> {
    let asked = &guest.parts.headers;
    if let Some(found) = name.strip_suffix(".md").and_then(|name| LIBRARY.page(name)) {
        return Ok(found.markdown.answer(asked));
    }
    match LIBRARY.page(&name) {
        Some(found) => show(&guest, found).await,
        None => Ok(rest::no_such_page(guest.parts.uri.clone(), asked.clone()).await),
    }
}

async fn show(guest: &Guest, text: &'static Page) -> Result<Response, Fault> {
    let frame = Frame::of_guest(guest, text.title.as_str()).await?;
    page(&DocsPage { frame, text, all: &LIBRARY.pages })
}
