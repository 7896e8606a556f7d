//! Which keys sign, which are still believed, and which tokens were taken back.
//!
//! What a signing key may do follows from the times on record alone: a key that is published signs later, when every
//! node and every cache knows it, and the one before it is believed until its last token has ended. Nothing has to
//! happen in between, so a process that dies in the middle of a rotation leaves nothing half done.

use super::{Algorithm, PublicKey};
use crate::{OrganizationId, SigningKeyId, Timestamp, TokenId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// Seconds that a token bought with an API key is good for, at most.
pub const KEY_TOKEN_SECONDS: i64 = 600;
/// Seconds that a service account's token is good for.
pub const SERVICE_TOKEN_SECONDS: i64 = 1800;
/// Seconds from publishing a key to signing with it: twice what JWKS may be cached for, and a minute.
pub const LEAD_SECONDS: i64 = 660;
/// How far another machine's clock may be off.
pub const CLOCK_LEEWAY_SECONDS: i64 = 30;

/// The public half of a signing key on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedKey {
    /// Its id.
    pub id: SigningKeyId,
    /// Whose tokens it signs; `None` for the server's own.
    pub organization_id: Option<OrganizationId>,
    /// How it signs.
    pub algorithm: Algorithm,
    /// See [`PublicKey::new`].
    #[serde(with = "base64url")]
    pub public_key: Vec<u8>,
    /// When it was made and published.
    pub created_at: Timestamp,
    /// When it begins to sign, and so replaces the one before.
    pub signs_from: Timestamp,
    /// When it was withdrawn; nothing it signed is believed from then on.
    pub ended_at: Option<Timestamp>,
}

mod base64url {
    use super::{Engine, URL_SAFE_NO_PAD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD.decode(text).map_err(|_| D::Error::custom("not base64url"))
    }
}

/// What a signing key is doing at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningState {
    /// Published; it will sign.
    Next,
    /// It signs.
    Active,
    /// It signs no more; its last tokens are still good.
    Retiring,
}

impl SigningState {
    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            SigningState::Next => "next",
            SigningState::Active => "active",
            SigningState::Retiring => "retiring",
        }
    }
}

/// A token that was taken back before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedToken {
    /// Its id.
    pub id: TokenId,
    /// When it would have ended; after that nobody needs to remember it.
    pub expires_at: Timestamp,
}

/// A signing key that is known, ready to verify.
#[derive(Debug)]
pub struct Trusted {
    /// The record.
    pub record: PublishedKey,
    /// Its public half.
    pub public: PublicKey,
    /// Its RFC 7638 thumbprint.
    pub kid: Box<str>,
}

/// All of it, as of one version. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    by_kid: Arc<HashMap<Box<str>, Arc<Trusted>>>,
    /// Those of one owner, in the order in which they sign.
    by_owner: Arc<HashMap<Option<OrganizationId>, Vec<Arc<Trusted>>>>,
    revoked: Arc<HashMap<TokenId, Timestamp>>,
}

impl Trust {
    /// What is on record.
    pub fn of(keys: Vec<PublishedKey>, revoked: Vec<RevokedToken>) -> Trust {
        let mut trust = Trust::default();
        keys.into_iter().for_each(|key| trust.put_key(key));
        let revoked = revoked.into_iter().map(|token| (token.id, token.expires_at)).collect();
        Trust { revoked: Arc::new(revoked), ..trust }
    }

    /// Takes over what became of a signing key. One that cannot be read signs nothing that is believed.
    pub fn put_key(&mut self, record: PublishedKey) {
        let Some(public) = PublicKey::new(record.algorithm, &record.public_key) else { return };
        let kid: Box<str> = public.thumbprint().into();
        let owner = record.organization_id.clone();
        let (id, ended) = (record.id, record.ended_at.is_some());
        let known = Arc::new(Trusted { record, public, kid: kid.clone() });
        let owned = Arc::make_mut(&mut self.by_owner).entry(owner).or_default();
        owned.retain(|other| other.record.id != id);
        if ended {
            Arc::make_mut(&mut self.by_kid).remove(&kid);
            return;
        }
        Arc::make_mut(&mut self.by_kid).insert(kid, Arc::clone(&known));
        owned.push(known);
        owned.sort_by_key(|known| (known.record.signs_from, known.record.id));
    }

