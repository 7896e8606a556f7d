//! The one door: every wire form asks here whether a call may pass.

use crate::shown::Shown;
use crate::tokens::Tokens;
use crate::{Live, Meter, Metrics};
use api::verify::VerifyCode;
use domain::token::{Issuer, is_token};
use domain::{
    Action, Address, Ask, Asked, Catalog, Pepper, Presented, Reason, Snapshot, Timestamp, Verdict, Version,
    Wanted,
};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// One call, as a door read it.
#[derive(Clone, Copy, Default)]
pub struct Call<'a> {
    /// The key or access token as presented, whatever it is.
    pub key: &'a str,
    /// What the call would do; together with `resource`.
    pub action: Option<&'a str>,
    /// To what; together with `action`.
    pub resource: Option<Asked<'a>>,
    /// Where it came from, when somebody trustworthy said so.
    pub client: Option<IpAddr>,
    /// Whose resource it is, when the door knows.
    pub organization: Option<&'a str>,
    /// What came along to prove that a bound token is its bearer's.
    pub possession: Option<Possession<'a>>,
}

/// A DPoP proof (RFC 9449), and the request that it came with.
#[derive(Clone, Copy)]
pub struct Possession<'a> {
    /// The proof.
    pub proof: &'a str,
    /// The method of the request.
    pub method: &'a str,
    /// Its URL, as its sender wrote it.
    pub url: &'a str,
}

/// An answer, and what it was decided on.
#[derive(Debug)]
pub struct Decision<'s> {
    /// Whether the call may pass.
    pub verdict: Verdict<'s>,
    /// The version of the log it was decided on.
    pub version: Version,
    /// The catalog it was decided on.
    pub catalog: &'s Catalog,
    /// What was presented.
    pub(crate) shown: &'s Shown,
}

/// Why there is no decision. Never a reason to let the call pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The lease ran out: this node cannot know what was revoked since.
    #[error("this node has not heard from the log in time and may not decide")]
    Stale,
    /// The question itself is wrong; a sentence says how.
    #[error("{0}")]
    Malformed(String),
}

/// Decides on the newest generation.
#[derive(Debug)]
pub struct Gate {
    live: Arc<Live>,
    pepper: Pepper,
    tokens: Tokens,
    metrics: Arc<Metrics>,
    meter: Option<Arc<Meter>>,
}

impl Gate {
    /// A gate on this memory, for keys and the access tokens of this issuer.
    pub fn new(live: Arc<Live>, pepper: Pepper, issuer: Issuer, metrics: Arc<Metrics>) -> Gate {
        Gate { live, pepper, tokens: Tokens::new(issuer), metrics, meter: None }
    }

    /// The same gate, counting what each key is used for.
    #[must_use]
    pub fn metered(self, meter: Arc<Meter>) -> Gate {
        Gate { meter: Some(meter), ..self }
    }

    /// The newest catalog, for a door that finds out by its routes what a request means; `None` when this node may
    /// not decide. The decision may then be made on a catalog that is newer still.
    pub fn catalog(&self) -> Option<Arc<Catalog>> {
        let (newest, clock) = (self.live.newest(), self.live.clock());
        let now = clock.boot();
        let generation = newest.as_ref().filter(|newest| now < newest.valid_until);
        if generation.is_none() {
            self.metrics.stale();
        }
        generation.map(|generation| Arc::clone(generation.snapshot.shared_catalog()))
    }

