//! Who asks: a service account's client id and secret, from the environment, a file or a profile.

use super::private::{Readers, read, read_secret, unreadable};
use crate::exit::{Fault, Kind};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What buys an access token, and what was kept beside it.
pub(super) struct Credentials {
    pub(super) client_id: String,
    pub(super) client_secret: Zeroizing<String>,
    pub(super) project_id: Option<String>,
    pub(super) url: Option<String>,
}

/// Where credentials may be; the first place that has some is taken whole.
pub(super) struct Places {
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<Zeroizing<String>>,
    pub(super) client_secret_file: Option<PathBuf>,
    pub(super) credentials: Option<PathBuf>,
    pub(super) profile: Option<PathBuf>,
    pub(super) readers: Readers,
}

/// What `keydesk init` prints, as far as it matters here.
#[derive(Deserialize)]
struct FirstRun {
    client_id: String,
    client_secret: String,
    project_id: Option<String>,
}

/// `config.toml`. A mistyped key is refused: it would send the secret to the default server.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    client_id: String,
    client_secret: String,
    project_id: Option<String>,
    url: Option<String>,
}

impl Places {
    /// Reads the credentials from the first place that has some.
    pub(super) fn find(self) -> Result<Credentials, Fault> {
        let readers = self.readers;
        let secret_given = self.client_secret.is_some() || self.client_secret_file.is_some();
        if let Some(client_id) = self.client_id {
            let client_secret = match (self.client_secret, self.client_secret_file) {
                (Some(secret), None) => secret,
                (None, Some(path)) => read_secret(&path, readers)?,
                (Some(_), Some(_)) => {
                    return Err(config("set KEYDESK_CLIENT_SECRET or KEYDESK_CLIENT_SECRET_FILE, not both"));
                }
                (None, None) => return Err(config("KEYDESK_CLIENT_ID is set, KEYDESK_CLIENT_SECRET is not")),
            };
            return Ok(Credentials { client_id, client_secret, project_id: None, url: None });
        }
        if secret_given {
            return Err(config("a client secret is set, KEYDESK_CLIENT_ID is not"));
        }
        if let Some(path) = self.credentials {
            let text = read(&path, readers)?.ok_or_else(|| unreadable(&path, "there is no such file"))?;
            return first_run(&path, &text);
        }
        if let Some(path) = self.profile
            && let Some(text) = read(&path, readers)?
        {
            return profile(&path, &text);
        }
        Err(Fault::new(
            Kind::Config,
            "no_credentials",
            "no credentials: set KEYDESK_CLIENT_ID and KEYDESK_CLIENT_SECRET, or KEYDESK_CREDENTIALS to the file \
             with what `keydesk init` printed",
        ))
    }
}

fn first_run(path: &Path, text: &str) -> Result<Credentials, Fault> {
    let read: FirstRun = parsed(path, serde_json::from_str(text).ok(), "what `keydesk init` prints")?;
    let client_secret = Zeroizing::new(read.client_secret);
    Ok(Credentials { client_id: read.client_id, client_secret, project_id: read.project_id, url: None })
}

fn profile(path: &Path, text: &str) -> Result<Credentials, Fault> {
    let keys = "TOML with client_id, client_secret and perhaps url and project_id, nothing else";
    let read: Profile = parsed(path, toml::from_str(text).ok(), keys)?;
    let client_secret = Zeroizing::new(read.client_secret);
    Ok(Credentials { client_id: read.client_id, client_secret, project_id: read.project_id, url: read.url })
}

/// The parsers' own messages are left out: they quote the line, and the line may be the secret.
fn parsed<T: DeserializeOwned>(path: &Path, read: Option<T>, what: &str) -> Result<T, Fault> {
    read.ok_or_else(|| config(&format!("{} must hold {what}", path.display())))
}

fn config(message: &str) -> Fault {
    Fault::new(Kind::Config, "credentials_invalid", message)
}

#[cfg(test)]
mod tests;
