//! The listeners, each behind the hardened front.

use crate::config::Config;
use crate::exit::{Fault, Kind};
use crate::front::{
    self, Answering, Front, HostRule, Large, Limits, Listener, Refused, RequestId, SocketFile, Takeover,
};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::map_request;
use axum::response::Response;
use control::App;
use data::gateway::{Gateway, Tunnel};
use data::http::{Caller, Desk, Phase};
use data::{Gate, Live, Metrics};
use http::StatusCode;
use http::request::Parts;
use rand_core::{Rng, UnwrapErr};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The largest body of a verification.
const VERIFY_BYTES_MAX: usize = 64 << 10;

/// A million keys as JSON, each with its digest and its networks, and room to spare.
const IMPORTS: Large = Large { is: control::rest::is_import, bytes_max: 256 << 20, stride_bytes: 2 << 20 };

/// What passes the gateway is not kept, so a body may be large. It must keep coming.
const RELAYED: Large = Large { is: |_, _| true, bytes_max: 64 << 20, stride_bytes: 16 << 10 };

/// All listeners, bound but not served yet.
pub(super) struct Bound {
    public: TcpListener,
    data: TcpListener,
    socket: Option<SocketFile>,
    gateway: Option<(TcpListener, SocketAddr)>,
    pub(super) public_address: SocketAddr,
    pub(super) data_address: SocketAddr,
}

impl Bound {
    pub(super) async fn bind(config: &Config) -> Result<Bound, Fault> {
        let (public, public_address) = bind(config.listen).await?;
        let (data, data_address) = bind(config.data_listen).await?;
        let socket = match &config.data_socket {
            Some(path) => Some(open(path).await?),
            None => None,
        };
        let gateway = match config.gateway_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        Ok(Bound { public, data, socket, gateway, public_address, data_address })
    }

    pub(super) fn gateway_address(&self) -> Option<SocketAddr> {
        self.gateway.as_ref().map(|(_, address)| *address)
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Fault> {
    let refused = |error: std::io::Error| {
        let kind = if matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable) {
            Kind::Config
        } else if error.kind() == ErrorKind::PermissionDenied {
            Kind::NoPermission
        } else {
            Kind::Unavailable
        };
        Fault::new(kind, "address", format!("cannot listen on {address}: {error}"))
    };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok((listener, address))
}

async fn open(path: &Path) -> Result<SocketFile, Fault> {
    SocketFile::open(path).await.map_err(|error| {
        let kind = if error.kind() == ErrorKind::PermissionDenied {
            Kind::NoPermission
        } else if error.kind() == ErrorKind::WouldBlock {
            Kind::TempFail
        } else {
            Kind::Config
        };
        Fault::new(kind, "address", format!("cannot listen at {}: {error}", path.display()))
    })
}

/// All listeners, served.
pub(super) struct Doors(JoinSet<()>);

impl Doors {
    #[expect(clippy::too_many_arguments, reason = "the one place where everything meets")]
    pub(super) fn open(
        config: &Config,
        bound: Bound,
        app: &Arc<App>,
        gate: Arc<Gate>,
        live: Arc<Live>,
        metrics: Arc<Metrics>,
        phase: watch::Receiver<Phase>,
        drain: watch::Receiver<bool>,
    ) -> Doors {
        let desk = Arc::new(Desk {
            gate: Arc::clone(&gate),
            live,
            metrics,
            tokens: config.data_tokens.known.clone(),
            trusted: config.trusted_proxies.clone(),
            trusts_everyone: false,
            family: config.family,
            phase,
        });
        let public_front = Front {
            limits: Limits { large: Some(IMPORTS), ..Limits::default() },
            hosts: hosts(bound.public_address, config.public_url.as_deref().and_then(authority)),
            ids: request_ids(),
            render,
            http2: false,
            direct: None,
            relay: None,
            relays: false,
        };
        let mut doors = JoinSet::new();
        let public: Router = control::rest::router(Arc::clone(app));
        doors.spawn(front::serve(Listener::Tcp(bound.public), public, public_front, drain.clone()));
        if let Some(file) = bound.socket {
            // The permissions of the file say who is a gateway, and no web page has a way to it.
            let desk = Arc::new(Desk { trusts_everyone: true, ..Desk::clone(&desk) });
            doors.spawn(serve_data(Listener::Unix(file), desk, HostRule::Any, drain.clone()));
        }
        let data_hosts = hosts(bound.data_address, &config.data_hosts);
        doors.spawn(serve_data(Listener::Tcp(bound.data), desk, data_hosts, drain.clone()));
        if let Some((listener, _)) = bound.gateway {
            let authorities = config.gateway_authorities.clone();
            let gateway = Gateway::new(gate, config.public_proxies.clone(), authorities);
            let gateway = Arc::new(gateway.carrying(config.gateway_credentials.known.clone()));
            let listener = Listener::Tcp(listener);
            doors.spawn(front::serve(listener, Router::new(), gateway_front(gateway), drain));
        }
        Doors(doors)
    }

