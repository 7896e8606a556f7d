//! All routes of a catalog, and which of them an HTTP request takes.

use super::authority;
use super::path::{PathError, RequestPath};
use super::route::Route;
use super::template::ResourcePart;
use super::tree::Tree;
use crate::Action;
use crate::resource::encode_value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The routes in the order of the catalog, found by host, method and path.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    list: Vec<Route>,
    hosts: BTreeMap<String, Tree>,
    any_host: Tree,
}

/// What a request means.
#[derive(Debug, Clone)]
pub struct Resolved<'a> {
    /// The route it takes.
    pub route: &'a Route,
    /// What it does; `None` when the GraphQL operation decides.
    pub action: Option<Action>,
    /// To what, as literal segments; `None` is any. The parts of a path never become text that is parsed again.
    pub resource: Vec<Option<Cow<'a, str>>>,
    /// The query of the target, unread.
    pub query: Option<&'a str>,
}

/// Why a request takes no route. It is refused, whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// The path could be read in more than one way.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The host is not written as hosts are.
    #[error("the host is not a host name with at most a port")]
    Host,
    /// Nothing is said about such requests.
    #[error("no route has this host, method and path")]
    NoRoute,
}

impl Resolved<'_> {
    /// The resource as text, canonical and percent-encoded, for people and for challenges; never to be read again.
    pub fn resource_text(&self) -> String {
        let mut text = String::new();
        for part in &self.resource {
            if !text.is_empty() {
                text.push('/');
            }
            // Writing to a string does not fail.
            let _ = match part {
                Some(value) => encode_value(value, &mut text),
                None => text.write_char('#'),
            };
        }
        text
    }
}

impl Routes {
    pub(super) fn new(list: Vec<Route>) -> Routes {
        let mut routes = Routes { list, ..Routes::default() };
        for (index, route) in routes.list.iter().enumerate() {
            let tree = match route.host.as_str() {
                "*" => &mut routes.any_host,
                host => routes.hosts.entry(host.to_owned()).or_default(),
            };
            tree.insert(route, index);
        }
        routes
    }

    /// All of them, in the order of the catalog.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Route> {
        self.list.iter()
    }

    /// The route for a request, and what it means. `target` is a path with or without a query.
    ///
    /// Routes for `host:port` go before those for the host on any port, and these before routes for any host;
    /// within one host, from left to right, a literal segment goes before a name and a name before the rest.
    ///
    /// # Errors
    /// There is no route, or the request is ambiguous.
    pub fn resolve<'a>(
        &'a self,
        host: &str,
        method: &str,
        target: &'a str,
    ) -> Result<Resolved<'a>, Unresolved> {
        let path = RequestPath::parse(target)?;
        let index = self.find(host, method, &path)?;
        let route = index.and_then(|index| self.list.get(index)).ok_or(Unresolved::NoRoute)?;
        let value = |part: &'a ResourcePart| match part {
            ResourcePart::Literal(text) => Some(Cow::Borrowed(text.as_str())),
            ResourcePart::Segment(index) => path.segments().nth(*index),
            ResourcePart::Any => None,
        };
        Ok(Resolved {
            route,
            action: route.action,
            resource: route.parts.iter().map(value).collect(),
            query: path.query(),
        })
    }

    fn find(&self, host: &str, method: &str, path: &RequestPath<'_>) -> Result<Option<usize>, Unresolved> {
        // Names of hosts have no case; the catalog's are in lower case.
        let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        };
        let name = authority::host_of(&host).ok_or(Unresolved::Host)?;
        let of = |host: &str| self.hosts.get(host).and_then(|tree| tree.find(method, path));
        let exactly = of(&host);
        let on_any_port = || if name == host { None } else { of(name) };
        Ok(exactly.or_else(on_any_port).or_else(|| self.any_host.find(method, path)))
    }
}
