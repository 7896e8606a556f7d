//! The shared secret of the data listener, asked for on every path but `/livez`.

use super::Shared;
use super::doors::fields;
use super::problem::Problem;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};
use std::fmt;
use std::hint::black_box;

/// Where it is sent.
const HEADER: &str = "x-keydesk-token";

/// A token, known only by its digest.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// Takes the token as configured.
    pub fn new(text: &str) -> Token {
        Token(Sha256::digest(text).into())
    }

    /// Whether the headers show it, once.
    pub(super) fn is_shown<'h>(&self, fields: impl Iterator<Item = (&'h str, &'h [u8])>) -> bool {
        let mut shown = fields.filter(|(name, _)| name.eq_ignore_ascii_case(HEADER));
        match (shown.next(), shown.next()) {
            (Some((_, token)), None) => self.is(token),
            _ => false,
        }
    }

    /// Digests are compared, and all their bytes: the time it takes says nothing about the token.
    fn is(&self, token: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let differences =
            self.0.iter().zip(digest).fold(0, |all, (mine, other)| black_box(all | (mine ^ other)));
        differences == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Lets through who shows the token, and everybody where none is configured.
pub(super) async fn guard(State(desk): Shared, request: Request, next: Next) -> Response {
    match &desk.token {
        Some(token) if !token.is_shown(fields(request.headers())) => {
            Problem::Unauthenticated.answer(request.extensions())
        }
        Some(_) | None => next.run(request).await,
    }
}
