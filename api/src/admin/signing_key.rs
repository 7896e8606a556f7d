//! Keys that sign access tokens.

use crate::body::{Body, Unknown, names};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A key that signs access tokens; its private half is never shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct SigningKey {
    /// Its id.
    pub id: String,
    /// The `kid` of the tokens it signs: the RFC 7638 thumbprint of its public half.
    pub kid: String,
    /// `ES256` or `EdDSA`.
    #[schema(example = "ES256")]
    pub algorithm: &'static str,
    /// `next` (published, will sign), `active` (signs), or `retiring` (its last tokens are still good).
    #[schema(example = "active")]
    pub state: &'static str,
    /// When it was made and published.
    pub created_at: String,
    /// When it begins to sign.
    pub signs_from: String,
    /// When the last token that it can have signed ends; null while nothing replaces it.
    pub ends_at: Option<String>,
}

/// Signing keys, in the order in which they sign.
#[derive(Debug, Serialize, ToSchema)]
pub struct SigningKeyList {
    /// The keys.
    pub data: Vec<SigningKey>,
}

/// How to rotate.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct RotateSigningKey {
    /// The algorithm of the next key; by default that of the one before.
    #[schema(example = "EdDSA")]
    pub algorithm: Option<String>,
    /// Whether the next key signs at once and those before are withdrawn: tokens that they signed die. For a key
    /// that leaked.
    #[serde(default)]
    pub at_once: Option<bool>,
    /// Everything else in the object.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

impl Body for RotateSigningKey {
    fn unknown_fields(&self) -> Vec<String> {
        names("", &self.unknown)
    }
}
