//! A GraphQL request: it is read whole, because what its operations do decides; of a stranger only as much as the one
//! question needs that is answered to nobody.

use super::operation::{self, Unclear};
use super::refusal::Refusal;
use super::standing::Standing;
use super::{Body, Gateway, head};
use crate::http::doors::{Identity, Refused, permitted};
use api::graphql::label;
use api::verify::VerifyCode;
use axum::body::{Bytes, HttpBody, to_bytes};
use domain::Action;
use domain::catalog::{ErrorStyle, Resolved};
use http::header::ACCEPT;
use http::request::Parts;
use std::net::IpAddr;

/// The longest body: it is read before it is passed on.
const BYTES_MAX: usize = 1 << 20;
/// The longest of somebody whom nobody knows.
const STRANGERS_BYTES_MAX: usize = 16 << 10;

impl Gateway {
    /// Decides, having read the body. `key` is what the request has shown, if it has.
    pub(super) async fn decide_document(
        &self,
        resolved: &Resolved<'_>,
        head: &Parts,
        body: Body,
        key: Result<&str, Refused>,
        client: Option<IpAddr>,
    ) -> Result<(Identity, Box<Standing>, Body), Refusal> {
        let key = match key.and_then(|key| self.known(resolved, key, client)) {
            Ok(key) => key,
            Err(refused) => return Err(stranger(resolved, head, body, refused).await),
        };
        if head::tunnels(head) {
            return Err(Unclear::Tunnel.into());
        }
        let body = to_bytes(body, BYTES_MAX).await.map_err(|_| Unclear::TooLarge)?;
        let wanted = operation::wanted(head, resolved.route.key_in_query.as_deref(), &body)?;
        let mut permit = None;
        // Nothing says that who may write may read.
        for action in wanted.actions() {
            permit = Some(permitted(&self.gate, resolved, action, key, client)?);
        }
        let permit = permit.ok_or(Unclear::NoOperation)?;
        let (identity, standing) = Standing::begin(&self.gate, head, client, Some(wanted), permit);
        // Byte for byte what was read.
        Ok((identity, standing, Body::from(body)))
    }

    /// The key again, if it is somebody's; otherwise it is refused and counted, whatever is asked.
    fn known<'k>(
        &self,
        resolved: &Resolved<'_>,
        key: &'k str,
        client: Option<IpAddr>,
    ) -> Result<&'k str, Refused> {
        if !self.gate.knows(key).ok_or(Refused::Stale)? {
            permitted(&self.gate, resolved, Action::Read, key, client)?;
        }
        Ok(key)
    }
}

/// What becomes of a request whose key is none: published clients ask with it who they are.
async fn stranger(resolved: &Resolved<'_>, head: &Parts, body: Body, refused: Refused) -> Refusal {
    let is_nobody = matches!(
        refused,
        Refused::Anonymous | Refused::Credential(VerifyCode::Malformed | VerifyCode::Unknown)
    );
    if !is_nobody || resolved.route.errors != ErrorStyle::Graphql || head::tunnels(head) {
        return refused.into();
    }
    let hidden = resolved.route.key_in_query.as_deref();
    match little(body).await {
        Some(body) if operation::asks_who(head, hidden, &body) => Refusal::Nobody(preferred(head)),
        Some(_) | None => refused.into(),
    }
}

/// All of a body that is small.
async fn little(body: Body) -> Option<Bytes> {
    // What says of itself that it is longer is not waited for.
    let is_little = body.size_hint().lower() <= STRANGERS_BYTES_MAX as u64;
    if is_little { to_bytes(body, STRANGERS_BYTES_MAX).await.ok() } else { None }
}

fn preferred(head: &Parts) -> &'static str {
    label::preferred(head.headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok()))
}
