//! A credential that was recognised: the text is looked at once, and may then be asked about again.

use domain::token::KeyToken;
use domain::{
    Ask, Granted, Presented, Reason, Snapshot, Timestamp, Verdict, verify, verify_imported, verify_token,
};
use std::sync::Arc;

/// What a call has shown.
#[derive(Debug, Clone)]
pub(crate) enum Shown {
    /// A key of ours.
    Key(Presented),
    /// An access token that a key bought.
    Token(Arc<KeyToken>),
    /// What could be a key of another system.
    Foreign(Presented),
    /// What is none of them.
    Junk,
}

impl Shown {
    pub(crate) fn verdict<'s>(&self, known: &'s Snapshot, ask: &Ask<'_>, now: Timestamp) -> Verdict<'s> {
        match self {
            Shown::Key(presented) => verify(known, presented, ask, now),
            Shown::Token(token) => verify_token(known, token, ask, now),
            Shown::Foreign(presented) => verify_imported(known, presented, ask, now),
            Shown::Junk => Verdict::Denied(Reason::Malformed, None),
        }
    }

    /// Whether it is a token that is good for less than its key.
    pub(crate) fn is_narrowed(&self) -> bool {
        matches!(self, Shown::Token(token) if token.is_narrowed())
    }

    /// When it ends, if nothing becomes of its key before.
    pub(crate) fn until(&self, found: &Granted<'_>) -> Option<Timestamp> {
        let own = match self {
            Shown::Token(token) => Some(token.expires_at()),
            Shown::Key(_) | Shown::Foreign(_) | Shown::Junk => None,
        };
        own.into_iter().chain(found.key.expires_at()).min()
    }
}
