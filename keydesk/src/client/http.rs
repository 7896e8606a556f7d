//! One HTTP exchange: bounded in time and size, never redirected.

use super::{Answer, Url};
use crate::exit::{Fault, Kind};
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::time::Duration;
use ureq::http::request::Builder;
use ureq::http::{Method, Request};
use ureq::tls::TlsConfig;
use ureq::{Agent, Error, Proxy, SendBody};

const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
const TIME_MAX: Duration = Duration::from_secs(30);
/// How long a server may work without a word on what it was sent, where that can be much.
const QUIET_MAX: Duration = Duration::from_secs(660);
/// A page of a hundred keys with every scope they may have fits many times.
const ANSWER_BYTES_MAX: u64 = 32 << 20;

/// A client of one server.
pub(crate) struct Http {
    agent: Agent,
    base: Url,
}

impl Http {
    /// A client of the server at this address.
    pub(crate) fn new(base: Url) -> Http {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // Credentials go to the server that was named and to no other.
            .max_redirects(0)
            .proxy(if base.may_take_a_proxy() { Proxy::try_from_env() } else { None })
            .timeout_connect(Some(CONNECT_TIME_MAX))
            .timeout_global(Some(TIME_MAX))
            .user_agent(concat!("keydesk/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().unversioned_rustls_crypto_provider(provider).build())
            .build()
            .new_agent();
        Http { agent, base }
    }

    /// A request to a path of the server, to be completed with headers.
    pub(crate) fn request(&self, method: Method, path: &str) -> Builder {
        Request::builder().method(method).uri(self.address(path)).header("accept", "application/json")
    }

    /// Where a path of the server is.
    pub(crate) fn address(&self, path: &str) -> String {
        self.base.join(path)
    }

    /// Sends a request and reads all of the answer, whatever its status.
    pub(crate) fn send(&self, request: Builder, body: Option<String>) -> Result<Answer, Fault> {
        let unfit = |error| self.fault(&Error::Http(error));
        let sent = match body {
            Some(body) => self.agent.run(request.body(body).map_err(unfit)?),
            None => self.agent.run(request.body(()).map_err(unfit)?),
        };
        let mut response = sent.map_err(|error| self.fault(&error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        Ok(Answer { status, headers, body: body.map_err(|error| self.fault(&error))? })
    }

    /// Sends what is read from somewhere, and hands out each line of a good answer as it comes. Both may take long,
    /// as long as they go on.
    pub(crate) fn send_and_listen(
        &self,
        request: Builder,
        mut body: &mut dyn Read,
        mut hear: impl FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<Option<Answer>, Fault> {
        let unfit = |error| self.fault(&Error::Http(error));
        let request = request.body(SendBody::from_reader(&mut body)).map_err(unfit)?;
        let request = self.agent.configure_request(request);
        let request = request.timeout_global(None).timeout_per_write(Some(TIME_MAX));
        let request = request.timeout_per_read(Some(QUIET_MAX)).build();
        let mut response = self.agent.run(request).map_err(|error| self.fault(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let reader = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).reader();
        let broken = |error: std::io::Error| self.fault(&Error::Io(error));
        let mut lines = BufReader::new(reader);
        if status != 200 {
            let mut body = Vec::new();
            lines.read_to_end(&mut body).map_err(broken)?;
            return Ok(Some(Answer { status, headers, body }));
        }
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).map_err(broken)? > 0 {
            hear(&line)?;
            line.clear();
        }
        Ok(None)
    }

    fn fault(&self, error: &Error) -> Fault {
        let base = &self.base;
        let cause = cause(error);
        if is_tls(error) {
            return Fault::new(
                Kind::Protocol,
                "tls_failed",
                format!("no secure connection to {base}: {cause}"),
            );
        }
        if matches!(
            error,
            Error::Io(_)
                | Error::Timeout(_)
                | Error::HostNotFound
                | Error::ConnectionFailed
                | Error::ConnectProxyFailed(_)
        ) {
            return Fault::new(
                Kind::Unavailable,
                "unreachable",
                format!("{base} cannot be reached: {cause}"),
            );
        }
        if matches!(error, Error::Http(_) | Error::BadUri(_)) {
            return Fault::new(
                Kind::Usage,
                "bad_request",
                format!("no request can be made of this: {cause}"),
            );
        }
        let message = format!("{base} does not answer as Keydesk does: {cause}");
        Fault::new(Kind::Protocol, "protocol", message)
    }
}

/// The handshake happens on the first read or write, so its failure may arrive inside an I/O error.
fn is_tls(error: &Error) -> bool {
    if let Error::Io(error) = error {
        return error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
    }
    matches!(error, Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) | Error::TlsRequired)
}

/// The library's own prefixes (`io: `) tell a reader nothing.
fn cause(error: &Error) -> String {
    if let Error::Io(inner) = error { inner.to_string() } else { error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::{Fake, exit_code};
    use std::net::TcpListener;

    fn fault_of(url: &str) -> Fault {
        let http = Http::new(Url::parse(url).unwrap());
        http.send(http.request(Method::GET, "/"), None).err().unwrap()
    }

    #[test]
    fn a_server_that_is_not_there_is_unavailable() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert_eq!(exit_code(&fault_of(&format!("http://127.0.0.1:{port}"))), 69);
        assert_eq!(exit_code(&fault_of("http://no-such-host.invalid")), 69);
    }

    #[test]
    fn a_server_without_tls_is_no_https_server() {
        let server = Fake::start(|_| (200, String::new()));
        assert_eq!(exit_code(&fault_of(&server.url().replace("http:", "https:"))), 76);
    }

    #[test]
    fn a_server_that_does_not_speak_http_is_a_protocol_fault() {
        let server = Fake::raw(b"SSH-2.0-OpenSSH_9.6\r\n");
        assert_eq!(exit_code(&fault_of(&server.url())), 76);
    }

    #[test]
    fn a_redirect_is_not_followed() {
        let server = Fake::raw(b"HTTP/1.1 307 R\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n");
        let http = Http::new(Url::parse(&server.url()).unwrap());
        let answer = http.send(http.request(Method::POST, "/"), Some("secret".into())).unwrap();
        assert_eq!(answer.status, 307);
    }
}
