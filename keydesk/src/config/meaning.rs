//! Configuration as meant: everything decided, nothing optional that the server needs.

use super::Flags;
use super::credentials::UpstreamCredentials;
use super::file::File;
use super::tokens::DataTokens;
use crate::exit::{Fault, Kind};
use crate::front::HostRule;
use crate::workspace::Place;
use data::gateway::Authorities;
use data::http::Family;
use domain::TrustedPeers;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the server runs with.
pub(crate) struct Config {
    pub(crate) place: Place,
    pub(crate) listen: SocketAddr,
    pub(crate) data_listen: SocketAddr,
    /// Where the data listener can be reached without an address, if it can.
    pub(crate) data_socket: Option<PathBuf>,
    /// Without one there is no gateway.
    pub(crate) gateway_listen: Option<SocketAddr>,
    /// Who says who an upstream over TLS is.
    pub(crate) gateway_authorities: Authorities,
    /// What upstreams get in place of the client's credential.
    pub(crate) gateway_credentials: UpstreamCredentials,
    pub(crate) catalog: Option<PathBuf>,
    pub(crate) public_url: Option<String>,
    /// Whose word about a client counts on the data listener.
    pub(crate) trusted_proxies: TrustedPeers,
    /// The same on the public listener and at the gateway: nobody, unless it was said.
    pub(crate) public_proxies: TrustedPeers,
    /// What callers of the data listener show.
    pub(crate) data_tokens: DataTokens,
    /// What the data listener answers to on loopback beside its own names.
    pub(crate) data_hosts: Vec<String>,
    pub(crate) family: Family,
    pub(crate) lease: Option<Duration>,
    /// How long a key signs access tokens; zero: until it is rotated.
    pub(crate) signing_key_days: u32,
    /// How long usage is kept.
    pub(crate) usage_retention: Duration,
    pub(crate) log: String,
    pub(crate) log_json: bool,
}

const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
const DATA_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8081);
/// How long a key signs, unless something else is said.
const SIGNING_KEY_DAYS: u32 = 90;

impl Config {
    /// Decides everything, or reports every mistake.
    pub(crate) fn resolve(flags: Flags, folder: &Path) -> Result<Config, Fault> {
        let file = File::read(flags.place.config.as_deref(), folder)?;
        let place = file.fill(flags.place);
        let mut mistakes = Vec::new();
        let mut keep = |result: Result<(), String>| mistakes.extend(result.err());

        let data_listen = flags.data_listen.or(file.data_listen).unwrap_or(DATA_LISTEN);
        let listen = flags.listen.or(file.listen).unwrap_or(LISTEN);
        let gateway_listen = flags.gateway_listen.or(file.gateway_listen);
        keep(different("data_listen", listen, data_listen));
        for other in [listen, data_listen] {
            keep(gateway_listen.map_or(Ok(()), |gateway| different("gateway_listen", other, gateway)));
        }
        let data_tokens = DataTokens::read(flags.data_token_file.or(file.data_token_file))?;
        keep(guarded(data_listen, &data_tokens));
        let insecure = flags.insecure_http || file.insecure_http.unwrap_or(false);
        let public_url = match flags.public_url.or(file.public_url).map(|url| checked_url(&url, insecure)) {
            Some(Err(mistake)) => {
                keep(Err(mistake));
                None
            }
            Some(Ok(url)) => Some(url),
            None => None,
        };
        let trusted = flags.trusted_proxies.or(file.trusted_proxies).map(|entries| {
            TrustedPeers::parse(entries.iter().map(|entry| entry.trim()).filter(|e| !e.is_empty()))
        });
        let data_hosts = flags.data_hosts.or(file.data_hosts).unwrap_or_default();
        let data_hosts: Vec<String> = data_hosts.iter().map(|host| host.trim().to_owned()).collect();
        // `*` alone answers to every name; among others it would be one nobody has.
        if data_hosts != ["*"] {
            keep(HostRule::only(&data_hosts).map(drop).map_err(|error| format!("data_hosts: {error}")));
        }
        let family = flags.forward_headers.or(file.forward_headers);
        let family = match family.as_deref() {
            None | Some("x-forwarded") => Family::Forwarded,
            Some("x-original") => Family::Original,
            Some(_) => {
                keep(Err("forward_headers must be x-forwarded or x-original".into()));
                Family::default()
            }
        };
        let lease_seconds = flags.lease_seconds.or(file.lease_seconds);
        keep(
            lease_seconds
                .is_none_or(|seconds| (1..=300).contains(&seconds))
                .then_some(())
                .ok_or("lease_seconds must be from 1 to 300".into()),
        );
        let retention_days = flags.usage_retention_days.or(file.usage_retention_days).unwrap_or(90);
        keep(
            (1..=400)
                .contains(&retention_days)
                .then_some(())
                .ok_or("usage_retention_days must be from 1 to 400".into()),
        );
        let format = flags.log_format.or(file.log_format).unwrap_or_else(|| "text".into());
        keep(
            ["text", "json"]
                .contains(&format.as_str())
                .then_some(())
                .ok_or("log_format must be text or json".into()),
        );
        let said = trusted.map(|trusted| {
            trusted.unwrap_or_else(|mistake| {
                keep(Err(format!("trusted_proxies: {mistake}")));
                TrustedPeers::nobody()
            })
        });
        if !mistakes.is_empty() {
            return Err(Fault::new(Kind::Config, "configuration", mistakes.join("; ")));
        }
        Ok(Config {
            place: Place { data: Some(folder.to_owned()), ..place },
            listen,
            data_listen,
            data_socket: flags.data_socket.or(file.data_socket),
            gateway_listen,
            gateway_authorities: authorities(flags.gateway_ca.or(file.gateway_ca).as_deref())?,
            gateway_credentials: UpstreamCredentials::read(
                flags.gateway_credentials.or(file.gateway_credentials),
            )?,
            catalog: flags.catalog.or(file.catalog),
            public_url,
            trusted_proxies: said.clone().unwrap_or_else(TrustedPeers::loopback),
            public_proxies: said.unwrap_or_default(),
            data_tokens,
            data_hosts,
            family,
            lease: lease_seconds.map(Duration::from_secs),
            signing_key_days: flags.signing_key_days.or(file.signing_key_days).unwrap_or(SIGNING_KEY_DAYS),
            usage_retention: Duration::from_secs(retention_days.saturating_mul(24 * 3600)),
            log: flags.log.or(file.log).unwrap_or_else(|| "info".into()),
            log_json: format == "json",
        })
    }
}