    /// Returns when all have drained.
    pub(super) async fn closed(mut self) {
        while self.0.join_next().await.is_some() {}
    }
}

fn serve_data(
    listener: Listener,
    desk: Arc<Desk>,
    hosts: HostRule,
    drain: watch::Receiver<bool>,
) -> impl Future<Output = ()> {
    let direct = Arc::new(Doorway(data::http::Direct::new(Arc::clone(&desk))));
    let routes = data::http::router(desk).layer(map_request(name_request));
    let front = Front {
        limits: Limits { body_bytes_max: VERIFY_BYTES_MAX, ..Limits::default() },
        hosts,
        ids: request_ids(),
        render: front::problem,
        http2: true,
        direct: Some(direct),
        relay: None,
        relays: false,
    };
    front::serve(listener, routes, front, drain)
}

/// The routes say which hosts there are, and there is nothing to be had without a key.
fn gateway_front(gateway: Arc<Gateway>) -> Front {
    Front {
        limits: Limits { large: Some(RELAYED), ..Limits::default() },
        hosts: HostRule::Any,
        ids: request_ids(),
        render: front::problem,
        http2: true,
        direct: None,
        relay: Some(Arc::new(Relay(gateway))),
        relays: true,
    }
}

/// On loopback only the names of this machine are answered, so that no web page reaches the listener under
/// a name of its own (DNS rebinding). Elsewhere a gateway in front sends whatever Host it has.
fn hosts<H: AsRef<str>>(address: SocketAddr, more: impl IntoIterator<Item = H>) -> HostRule {
    if !address.ip().is_loopback() {
        return HostRule::Any;
    }
    let port = address.port();
    let mut names: Vec<String> =
        ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}")).into();
    names.push(address.to_string());
    names.extend(more.into_iter().map(|host| host.as_ref().to_owned()));
    // `*` is no name, so a list with it is none.
    HostRule::only(names).unwrap_or(HostRule::Any)
}

fn authority(url: &str) -> Option<&str> {
    url.split("://").nth(1)
}

/// The data plane has its own type for the id, as it knows nothing of the front.
async fn name_request(mut request: Request) -> Request {
    if let Some(RequestId(id)) = request.extensions().get().cloned() {
        request.extensions_mut().insert(data::http::RequestId(id));
    }
    request
}

/// What the front refuses is no page either.
fn render(refused: &Refused<'_>) -> Response {
    control::rest::with_policy(shape(refused))
}

/// What the front refuses under `/admin` has the published shape, and at `/graphql` that of GraphQL.
fn shape(refused: &Refused<'_>) -> Response {
    if refused.path == "/graphql" {
        let Refused { status, code, detail, request_id, .. } = *refused;
        return control::graphql::refusal(status, code, detail, request_id);
    }
    if !refused.path.starts_with("/admin") {
        return front::problem(refused);
    }
    let code = match refused.status {
        StatusCode::INTERNAL_SERVER_ERROR => "INTERNAL",
        status if status.is_server_error() => "UNAVAILABLE",
        _ => "INVALID_ARGUMENT",
    };
    control::rest::admin_error(published(refused.status), code, refused.detail)
}

/// Under `/admin` bad input is always 400 (architecture: 413 and 415 read so); framing keeps its own status.
fn published(status: StatusCode) -> StatusCode {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNSUPPORTED_MEDIA_TYPE => StatusCode::BAD_REQUEST,
        other => other,
    }
}

/// Ids that no two requests share, on this server or another: half of them is drawn once, half is counted. Asking the
/// system for randomness each time would cost as much as a decision; nobody relies on an id being hard to guess.
fn request_ids() -> Arc<dyn Fn() -> String + Send + Sync> {
    let mut bytes = [0; 16];
    UnwrapErr(getrandom::SysRng).fill_bytes(&mut bytes);
    let drawn = u128::from_be_bytes(bytes);
    let next = AtomicU64::new(0);
    Arc::new(move || hexadecimal(drawn.wrapping_add(next.fetch_add(1, Ordering::Relaxed).into())))
}

fn hexadecimal(number: u128) -> String {
    let digit = |half: u8| half + if half < 10 { b'0' } else { b'a' - 10 };
    let mut text = [0; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(number.to_be_bytes()) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    std::str::from_utf8(&text).unwrap_or_default().to_owned()
}

/// The doors for gateways, as the front asks for them.
struct Doorway(data::http::Direct);

impl front::Direct for Doorway {
    fn answer(&self, head: &mut Parts, peer: Option<SocketAddr>, id: &str) -> Option<Response> {
        self.0.answer(head, Caller { peer, id: Some(id) })
    }

    fn takes_lines(&self, path: &str) -> bool {
        self.0.takes_lines(path)
    }

    fn answer_lines(
        &self,
        lines: &[(&str, &[u8])],
        peer: Option<SocketAddr>,
        id: &str,
        out: &mut Vec<u8>,
    ) -> Option<Response> {
        self.0.answer_lines(lines, Caller { peer, id: Some(id) }, out)
    }

    fn wants_body(&self, head: &Parts) -> bool {
        self.0.is_call(head)
    }

    fn answer_whole(&self, head: &mut Parts, peer: Option<SocketAddr>, id: &str, body: &Bytes) -> Response {
        self.0.answer_call(head, Caller { peer, id: Some(id) }, body)
    }
}

/// The gateway, as the front asks for it.
struct Relay(Arc<Gateway>);

impl front::Relay for Relay {
    fn answer<'r>(&'r self, request: Request<Body>, peer: Option<SocketAddr>, id: &'r str) -> Answering<'r> {
        Box::pin(async move {
            let mut response = self.0.answer(request, Caller { peer, id: Some(id) }).await;
            // The front knows nothing of tunnels, only that something takes the socket over.
            if let Some(tunnel) = response.extensions_mut().remove::<Tunnel>() {
                let takeover = Takeover::new(|socket, early| tunnel.run(socket, early));
                response.extensions_mut().insert(takeover);
            }
            response
        })
    }
}
