//! Upstreams over TLS and over HTTP/2: in the language that they choose, and only those that prove who they are.

use super::{head, stage_at, with, writer};
use crate::harness::{Site, Stage};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// An API that says what it was asked.
struct Echo {
    port: u16,
    connections: Arc<Mutex<usize>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    /// Without TLS it speaks HTTP/2 and nothing else.
    fn start(tls: Option<ServerConfig>) -> Echo {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let echo = Echo { port, connections: Arc::default(), seen: Arc::default() };
        let (connections, seen) = (Arc::clone(&echo.connections), Arc::clone(&echo.seen));
        let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        std::thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while let Ok((socket, _)) = listener.accept().await {
                    *connections.lock().unwrap() += 1;
                    let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
                    tokio::spawn(async move {
                        let Some(acceptor) = acceptor else { return serve(socket, true, seen).await };
                        if let Ok(stream) = acceptor.accept(socket).await {
                            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                            serve(stream, is_http2, seen).await;
                        }
                    });
                }
            });
        });
        echo
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve<S>(socket: S, is_http2: bool, seen: Arc<Mutex<Vec<String>>>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| answer(request, Arc::clone(&seen)));
    let io = TokioIo::new(socket);
    if is_http2 {
        let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        drop(builder.serve_connection(io, service).await);
    } else {
        let builder = hyper::server::conn::http1::Builder::new();
        drop(builder.serve_connection(io, service).with_upgrades().await);
    }
}

type Said = http_body_util::combinators::BoxBody<Bytes, Infallible>;

async fn answer(
    mut request: Request<Incoming>,
    seen: Arc<Mutex<Vec<String>>>,
) -> Result<Response<Said>, Infallible> {
    let header =
        |name| request.headers().get(name).map_or("-", |value: &HeaderValue| value.to_str().unwrap());
    let host = request.uri().host().unwrap_or_else(|| header("host").split(':').next().unwrap());
    let line = format!(
        "{:?} {} {} {host} authorization={} te={}",
        request.version(),
        request.method(),
        request.uri().path(),
        header("authorization"),
        header("te"),
    );
    if request.headers().contains_key("upgrade") {
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let mut io = TokioIo::new(upgrade.await.unwrap());
            let mut word = [0; 4];
            io.read_exact(&mut word).await.unwrap();
            io.write_all(&word).await.unwrap();
        });
        let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
        let response = response.header("upgrade", "websocket").header("connection", "upgrade");
        return Ok(response.body(Full::default().boxed()).unwrap());
    }
    let body = request.into_body().collect().await.unwrap();
    let sent = body.trailers().into_iter().flat_map(HeaderMap::keys);
    let sent: Vec<&str> = sent.map(|name| name.as_str()).collect();
    seen.lock().unwrap().push(format!("{line} trailers={}", sent.join(",")));
    let body = body.to_bytes();
    let mut trailers = HeaderMap::new();
    trailers.insert("x-length", body.len().into());
    let said = [line.as_bytes(), &body].concat();
    let body = Full::new(Bytes::from(said)).with_trailers(async { Some(Ok(trailers)) });
    // A body whose length is said in the head has no trailers over HTTP/1.1.
    let body = body.map_frame(|frame| frame).boxed();
    Ok(Response::builder().header("trailer", "x-length").body(body).unwrap())
}

/// A certificate for this name, and the authority that says so, in PEM.
fn certified(name: &str, speaks: &[&[u8]]) -> (ServerConfig, String) {
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let mut config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    config.alpn_protocols = speaks.iter().map(|protocol| protocol.to_vec()).collect();
    (config, authority.pem())
}

fn behind(echo: &Echo, authority: Option<&str>, scheme: &str) -> Stage {
    let mut site = Site::sqlite();
    if let Some(pem) = authority {
        std::fs::create_dir_all(site.data()).unwrap();
        let file = site.data().join("ca.pem");
        std::fs::write(&file, pem).unwrap();
        site = site.flag("--gateway-ca", file.to_str().unwrap());
    }
    stage_at(site, &format!("{scheme}://localhost:{}", echo.port))
}

