//! A token that an API key bought, as far as the token alone can tell.

use super::{CLOCK_LEEWAY_SECONDS, Header, Issuer, Jws, KeyClaims, TYPE, parse_scopes};
use crate::{Catalog, KeyId, Malformed, OrganizationId, Scopes, Snapshot, Timestamp, TokenId};
use std::sync::Arc;

/// Whether a text looks like a token: three parts, the first of which begins a JSON object.
pub fn is_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// A token whose signature and claims are right. It may be kept and used again: everything that can change since is
/// asked by [`crate::verify_token`] each time.
#[derive(Debug)]
pub struct KeyToken {
    /// The key that bought it.
    pub key: KeyId,
    /// Its id.
    pub id: TokenId,
    /// The thumbprint of the key that its bearer must prove to have.
    pub bound_to: Option<Box<str>>,
    /// Its claims.
    pub claims: KeyClaims,
    pub(crate) kid: Box<str>,
    pub(crate) organization: OrganizationId,
    /// What it is good for; `None` for all that the key is good for.
    pub(crate) scopes: Option<Scopes>,
    /// What the scopes were compiled with.
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) expires_at: Timestamp,
}

impl KeyToken {
    /// Reads a token. Whether it has ended is not looked at.
    ///
    /// # Errors
    /// It is none of ours, whatever is wrong with it.
    pub fn read(
        text: &str,
        known: &Snapshot,
        issuer: &Issuer,
        now: Timestamp,
    ) -> Result<KeyToken, Malformed> {
        let jws = Jws::parse(text).map_err(|_| Malformed)?;
        let header: Header = jws.header().map_err(|_| Malformed)?;
        let signer = known.trust().trusted(&header.kid, now).ok_or(Malformed)?;
        // The algorithm is the key's; what the token says is only compared.
        if header.typ != TYPE
            || header.alg != signer.record.algorithm.name()
            || !jws.is_signed_by(&signer.public)
        {
            return Err(Malformed);
        }
        let claims: KeyClaims = jws.claims().map_err(|_| Malformed)?;
        let owned = signer.record.organization_id.as_ref() == Some(&claims.organization_id);
        let meant = claims.iss == issuer.url() && claims.aud == issuer.api();
        let subject = claims.sub == KeyClaims::subject(claims.client_id);
        let begun =
            claims.iat <= now.seconds().saturating_add(CLOCK_LEEWAY_SECONDS) && claims.iat < claims.exp;
        if !(owned && meant && subject && begun) {
            return Err(Malformed);
        }
        Ok(KeyToken::of(claims, &header.kid, known))
    }

    fn of(claims: KeyClaims, kid: &str, known: &Snapshot) -> KeyToken {
        let catalog = Arc::clone(known.shared_catalog());
        // What no longer fits the catalog allows nothing.
        let compiled = |text: &String| Scopes::new(&parse_scopes(text, catalog.types()).unwrap_or_default());
        KeyToken {
            key: claims.client_id,
            id: claims.jti,
            bound_to: claims.cnf.as_ref().map(|bound| bound.jkt.as_str().into()),
            kid: kid.into(),
            organization: claims.organization_id.clone(),
            scopes: claims.scope.as_ref().map(compiled),
            expires_at: Timestamp::from_seconds(claims.exp),
            catalog,
            claims,
        }
    }

    /// Whether what was read then can be used with what is known now: the catalog is the same.
    pub fn fits(&self, known: &Snapshot) -> bool {
        Arc::ptr_eq(&self.catalog, known.shared_catalog())
    }

    /// Whether it is good for less than the key that bought it.
    pub fn is_narrowed(&self) -> bool {
        self.scopes.is_some()
    }

    /// When it ends.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}
