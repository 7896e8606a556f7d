//! `[[route]]`: which action on which resource an HTTP request means. Read and checked now, used by the
//! gateway and the forward doors.

use super::mistake::Mistakes;
use super::raw::RawRoute;
use super::types::Types;
use crate::scope::Action;
use crate::{Address, Asked};
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
    /// What the request does; `None` when the GraphQL operation decides.
    pub action: Option<Action>,
    /// Resource template over the names of the path.
    pub resource: String,
    /// Where the gateway sends it.
    pub upstream: Option<String>,
    /// How the gateway words a refusal.
    pub errors: ErrorStyle,
    /// What decides the action.
    pub kind: RouteKind,
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
            if !seen.insert((route.host.clone(), method.clone(), route.path.clone())) {
                mistakes.note(&span, format!("{method} {} is there twice for host {}", route.path, route.host));
            }
        }
        routes.push(route);
    }
    routes
}

fn read(raw: RawRoute, types: &Types, mistakes: &mut Mistakes<'_>) -> Option<Route> {
    let kind = word(raw.kind.as_ref(), "kind", &KINDS, RouteKind::Rest, mistakes)?;
    let errors = word(raw.errors.as_ref(), "errors", &STYLES, ErrorStyle::Problem, mistakes)?;
    let action = match (&raw.action, kind) {
        (Some(text), RouteKind::Rest) => {
            let unknown = || format!("action `{}` must be read, write or admin", text.get_ref());
            Some(mistakes.keep(&text.span(), Action::parse(text.get_ref()).ok_or_else(unknown))?)
        }
        (None, RouteKind::Graphql) => None,
        (None, RouteKind::Rest) => {
            mistakes.note(&raw.path.span(), "a route needs an `action`, unless its kind is graphql");
            return None;
        }
        (Some(text), RouteKind::Graphql) => {
            mistakes.note(&text.span(), "a route of kind graphql takes its action from the operation");
            return None;
        }
    };
    if raw.methods.is_empty() {
        mistakes.note(&raw.path.span(), "a route needs at least one method");
    }
    for method in &raw.methods {
        if method.get_ref().is_empty() || !method.get_ref().bytes().all(|byte| byte.is_ascii_uppercase()) {
            mistakes.note(&method.span(), format!("method `{}` must be upper case", method.get_ref()));
        }
    }
    let names = path_names(&raw.path, mistakes)?;
    check_resource(&raw.resource, &names, types, mistakes);
    check_host(&raw.host, mistakes);
    if let Some(upstream) = &raw.upstream {
        check_upstream(upstream, mistakes);
    }
    Some(Route {
        host: raw.host.into_inner(),
        methods: raw.methods.into_iter().map(Spanned::into_inner).collect(),
        path: raw.path.into_inner(),
        action,
        resource: raw.resource.into_inner(),
        upstream: raw.upstream.map(Spanned::into_inner),
        errors,
        kind,
    })
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

/// The names in a path template; `None` when the path is none.
fn path_names(path: &Spanned<String>, mistakes: &mut Mistakes<'_>) -> Option<Vec<String>> {
    let Some(rest) = path.get_ref().strip_prefix('/') else {
        mistakes.note(&path.span(), "a path begins with /");
        return None;
    };
    let segments: Vec<&str> = rest.split('/').collect();
    let mut names = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        let last = at + 1 == segments.len();
        let inner = segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
        let name = inner.map(|name| name.strip_prefix('*').unwrap_or(name));
        let rest_elsewhere = !last && segment.starts_with("{*");
        let sound = match name {
            Some(name) => is_name(name) && !rest_elsewhere && !names.iter().any(|found| found == name),
            None => is_canonical(segment, last),
        };
        if !sound {
            mistakes.note(&path.span(), format!("segment `{segment}` of the path is not canonical, or a name twice"));
            return None;
        }
        names.extend(name.map(str::to_owned));
    }
    Some(names)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A literal segment as every gateway sees it; only the last may be empty (a trailing slash).
fn is_canonical(segment: &str, last: bool) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let dots = segment == "." || segment == "..";
    (last || !segment.is_empty()) && !dots && segment.bytes().all(plain)
}

/// Every name of the template is in the path, and what it gives is an address.
fn check_resource(
    resource: &Spanned<String>,
    names: &[String],
    types: &Types,
    mistakes: &mut Mistakes<'_>,
) {
    let mut sample = resource.get_ref().clone();
    for name in names {
        sample = sample.replace(&format!("{{{name}}}"), "sample");
    }
    if sample.contains(['{', '}']) {
        let message = format!("resource `{}` has a name that the path does not have", resource.get_ref());
        mistakes.note(&resource.span(), message);
        return;
    }
    mistakes.keep(&resource.span(), Address::parse(Asked::Text(&sample), types).map(|_| ()));
}

fn check_host(host: &Spanned<String>, mistakes: &mut Mistakes<'_>) {
    let text = host.get_ref();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b':');
    if text != "*" && (text.is_empty() || !text.bytes().all(plain)) {
        mistakes.note(&host.span(), format!("host `{text}` must be `*` or a lower-case host name"));
    }
}

fn check_upstream(upstream: &Spanned<String>, mistakes: &mut Mistakes<'_>) {
    let text = upstream.get_ref();
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let sound = host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']));
    if !sound {
        mistakes.note(&upstream.span(), format!("upstream `{text}` must be http:// or https:// and a host"));
    }
}
