//! What stands in a token (RFC 9068 section 2).

use crate::{KeyId, OrganizationId, ProjectId, TokenId};
use serde::{Deserialize, Serialize};

/// The media type of our tokens (RFC 9068 section 2.1).
pub const TYPE: &str = "at+jwt";

/// Exactly the header members we write; any other (`crit`, `jwk`, `jku`, `b64`) makes the token foreign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The algorithm, which must be that of the key.
    pub alg: String,
    /// The RFC 7638 thumbprint of the key.
    pub kid: String,
    /// [`TYPE`].
    pub typ: String,
}

/// The claims of a token that an API key bought. Closed as the header is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyClaims {
    /// The public URL of the server.
    pub iss: String,
    /// `key:` and the id of the key.
    pub sub: String,
    /// See [`Issuer::api`].
    pub aud: String,
    /// The id of the key (RFC 9068 section 2.2).
    pub client_id: KeyId,
    /// Whose key it is.
    pub organization_id: OrganizationId,
    /// Its project.
    pub project_id: ProjectId,
    /// What the token is good for, space separated; absent: whatever the key is good for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// When it was bought, in seconds since the epoch.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// Its id.
    pub jti: TokenId,
    /// The key that its bearer must prove to have (RFC 9449 section 6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

/// What a token is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The RFC 7638 thumbprint of the bearer's key.
    pub jkt: String,
}

impl KeyClaims {
    /// The subject of tokens that this key buys.
    pub fn subject(key: KeyId) -> String {
        format!("key:{key}")
    }
}

/// The server as its tokens name it. Each kind of token has an audience of its own, never one from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    url: String,
    api: String,
    admin: String,
}

impl Issuer {
    /// The issuer of this public URL, which has no slash at its end.
    pub fn new(url: impl Into<String>) -> Issuer {
        let url = url.into();
        Issuer { api: format!("{url}/api"), admin: format!("{url}/admin"), url }
    }

    /// The public URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The audience of tokens that API keys buy.
    pub fn api(&self) -> &str {
        &self.api
    }

    /// The audience of tokens for the Admin API.
    pub fn admin(&self) -> &str {
        &self.admin
    }
}
