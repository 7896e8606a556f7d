//! Where an upstream is, and which language is spoken there.

use super::connection::Connection;
use super::line::Line;
use super::shared::Shared;
use super::tls::{Authorities, chose_http2};
use super::upstream::Failure;
use axum::body::Body;
use http::header::{COOKIE, HOST, HeaderMap, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{Request, Version};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;

#[derive(Debug)]
pub(super) struct Place {
    authority: Authority,
    host: HeaderValue,
    port: u16,
    speech: Speech,
}

#[derive(Debug)]
enum Speech {
    /// `http://`: HTTP/1.1.
    Http1,
    /// `h2c://`: HTTP/2 without TLS, as gRPC servers take it.
    Http2,
    /// `https://`: what the upstream chooses of both.
    Tls(Authorities, ServerName<'static>),
}

impl Place {
    /// Reads what a route says.
    pub(super) fn parse(name: &str, authorities: &Authorities) -> Option<Place> {
        let uri: Uri = name.parse().ok()?;
        let authority = uri.authority()?.clone();
        let (speech, port) = match uri.scheme_str()? {
            "http" => (Speech::Http1, 80),
            "h2c" => (Speech::Http2, 80),
            "https" => {
                let name = ServerName::try_from(bare(&authority).to_owned()).ok()?;
                (Speech::Tls(authorities.clone(), name), 443)
            }
            _ => return None,
        };
        let host = HeaderValue::from_str(authority.as_str()).ok()?;
        let port = authority.port_u16().unwrap_or(port);
        Some(Place { authority, host, port, speech })
    }

    pub(super) fn may_speak_http2(&self) -> bool {
        !matches!(self.speech, Speech::Http1)
    }

    pub(super) async fn connect(&self, tunnels: bool) -> Result<Line, Failure> {
        if tunnels && matches!(self.speech, Speech::Http2) {
            return Err(Failure::NoTunnel);
        }
        let socket = TcpStream::connect((bare(&self.authority), self.port)).await;
        let socket = socket.map_err(|_| Failure::Unreachable)?;
        // Heads and small bodies should not wait for more.
        let _ = socket.set_nodelay(true);
        let line = match &self.speech {
            Speech::Http1 => Connection::begin(TokioIo::new(socket)).await.map(Line::Own),
            Speech::Http2 => Shared::begin(TokioIo::new(socket)).await.map(Line::shared),
            Speech::Tls(authorities, name) => {
                let stream = authorities.secure(socket, name.clone(), tunnels).await.map_err(|error| {
                    tracing::warn!(upstream = self.authority.as_str(), "no TLS with an upstream: {error}");
                    Failure::Tls
                })?;
                if chose_http2(&stream) {
                    Shared::begin(TokioIo::new(stream)).await.map(Line::shared)
                } else {
                    Connection::begin(TokioIo::new(stream)).await.map(Line::Own)
                }
            }
        };
        line.map_err(|_| Failure::Unreachable)
    }

    /// Says in the request whom it is for, as the language has it.
    pub(super) fn address(&self, request: &mut Request<Body>, is_http2: bool) {
        let target = request.uri().path_and_query().cloned();
        let target = target.unwrap_or_else(|| PathAndQuery::from_static("/"));
        if !is_http2 {
            *request.uri_mut() = Uri::from(target);
            *request.version_mut() = Version::HTTP_11;
            request.headers_mut().insert(HOST, self.host.clone());
            join_cookies(request.headers_mut());
            return;
        }
        let scheme = if matches!(self.speech, Speech::Tls(..)) { Scheme::HTTPS } else { Scheme::HTTP };
        let mut parts = http::uri::Parts::default();
        (parts.scheme, parts.authority, parts.path_and_query) =
            (Some(scheme), Some(self.authority.clone()), Some(target));
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
        *request.version_mut() = Version::HTTP_2;
        request.headers_mut().remove(HOST);
    }
}

/// Over HTTP/2 a client may send its cookies in pieces; over HTTP/1.1 they are one line (RFC 9113 section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let pieces: Vec<&[u8]> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if pieces.len() > 1
        && let Ok(line) = HeaderValue::from_bytes(&pieces.join(&b"; "[..]))
    {
        headers.insert(COOKIE, line);
    }
}

/// The host as it is looked up.
fn bare(authority: &Authority) -> &str {
    authority.host().trim_matches(['[', ']'])
}

#[cfg(test)]
mod tests {
    use super::Place;
    use crate::gateway::Authorities;
    use axum::body::Body;
    use http::Request;

    #[test]
    fn cookies_that_came_in_pieces_are_one_line_where_pieces_are_not_known() {
        let place = Place::parse("http://upstream", &Authorities::of_the_web().unwrap()).unwrap();
        let request = || Request::get("/").header("cookie", "a=1").header("cookie", "b=2");
        for (is_http2, expected) in [(false, vec!["a=1; b=2"]), (true, vec!["a=1", "b=2"])] {
            let mut request = request().body(Body::empty()).unwrap();
            place.address(&mut request, is_http2);
            let cookies: Vec<_> = request.headers().get_all("cookie").iter().collect();
            assert_eq!(cookies, expected);
        }
    }
}
