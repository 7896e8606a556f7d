//! Access tokens of service accounts: JWTs as RFC 9068 profiles them, signed with the server's own key.

use crate::store::ServiceAccount;
use crate::{App, Error};
use domain::token::{CLOCK_LEEWAY_SECONDS, Header, Jws, SERVICE_TOKEN_SECONDS, TYPE};
use domain::{ServiceAccountId, TokenId};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    client_id: String,
    iat: i64,
    exp: i64,
    jti: TokenId,
    /// Which of the account's secrets it was bought with: another secret voids it.
    generation: i64,
}

/// Signs a token for the account.
///
/// # Errors
/// The signing key cannot be used, or the database did not answer.
pub(super) async fn issue(app: &App, account: &ServiceAccount) -> Result<String, Error> {
    let key = app.signer(None).await?;
    let iat = app.now().seconds();
    let claims = Claims {
        iss: app.issuer.url().to_owned(),
        sub: format!("sa:{}", account.id),
        aud: app.issuer.admin().to_owned(),
        client_id: account.client_id.clone(),
        iat,
        exp: iat + SERVICE_TOKEN_SECONDS,
        jti: TokenId::generate(app.now(), &mut app.rng()),
        generation: account.generation,
    };
    key.token(&claims).map_err(|_| Error::Signing)
}

/// Whom a token was issued to, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The service account.
    pub account: ServiceAccountId,
    /// The public half of its credential.
    pub client_id: String,
    /// Which of its secrets bought the token.
    pub generation: i64,
    /// The token's id.
    pub id: TokenId,
    /// When it was bought, in seconds since the epoch.
    pub issued_at: i64,
    /// When it ends.
    pub expires_at: i64,
}

/// Whom a token was issued to. Whether that account still has this secret, only the store can say.
///
/// # Errors
/// [`Error::Unauthenticated`] when it is no valid token of ours, whatever is wrong with it.
pub async fn verify(app: &App, token: &str) -> Result<Bearer, Error> {
    let wrong = || Error::Unauthenticated;
    let jws = Jws::parse(token).map_err(|_| wrong())?;
    let header: Header = jws.header().map_err(|_| wrong())?;
    let (trust, now) = (app.trust().await?, app.now());
    let signer = trust.trusted(&header.kid, now).ok_or_else(wrong)?;
    let trusted = signer.record.organization_id.is_none()
        && header.alg == signer.record.algorithm.name()
        && header.typ == TYPE
        && jws.is_signed_by(&signer.public);
    if !trusted {
        return Err(wrong());
    }
    // Only now are the claims worth reading.
    let claims: Claims = jws.claims().map_err(|_| wrong())?;
    let now = now.seconds();
    let in_time = now < claims.exp && claims.iat <= now.saturating_add(CLOCK_LEEWAY_SECONDS);
    let meant = claims.iss == app.issuer.url() && claims.aud == app.issuer.admin();
    if !meant || !in_time || trust.is_revoked(&claims.jti) {
        return Err(wrong());
    }
    Ok(Bearer {
        account: claims.sub.strip_prefix("sa:").and_then(ServiceAccountId::parse).ok_or_else(wrong)?,
        client_id: claims.client_id,
        generation: claims.generation,
        id: claims.jti,
        issued_at: claims.iat,
        expires_at: claims.exp,
    })
}