#[test]
fn an_upstream_over_tls_is_asked_in_the_language_it_chooses() {
    for (speaks, version, connections) in [
        (&[b"h2".as_slice(), b"http/1.1"][..], "HTTP/2.0", 1),
        (&[b"http/1.1"], "HTTP/1.1", 1),
        (&[], "HTTP/1.1", 1),
    ] {
        let (config, authority) = certified("localhost", speaks);
        let echo = Echo::start(Some(config));
        let stage = behind(&echo, Some(&authority), "https");
        let key = writer(&stage);
        for _ in 0..3 {
            let said = with(&key, "POST", "/p/x").body("hello").send(stage.server.gateway());
            let expected = format!("{version} POST /p/x localhost authorization=- te=-hello");
            assert_eq!((said.status, said.text().contains(&expected)), (200, true), "{said:?}");
        }
        assert_eq!(*echo.connections.lock().unwrap(), connections, "{version}");
    }
}

#[test]
fn an_upstream_that_does_not_prove_who_it_is_gets_nothing() {
    let (config, authority) = certified("other.example", &[b"h2"]);
    let (_, stranger) = certified("localhost", &[]);
    let (own, _) = certified("localhost", &[b"h2"]);
    for (config, trusted) in [(config, Some(&authority)), (own.clone(), Some(&stranger)), (own, None)] {
        let echo = Echo::start(Some(config));
        let stage = behind(&echo, trusted.map(String::as_str), "https");
        let said = with(&writer(&stage), "POST", "/p/x").body("hello").send(stage.server.gateway());
        assert_eq!((said.status, said.problem_code().as_deref()), (502, Some("upstream_unreachable")));
        assert_eq!(echo.seen(), [""; 0]);
    }
}

#[test]
fn trailers_pass_both_languages() {
    let echo = Echo::start(None);
    let stage = behind(&echo, None, "h2c");
    let said = with(&writer(&stage), "POST", "/p/x")
        .header("TE", "trailers")
        .body("hello")
        .send(stage.server.gateway());
    let text = said.text();
    assert!(text.contains("HTTP/2.0 POST /p/x localhost authorization=- te=trailers"), "{text}");
    assert!(text.contains("hello") && text.ends_with("x-length: 5\r\n\r\n"), "{text}");
    let refused = head(&writer(&stage), "GET /p/x");
    let mut socket = TcpStream::connect(stage.server.gateway()).unwrap();
    socket
        .write_all(format!("{refused}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n").as_bytes())
        .unwrap();
    let mut begin = [0; 12];
    socket.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 400", "HTTP/2 has no WebSockets here");
}

#[test]
fn a_websocket_over_tls_is_opened_in_the_language_that_has_them() {
    let (config, authority) = certified("localhost", &[b"h2", b"http/1.1"]);
    let echo = Echo::start(Some(config));
    let stage = behind(&echo, Some(&authority), "https");
    let key = writer(&stage);
    assert!(with(&key, "GET", "/p/x").send(stage.server.gateway()).text().contains("HTTP/2.0 GET"));
    let mut socket = TcpStream::connect(stage.server.gateway()).unwrap();
    let request =
        format!("{}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\nword", head(&key, "GET /p/socket"));
    socket.write_all(request.as_bytes()).unwrap();
    let mut said = Vec::new();
    socket.read_to_end(&mut said).unwrap();
    let said = String::from_utf8(said).unwrap();
    assert!(said.starts_with("HTTP/1.1 101") && said.ends_with("\r\n\r\nword"), "{said}");
}

#[test]
fn authorities_that_cannot_be_read_keep_the_server_from_starting() {
    for text in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let site = Site::sqlite();
        std::fs::create_dir_all(site.data()).unwrap();
        let file = site.data().join("ca.pem");
        std::fs::write(&file, text).unwrap();
        let (code, said) = site.flag("--gateway-ca", file.to_str().unwrap()).refused();
        assert_eq!((code, said.contains("gateway_ca")), (78, true), "{text}: {said}");
    }
}

#[test]
fn a_trailer_that_nobody_announced_is_held_to_the_rule_of_the_head() {
    let echo = Echo::start(None);
    let stage = behind(&echo, None, "h2c");
    let mut socket = TcpStream::connect(stage.server.gateway()).unwrap();
    let head = head(&writer(&stage), "POST /p/x");
    let trailers = "X-Auth-Org: another\r\nAuthorization: Bearer x\r\nX-Sum: 1\r\n";
    let request =
        format!("{head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n{trailers}\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let seen = echo.seen();
    assert!(answer.starts_with("HTTP/1.1 200") && seen[0].ends_with(" trailers=x-sum"), "{seen:?} {answer}");
}