    /// Decides one call, all of which has been read, and hands the decision to `render`.
    ///
    /// A closure because the verdict borrows from the generation, which must not be kept: it cannot await.
    ///
    /// # Errors
    /// This node may not decide, or the question is malformed.
    pub fn decide<T>(&self, call: &Call<'_>, render: impl FnOnce(&Decision<'_>) -> T) -> Result<T, Refusal> {
        let (newest, clock) = (self.live.newest(), self.live.clock());
        let begun = clock.boot();
        // The clock is read after the generation: a thread that was paused in between sees that it is old.
        let Some(generation) = newest.as_ref().filter(|newest| begun < newest.valid_until) else {
            self.metrics.stale();
            return Err(Refusal::Stale);
        };
        let known = &generation.snapshot;
        let ask = call.ask(known.catalog())?;
        let now = clock.now();
        let shown = self.recognised(known, call, now);
        let verdict = shown.verdict(known, &ask, now);
        if let Some(meter) = &self.meter {
            meter.note(&verdict, &ask, known.catalog().types(), now);
        }
        self.metrics.decided(code(&verdict), || clock.boot().since(begun));
        Ok(render(&Decision { verdict, version: known.version(), catalog: known.catalog(), shown: &shown }))
    }

    /// Looks at what is known, for whoever was let through and asks whether that holds; `None` when this node may not
    /// decide. Nothing is counted.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&Snapshot, Timestamp) -> T) -> Option<T> {
        let (newest, clock) = (self.live.newest(), self.live.clock());
        let now = clock.boot();
        let generation = newest.as_ref().filter(|newest| now < newest.valid_until)?;
        Some(at(&generation.snapshot, clock.now()))
    }

    /// Whether what was presented is somebody's, be it any good or not; `None` when this node may not decide. Nothing is
    /// counted.
    pub(crate) fn knows(&self, key: &str) -> Option<bool> {
        self.look(|known, now| {
            let shown = self.recognised(known, &Call { key, ..Call::default() }, now);
            let ask = Ask { wanted: None, client: None, organization: None };
            let verdict = shown.verdict(known, &ask, now);
            !matches!(verdict, Verdict::Denied(Reason::Malformed | Reason::Unknown, _))
        })
    }

    fn recognised(&self, known: &Snapshot, call: &Call<'_>, now: Timestamp) -> Shown {
        if let Ok(presented) = Presented::parse(call.key, known.catalog(), &self.pepper) {
            return Shown::Key(presented);
        }
        if is_token(call.key)
            && let Ok(token) = self.tokens.read(call.key, call.possession, known, now)
        {
            return Shown::Token(token);
        }
        // It may be one of those only where keys of other systems were imported.
        let foreign = known.has_legacy().then(|| Presented::legacy(call.key, &self.pepper)).flatten();
        foreign.map_or(Shown::Junk, Shown::Foreign)
    }
}

impl Decision<'_> {
    /// The code on the wire.
    pub fn code(&self) -> VerifyCode {
        code(&self.verdict)
    }
}

impl<'a> Call<'a> {
    /// What is asked, as the catalog means it.
    pub(crate) fn ask(&self, catalog: &Catalog) -> Result<Ask<'a>, Refusal> {
        let wanted = match (self.action, self.resource) {
            (None, None) => None,
            (Some(action), Some(resource)) => Some(wanted(action, resource, catalog)?),
            (Some(_), None) => return Err(malformed("`action` needs a `resource`")),
            (None, Some(_)) => return Err(malformed("`resource` needs an `action`")),
        };
        // An IPv4 address in IPv6 clothes is the IPv4 address, or a rule for one would miss the other.
        let client = self.client.map(|address| address.to_canonical());
        Ok(Ask { wanted, client, organization: self.organization })
    }
}

fn wanted<'a>(action: &str, resource: Asked<'a>, catalog: &Catalog) -> Result<Wanted<'a>, Refusal> {
    // What was sent is not quoted: it may be a key in the wrong place.
    let action =
        Action::parse(action).ok_or_else(|| malformed("`action` must be one of read, write, admin"))?;
    // No segments would name nothing, and nothing is what every filter of everything matches.
    if let Asked::Segments([]) = resource {
        return Err(malformed("`resource` must have at least one segment"));
    }
    let address =
        Address::parse(resource, catalog.types()).map_err(|error| Refusal::Malformed(error.to_string()))?;
    Ok(Wanted { action, address })
}

fn malformed(sentence: &str) -> Refusal {
    Refusal::Malformed(sentence.to_owned())
}

/// The code on the wire.
pub(crate) fn code(verdict: &Verdict<'_>) -> VerifyCode {
    match verdict {
        Verdict::Granted(_) => VerifyCode::Allowed,
        Verdict::Denied(reason, _) => match reason {
            Reason::Malformed => VerifyCode::Malformed,
            Reason::Unknown => VerifyCode::Unknown,
            Reason::Revoked => VerifyCode::Revoked,
            Reason::Disabled => VerifyCode::Disabled,
            Reason::Expired => VerifyCode::Expired,
            Reason::IpNotAllowed => VerifyCode::IpNotAllowed,
            Reason::InsufficientScope => VerifyCode::InsufficientScope,
        },
    }
}

// A proof is as good as a key, once.
impl fmt::Debug for Possession<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Possession")
    }
}

// The key must not be printed.
impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Call")
    }
}
