//! `key create`: makes a key and hands out its secret, this once.

use super::secret_file::SecretFile;
use super::settings::Settings;
use super::view::{self, Shown};
use super::{Common, Style};
use crate::client::{Session, encode};
use crate::exit::{Fault, Kind};
use crate::output;
use clap::builder::NonEmptyStringValueParser;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// `key create`
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// Its name, 1 to 80 characters
    #[arg(long)]
    name: String,
    /// The project it belongs to; that of the credentials, or the only one, when absent
    #[arg(long, env = "KEYDESK_PROJECT", value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    project: Option<String>,
    /// Its class, which decides the prefix
    #[arg(long)]
    class: Option<String>,
    /// Makes a repetition harmless: with the same value, one key is made
    #[arg(long, value_name = "KEY", value_parser = idempotency_key)]
    idempotency_key: Option<String>,
    /// Write the secret to this new file instead of printing it
    #[arg(long, value_name = "PATH")]
    secret_file: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    pub(super) common: Common,
}

/// What the server answers. The secret is null when a create is repeated.
#[derive(Deserialize)]
struct Made<'a> {
    #[serde(borrow)]
    key: &'a RawValue,
    value: Option<String>,
}

impl Create {
    pub(super) fn run(mut self, session: &mut Session) -> Result<(), Fault> {
        let body = self.body()?;
        let file = self.secret_file.take().map(SecretFile::reserve).transpose()?;
        let answer = self.make(session, &body)?;
        let made: Made = view::parsed(&answer)?;
        let key: Shown = view::parsed(made.key)?;
        match (file, &made.value) {
            (Some(file), Some(secret)) => {
                file.keep(secret, &key.id)?;
                self.print_without_secret(&made, &key)
            }
            (Some(_), None) => Err(repeated(&key.id)),
            (None, secret) => self.print(&answer, &key, secret.as_deref()),
        }
    }

    fn body(&self) -> Result<Map<String, Value>, Fault> {
        let mut body = self.settings.fields()?;
        body.insert("name".into(), json!(self.name));
        if let Some(class) = &self.class {
            body.insert("class".into(), json!(class));
        }
        Ok(body)
    }

    fn make(&self, session: &mut Session, body: &Map<String, Value>) -> Result<Box<RawValue>, Fault> {
        let project = session.project(self.project.as_deref())?;
        let path = format!("/admin/projects/{}/api-keys", encode(&project));
        session.post(&path, body, self.idempotency_key.as_deref())
    }

    fn print(&self, answer: &RawValue, key: &Shown, secret: Option<&str>) -> Result<(), Fault> {
        match (self.common.style(), secret) {
            (Style::Json, _) => output::json(answer.get()),
            (Style::Ids, Some(secret)) => output::print(&format!("{secret}\n")),
            (Style::Ids, None) => Err(repeated(&key.id)),
            (Style::Table, Some(secret)) => {
                output::fields(&key.fields())?;
                output::note("the secret is shown once; keep it safe:");
                output::print(&format!("{secret}\n"))
            }
            (Style::Table, None) => {
                output::fields(&key.fields())?;
                output::note("this key was made before; its secret was shown then");
                Ok(())
            }
        }
    }

    fn print_without_secret(&self, made: &Made, key: &Shown) -> Result<(), Fault> {
        match self.common.style() {
            Style::Json => output::json(&format!("{{\"key\":{},\"value\":null}}", made.key.get())),
            Style::Ids => output::print(&format!("{}\n", output::escape(&key.id))),
            Style::Table => output::fields(&key.fields()),
        }
    }
}

/// Whoever asked for the secret alone must not take nothing for it.
fn repeated(id: &str) -> Fault {
    let message = format!("key {} was made before; its secret was shown then", output::escape(id));
    Fault::new(Kind::Data, "secret_not_available", message)
}

/// What a header can carry.
fn idempotency_key(text: &str) -> Result<String, String> {
    if (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 255 visible ASCII characters".into())
    }
}
