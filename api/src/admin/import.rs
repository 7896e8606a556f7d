//! Imports of keys that other systems made.

use crate::body::{Body, Unknown, names};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// One key to import: an element of the array, or a line of a CSV file whose first line names the columns.
#[derive(Default, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub struct ImportEntry {
    /// 1 to 80 characters.
    #[schema(example = "legacy ci")]
    pub name: String,
    /// The key itself: 1 to 512 bytes, no control characters, no white space at either end. It is not kept.
    #[serde(default, deserialize_with = "secret")]
    #[schema(value_type = Option<String>, example = "8KQ2V0XJ4M1TFZ7R9WPB3CDA")]
    pub value: Option<Zeroizing<String>>,
    /// Or its SHA-256, as 64 hexadecimal digits.
    pub sha256: Option<String>,
    /// `read_only` or `read_write`: its level on GraphQL. Of the AI API it can do everything.
    #[schema(example = "read_only")]
    pub graphql: String,
    /// Whether it is switched on; true when absent.
    pub enabled: Option<bool>,
    /// RFC 3339, not in the future; now when absent.
    pub created_at: Option<String>,
    /// Addresses, CIDRs or `*`; in CSV with spaces between. Required where the key may be guessed.
    pub allowed_ip_cidrs: Option<Vec<String>>,
    /// Fields nobody knows.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

/// What came of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    /// UUID of the import, as the log names it.
    #[schema(format = Uuid)]
    pub id: String,
    /// The project the keys belong to now.
    #[schema(format = Uuid)]
    pub project_id: String,
    /// How many keys were imported.
    pub imported: u64,
}

/// How far an import is: one line of the answer to a client that accepts `application/x-ndjson`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportProgress {
    /// Keys done.
    pub done: u64,
    /// Keys there are.
    pub total: u64,
}

/// Straight into memory that is wiped.
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Zeroizing<String>>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Zeroizing::new))
}

impl Body for ImportEntry {
    fn unknown_fields(&self) -> Vec<String> {
        names("", &self.unknown)
    }
}

// The key must not be printed.
impl std::fmt::Debug for ImportEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImportEntry")
    }
}