fn different(name: &str, taken: SocketAddr, listen: SocketAddr) -> Result<(), String> {
    if listen == taken && listen.port() != 0 {
        return Err(format!("{name} and another listener are both {listen}; each needs a port of its own"));
    }
    Ok(())
}

fn guarded(data_listen: SocketAddr, tokens: &DataTokens) -> Result<(), String> {
    if tokens.known.is_none() && !data_listen.ip().is_loopback() {
        return Err(format!(
            "data_listen {data_listen} is reachable from outside: set KEYDESK_DATA_TOKEN_FILE"
        ));
    }
    Ok(())
}

fn authorities(file: Option<&Path>) -> Result<Authorities, Fault> {
    let made = match file {
        None => Authorities::of_the_web(),
        Some(path) => {
            let only = std::fs::read(path).map_err(|error| error.to_string());
            let only = only.and_then(|pem| Authorities::only(&pem));
            only.map_err(|mistake| format!("gateway_ca: {}: {mistake}", path.display()))
        }
    };
    made.map_err(|mistake| Fault::new(Kind::Config, "configuration", mistake))
}

/// A public URL for a command that only prints links.
pub(crate) fn public_url(text: &str) -> Result<String, Fault> {
    checked_url(text, true).map_err(|mistake| Fault::new(Kind::Config, "configuration", mistake))
}

/// Scheme and authority, nothing more; a trailing slash is taken off, so that one issuer has one spelling.
fn checked_url(text: &str, insecure: bool) -> Result<String, String> {
    let refused = |why: &str| Err(format!("public_url `{text}` {why}"));
    let url = text.strip_suffix('/').unwrap_or(text);
    let Ok(parsed) = url.parse::<http::Uri>() else { return refused("is not a URL") };
    let (Some(scheme), Some(authority)) = (parsed.scheme_str(), parsed.authority()) else {
        return refused("must be http:// or https:// and a host");
    };
    if !["http", "https"].contains(&scheme) || authority.as_str().contains('@') {
        return refused("must be http:// or https:// and a host");
    }
    // A port that is no number between 1 and 65535 is kept by the parser and refused here.
    if authority.port_u16().is_none() && authority.as_str() != authority.host() {
        return refused("has a port that is none");
    }
    if url != format!("{scheme}://{authority}") {
        return refused("must be a scheme and a host, without path, query or fragment");
    }
    let host = authority.host().trim_matches(['[', ']']);
    let local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if scheme == "http" && !local && !insecure {
        return refused("is plain http beyond this machine; use https, or set insecure_http = true");
    }
    Ok(format!("{scheme}://{authority}"))
}
