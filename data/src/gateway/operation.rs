//! What a GraphQL request would do: the operation that will run decides. What could be read in two ways, or is not in
//! the request itself, is refused.

use super::envelope::{Envelope, read};
use super::query;
use api::graphql::{Document, Kind, Operation};
use domain::Action;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use http::request::Parts;
use http::{Method, StatusCode};

/// Operations sent at once.
pub(super) const BATCH_MAX: usize = 50;

/// What all operations of a request would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) read: bool,
    pub(super) write: bool,
}

impl Wanted {
    /// What has to be permitted, each of it.
    pub(super) fn actions(self) -> impl Iterator<Item = Action> {
        let wanted = [(Action::Read, self.read), (Action::Write, self.write)];
        wanted.into_iter().filter_map(|(action, is_wanted)| is_wanted.then_some(action))
    }
}

/// Why it cannot be told what a request would do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unclear {
    /// The body does not end.
    #[error("a GraphQL request has at most 1 MiB, and all of it must come")]
    TooLarge,
    /// Multipart, forms, another character set, compressed: each can be read in more than one way.
    #[error("a GraphQL request is sent uncompressed as application/json in UTF-8")]
    MediaType,
    /// Neither GET nor POST.
    #[error("a GraphQL request is sent by POST or GET")]
    Method,
    /// Not what a request is.
    #[error("the GraphQL request {0}")]
    Request(&'static str),
    /// Not what a document is.
    #[error("the GraphQL document cannot be read: {0}")]
    Document(String),
    /// A hash or an id in place of a document.
    #[error("the GraphQL request must have its document; hashes and ids of documents are not known here")]
    Persisted,
    /// None, or more than one.
    #[error("the GraphQL request does not say which operation is to run")]
    NoOperation,
    /// What is said in a WebSocket is not seen.
    #[error("this route takes no WebSockets, because their operations are not seen")]
    Tunnel,
}

impl Unclear {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Unclear::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Unclear::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Unclear::Method => StatusCode::METHOD_NOT_ALLOWED,
            Unclear::Request(_)
            | Unclear::Document(_)
            | Unclear::Persisted
            | Unclear::NoOperation
            | Unclear::Tunnel => StatusCode::BAD_REQUEST,
        }
    }

    pub(super) fn code(&self) -> &'static str {
        match self {
            Unclear::TooLarge => "content_too_large",
            Unclear::MediaType => "unsupported_media_type",
            Unclear::Method => "method_not_allowed",
            Unclear::Request(_) | Unclear::Tunnel => "bad_request",
            Unclear::Document(_) => "graphql_parse_failed",
            Unclear::Persisted => "persisted_query_not_supported",
            Unclear::NoOperation => "operation_resolution_failure",
        }
    }
}

/// What a request would do. `hidden` is the parameter of the query that may hold the key.
pub(super) fn wanted(head: &Parts, hidden: Option<&str>, body: &[u8]) -> Result<Wanted, Unclear> {
    let mut wanted = Wanted::default();
    for envelope in &sent(head, hidden, body)? {
        match kind(envelope)? {
            Kind::Query | Kind::Subscription => wanted.read = true,
            Kind::Mutation => wanted.write = true,
        }
    }
    Ok(wanted)
}

/// Whether a request asks who it is from and for nothing else, so that it can be answered to nobody.
pub(super) fn asks_who(head: &Parts, hidden: Option<&str>, body: &[u8]) -> bool {
    // To a list, even of one, the answer would be another.
    let is_list = body.trim_ascii_start().starts_with(b"[");
    let sent = sent(head, hidden, body).unwrap_or_default();
    let [only] = sent.as_slice() else { return false };
    let asks = |document: Document| chosen(&document, only).is_ok() && api::graphql::asks_who(&document);
    !is_list && document(only).is_ok_and(asks)
}

/// All operations of a request, as they were sent.
fn sent(head: &Parts, hidden: Option<&str>, body: &[u8]) -> Result<Vec<Envelope>, Unclear> {
    let asked = head.uri.query().unwrap_or_default();
    let mut asked = query::pairs(asked).ok_or(Unclear::Request("has a query that is not UTF-8"))?;
    asked.retain(|(name, _)| Some(name.as_str()) != hidden);
    match head.method {
        Method::GET if body.is_empty() => Ok(vec![in_query(asked)?]),
        Method::GET => Err(Unclear::Request("is a GET with a body")),
        // Some servers take the query's word before the body's.
        Method::POST if !asked.is_empty() => Err(Unclear::Request("has a body and a query")),
        Method::POST if is_json(&head.headers) => read(body),
        Method::POST => Err(Unclear::MediaType),
        _ => Err(Unclear::Method),
    }
}

