//! OAuth 2.0 messages (RFC 6749 sections 5.1 and 5.2, RFC 7662, RFC 8414).

use serde::Serialize;
use utoipa::ToSchema;

/// A token.
#[derive(Serialize, ToSchema)]
pub struct TokenResponse {
    /// The token; treat it as opaque.
    pub access_token: String,
    /// `Bearer`, or `DPoP` when the token is bound to a key of the client's (RFC 9449).
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds until it expires.
    #[schema(example = 600)]
    pub expires_in: i64,
    /// What it is good for, exactly as it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "read:THING/#/#")]
    pub scope: Option<String>,
    /// The kind of token that an exchange gave (RFC 8693 section 2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<&'static str>,
}

// The token is a secret: its own `Debug` would print it.
impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenResponse")
    }
}

/// Why there is no token.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenError {
    /// One of the codes of RFC 6749 section 5.2.
    #[schema(example = "invalid_client")]
    pub error: &'static str,
    /// A sentence for people.
    pub error_description: String,
}

/// What a key or a token is good for right now (RFC 7662 section 2.2). An inactive one says nothing more.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Introspection {
    /// Whether it may be used.
    pub active: bool,
    /// What for, as OAuth writes scopes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "read:THING/#/#")]
    pub scope: Option<String>,
    /// Who bought it: the id of a key, or the client id of a service account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `Bearer`, or `DPoP` when it is bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// When it ends, in seconds since the epoch; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// When it was bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// `key:` or `sa:` and an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Whom the token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// This server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// The token's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// The project of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// The key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// What the token is bound to (RFC 9449 section 6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

impl Introspection {
    /// Unknown, ended, taken back, or not for you to know.
    pub fn inactive() -> Introspection {
        Introspection::default()
    }
}

/// A key that the bearer of a token must prove to have.
#[derive(Debug, Serialize, ToSchema)]
pub struct Confirmation {
    /// Its RFC 7638 thumbprint.
    pub jkt: String,
}

/// Where everything is (RFC 8414 section 2).
#[derive(Debug, Serialize, ToSchema)]
pub struct Metadata {
    /// This server, as tokens name it.
    pub issuer: String,
    /// Where tokens are bought.
    pub token_endpoint: String,
    /// Where they are asked about.
    pub introspection_endpoint: String,
    /// Where they are taken back.
    pub revocation_endpoint: String,
    /// Where the public keys are.
    pub jwks_uri: String,
    /// No response type: there is no authorization endpoint.
    pub response_types_supported: [&'static str; 1],
    /// What a token can be bought with.
    pub grant_types_supported: [&'static str; 2],
    /// How clients show who they are.
    pub token_endpoint_auth_methods_supported: [&'static str; 2],
    /// The same.
    pub introspection_endpoint_auth_methods_supported: [&'static str; 2],
    /// The same.
    pub revocation_endpoint_auth_methods_supported: [&'static str; 2],
    /// How proofs of possession may be signed.
    pub dpop_signing_alg_values_supported: [&'static str; 2],
}

impl Metadata {
    /// The metadata of the server at this URL.
    pub fn of(issuer: &str, proofs: [&'static str; 2]) -> Metadata {
        const METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];
        Metadata {
            issuer: issuer.to_owned(),
            token_endpoint: format!("{issuer}/oauth/token"),
            introspection_endpoint: format!("{issuer}/oauth/introspect"),
            revocation_endpoint: format!("{issuer}/oauth/revoke"),
            jwks_uri: format!("{issuer}/.well-known/jwks.json"),
            // An empty list must be left out (section 3.2), and this member must not be.
            response_types_supported: ["none"],
            grant_types_supported: ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
            token_endpoint_auth_methods_supported: METHODS,
            introspection_endpoint_auth_methods_supported: METHODS,
            revocation_endpoint_auth_methods_supported: METHODS,
            dpop_signing_alg_values_supported: proofs,
        }
    }
}
