//! What clients and verifiers read of us: the metadata (RFC 8414) and the public keys (RFC 7517).

use crate::{App, Error};
use api::oauth::Metadata;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::token::{Algorithm, Jwk, Trust};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Seconds for which the text of the keys is used again: one may end without a change.
const KEPT_SECONDS: i64 = 10;

/// Where everything is.
pub fn metadata(app: &App) -> Metadata {
    Metadata::of(app.issuer.url(), [Algorithm::Es256.name(), Algorithm::EdDsa.name()])
}

/// The public keys as they are sent.
#[derive(Debug, Clone)]
pub struct Jwks {
    /// The JSON text.
    pub text: Arc<str>,
    /// Its strong ETag.
    pub etag: Arc<str>,
    of: Trust,
    made_at: i64,
}

#[derive(Serialize)]
struct Set {
    keys: Vec<Published>,
}

#[derive(Serialize)]
struct Published {
    #[serde(flatten)]
    key: Jwk,
    r#use: &'static str,
    alg: &'static str,
    kid: String,
}

/// The keys that sign, will sign, or have signed tokens that are still good.
///
/// # Errors
/// The database did not answer.
pub async fn jwks(app: &App) -> Result<Jwks, Error> {
    let (trust, now) = (app.trust().await?, app.now());
    let fresh = |kept: &Jwks| {
        kept.of.has_same_keys(&trust) && (0..KEPT_SECONDS).contains(&(now.seconds() - kept.made_at))
    };
    if let Some(kept) = app.kept_jwks().filter(fresh) {
        return Ok(kept);
    }
    let keys = trust.every(now).map(|known| Published {
        key: known.public.jwk(),
        r#use: "sig",
        alg: known.record.algorithm.name(),
        kid: known.kid.clone().into(),
    });
    let mut keys: Vec<Published> = keys.collect();
    // In an order of their own, so that the same keys are the same bytes.
    keys.sort_by(|one, other| one.kid.cmp(&other.kid));
    let text = serde_json::to_string(&Set { keys }).map_err(|_| Error::Signing)?;
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&text)));
    let jwks = Jwks { text: text.into(), etag: etag.into(), of: trust, made_at: now.seconds() };
    app.keep_jwks(&jwks);
    Ok(jwks)
}
