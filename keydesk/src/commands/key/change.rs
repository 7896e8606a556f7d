//! `key show`, `key update`, `key enable` and `key disable`: one key, as it is or as it shall be.

use super::settings::Settings;
use super::view::{self, Shown};
use super::{Common, Style};
use crate::client::{Session, encode};
use crate::exit::{Fault, Kind};
use crate::output;
use clap::builder::NonEmptyStringValueParser;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// The key meant.
#[derive(Debug, clap::Args)]
pub(crate) struct One {
    /// The key's id
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(super) id: String,
    #[command(flatten)]
    pub(super) common: Common,
}

/// `key update`
#[derive(Debug, clap::Args)]
pub(crate) struct Update {
    /// Its new name, 1 to 80 characters
    #[arg(long)]
    name: Option<String>,
    /// Take its expiry away
    #[arg(long, conflicts_with = "expires_at")]
    no_expiry: bool,
    /// Let it be used from anywhere
    #[arg(long, conflicts_with = "allow_ip")]
    any_ip: bool,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    pub(super) one: One,
}

impl One {
    /// The key's path, whatever the id holds.
    pub(super) fn path(&self) -> String {
        format!("/admin/api-keys/{}", encode(&self.id))
    }

    pub(super) fn show(&self, session: &mut Session) -> Result<(), Fault> {
        let key: Box<RawValue> = session.get(&self.path())?;
        self.print(&key)
    }

    pub(super) fn switch(&self, session: &mut Session, enabled: bool) -> Result<(), Fault> {
        let key: Box<RawValue> = session.patch(&self.path(), &json!({"enabled": enabled}))?;
        self.print(&key)
    }

    pub(super) fn print(&self, answer: &RawValue) -> Result<(), Fault> {
        let key: Shown = view::parsed(answer)?;
        match self.common.style() {
            Style::Json => output::json(answer.get()),
            Style::Ids => output::print(&format!("{}\n", output::escape(&key.id))),
            Style::Table => output::fields(&key.fields()),
        }
    }
}

impl Update {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), Fault> {
        let key: Box<RawValue> = session.patch(&self.one.path(), &self.body()?)?;
        self.one.print(&key)
    }

    pub(super) fn body(&self) -> Result<Map<String, Value>, Fault> {
        let mut body = self.settings.fields()?;
        if let Some(name) = &self.name {
            body.insert("name".into(), json!(name));
        }
        if self.no_expiry {
            body.insert("expires_at".into(), Value::Null);
        }
        if self.any_ip {
            body.insert("allowed_ip_cidrs".into(), json!([]));
        }
        if body.is_empty() {
            return Err(Fault::new(Kind::Usage, "nothing_to_change", "name at least one thing to change"));
        }
        Ok(body)
    }
}
