//! The folder in which the credentials for upstreams lie, a file for each, read at start and on SIGHUP.

use crate::exit::{Fault, Kind};
use data::Gate;
use data::gateway::{Credential, Credentials};
use domain::catalog::is_credential_name;
use std::collections::BTreeMap;
use std::fs::{metadata, read_dir};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// More than any value has.
const FILE_BYTES_MAX: u64 = 8 << 10;
/// A catalog has no more routes.
const FILES_MAX: usize = 1000;

/// The folder, if there is one, and what was last read from it.
pub(crate) struct UpstreamCredentials {
    folder: Option<PathBuf>,
    pub(crate) known: Credentials,
}

impl UpstreamCredentials {
    pub(super) fn read(folder: Option<PathBuf>) -> Result<UpstreamCredentials, Fault> {
        let read = UpstreamCredentials { folder, known: Credentials::default() };
        let refused = |mistake: String| {
            Fault::new(Kind::Config, "configuration", format!("gateway_credentials: {mistake}"))
        };
        if let Some(folder) = &read.folder {
            read.known.replace(read_all(folder).map_err(refused)?);
        }
        Ok(read)
    }

    /// Reads the folder once more. One that is no good changes nothing.
    pub(crate) fn reload(&self) {
        let Some(folder) = &self.folder else { return };
        match read_all(folder).map(|all| self.known.replace(all)) {
            Ok(()) => tracing::info!("the credentials for upstreams are those in {}", folder.display()),
            Err(mistake) => tracing::error!("the credentials for upstreams were not read again: {mistake}"),
        }
    }

    /// Says which ones the routes need and are not there. Without a gateway, nobody does.
    pub(crate) fn warn_of_missing(&self, gateway: Option<&Gate>) {
        let catalog = gateway.and_then(Gate::catalog);
        for name in catalog.map(|catalog| self.known.missing(&catalog)).unwrap_or_default() {
            tracing::warn!(
                credential = name,
                "a route needs a credential that this node does not have; its requests are answered with 503"
            );
        }
    }
}

fn read_all(folder: &Path) -> Result<BTreeMap<String, Credential>, String> {
    let unreadable = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut all = BTreeMap::new();
    for entry in read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (path, name) = (entry.path(), entry.file_name());
        // Editors, and whoever mounts the folder, keep files of their own in it.
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        if !is_credential_name(name) {
            return Err(format!("{}: a name is 1 to 64 of a-z, 0-9, _ and -", path.display()));
        }
        if all.len() == FILES_MAX {
            return Err(format!("{}: there are more than {FILES_MAX} files", folder.display()));
        }
        let credential = read(&path).map_err(|mistake| format!("{}: {mistake}", path.display()))?;
        all.insert(name.to_owned(), credential);
    }
    Ok(all)
}

fn read(path: &Path) -> Result<Credential, String> {
    let found = metadata(path).map_err(|error| error.to_string())?;
    if !found.is_file() {
        return Err("is no file".to_owned());
    }
    if found.len() > FILE_BYTES_MAX {
        return Err(format!("is larger than {FILE_BYTES_MAX} bytes"));
    }
    let text = std::fs::read(path).map(Zeroizing::new).map_err(|error| error.to_string())?;
    Credential::parse(text).map_err(str::to_owned)
}
