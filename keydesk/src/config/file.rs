//! keydesk.toml, as written.

use crate::exit::{Fault, Kind};
use crate::workspace::{Place, SecretArgs};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// More than any configuration needs.
const BYTES_MAX: u64 = 1 << 20;

/// Every key the file may have. Secrets are files of their own.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) database_url: Option<String>,
    pub(super) listen: Option<SocketAddr>,
    pub(super) data_listen: Option<SocketAddr>,
    pub(super) data_socket: Option<PathBuf>,
    pub(super) gateway_listen: Option<SocketAddr>,
    pub(super) gateway_ca: Option<PathBuf>,
    pub(super) gateway_credentials: Option<PathBuf>,
    pub(super) catalog: Option<PathBuf>,
    pub(super) public_url: Option<String>,
    pub(super) insecure_http: Option<bool>,
    pub(super) trusted_proxies: Option<Vec<String>>,
    pub(super) data_hosts: Option<Vec<String>>,
    pub(super) forward_headers: Option<String>,
    pub(super) data_token_file: Option<PathBuf>,
    pub(super) pepper_file: Option<PathBuf>,
    pub(super) master_key_file: Option<PathBuf>,
    pub(super) lease_seconds: Option<u64>,
    pub(super) signing_key_days: Option<u32>,
    pub(super) usage_retention_days: Option<u64>,
    pub(super) log: Option<String>,
    pub(super) log_format: Option<String>,
}

impl File {
    /// Reads the file that was named, or the one in the data directory when there is one.
    pub(super) fn read(named: Option<&Path>, folder: &Path) -> Result<File, Fault> {
        let beside = folder.join("keydesk.toml");
        let path = match named {
            Some(path) => path,
            None if beside.exists() => &beside,
            None => return Ok(File::default()),
        };
        let refused =
            |what: &str| Fault::new(Kind::Config, "configuration", format!("{}: {what}", path.display()));
        let found = std::fs::metadata(path).map_err(|error| refused(&error.to_string()))?;
        if !found.is_file() || found.len() > BYTES_MAX {
            return Err(refused("is not a file of at most 1 MiB"));
        }
        let text = std::fs::read_to_string(path).map_err(|error| refused(&error.to_string()))?;
        toml::from_str(&text).map_err(|error| {
            let (line, column) = place(&text, error.span().map_or(0, |span| span.start));
            let message = format!("{}:{line}:{column}: {}", path.display(), error.message());
            Fault::new(Kind::Config, "configuration", message)
        })
    }
}

/// A place with what its configuration file says where nothing else does.
pub(crate) fn with_file(place: Place) -> Result<Place, Fault> {
    let folder = place.data.clone().unwrap_or_else(|| PathBuf::from("./keydesk-data"));
    let file = File::read(place.config.as_deref(), &folder)?;
    Ok(file.fill(place))
}

impl File {
    /// Flags and the environment win; the file says the rest.
    pub(super) fn fill(&self, place: Place) -> Place {
        let secrets = SecretArgs {
            pepper_file: place.secrets.pepper_file.or_else(|| self.pepper_file.clone()),
            master_key_file: place.secrets.master_key_file.or_else(|| self.master_key_file.clone()),
        };
        let database_url = place.database_url.or_else(|| self.database_url.clone());
        Place { database_url, secrets, ..place }
    }
}

/// Line and column of a byte, both counted from 1.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    (line, column)
}