fn in_query(pairs: Vec<(String, String)>) -> Result<Envelope, Unclear> {
    let mut envelope = Envelope::default();
    for (name, value) in pairs {
        let slot = match name.as_str() {
            "query" => &mut envelope.query,
            "operationName" => &mut envelope.operation_name,
            "variables" => &mut envelope.variables,
            // `extensions`, a hash, an id, or what only some servers know.
            _ => return Err(Unclear::Persisted),
        };
        if slot.replace(value).is_some() {
            return Err(Unclear::Request("says something twice"));
        }
    }
    Ok(envelope)
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut sent = headers.get_all(CONTENT_TYPE).iter();
    let (Some(sent), None) = (sent.next(), sent.next()) else { return false };
    let Ok(sent) = sent.to_str() else { return false };
    let sent: String = sent.to_ascii_lowercase().split_whitespace().collect();
    let is_plain = headers.get_all(CONTENT_ENCODING).iter().all(|coding| coding.as_bytes() == b"identity");
    is_plain
        && matches!(
            sent.as_str(),
            "application/json" | "application/json;charset=utf-8" | "application/json;charset=\"utf-8\""
        )
}

/// The kind of the operation that would run.
fn kind(envelope: &Envelope) -> Result<Kind, Unclear> {
    Ok(chosen(&document(envelope)?, envelope)?.kind)
}

fn document(envelope: &Envelope) -> Result<Document, Unclear> {
    let text = envelope.query.as_deref().ok_or(Unclear::Persisted)?;
    api::graphql::parse(text).map_err(|fault| Unclear::Document(fault.to_string()))
}

fn chosen<'d>(document: &'d Document, envelope: &Envelope) -> Result<&'d Operation, Unclear> {
    // Some servers take an empty name for none, and others look for it.
    let found = match (envelope.operation_name.as_deref(), document.operations.as_slice()) {
        (None, [only]) => Some(only),
        (Some(""), _) | (None, _) => None,
        (Some(name), all) => all.iter().find(|operation| operation.name.as_deref() == Some(name)),
    };
    found.ok_or(Unclear::NoOperation)
}

#[cfg(test)]
mod tests {
    use super::{Unclear, Wanted, asks_who, wanted};
    use http::Request;

    const READ: Wanted = Wanted { read: true, write: false };
    const WRITE: Wanted = Wanted { read: false, write: true };

    fn post(body: &str) -> Result<Wanted, Unclear> {
        sent("POST", "/graphql?api_key=k", "application/json", body)
    }

    fn sent(method: &str, target: &str, label: &str, body: &str) -> Result<Wanted, Unclear> {
        let request = Request::builder().method(method).uri(target).header("content-type", label);
        let (head, ()) = request.body(()).unwrap().into_parts();
        wanted(&head, Some("api_key"), body.as_bytes())
    }

