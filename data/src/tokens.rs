//! Access tokens at the gate: read once, kept for as long as nothing they were read with has changed.
//!
//! What is kept is that a signature holds and what the token says. Everything that can be taken away (the key, its
//! state, its networks, its scopes, the token itself, the key that signed it) is looked up on every call, so a kept
//! token is refused as soon as a fresh one would be.

use crate::gate::Possession;
use domain::token::{Issuer, KeyToken, Occasion, Proof, Replays};
use domain::{Malformed, Snapshot, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Callers that come at the same moment rarely wait for each other.
const SHARDS: usize = 16;
/// Tokens kept in one shard: some 1 KiB each, 16 MiB in all.
const KEPT_MAX: usize = 1024;

/// The SHA-256 of a whole token: two that differ anywhere are two.
type Whole = [u8; 32];

#[derive(Debug)]
pub(crate) struct Tokens {
    issuer: Issuer,
    kept: [Mutex<HashMap<Whole, Arc<KeyToken>>>; SHARDS],
    proofs: Mutex<Replays>,
}

impl Tokens {
    pub(crate) fn new(issuer: Issuer) -> Tokens {
        Tokens { issuer, kept: std::array::from_fn(|_| Mutex::default()), proofs: Mutex::default() }
    }

    /// Reads a token, and checks that whoever sends a bound one has the key it is bound to.
    pub(crate) fn read(
        &self,
        text: &str,
        possession: Option<Possession<'_>>,
        known: &Snapshot,
        now: Timestamp,
    ) -> Result<Arc<KeyToken>, Malformed> {
        let token = self.kept_or_read(text, known, now)?;
        if let Some(thumbprint) = &token.bound_to {
            // A token that ended needs no proof: it is refused either way, and says why.
            if now < token.expires_at() {
                self.proven(thumbprint, text, possession.ok_or(Malformed)?, now.seconds())?;
            }
        }
        Ok(token)
    }

    fn kept_or_read(&self, text: &str, known: &Snapshot, now: Timestamp) -> Result<Arc<KeyToken>, Malformed> {
        let whole: Whole = Sha256::digest(text).into();
        let Some(shard) = self.kept.get(usize::from(whole[0]) % SHARDS) else { return Err(Malformed) };
        let kept = shard.lock().unwrap_or_else(PoisonError::into_inner).get(&whole).cloned();
        if let Some(token) = kept.filter(|token| token.fits(known)) {
            return Ok(token);
        }
        let token = Arc::new(KeyToken::read(text, known, &self.issuer, now)?);
        let mut kept = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.retain(|_, token| now < token.expires_at() && token.fits(known));
        }
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(whole, Arc::clone(&token));
        Ok(token)
    }

    fn proven(
        &self,
        thumbprint: &str,
        token: &str,
        Possession { proof, method, url }: Possession<'_>,
        now: i64,
    ) -> Result<(), Malformed> {
        let occasion = Occasion { method, url, token: Some(token) };
        let proof = Proof::check(proof, occasion, now).map_err(|_| Malformed)?;
        if proof.thumbprint != thumbprint {
            return Err(Malformed);
        }
        self.proofs.lock().unwrap_or_else(PoisonError::into_inner).take(&proof, now).map_err(|_| Malformed)
    }
}
