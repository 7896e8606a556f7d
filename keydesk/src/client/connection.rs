//! The options of every command that speaks to the Admin API.

use super::credentials::{Credentials, Places};
use super::{Readers, Session, Url};
use crate::config;
use crate::exit::Fault;
use std::ffi::OsString;
use std::path::PathBuf;
use zeroize::Zeroizing;

const CONNECTION: &str = "Connection";
const URL: &str = "http://127.0.0.1:8080";

/// Where the server is and who asks. A secret is never an argument: arguments can be seen in `ps`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Connection {
    /// The server; that of the profile, or http://127.0.0.1:8080, when absent
    #[arg(long, env = "KEYDESK_URL", help_heading = CONNECTION)]
    url: Option<String>,
    /// The service account; its secret is read from KEYDESK_CLIENT_SECRET
    #[arg(long, env = "KEYDESK_CLIENT_ID", help_heading = CONNECTION, value_name = "ID")]
    client_id: Option<String>,
    /// File with the secret, instead of KEYDESK_CLIENT_SECRET
    #[arg(long, env = "KEYDESK_CLIENT_SECRET_FILE", help_heading = CONNECTION, value_name = "FILE")]
    client_secret_file: Option<OsString>,
    /// File with what `keydesk init` printed; read when there is no client id.
    /// Without either, ~/.config/keydesk/config.toml is read
    #[arg(long, env = "KEYDESK_CREDENTIALS", help_heading = CONNECTION, value_name = "FILE")]
    credentials: Option<OsString>,
    /// Read secrets from files that others can read, too
    #[arg(long, help_heading = CONNECTION)]
    allow_insecure_permissions: bool,
    /// Where people keep their configuration
    #[arg(long, env = "XDG_CONFIG_HOME", hide = true)]
    config_home: Option<OsString>,
}

impl Connection {
    /// Finds out where the server is and who asks; nothing is sent yet.
    pub(crate) fn session(&self) -> Result<Session, Fault> {
        self.session_with(config::secret("KEYDESK_CLIENT_SECRET"))
    }

    fn session_with(&self, client_secret: Option<Zeroizing<String>>) -> Result<Session, Fault> {
        let credentials = self.places(client_secret).find()?;
        let base = self.base(&credentials)?;
        Ok(Session::new(base, credentials))
    }

    fn base(&self, credentials: &Credentials) -> Result<Url, Fault> {
        let given = self.url.as_deref().filter(|url| !url.is_empty());
        Url::parse(given.or(credentials.url.as_deref()).unwrap_or(URL))
    }

    fn places(&self, client_secret: Option<Zeroizing<String>>) -> Places {
        Places {
            client_id: self.client_id.clone().filter(|id| !id.is_empty()),
            client_secret,
            client_secret_file: path(self.client_secret_file.as_ref()),
            credentials: path(self.credentials.as_ref()),
            profile: self.profile(),
            readers: Readers::allowed(self.allow_insecure_permissions),
        }
    }

    fn profile(&self) -> Option<PathBuf> {
        // The XDG base directory specification: a relative path is to be ignored.
        let said = path(self.config_home.as_ref()).filter(|folder| folder.is_absolute());
        let home = || std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".config"));
        Some(said.or_else(home)?.join("keydesk/config.toml"))
    }
}

/// A path that was given; an empty variable counts as absent.
pub(crate) fn path(given: Option<&OsString>) -> Option<PathBuf> {
    given.filter(|path| !path.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
impl Connection {
    /// A connection to a server with the credentials in a file, whatever the environment says.
    pub(crate) fn to(url: &str, credentials: &std::path::Path) -> Connection {
        Connection {
            url: Some(url.into()),
            client_id: None,
            client_secret_file: None,
            credentials: Some(credentials.into()),
            allow_insecure_permissions: false,
            config_home: None,
        }
    }

    /// A session that does not look at the environment.
    pub(crate) fn session_for_test(&self) -> Session {
        self.session_with(None).ok().unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::private_file;
    use clap::{CommandFactory, Parser};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        connection: Connection,
    }

    #[test]
    fn a_secret_cannot_be_an_argument() {
        for flag in ["--client-secret", "--secret", "--token", "--password", "--key"] {
            let refused = Line::try_parse_from(["keydesk", flag, "s3cret"]).err().unwrap();
            assert_eq!(refused.kind(), clap::error::ErrorKind::UnknownArgument, "{flag}");
            let refused = Line::try_parse_from(["keydesk", &format!("{flag}=s3cret")]).err().unwrap();
            assert_eq!(refused.kind(), clap::error::ErrorKind::UnknownArgument, "{flag}=");
            assert!(!refused.to_string().contains("s3cret"));
        }
        assert!(
            Line::command()
                .get_arguments()
                .all(|argument| { argument.get_env().is_none_or(|name| name != "KEYDESK_CLIENT_SECRET") })
        );
    }

    #[test]
    fn the_address_given_wins_over_that_of_the_profile() {
        let file = private_file(r#"{"client_id":"c","client_secret":"s"}"#);
        let mut connection = Connection::to("http://given:1", file.path());
        let mut credentials = connection.places(None).find().ok().unwrap();
        credentials.url = Some("http://profile:2".into());
        assert_eq!(connection.base(&credentials).unwrap().to_string(), "http://given:1");
        connection.url = Some(String::new());
        assert_eq!(connection.base(&credentials).unwrap().to_string(), "http://profile:2");
        credentials.url = None;
        assert_eq!(connection.base(&credentials).unwrap().to_string(), URL);
    }
}
