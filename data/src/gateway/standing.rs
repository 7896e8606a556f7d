//! Whether what takes its time may go on: the request that it began with is decided once more when anything has changed.
//! So nothing passes for a key that another request would be refused for.

use super::operation::Wanted;
use super::pass::resolve;
use crate::gate::code;
use crate::http::doors::{Identity, Permit, Refused, needed};
use crate::shown::Shown;
use crate::{Call, Gate};
use domain::catalog::Resolved;
use domain::{Action, Asked, Snapshot, Timestamp, Verdict, Version};
use http::header::HeaderValue;
use http::request::Parts;
use http::{Method, Uri, header};
use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// How soon one is ended on which nothing passes. What would pass is looked at before.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// A request that was let through.
pub(super) struct Standing {
    gate: Arc<Gate>,
    method: Method,
    uri: Uri,
    host: Option<HeaderValue>,
    client: Option<IpAddr>,
    /// Of a GraphQL request, what its operations do.
    wanted: Option<Wanted>,
    shown: Shown,
    version: Version,
    until: Option<Timestamp>,
    next_look: Option<Pin<Box<Sleep>>>,
}

impl Standing {
    pub(super) fn begin(
        gate: &Arc<Gate>,
        head: &Parts,
        client: Option<IpAddr>,
        wanted: Option<Wanted>,
        permit: Permit,
    ) -> (Identity, Box<Standing>) {
        let standing = Standing {
            gate: Arc::clone(gate),
            method: head.method.clone(),
            uri: head.uri.clone(),
            host: head.headers.get(header::HOST).cloned(),
            client,
            wanted,
            shown: permit.shown,
            version: permit.version,
            until: permit.until,
            next_look: None,
        };
        (permit.identity, Box::new(standing))
    }

    /// Whether the request would pass now.
    ///
    /// # Errors
    /// It would not. A node that may not decide cannot know.
    pub(super) fn holds(&mut self) -> Result<(), Refused> {
        let looked = self.gate.look(|known, now| {
            let is_same = known.version() == self.version && self.until.is_none_or(|until| now < until);
            let until = if is_same { self.until } else { self.decided(known, now)? };
            Ok((known.version(), until))
        });
        (self.version, self.until) = looked.unwrap_or(Err(Refused::Stale))?;
        Ok(())
    }

    /// Ready as soon as it holds no more.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.holds().is_err() {
            return Poll::Ready(());
        }
        let next = self.next_look.get_or_insert_with(|| Box::pin(sleep(LOOK_AGAIN)));
        while next.as_mut().poll(cx).is_ready() {
            next.as_mut().reset(Instant::now() + LOOK_AGAIN);
        }
        Poll::Pending
    }

    /// Until when it passes.
    fn decided(&self, known: &Snapshot, now: Timestamp) -> Result<Option<Timestamp>, Refused> {
        let resolved = resolve(known.catalog(), &self.uri, self.host.as_ref(), &self.method)?;
        let actions: Vec<Action> = match self.wanted {
            Some(wanted) => wanted.actions().collect(),
            None => resolved.action.into_iter().collect(),
        };
        let mut until = Err(Refused::Operation);
        for action in actions {
            until = Ok(self.passes(known, &resolved, action, now)?);
        }
        until
    }

    fn passes(
        &self,
        known: &Snapshot,
        resolved: &Resolved<'_>,
        action: Action,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Refused> {
        let segments: Vec<Option<&str>> = resolved.resource.iter().map(Option::as_deref).collect();
        let call = Call {
            action: Some(action.text()),
            resource: Some(Asked::Segments(&segments)),
            client: self.client,
            ..Call::default()
        };
        let verdict = self.shown.verdict(known, &call.ask(known.catalog())?, now);
        match &verdict {
            Verdict::Granted(found) => Ok(self.shown.until(found)),
            Verdict::Denied(..) => Err(Refused::of(code(&verdict), || needed(action, resolved))),
        }
    }
}

// What was shown is nobody's business.
impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standing")
    }
}
