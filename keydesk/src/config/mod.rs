//! Configuration: flag > environment > keydesk.toml > documented default, read in two steps: as written,
//! then as meant, with every mistake reported at once.

mod credentials;
mod environment;
mod file;
mod meaning;
mod tokens;

pub(crate) use environment::{refuse_unknown, secret};
pub(crate) use file::with_file;
pub(crate) use meaning::{Config, public_url};

use crate::workspace::Place;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What `serve` takes on the command line and from the environment.
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Address of the public listener [default: 127.0.0.1:8080]
    #[arg(long, env = "KEYDESK_LISTEN", value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Address of the data listener [default: 127.0.0.1:8081]
    #[arg(long, env = "KEYDESK_DATA_LISTEN", value_name = "ADDRESS")]
    pub(crate) data_listen: Option<SocketAddr>,
    /// Path of a Unix socket that is the data listener, too; whoever may open it is trusted as a proxy is [default: none]
    #[arg(long, env = "KEYDESK_DATA_SOCKET", value_name = "PATH")]
    pub(crate) data_socket: Option<PathBuf>,
    /// Address of the gateway, which passes requests on to the upstreams of the catalog's routes [default: none]
    #[arg(long, env = "KEYDESK_GATEWAY_LISTEN", value_name = "ADDRESS")]
    pub(crate) gateway_listen: Option<SocketAddr>,
    /// Replace the catalog with this file's
    #[arg(long, env = "KEYDESK_CATALOG", value_name = "FILE")]
    pub(crate) catalog: Option<PathBuf>,
    /// PEM file of the authorities that say who an https upstream of the gateway is [default: those that browsers trust]
    #[arg(long, env = "KEYDESK_GATEWAY_CA", value_name = "FILE")]
    pub(crate) gateway_ca: Option<PathBuf>,
    /// Folder with what the gateway sends to upstreams in place of the client's credential, a file for each that routes
    /// name [default: none]
    #[arg(long, env = "KEYDESK_GATEWAY_CREDENTIALS", value_name = "DIR")]
    pub(crate) gateway_credentials: Option<PathBuf>,
    /// The URL people and clients reach the public listener by [default: http:// and its address]
    #[arg(long, env = "KEYDESK_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Allow a public URL that is plain http beyond this machine
    #[arg(long, env = "KEYDESK_INSECURE_HTTP")]
    pub(crate) insecure_http: bool,
    /// Networks of gateways whose word on the caller's address counts [default: loopback]
    #[arg(long, env = "KEYDESK_TRUSTED_PROXIES", value_name = "CIDRS", value_delimiter = ',')]
    pub(crate) trusted_proxies: Option<Vec<String>>,
    /// Hosts that the data listener answers to beside its own on loopback, or `*`: a gateway may ask with the Host of
    /// the request it holds
    #[arg(long, env = "KEYDESK_DATA_HOSTS", value_name = "HOSTS", value_delimiter = ',')]
    pub(crate) data_hosts: Option<Vec<String>>,
    /// Headers that tell the forward door which request a gateway holds, x-forwarded or x-original [default: x-forwarded]
    #[arg(long, env = "KEYDESK_FORWARD_HEADERS", value_name = "FAMILY")]
    pub(crate) forward_headers: Option<String>,
    /// File with the tokens that gateways send as X-Keydesk-Token, one in each line (or KEYDESK_DATA_TOKEN)
    #[arg(long, env = "KEYDESK_DATA_TOKEN_FILE", value_name = "FILE")]
    pub(crate) data_token_file: Option<PathBuf>,
    /// Seconds a node answers without hearing from the log [default: 10]
    #[arg(long, env = "KEYDESK_LEASE_SECONDS", value_name = "SECONDS")]
    pub(crate) lease_seconds: Option<u64>,
    /// Days for which a key signs access tokens before the next one is made; 0: until it is rotated [default: 90]
    #[arg(long, env = "KEYDESK_SIGNING_KEY_DAYS", value_name = "DAYS")]
    pub(crate) signing_key_days: Option<u32>,
    /// Days that usage is kept, hour by hour [default: 90]
    #[arg(long, env = "KEYDESK_USAGE_RETENTION_DAYS", value_name = "DAYS")]
    pub(crate) usage_retention_days: Option<u64>,
    /// What is logged, as `level` or `target=level,…` [default: info]
    #[arg(long, env = "KEYDESK_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
    /// text or json [default: text]
    #[arg(long, env = "KEYDESK_LOG_FORMAT", value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,
}
