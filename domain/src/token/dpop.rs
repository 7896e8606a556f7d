//! Proofs of possession (RFC 9449): that whoever sends a token has the key it is bound to.

use super::{Jwk, Jws, PublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// How old a proof may be, or how far ahead, in seconds.
const WINDOW_SECONDS: i64 = 60;
/// Proofs remembered at most. When so many came within two minutes, more are refused.
const REMEMBERED_MAX: usize = 1 << 16;
/// The longest id of a proof.
const ID_BYTES_MAX: usize = 256;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    jwk: Jwk,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    ath: Option<String>,
}

/// The request that a proof comes with.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its URL; a query and a fragment do not count.
    pub url: &'a str,
    /// The token that is sent along, unless one is only being bought.
    pub token: Option<&'a str>,
}

/// A proof that holds, unless it was seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The RFC 7638 thumbprint of the key that was proven.
    pub thumbprint: String,
    id: [u8; 32],
    issued_at: i64,
}

/// The proof does not hold, or not for this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the DPoP proof does not hold for this request")]
pub struct NotProven;

impl Proof {
    /// Checks a proof (RFC 9449 section 4.3). `now` is in seconds since the epoch.
    ///
    /// # Errors
    /// It does not hold.
    pub fn check(text: &str, occasion: Occasion<'_>, now: i64) -> Result<Proof, NotProven> {
        let jws = Jws::parse(text).map_err(|_| NotProven)?;
        let header: Header = jws.header().map_err(|_| NotProven)?;
        let key = PublicKey::of_jwk(&header.jwk).ok_or(NotProven)?;
        if header.typ != "dpop+jwt" || !key.algorithm().is_called(&header.alg) || !jws.is_signed_by(&key) {
            return Err(NotProven);
        }
        let claims: Claims = jws.claims().map_err(|_| NotProven)?;
        let hash = occasion.token.map(|token| URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
        let fits = claims.htm == occasion.method
            && without_query(&claims.htu) == without_query(occasion.url)
            && (hash.is_none() || claims.ath == hash)
            && (now - WINDOW_SECONDS..=now + WINDOW_SECONDS).contains(&claims.iat)
            && (1..=ID_BYTES_MAX).contains(&claims.jti.len());
        if !fits {
            return Err(NotProven);
        }
        let thumbprint = key.thumbprint();
        let id = Sha256::digest(format!("{thumbprint} {}", claims.jti)).into();
        Ok(Proof { thumbprint, id, issued_at: claims.iat })
    }
}

/// The URL in lower case up to its path, and without what follows the path (RFC 9449 section 4.3, RFC 3986
/// section 6.2.2.1).
fn without_query(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let path = url.find("://").map_or(0, |at| at + 3);
    let path = url.get(path..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| path + at);
    let (origin, path) = url.split_at(path);
    origin.to_ascii_lowercase() + if path.is_empty() { "/" } else { path }
}

/// The proofs seen lately, so that each is good once.
#[derive(Debug, Default)]
pub struct Replays {
    seen: HashMap<[u8; 32], i64>,
    swept_at: i64,
}

impl Replays {
    /// Whether the proof comes for the first time. `now` is in seconds since the epoch.
    ///
    /// # Errors
    /// It was seen before, or so many were that this cannot be told.
    pub fn take(&mut self, proof: &Proof, now: i64) -> Result<(), NotProven> {
        let full = self.seen.len() >= REMEMBERED_MAX;
        if now != self.swept_at && (full || now - self.swept_at >= WINDOW_SECONDS) {
            self.swept_at = now;
            self.seen.retain(|_, until| *until >= now);
        }
        if self.seen.len() >= REMEMBERED_MAX || self.seen.contains_key(&proof.id) {
            return Err(NotProven);
        }
        self.seen.insert(proof.id, proof.issued_at + WINDOW_SECONDS);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Proof, REMEMBERED_MAX, Replays};

    const NOW: i64 = 1_800_000_000;

    fn proof(id: usize, issued_at: i64) -> Proof {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&id.to_le_bytes());
        Proof { thumbprint: "thumbprint".into(), id: bytes, issued_at }
    }

    #[test]
    fn a_proof_is_good_once_for_as_long_as_it_would_hold() {
        let mut seen = Replays::default();
        let ahead = proof(0, NOW + 60);
        assert!(seen.take(&ahead, NOW).is_ok());
        for later in [0, 1, 61, 120] {
            assert!(seen.take(&ahead, NOW + later).is_err(), "after {later} s");
        }
        assert!(seen.take(&proof(1, NOW + 60), NOW).is_ok());
    }

    #[test]
    fn a_flood_of_proofs_ends_in_refusal_and_is_forgotten() {
        let mut seen = Replays::default();
        assert!((0..REMEMBERED_MAX).all(|id| seen.take(&proof(id, NOW), NOW).is_ok()));
        assert!(seen.take(&proof(REMEMBERED_MAX, NOW), NOW).is_err());
        assert!(
            seen.take(&proof(REMEMBERED_MAX, NOW), NOW + 60).is_err(),
            "all of them are remembered still"
        );
        assert!(seen.take(&proof(REMEMBERED_MAX, NOW + 60), NOW + 61).is_ok());
    }
}
