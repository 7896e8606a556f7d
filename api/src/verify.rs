//! `POST /v1/verify`: may this call pass?

use crate::body::{Body, Unknown, names};
use serde::de::{self, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// The question. Without `action` and `resource` the key is only authenticated.
#[derive(Deserialize, ToSchema)]
pub struct VerifyRequest {
    /// The API key, or the access token bought with one, exactly as the caller presented it.
    #[schema(example = "rpa_7K2MQ0AJ3X9R5T1WZB4C8D6E0FGHIJKLMNOPQRST1b2Cd3")]
    pub key: String,
    /// `read`, `write` or `admin`; together with `resource`.
    #[schema(example = "write")]
    pub action: Option<String>,
    /// The longest address known for the resource; together with `action`.
    pub resource: Option<AskedResource>,
    /// The address of the caller whose key this is. Counts only from a trusted proxy or with the data token.
    #[schema(example = "203.0.113.9")]
    pub client_ip: Option<String>,
    /// The organization whose resource it is.
    pub organization_id: Option<String>,
    /// For a token that is bound to a key of its bearer (RFC 9449): what proves it.
    pub dpop: Option<DpopProof>,
    /// What the call costs of the key's limits. Accepted, without effect yet.
    #[serde(default, deserialize_with = "cost")]
    pub cost: Option<u64>,
    /// Everything else in the object.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

/// The header `DPoP` of a request, and the request that it came with.
#[derive(Deserialize, ToSchema)]
pub struct DpopProof {
    /// The proof, as it stood in the header.
    pub proof: String,
    /// The method of the request.
    #[schema(example = "POST")]
    pub method: String,
    /// The URL of the request, as its sender wrote it.
    #[schema(example = "https://api.example.com/v2/ep1/run")]
    pub url: String,
    /// Everything else in the object.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

// A proof is as good as a key, once.
impl fmt::Debug for DpopProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DpopProof")
    }
}

/// Decides whether a call with a key may pass. On the data listener.
#[utoipa::path(post, path = "/v1/verify", operation_id = "verify_key", tag = "verify", security((), ("data_token" = [])),
    request_body = VerifyRequest,
    responses(
        (status = 200, body = VerifyResponse, description = "The decision, allowed or not"),
        (status = 400, body = crate::error::Problem, content_type = "application/problem+json",
            description = "The question makes no sense; nothing was decided"),
        (status = 401, body = crate::error::Problem, content_type = "application/problem+json",
            description = "The data token is missing or wrong"),
        (status = 403, body = crate::error::Problem, content_type = "application/problem+json",
            description = "This caller's word on the client address does not count"),
        (status = 503, body = crate::error::Problem, content_type = "application/problem+json",
            description = "`stale`: this node has not heard from the log and may not decide")))]
pub fn verify_operation() {}

// The body holds a key: its own `Debug` would print it.
impl fmt::Debug for VerifyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyRequest")
    }
}

impl Body for VerifyRequest {
    fn unknown_fields(&self) -> Vec<String> {
        let dpop = self.dpop.iter().flat_map(|sent| names("dpop.", &sent.unknown));
        names("", &self.unknown).into_iter().chain(dpop).collect()
    }
}

/// A resource, in one of two forms.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(example = json!(["PLACE", "Site", "s1", "THING", "Battery", null]))]
#[serde(untagged)]
pub enum AskedResource {
    /// `TYPE/segment/…`, percent-encoded.
    Text(String),
    /// Literal segments, nothing encoded; null means unknown or any.
    Segments(Vec<Option<String>>),
}

impl<'de> Deserialize<'de> for AskedResource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AskedResource, D::Error> {
        deserializer.deserialize_any(ResourceForm)
    }
}

/// Tells the forms apart by looking, so that a mistake is named as what it is.
struct ResourceForm;

