//! `[[route]]`: which action on which resource an HTTP request means. Read and checked now, used by the
//! gateway and the forward doors.

use super::authority;
use super::mistake::Mistakes;
use super::raw::RawRoute;
use super::template::{self, PathSegment, ResourcePart};
use super::types::Types;
use crate::scope::{Action, shorten};
use std::collections::HashSet;
use toml::Spanned;

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Host it is for, or `*`.
    pub host: String,
    /// HTTP methods, upper case.
    pub methods: Vec<String>,
    /// Path template: `{name}` is one segment, `{*name}` at the end is the rest.
    pub path: String,
    /// The path, segment by segment.
    pub segments: Vec<PathSegment>,
    /// What the request does; `None` when the GraphQL operation decides.
    pub action: Option<Action>,
    /// Resource template over the names of the path.
    pub resource: String,
    /// The resource, segment by segment.
    pub parts: Vec<ResourcePart>,
    /// Where the gateway sends it.
    pub upstream: Option<String>,
    /// What the gateway sends in place of the client's credential, by the name that the nodes have for it.
    pub upstream_credential: Option<String>,
    /// How the gateway words a refusal.
    pub errors: ErrorStyle,
    /// What decides the action.
    pub kind: RouteKind,
    /// The parameter of the query that may hold the key; a key in any other query is not looked at.
    pub key_in_query: Option<String>,
}

/// How the gateway words a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorStyle {
    /// 401 and 403 with problem+json.
    Problem,
    /// Every refusal is 401.
    Unauthorized,
    /// 200 with `errors`.
    Graphql,
}

/// What decides the action of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteKind {
    /// The route says it.
    Rest,
    /// Query is read, mutation is write.
    Graphql,
}

pub(super) fn read_all(raw: Vec<RawRoute>, types: &Types, mistakes: &mut Mistakes<'_>) -> Vec<Route> {
    let mut seen = HashSet::new();
    let mut routes = Vec::new();
    for raw in raw {
        let span = raw.path.span();
        let Some(route) = read(raw, types, mistakes) else { continue };
        for method in &route.methods {
            if !seen.insert((route.host.clone(), method.clone(), template::shape(&route.segments))) {
                let (method, path, host) = (shorten(method), shorten(&route.path), shorten(&route.host));
                mistakes.note(&span, format!("{method} {path} is there twice for host {host}"));
            }
        }
        routes.push(route);
    }
    routes
}

fn read(raw: RawRoute, types: &Types, mistakes: &mut Mistakes<'_>) -> Option<Route> {
    check_methods(&raw, mistakes);
    authority::check_host(&raw.host, mistakes);
    if let Some(upstream) = &raw.upstream {
        authority::check_upstream(upstream, mistakes);
    }
    if let Some(name) = &raw.upstream_credential {
        check_credential(name, raw.upstream.is_some(), mistakes);
    }
    let errors = word(raw.errors.as_ref(), "errors", &STYLES, ErrorStyle::Problem, mistakes);
    let kind = word(raw.kind.as_ref(), "kind", &KINDS, RouteKind::Rest, mistakes);
    let action = kind.and_then(|kind| action(&raw, kind, mistakes));
    let segments = template::read_path(&raw.path, mistakes)?;
    let parts = template::read_resource(&raw.resource, &segments, types, mistakes)?;
    if let Some(name) = &raw.key_in_query {
        check_parameter(name, mistakes);
    }
    Some(Route {
        host: raw.host.into_inner(),
        methods: raw.methods.into_iter().map(Spanned::into_inner).collect(),
        path: raw.path.into_inner(),
        segments,
        action,
        resource: raw.resource.into_inner(),
        parts,
        upstream: raw.upstream.map(Spanned::into_inner),
        upstream_credential: raw.upstream_credential.map(Spanned::into_inner),
        errors: errors?,
        kind: kind?,
        key_in_query: raw.key_in_query.map(Spanned::into_inner),
    })
}

/// What the route says its requests do; it says nothing when the GraphQL operation decides.
fn action(raw: &RawRoute, kind: RouteKind, mistakes: &mut Mistakes<'_>) -> Option<Action> {
    match (&raw.action, kind) {
        (Some(text), RouteKind::Rest) => {
            let unknown = || format!("action `{}` must be read, write or admin", shorten(text.get_ref()));
            mistakes.keep(&text.span(), Action::parse(text.get_ref()).ok_or_else(unknown))
        }
        (None, RouteKind::Graphql) => None,
        (None, RouteKind::Rest) => {
            mistakes.note(&raw.path.span(), "a route needs an `action`, unless its kind is graphql");
            None
        }
        (Some(text), RouteKind::Graphql) => {
            mistakes.note(&text.span(), "a route of kind graphql takes its action from the operation");
            None
        }
    }
}

const KINDS: [(&str, RouteKind); 2] = [("rest", RouteKind::Rest), ("graphql", RouteKind::Graphql)];
const STYLES: [(&str, ErrorStyle); 3] = [
    ("problem", ErrorStyle::Problem),
    ("unauthorized", ErrorStyle::Unauthorized),
    ("graphql", ErrorStyle::Graphql),
];

fn word<T: Copy>(
    text: Option<&Spanned<String>>,
    field: &str,
    words: &[(&str, T)],
    default: T,
    mistakes: &mut Mistakes<'_>,
) -> Option<T> {
    let Some(text) = text else { return Some(default) };
    let found = words.iter().find(|(word, _)| word == text.get_ref()).map(|(_, value)| *value);
    if found.is_none() {
        let list: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        mistakes.note(&text.span(), format!("`{field}` must be one of {}", list.join(", ")));
    }
    found
}

fn check_methods(raw: &RawRoute, mistakes: &mut Mistakes<'_>) {
    if raw.methods.is_empty() {
        mistakes.note(&raw.path.span(), "a route needs at least one method");
    }
    for method in &raw.methods {
        let text = method.get_ref();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            mistakes.note(&method.span(), format!("method `{}` must be upper case", shorten(text)));
        }
    }
}

/// Of characters that are never escaped, so that there is one way to write it.
fn check_parameter(name: &Spanned<String>, mistakes: &mut Mistakes<'_>) {
    let text = name.get_ref();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !(1..=64).contains(&text.len()) || !text.bytes().all(plain) {
        let message = format!("key_in_query `{}` must be 1 to 64 of A-Z, a-z, 0-9, _ and -", shorten(text));
        mistakes.note(&name.span(), message);
    }
}

/// A name, and so never a path: what it stands for lies in a file of that name on each node.
pub fn is_credential_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

fn check_credential(name: &Spanned<String>, has_upstream: bool, mistakes: &mut Mistakes<'_>) {
    let text = name.get_ref();
    if !is_credential_name(text) {
        // What does not look like a name may be the secret itself.
        mistakes.note(&name.span(), "upstream_credential must be a name, 1 to 64 of a-z, 0-9, _ and -");
    }
    if !has_upstream {
        mistakes.note(&name.span(), "a route with an `upstream_credential` needs an `upstream`");
    }
}
