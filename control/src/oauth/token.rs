//! Access tokens of service accounts: JWTs as RFC 9068 profiles them, signed with the server's own key.
//!
//! Ours, not a library's: the checks that matter here (a closed header, `crit` refused, `aud` required,
//! integers only) would all have to stand before the library, and are most of the work.

use crate::store::ServiceAccount;
use crate::{App, Error};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{ServiceAccountId, random_text};
use serde::{Deserialize, Serialize};

/// Seconds a service account's token is good for.
pub const LIFE_SECONDS: i64 = 1800;
/// Longer than any token of ours.
const BYTES_MAX: usize = 8 * 1024;

/// Exactly the header members we write; any other (`crit`, `jwk`, `jku`, `b64`) makes the token foreign.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    client_id: String,
    iat: i64,
    exp: i64,
    jti: String,
    /// Which of the account's secrets it was bought with: another secret voids it.
    generation: i64,
}

/// The audience of tokens for the Admin API; one for each kind of token, never echoed from a request.
fn audience(app: &App) -> String {
    format!("{}/admin", app.issuer)
}

/// Signs a token for the account.
///
/// # Errors
/// The signing key cannot be used, or the database did not answer.
pub(super) async fn issue(app: &App, account: &ServiceAccount) -> Result<String, Error> {
    let key = app.signing_key().await?;
    let iat = app.now().seconds();
    let header = Header { alg: "ES256".into(), kid: key.kid().into(), typ: "at+jwt".into() };
    let claims = Claims {
        iss: app.issuer.clone(),
        sub: format!("sa:{}", account.id),
        aud: audience(app),
        client_id: account.client_id.clone(),
        iat,
        exp: iat + LIFE_SECONDS,
        jti: random_text(26, &mut app.rng()),
        generation: account.generation,
    };
    let message = format!("{}.{}", part(&header)?, part(&claims)?);
    let signature = key.sign(message.as_bytes()).map_err(|_| Error::Signing)?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn part(value: &impl Serialize) -> Result<String, Error> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).map_err(|_| Error::Signing)?))
}

/// Whom a token was issued to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The service account.
    pub account: ServiceAccountId,
    /// Which of its secrets bought the token.
    pub generation: i64,
}

/// Whom a token was issued to. Whether that account still has this secret, only the store can say.
///
/// # Errors
/// [`Error::Unauthenticated`] when it is no valid token of ours, whatever is wrong with it.
pub async fn verify(app: &App, token: &str) -> Result<Bearer, Error> {
    let read = read(token).ok_or(Error::Unauthenticated)?;
    let key = app.signing_key().await?;
    let trusted = read.header.alg == "ES256"
        && read.header.typ == "at+jwt"
        && read.header.kid == key.kid()
        && key.verifies(read.message.as_bytes(), &read.signature);
    if !trusted {
        return Err(Error::Unauthenticated);
    }
    // Only now are the claims worth reading.
    let claims: Claims = serde_json::from_slice(&read.claims).map_err(|_| Error::Unauthenticated)?;
    let now = app.now().seconds();
    let in_time = now < claims.exp && claims.iat <= now.saturating_add(CLOCK_LEEWAY_SECONDS);
    if claims.iss != app.issuer || claims.aud != audience(app) || !in_time {
        return Err(Error::Unauthenticated);
    }
    let account = claims.sub.strip_prefix("sa:").and_then(ServiceAccountId::parse);
    let account = account.ok_or(Error::Unauthenticated)?;
    Ok(Bearer { account, generation: claims.generation })
}

/// How far another node's clock may be ahead of ours.
const CLOCK_LEEWAY_SECONDS: i64 = 30;

struct Read<'a> {
    header: Header,
    claims: Vec<u8>,
    message: &'a str,
    signature: Vec<u8>,
}

/// Takes a compact JWS apart (RFC 7515 section 7.1); the decoder takes canonical unpadded base64url only.
fn read(token: &str) -> Option<Read<'_>> {
    if token.len() > BYTES_MAX {
        return None;
    }
    let (message, signature) = token.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let header_bytes = decode(header)?;
    if header_bytes.first() != Some(&b'{') {
        return None;
    }
    let claims = decode(claims).filter(|bytes| bytes.first() == Some(&b'{'))?;
    let header = serde_json::from_slice(&header_bytes).ok()?;
    Some(Read { header, claims, message, signature: decode(signature)? })
}
