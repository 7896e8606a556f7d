//! The token endpoint and the tokens it gives out.

mod client;
mod form;

/// Decodes one `application/x-www-form-urlencoded` text; `None` when an escape is bad.
pub(crate) fn form_decode(text: &str) -> Option<String> {
    form::decode(text).ok()
}

pub mod token;

pub use client::{Refused, TokenRequest, issue};