impl<'de> Visitor<'de> for ResourceForm {
    type Value = AskedResource;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or an array of strings and nulls, as `resource`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<AskedResource, E> {
        Ok(AskedResource::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<AskedResource, A::Error> {
        let mut segments = Vec::new();
        while let Some(segment) = seq.next_element()? {
            segments.push(segment);
        }
        Ok(AskedResource::Segments(segments))
    }
}

/// A whole number, zero or more. A string is refused without quoting it: it may be a misplaced key.
fn cost<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    deserializer.deserialize_any(Cost)
}

struct Cost;

impl Visitor<'_> for Cost {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, zero or more, as `cost`")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_u64<E: de::Error>(self, cost: u64) -> Result<Option<u64>, E> {
        Ok(Some(cost))
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Option<u64>, E> {
        Err(E::invalid_type(Unexpected::Other("string"), &self))
    }
}

/// The decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VerifyResponse {
    /// Whether the call may pass.
    pub allowed: bool,
    /// `allowed`, or the first check that failed.
    pub code: VerifyCode,
    /// The key, when it was found, whether it may pass or not.
    pub key: Option<VerifiedKey>,
    /// The version of the log this was decided on.
    #[schema(example = 42)]
    pub version: i64,
}

/// Why the call may pass or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerifyCode {
    /// It may.
    Allowed,
    /// No key of ours by its looks.
    Malformed,
    /// Well-formed, but nobody's.
    Unknown,
    /// Revoked for ever.
    Revoked,
    /// The key, its project or its organization is switched off or removed.
    Disabled,
    /// Its time has passed.
    Expired,
    /// It may not be used from that address, or the address is not known.
    IpNotAllowed,
    /// No scope allows it, or the resource is not the key's to reach.
    InsufficientScope,
    /// Too many calls at once.
    RateLimited,
    /// The budget of the period is used up.
    QuotaExceeded,
}

/// The key that was presented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VerifiedKey {
    /// UUID.
    #[schema(format = Uuid)]
    pub id: String,
    /// Shown name.
    pub name: String,
    /// The organization it belongs to.
    pub organization_id: String,
    /// The project it belongs to.
    #[schema(format = Uuid)]
    pub project_id: String,
}

#[cfg(test)]
mod tests {
    use super::{AskedResource, VerifyRequest};
    use crate::body::read;

    fn refusal(body: &str) -> String {
        read::<VerifyRequest>(body.as_bytes(), false).unwrap_err().to_string()
    }

    #[test]
    fn null_is_the_same_as_absent() {
        let body = br#"{"key":"k","action":null,"resource":null,"client_ip":null,"organization_id":null,"cost":null}"#;
        let request: VerifyRequest = read(body, false).unwrap();
        assert!(request.action.is_none() && request.resource.is_none() && request.cost.is_none());
        assert!(refusal(r#"{"key":null}"#).contains("expected a string"));
    }

    #[test]
    fn a_resource_is_text_or_literal_segments() {
        let request: VerifyRequest = read(br#"{"key":"k","resource":["A",null]}"#, false).unwrap();
        assert_eq!(request.resource, Some(AskedResource::Segments(vec![Some("A".into()), None])));
        for other in ["1", "{}", r#"["A",1]"#, r#"[["A"]]"#, "true"] {
            refusal(&format!(r#"{{"key":"k","resource":{other}}}"#));
        }
    }

    #[test]
    fn a_refusal_never_quotes_a_misplaced_key() {
        let body = r#"{"key":1,"cost":"rpa_SECRET"}"#;
        assert!(!refusal(body).contains("SECRET") && !refusal(&body.replace('1', "\"\"")).contains("SECRET"));
        let request: VerifyRequest = read(br#"{"key":"rpa_SECRET"}"#, false).unwrap();
        assert_eq!(format!("{request:?}"), "VerifyRequest");
    }

    #[test]
    fn a_cost_is_a_whole_number_that_fits() {
        for other in ["-1", "1.0", "1e400", "18446744073709551616", "-0", "true", "[]", "{}"] {
            refusal(&format!(r#"{{"key":"k","cost":{other}}}"#));
        }
    }
}
