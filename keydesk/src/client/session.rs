//! Calls of the Admin API as one service account; its access token is bought once and kept in memory only.

use super::credentials::Credentials;
use super::{Answer, Http, Url, encode};
use crate::exit::{Fault, Kind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::Read;
use ureq::http::{HeaderValue, Method, Request};

/// A server, and who asks.
pub(crate) struct Session {
    http: Http,
    pub(super) credentials: Credentials,
    bearer: Option<HeaderValue>,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

impl Session {
    pub(super) fn new(base: Url, credentials: Credentials) -> Session {
        Session { http: Http::new(base), credentials, bearer: None }
    }

    /// Reads an object.
    pub(crate) fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Fault> {
        self.call(Method::GET, path, None, &[])?.read()
    }

    /// Makes an object; under the same idempotency key, only once.
    pub(crate) fn post<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
        idempotency_key: Option<&str>,
    ) -> Result<T, Fault> {
        let once: Vec<_> = idempotency_key.map(|key| ("idempotency-key", key)).into_iter().collect();
        self.call(Method::POST, path, Some(json(body)?), &once)?.read()
    }

    /// Changes an object.
    pub(crate) fn patch<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Fault> {
        self.call(Method::PATCH, path, Some(json(body)?), &[])?.read()
    }

    /// Changes an object, unless somebody else has done so since it had this ETag.
    pub(crate) fn patch_unchanged<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
        etag: &str,
    ) -> Result<T, Fault> {
        self.call(Method::PATCH, path, Some(json(body)?), &[("if-match", etag)])?.read()
    }

    /// Removes an object.
    pub(crate) fn delete(&mut self, path: &str) -> Result<Answer, Fault> {
        let answer = self.call(Method::DELETE, path, None, &[])?;
        answer.check().map(|()| answer)
    }

    /// Sends a file, and hands out each line of the answer as it comes. The server is asked first whether it would
    /// take it, so that a refusal need not wait for all of the file.
    pub(crate) fn upload(
        &mut self,
        path: &str,
        file: &mut dyn Read,
        hear: impl FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<Option<Answer>, Fault> {
        let bearer = self.bearer()?;
        let request = Request::builder().method(Method::POST).uri(self.http.address(path));
        let request = request.header("authorization", bearer).header("accept", "application/x-ndjson");
        let request =
            request.header("content-type", "application/octet-stream").header("expect", "100-continue");
        self.http.send_and_listen(request, file, hear)
    }

    fn bearer(&mut self) -> Result<HeaderValue, Fault> {
        Ok(match &self.bearer {
            Some(bearer) => bearer.clone(),
            None => self.bearer.insert(self.buy()?).clone(),
        })
    }

    fn call(
        &mut self,
        method: Method,
        path: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> Result<Answer, Fault> {
        let bearer = self.bearer()?;
        let mut request = self.http.request(method, path).header("authorization", bearer);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.http.send(request, body)
    }

    /// Buys an access token (RFC 6749 section 4.4).
    fn buy(&self) -> Result<HeaderValue, Fault> {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            encode(&self.credentials.client_id),
            encode(&self.credentials.client_secret)
        );
        let request = self.http.request(Method::POST, "/oauth/token");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let token: Token = self.http.send(request, Some(form))?.read()?;
        let unfit =
            |_| Fault::new(Kind::Protocol, "protocol", "the server's access token is not what Keydesk sends");
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.access_token)).map_err(unfit)?;
        bearer.set_sensitive(true);
        Ok(bearer)
    }
}

fn json(body: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(body).map_err(|error| Fault::new(Kind::Software, "encode", error.to_string()))
}

#[cfg(test)]
mod tests {
    use crate::client::fake::{Fake, TOKEN, exit_code};
    use serde_json::{Value, json};

    #[test]
    fn a_token_is_bought_once_and_sent_with_every_call() {
        let server = Fake::admin(|_| (200, "{}".into()));
        let mut session = server.session();
        let _: Value = session.get("/admin/projects").unwrap();
        let _: Value =
            session.post("/admin/projects/p/api-keys", &json!({"name":"n"}), Some("once")).unwrap();
        session.delete("/admin/api-keys/k").unwrap();
        let seen = server.seen();
        let lines: Vec<&str> = seen.iter().map(|seen| seen.line.as_str()).collect();
        assert_eq!(
            lines,
            [
                "POST /oauth/token HTTP/1.1",
                "GET /admin/projects HTTP/1.1",
                "POST /admin/projects/p/api-keys HTTP/1.1",
                "DELETE /admin/api-keys/k HTTP/1.1"
            ]
        );
        assert_eq!(
            seen[0].body,
            "grant_type=client_credentials&client_id=sa%20id&client_secret=s%2B3%26cret"
        );
        assert!(
            seen[1..].iter().all(|seen| seen.header("authorization") == Some(&format!("Bearer {TOKEN}")))
        );
        assert_eq!(
            (seen[2].body.as_str(), seen[2].header("idempotency-key")),
            (r#"{"name":"n"}"#, Some("once"))
        );
    }

    #[test]
    fn a_wrong_secret_is_not_permitted() {
        let body = r#"{"error":"invalid_client","error_description":"the client id or secret is wrong"}"#;
        let server = Fake::start(move |_| (401, body.into()));
        let fault = server.session().get::<Value>("/admin/projects").unwrap_err();
        assert_eq!(exit_code(&fault), 77);
        assert!(format!("{fault:?}").contains("the client id or secret is wrong"));
    }
}
