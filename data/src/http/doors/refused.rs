//! Why a request may not pass, and how that is said: the status, a code, a sentence, and the headers that go along.

use api::verify::VerifyCode;
use domain::catalog::Unresolved;
use http::StatusCode;
use http::header::{HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};

/// Why a request may not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Whoever asks is no gateway of ours, so what it says of a request does not count.
    Untrusted,
    /// The gateway did not say which request it holds, or said it twice.
    NotTold,
    /// A header names another request than the one that is asked about.
    OtherRequest,
    /// No route, or a path that can be read in two ways.
    Unresolved(Unresolved),
    /// The route needs the GraphQL operation.
    Operation,
    /// The path names no resource there could be.
    NoResource,
    /// No credential.
    Anonymous,
    /// Two credentials.
    Several,
    /// A credential that is none, or none any more.
    Credential(VerifyCode),
    /// Not from there.
    Address,
    /// No scope allows it; this one would.
    Scope(String),
    /// Too many calls, for now.
    Limited(VerifyCode),
    /// This node may not decide.
    Stale,
}

/// Whether a door's gateways hand on a 400. Those of the forward door make an error of their own of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hands {
    On,
    NotOn,
}

impl Refused {
    /// The refusal for the code of a verdict. `needed` is the scope that was missing.
    pub(crate) fn of(code: VerifyCode, needed: impl FnOnce() -> String) -> Refused {
        match code {
            VerifyCode::IpNotAllowed => Refused::Address,
            VerifyCode::Allowed | VerifyCode::InsufficientScope => Refused::Scope(needed()),
            VerifyCode::RateLimited | VerifyCode::QuotaExceeded => Refused::Limited(code),
            VerifyCode::Malformed
            | VerifyCode::Unknown
            | VerifyCode::Revoked
            | VerifyCode::Disabled
            | VerifyCode::Expired => Refused::Credential(code),
        }
    }

    /// The status for the client.
    pub(crate) fn status(&self, bad_requests: Hands) -> StatusCode {
        match (self, bad_requests) {
            (Refused::Several, Hands::On) => StatusCode::BAD_REQUEST,
            (Refused::Several, Hands::NotOn) | (Refused::Anonymous | Refused::Credential(_), _) => {
                StatusCode::UNAUTHORIZED
            }
            (
                Refused::Untrusted
                | Refused::NotTold
                | Refused::OtherRequest
                | Refused::Unresolved(_)
                | Refused::Operation
                | Refused::NoResource
                | Refused::Address
                | Refused::Scope(_),
                _,
            ) => StatusCode::FORBIDDEN,
            (Refused::Limited(_), _) => StatusCode::TOO_MANY_REQUESTS,
            (Refused::Stale, _) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// A stable word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Refused::Untrusted => "gateway_not_trusted",
            Refused::NotTold => "request_not_told",
            Refused::OtherRequest => "request_overridden",
            Refused::Unresolved(Unresolved::Path(_)) => "ambiguous_path",
            Refused::Unresolved(Unresolved::Host | Unresolved::NoRoute) => "no_route",
            Refused::Operation => "operation_not_told",
            Refused::NoResource => "no_resource",
            Refused::Anonymous => "unauthenticated",
            Refused::Several => "several_credentials",
            Refused::Credential(VerifyCode::Revoked) => "revoked",
            Refused::Credential(VerifyCode::Disabled) => "disabled",
            Refused::Credential(VerifyCode::Expired) => "expired",
            // A stranger is not told whether a key looks like one of ours.
            Refused::Credential(_) => "invalid_key",
            Refused::Address => "ip_not_allowed",
            Refused::Scope(_) => "insufficient_scope",
            Refused::Limited(VerifyCode::QuotaExceeded) => "quota_exceeded",
            Refused::Limited(_) => "rate_limited",
            Refused::Stale => "stale",
        }
    }

    /// A sentence for people.
    pub(crate) fn detail(&self) -> String {
        match self {
            Refused::Untrusted => "this peer is no trusted proxy, and did not show X-Keydesk-Token".into(),
            Refused::NotTold => "the gateway did not say once which request it asks about".into(),
            Refused::OtherRequest => "a header names another request than the one that is asked about".into(),
            Refused::Unresolved(unresolved) => unresolved.to_string(),
            Refused::Operation => {
                "this route needs the GraphQL operation, which this door is not told".into()
            }
            Refused::NoResource => "the path names no resource that there could be".into(),
            Refused::Anonymous => "the request has no key".into(),
            Refused::Several => "the request has more than one key".into(),
            Refused::Credential(VerifyCode::Revoked) => "the key was revoked".into(),
            Refused::Credential(VerifyCode::Disabled) => "the key is disabled".into(),
            Refused::Credential(VerifyCode::Expired) => "the key expired".into(),
            Refused::Credential(_) => "the key is not valid".into(),
            Refused::Address => "the key may not be used from this address".into(),
            Refused::Scope(needed) => format!("the key has no scope for this; {needed} would do"),
            Refused::Limited(VerifyCode::QuotaExceeded) => "the budget of the key is used up".into(),
            Refused::Limited(_) => "too many requests with this key".into(),
            Refused::Stale => "this node has not heard from the log in time and may not decide".into(),
        }
    }

    /// Headers beside the common ones: the challenge of RFC 6750, or when to come again.
    pub(crate) fn headers(&self) -> Option<(HeaderName, String)> {
        const REALM: &str = "Bearer realm=\"api\"";
        let challenge = |error: &str, more: &str| {
            (
                WWW_AUTHENTICATE,
                format!("{REALM}, error=\"{error}\", error_description=\"{}\"{more}", self.detail()),
            )
        };
        match self {
            Refused::Anonymous => Some((WWW_AUTHENTICATE, REALM.into())),
            Refused::Several => Some(challenge("invalid_request", "")),
            Refused::Credential(_) => Some(challenge("invalid_token", "")),
            // What is needed is made of plain characters and escapes: nothing in it ends a quoted string.
            Refused::Scope(needed) => {
                Some((WWW_AUTHENTICATE, format!("{REALM}, error=\"insufficient_scope\", scope=\"{needed}\"")))
            }
            Refused::Limited(_) | Refused::Stale => Some((RETRY_AFTER, "1".into())),
            Refused::Untrusted
            | Refused::NotTold
            | Refused::OtherRequest
            | Refused::Unresolved(_)
            | Refused::Operation
            | Refused::NoResource
            | Refused::Address => None,
        }
    }

    /// The whole body for the client.
    pub(crate) fn body(&self, status: StatusCode, request_id: Option<&str>) -> Vec<u8> {
        let body = api::error::Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            code: self.code().to_owned(),
            detail: self.detail(),
            request_id: request_id.map(str::to_owned),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl From<Unresolved> for Refused {
    fn from(unresolved: Unresolved) -> Refused {
        Refused::Unresolved(unresolved)
    }
}