    /// Takes over that a token was taken back at `now`, and forgets those that have ended since.
    pub fn put_revoked(&mut self, token: &RevokedToken, now: Timestamp) {
        let revoked = Arc::make_mut(&mut self.revoked);
        revoked.retain(|_, expires_at| expires_at.plus_seconds(2 * CLOCK_LEEWAY_SECONDS) > now);
        revoked.insert(token.id, token.expires_at);
    }

    /// Whether this token was taken back.
    pub fn is_revoked(&self, token: &TokenId) -> bool {
        self.revoked.contains_key(token)
    }

    /// The key of this thumbprint, if what it signed is believed at `now`.
    pub fn trusted(&self, kid: &str, now: Timestamp) -> Option<&Trusted> {
        let known = self.by_kid.get(kid)?;
        self.end_of(known).is_none_or(|end| now < end).then_some(&**known)
    }

    /// The key that signs the owner's tokens at `now`.
    pub fn signer(&self, owner: Option<&OrganizationId>, now: Timestamp) -> Option<&Trusted> {
        let owned = self.by_owner.get(&owner.cloned())?;
        let begun = owned.iter().rfind(|known| known.record.signs_from <= now);
        // The clock of whoever made the only key may be a little ahead.
        begun.or(owned.first()).map(|known| &**known)
    }

    /// The owner's keys that are believed at `now` or will be, in the order in which they sign.
    pub fn of_owner(
        &self,
        owner: Option<&OrganizationId>,
        now: Timestamp,
    ) -> impl Iterator<Item = (&Trusted, SigningState)> {
        let owned = self.by_owner.get(&owner.cloned()).map(Vec::as_slice).unwrap_or_default();
        owned.iter().filter_map(move |known| Some((&**known, self.state(known, now)?)))
    }

    /// All keys of the owner that are on record, in the order in which they sign.
    pub fn all_of(&self, owner: Option<&OrganizationId>) -> impl Iterator<Item = &Trusted> {
        self.by_owner.get(&owner.cloned()).map(Vec::as_slice).unwrap_or_default().iter().map(|known| &**known)
    }

    /// Whether the other one has the very same keys.
    pub fn has_same_keys(&self, other: &Trust) -> bool {
        Arc::ptr_eq(&self.by_kid, &other.by_kid)
    }

    /// Every key that is believed at `now` or will be, the owners in any order.
    pub fn every(&self, now: Timestamp) -> impl Iterator<Item = &Trusted> {
        self.by_kid
            .values()
            .filter(move |known| self.end_of(known).is_none_or(|end| now < end))
            .map(|known| &**known)
    }

    /// When a key stops being believed: as soon as the last token that it can have signed has ended.
    pub fn end_of(&self, known: &Trusted) -> Option<Timestamp> {
        let owned = self.by_owner.get(&known.record.organization_id)?;
        let at = owned.iter().position(|other| other.record.id == known.record.id)?;
        let next = owned.get(at + 1)?;
        let life =
            if known.record.organization_id.is_some() { KEY_TOKEN_SECONDS } else { SERVICE_TOKEN_SECONDS };
        Some(next.record.signs_from.plus_seconds(life + 2 * CLOCK_LEEWAY_SECONDS))
    }

    fn state(&self, known: &Trusted, now: Timestamp) -> Option<SigningState> {
        if known.record.signs_from > now {
            return Some(SigningState::Next);
        }
        match self.end_of(known) {
            Some(end) if end <= now => None,
            _ => {
                let signs = self.signer(known.record.organization_id.as_ref(), now);
                let active = signs.is_some_and(|signer| signer.record.id == known.record.id);
                Some(if active { SigningState::Active } else { SigningState::Retiring })
            }
        }
    }
}
