//! `keydesk signing-key`: the keys that sign access tokens, on a running server.

use crate::client::{Connection, Session, encode};
use crate::exit::{Fault, Kind};
use crate::output::{self, Format};
use clap::builder::NonEmptyStringValueParser;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// What can be done with signing keys.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum SigningKey {
    /// List the keys that sign, will sign, or have signed tokens that are still good
    List(Whose),
    /// Make the next key: it is published at once, and signs when every cache knows it
    Rotate(Rotate),
}

/// `signing-key list`
#[derive(Debug, clap::Args)]
pub(crate) struct Whose {
    /// The organization; that of the credentials when absent
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new(), conflicts_with = "server")]
    organization: Option<String>,
    /// The server's own keys, which sign the tokens of service accounts: the operator's to see
    #[arg(long)]
    server: bool,
    #[command(flatten)]
    connection: Connection,
    /// How to print the answer
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
}

/// `signing-key rotate`
#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    /// The algorithm of the next key; that of the one before when absent
    #[arg(long, value_parser = ["ES256", "EdDSA"])]
    algorithm: Option<String>,
    /// Sign with it at once and believe the others no more: every token that they signed dies. For a key that leaked
    #[arg(long)]
    at_once: bool,
    #[command(flatten)]
    whose: Whose,
}

impl SigningKey {
    fn whose(&self) -> &Whose {
        match self {
            SigningKey::List(whose) => whose,
            SigningKey::Rotate(rotate) => &rotate.whose,
        }
    }

    pub(crate) fn wants_json(&self) -> bool {
        self.whose().output == Format::Json
    }

    pub(crate) fn run(self) -> Result<(), Fault> {
        let mut session = self.whose().connection.session()?;
        let path = self.whose().path(&mut session)?;
        let keys: Box<RawValue> = match &self {
            SigningKey::List(_) => session.get(&path)?,
            SigningKey::Rotate(rotate) => session.post(&path, &rotate.body(), None)?,
        };
        self.whose().print(&keys)
    }
}

impl Rotate {
    fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        body.extend(self.algorithm.as_ref().map(|name| ("algorithm".to_owned(), json!(name))));
        body.insert("at_once".into(), json!(self.at_once));
        body
    }
}

impl Whose {
    fn path(&self, session: &mut Session) -> Result<String, Fault> {
        if self.server {
            return Ok("/admin/signing-keys".into());
        }
        let id = match &self.organization {
            Some(id) => id.clone(),
            None => session.organization()?,
        };
        Ok(format!("/admin/organizations/{}/signing-keys", encode(&id)))
    }

    fn print(&self, keys: &RawValue) -> Result<(), Fault> {
        if self.output == Format::Json {
            return output::json(keys.get());
        }
        let keys: Value = serde_json::from_str(keys.get()).map_err(|_| unfit())?;
        let keys = keys.get("data").and_then(Value::as_array).ok_or_else(unfit)?;
        output::table(&["KID", "ALGORITHM", "STATE", "SIGNS FROM", "ENDS"], keys.iter().map(cells))
    }
}

fn cells(key: &Value) -> Vec<String> {
    let text = |name: &str| key.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
    vec![text("kid"), text("algorithm"), text("state"), text("signs_from"), text("ends_at")]
}

fn unfit() -> Fault {
    Fault::new(Kind::Protocol, "protocol", "the server's answer is not what Keydesk sends")
}
