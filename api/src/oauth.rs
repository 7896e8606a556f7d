//! OAuth 2.0 messages (RFC 6749 sections 5.1 and 5.2).

use serde::Serialize;
use utoipa::ToSchema;

/// A token.
#[derive(Serialize, ToSchema)]
pub struct TokenResponse {
    /// The token; treat it as opaque.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds until it expires.
    #[schema(example = 1800)]
    pub expires_in: i64,
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
