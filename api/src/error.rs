//! Error shapes: the published one under `/admin`, RFC 9457 elsewhere.

use serde::Serialize;
use utoipa::ToSchema;

/// An error under `/admin` (`compat.md` 1.7).
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminError {
    /// What went wrong.
    pub error: AdminErrorDetail,
    /// The HTTP status again.
    #[schema(example = 404)]
    pub status: u16,
}

/// Code and message of an [`AdminError`].
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminErrorDetail {
    /// One of a closed set of words.
    #[schema(example = "NOT_FOUND")]
    pub code: &'static str,
    /// A sentence for people.
    #[schema(example = "API Key 1c8c262b-4c5b-4f4f-9c0c-6f5d3e2c1b0a not found")]
    pub message: String,
    /// Where there is more to say: what is wrong with each line of an import.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<ImportFaults>,
}

/// What is wrong with the lines of an import, of which nothing was imported.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportFaults {
    /// How many faults were found; not all of them are listed.
    pub count: u64,
    /// The first hundred, in the order of the lines.
    pub lines: Vec<ImportFault>,
}

/// What is wrong with one line.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportFault {
    /// CSV: the line of the file, counted from 1. JSON: the place in the array, counted from 1.
    pub line: u32,
    /// A sentence for people.
    pub message: String,
}

/// A problem (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code tells the kinds apart.
    pub r#type: &'static str,
    /// The status in words.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// A stable word for programs.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
    /// The request's id, as in the `x-request-id` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}