    #[test]
    fn the_operation_that_will_run_decides() {
        for (body, expected) in [
            (r#"{"query":"{a}"}"#, READ),
            (r#"{"query":"query Q{a}","operationName":"Q","variables":{"a":[1]}}"#, READ),
            (r#"{"query":"query Q{a}","operationName":null,"extensions":null}"#, READ),
            (r#"{"query":"subscription{a}"}"#, READ),
            (r#"{"query":"mutation{a}"}"#, WRITE),
            (r##"{"query":"# query{a}\nmutation{a}"}"##, WRITE),
            (r#"{"query":"mut\u0061tion{a}"}"#, WRITE),
            (r#"{"query":"query A{a} mutation B{b}","operationName":"A"}"#, READ),
            (r#"{"query":"query A{a} mutation B{b}","operationName":"B"}"#, WRITE),
            (r#"{"query":"query mutation{mutation}"}"#, READ),
            (r#"{"query":"{a}","extensions":{"clientLibrary":{"name":"c"}}}"#, READ),
            (r#" [{"query":"{a}"},{"query":"{b}"}]"#, READ),
            (r#"[{"query":"{a}"},{"query":"mutation{b}"}]"#, Wanted { read: true, write: true }),
        ] {
            assert_eq!(post(body), Ok(expected), "{body}");
        }
        let get = |target: &str| sent("GET", target, "text/plain", "");
        assert_eq!(get("/graphql?query=%7Ba%7D&api_key=k"), Ok(READ));
        assert_eq!(get("/graphql?query=mutation+%7Ba%7D"), Ok(WRITE));
        assert_eq!(get("/graphql?query=query+A%7Ba%7Dmutation+B%7Bb%7D&operationName=B"), Ok(WRITE));
    }

    #[test]
    fn a_stranger_asks_who_it_is_or_nothing() {
        let asks = |method: &str, target: &str, label: &str, body: &str| {
            let request = Request::builder().method(method).uri(target).header("content-type", label);
            let (head, ()) = request.body(()).unwrap().into_parts();
            asks_who(&head, Some("api_key"), body.as_bytes())
        };
        let post = |body: &str| asks("POST", "/graphql?api_key=k", "application/json", body);
        let mine = r#"{"query":"{myself{id}}"}"#;
        for body in [
            mine,
            r#" {"query":"query Q{myself{id}}","operationName":"Q","variables":{}} "#,
            r#"{"query":"query Q{myself{id}}"}"#,
        ] {
            assert!(post(body), "{body}");
        }
        assert!(asks("GET", "/graphql?query=%7Bmyself%7Bid%7D%7D&api_key=k", "text/plain", ""));
        for body in [
            "",
            "{",
            "[]",
            r#"[{"query":"{myself{id}}"}]"#,
            r#"[{"query":"{myself{id}}"},{"query":"{myself{id}}"}]"#,
            r#"{"query":"mutation{myself{id}}"}"#,
            r#"{"query":"{myself{id} other}"}"#,
            r#"{"query":"query Q{myself{id}}","operationName":"P"}"#,
            r#"{"query":"query Q{myself{id}}","operationName":""}"#,
            r#"{"query":"query Q{myself{id}} mutation P{a}","operationName":"Q"}"#,
            r#"{"query":"{myself{id}}","query":"{myself{id}}"}"#,
            r#"{"query":"{myself{id}}","id":"x"}"#,
        ] {
            assert!(!post(body), "{body}");
        }
        for (method, target, label) in [
            ("POST", "/graphql?query=%7Bmyself%7Bid%7D%7D", "application/json"),
            ("POST", "/graphql", "text/plain"),
            ("GET", "/graphql?query=%7Bmyself%7Bid%7D%7D", "application/json"),
            ("PUT", "/graphql", "application/json"),
        ] {
            assert!(!asks(method, target, label, mine), "{method} {target} {label}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for body in [
            "",
            "{}",
            "[]",
            "null",
            r#""{a}""#,
            r#"["{a}"]"#,
            r#"[[{"query":"{a}"}]]"#,
            r#"{"query":"{a}"} {"query":"mutation{a}"}"#,
            r#"{"query":"{a}","query":"mutation{a}"}"#,
            r#"{"query":"{a}","Query":"mutation{a}"}"#,
            r#"{"query":"{a}","qu\u0065ry":"mutation{a}"}"#,
            r#"{"query":["{a}"]}"#,
            r#"{"query":null}"#,
            r#"{"query":""}"#,
            r#"{"query":"{a"}"#,
            r#"{"query":"type A{a:B}"}"#,
            r#"{"query":"fragment F on A{a}"}"#,
            r#"{"query":"query A{a} mutation B{b}"}"#,
            r#"{"query":"query A{a} mutation B{b}","operationName":"C"}"#,
            r#"{"query":"query A{a} mutation B{b}","operationName":""}"#,
            r#"{"query":"{a}","operationName":""}"#,
            r#"{"query":"{a}","operationName":1}"#,
            r#"{"query":"{a}","operationName":"A","operationName":null}"#,
            r#"{"query":"query A{a} mutation A{b}","operationName":"A"}"#,
            r#"{"query":"{a}","id":"x"}"#,
            r#"{"id":"x"}"#,
            r#"{"documentId":"x","query":"{a}"}"#,
            r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}"#,
            r#"{"query":"{a}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}"#,
            r#"{"query":"{a}","extensions":[]}"#,
        ] {
            assert!(post(body).is_err(), "{body}");
        }
        let batch = |count| format!("[{}]", vec![r#"{"query":"{a}"}"#; count].join(","));
        assert_eq!(post(&batch(super::BATCH_MAX)), Ok(READ));
        assert!(post(&batch(super::BATCH_MAX + 1)).is_err());
        let read = r#"{"query":"{a}"}"#;
        for (method, target, label) in [
            ("POST", "/graphql?query=mutation%7Ba%7D", "application/json"),
            ("POST", "/graphql?%71uery=mutation%7Ba%7D", "application/json"),
            ("POST", "/graphql", "application/x-www-form-urlencoded"),
            ("POST", "/graphql", "multipart/form-data; boundary=x"),
            ("POST", "/graphql", "application/graphql"),
            ("POST", "/graphql", "application/json; charset=utf-16"),
            ("POST", "/graphql", "text/plain"),
            ("GET", "/graphql?query=%7Ba%7D", "application/json"),
            ("PUT", "/graphql", "application/json"),
        ] {
            assert!(sent(method, target, label, read).is_err(), "{method} {target} {label}");
        }
        for target in
            ["/graphql?query=%7Ba%7D&query=%7Ba%7D", "/graphql?query=%7Ba%7D&extensions=%7B%7D", "/graphql"]
        {
            assert!(sent("GET", target, "text/plain", "").is_err(), "{target}");
        }
    }
}
