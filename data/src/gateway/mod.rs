//! The gateway: a reverse proxy for the routes of the catalog that have an upstream.
//!
//! `pass` says whether a request may go on, for GraphQL (`document`) by its `operation`; `head` makes the head that the
//! upstream gets, without what ends here (`hops`), and perhaps with one of our `credentials`. `upstream` sends it to a
//! `place`, on a `line`: a `connection`, perhaps one that is `idle`, or a share of a `shared` one. `answer` streams what
//! comes back, `tunnel` is what a WebSocket becomes, both for as long as it is `standing`; `refusal` is every answer of
//! the gateway's own.

mod again;
mod alarm;
mod answer;
mod connection;
mod credentials;
mod document;
mod envelope;
mod head;
mod hops;
mod idle;
mod line;
mod operation;
mod pass;
mod place;
mod query;
mod refusal;
mod shared;
mod standing;
mod tls;
mod tunnel;
mod upstream;
mod waits;

pub use credentials::{Credential, Credentials};
pub use tls::Authorities;
pub use tunnel::Tunnel;
pub use waits::Waits;

use crate::Gate;
use crate::http::Caller;
use axum::body::Body;
use axum::response::Response;
use domain::TrustedPeers;
use head::Sender;
use http::Request;
use http::request::Parts;
use pass::Passing;
use refusal::{Refusal, Turned};
use std::net::IpAddr;
use std::sync::Arc;
use upstream::{Failure, Outgoing, Upstream, Upstreams};

/// What the gateway works with.
#[derive(Debug)]
pub struct Gateway {
    gate: Arc<Gate>,
    trusted: TrustedPeers,
    upstreams: Upstreams,
    credentials: Credentials,
}

impl Gateway {
    /// A gateway in front of whatever upstreams the routes name. `trusted` are the proxies before it, whose word
    /// about a client's address counts, and `authorities` say who an upstream over TLS is.
    pub fn new(gate: Arc<Gate>, trusted: TrustedPeers, authorities: Authorities) -> Gateway {
        let (upstreams, credentials) = (Upstreams::new(authorities), Credentials::default());
        Gateway { gate, trusted, upstreams, credentials }
    }

    /// With these for the routes that name one.
    #[must_use]
    pub fn carrying(mut self, credentials: Credentials) -> Gateway {
        self.credentials = credentials;
        self
    }

    /// With other waits for upstreams than those of [`Waits::default`].
    #[must_use]
    pub fn waiting(mut self, waits: Waits) -> Gateway {
        self.upstreams.waits = waits;
        self
    }
}

impl Gateway {
    /// The answer to a request: the upstream's, or why there is none.
    pub async fn answer(&self, request: Request<Body>, caller: Caller<'_>) -> Response {
        let (head, body) = request.into_parts();
        let peer = caller.peer.map(|peer| peer.ip().to_canonical());
        let passing = match self.passing(&head, body, peer).await {
            Ok(passing) => passing,
            Err(turned) => return turned.answer(caller.id),
        };
        let sender = Sender { peer, is_trusted: self.trusts(peer), id: caller.id };
        let style = passing.style;
        let sent = match self.outgoing(head, passing, &sender) {
            Ok((upstream, outgoing)) => upstream.send(outgoing).await,
            Err(failure) => Err(Refusal::Upstream(failure)),
        };
        sent.unwrap_or_else(|why| {
            tracing::debug!("no answer of an upstream: {why:?}");
            Turned { style, why }.answer(caller.id)
        })
    }

    fn outgoing(
        &self,
        head: Parts,
        passing: Passing,
        sender: &Sender<'_>,
    ) -> Result<(Arc<Upstream>, Outgoing), Failure> {
        let Passing { body, identity, standing, upstream, credential, hidden, .. } = passing;
        let upstream = self.upstreams.of(&upstream)?;
        let (tunnels, body) = (head::tunnels(&head), hops::clean(&head, body, upstream.may_speak_http2()));
        let mut head = head::outgoing(head, identity, sender, hidden.as_deref())?;
        if let Some(credential) = credential {
            credential.put(&mut head.headers);
        }
        let request = Box::new(Request::from_parts(head, body));
        Ok((upstream, Outgoing { request, tunnels, standing }))
    }

    fn trusts(&self, peer: Option<IpAddr>) -> bool {
        peer.is_some_and(|peer| self.trusted.contain(peer))
    }
}
