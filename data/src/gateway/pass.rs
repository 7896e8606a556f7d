//! Whether a request may go on: the route says what it means, or the GraphQL operation in its `document`; the gate
//! decides.

use super::credentials::Credential;
use super::refusal::{Refusal, Turned};
use super::standing::Standing;
use super::{Body, Gateway, head};
use crate::http::doors::{Headers, Identity, Refused, credential, fields, permitted};
use domain::catalog::{Catalog, ErrorStyle, Resolved, Route, RouteKind, Unresolved};
use http::header::{HOST, HeaderValue};
use http::request::Parts;
use http::{Method, Uri};
use std::net::IpAddr;

/// A request that may go on.
pub(super) struct Passing {
    pub(super) body: Body,
    pub(super) identity: Identity,
    pub(super) standing: Box<Standing>,
    /// Where to, as the route says.
    pub(super) upstream: String,
    /// What the upstream gets in place of the client's.
    pub(super) credential: Option<Credential>,
    pub(super) style: ErrorStyle,
    /// The parameter of the query that held the key.
    pub(super) hidden: Option<String>,
}

impl Gateway {
    /// Decides, having read the body of a GraphQL request, and of no other.
    pub(super) async fn passing(
        &self,
        head: &Parts,
        body: Body,
        peer: Option<IpAddr>,
    ) -> Result<Passing, Turned> {
        let turned = |style: ErrorStyle| move |why: Refusal| Turned { style, why };
        let plain = turned(ErrorStyle::Problem);
        let catalog = self.gate.catalog().ok_or(Refused::Stale).map_err(|why| plain(why.into()))?;
        let resolved = resolve(&catalog, &head.uri, head.headers.get(HOST), &head.method);
        let resolved = resolved.map_err(|why| plain(why.into()))?;
        let style = turned(resolved.route.errors);
        let upstream = resolved.route.upstream.clone();
        // A route that only the doors use is none here.
        let upstream =
            upstream.ok_or(Refused::Unresolved(Unresolved::NoRoute)).map_err(|why| plain(why.into()))?;
        let (identity, standing, body) = self.decide(&resolved, head, body, peer).await.map_err(style)?;
        let credential = self.credential(resolved.route).map_err(style)?;
        let hidden = resolved.route.key_in_query.clone();
        Ok(Passing { body, identity, standing, upstream, credential, style: resolved.route.errors, hidden })
    }

    /// What the route says is to be sent; without that, nothing is.
    fn credential(&self, route: &Route) -> Result<Option<Credential>, Refusal> {
        let Some(name) = &route.upstream_credential else { return Ok(None) };
        self.credentials.get(name).map(Some).ok_or(Refusal::NoCredential)
    }

    async fn decide(
        &self,
        resolved: &Resolved<'_>,
        head: &Parts,
        body: Body,
        peer: Option<IpAddr>,
    ) -> Result<(Identity, Box<Standing>, Body), Refusal> {
        let headers = Headers::read(fields(&head.headers), None);
        let client = headers.client(peer, &self.trusted);
        let asked = headers.about("", "", "", client)?;
        // Before a body is read: a stranger costs a look at the head.
        let key = credential(resolved, &asked.credentials);
        if resolved.route.kind == RouteKind::Graphql {
            // In a box: the other requests should not carry the room for it.
            return Box::pin(self.decide_document(resolved, head, body, key, client)).await;
        }
        let action = resolved.action.ok_or(Refused::Operation)?;
        let permit = permitted(&self.gate, resolved, action, key?, client)?;
        let (identity, standing) = Standing::begin(&self.gate, head, client, None, permit);
        Ok((identity, standing, body))
    }
}

pub(super) fn resolve<'c>(
    catalog: &'c Catalog,
    uri: &'c Uri,
    host: Option<&'c HeaderValue>,
    method: &'c Method,
) -> Result<Resolved<'c>, Refused> {
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    Ok(catalog.routes().resolve(head::host(uri, host), method.as_str(), target)?)
}
