//! What a server answered: the object asked for, or why there is none.

use crate::exit::{Fault, Kind};
use crate::output;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::HeaderMap;

/// A message longer than this is cut.
const MESSAGE_CHARS_MAX: usize = 1000;

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A refusal that came after the head of another answer had left.
    pub(crate) fn late(status: u16, body: Vec<u8>) -> Answer {
        Answer { status, headers: HeaderMap::new(), body }
    }

    /// The object in a good answer.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        self.check()?;
        // The cause is left out: it could quote the answer, and that may hold a secret.
        let foreign =
            |_| Fault::new(Kind::Protocol, "protocol", "the server's answer is not what Keydesk sends");
        serde_json::from_slice(&self.body).map_err(foreign)
    }

    /// Whether the answer is good, when there is nothing in it to read.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if (200..300).contains(&self.status) { Ok(()) } else { Err(self.fault()) }
    }

    /// A header that holds a number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.headers.get(name)?.to_str().ok()?.parse().ok()
    }

    /// Why the server refused.
    pub(crate) fn fault(&self) -> Fault {
        let (kind, code) = match self.status {
            300..400 => (Kind::Protocol, "redirected"),
            400 => (Kind::Data, "invalid_argument"),
            401 => (Kind::NoPermission, "unauthenticated"),
            403 => (Kind::NoPermission, "forbidden"),
            404 => (Kind::NoInput, "not_found"),
            409 => (Kind::Data, "conflict"),
            412 => (Kind::Data, "failed_precondition"),
            429 => (Kind::TempFail, "rate_limited"),
            503 => (Kind::TempFail, "unavailable"),
            _ => (Kind::Software, "server_error"),
        };
        Fault::new(kind, code, self.message())
    }

    /// The server's own sentence, on one line: in the shape of `/admin`, of OAuth or of RFC 9457.
    pub(crate) fn message(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let places = ["/error/message", "/error_description", "/detail", "/title"];
        let found = places.iter().find_map(|place| body.pointer(place).and_then(Value::as_str));
        let message = found.map(str::trim).filter(|message| !message.is_empty());
        let Some(message) = message else { return format!("the server answered {}", self.status) };
        output::escape(&message.chars().take(MESSAGE_CHARS_MAX).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::exit_code;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: HeaderMap::new(), body: body.into() }
    }

    #[test]
    fn every_refusal_has_its_exit_code() {
        for (status, code) in [
            (400, 65),
            (401, 77),
            (403, 77),
            (404, 66),
            (409, 65),
            (412, 65),
            (429, 75),
            (503, 75),
            (500, 70),
            (405, 70),
            (418, 70),
            (307, 76),
        ] {
            assert_eq!(exit_code(&answer(status, "{}").check().unwrap_err()), code, "{status}");
        }
        assert_eq!(answer(202, "").check(), Ok(()));
    }

    #[test]
    fn the_server_s_sentence_is_found_in_every_shape() {
        for body in [
            r#"{"error":{"code":"NOT_FOUND","message":"it is gone"},"status":404}"#,
            r#"{"error":"invalid_client","error_description":"it is gone"}"#,
            r#"{"type":"about:blank","title":"Not Found","status":404,"detail":"it is gone"}"#,
        ] {
            assert_eq!(answer(404, body).message(), "it is gone");
        }
        assert_eq!(answer(502, "<html>bad gateway</html>").message(), "the server answered 502");
    }

    #[test]
    fn a_message_is_one_plain_line() {
        let message = answer(400, r#"{"detail":"two\nlines \u001b[31m"}"#).message();
        assert_eq!(message, r"two\u{a}lines \u{1b}[31m");
    }

    #[test]
    fn an_answer_of_something_else_is_a_protocol_fault_that_quotes_nothing() {
        let fault = answer(200, r#""rpa_secret""#).read::<u64>().unwrap_err();
        assert_eq!(exit_code(&fault), 76);
        assert!(!format!("{fault:?}").contains("rpa_secret"));
    }
}
