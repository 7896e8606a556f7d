//! `key list`: the keys of a project.

use super::view::{self, HEADINGS, Shown};
use super::{Common, Style};
use crate::client::{Session, encode};
use crate::exit::{Fault, Kind};
use crate::output;
use clap::builder::NonEmptyStringValueParser;
use serde::Deserialize;
use serde_json::value::RawValue;

/// `key list`
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// The project; that of the credentials, or the only one, when absent
    #[arg(long, env = "KEYDESK_PROJECT", value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    project: Option<String>,
    /// Only keys with this status; all but revoked ones when absent
    #[arg(long, value_parser = ["active", "expired", "disabled", "revoked", "all"])]
    status: Option<String>,
    /// Only keys with this in their name, letter case ignored
    #[arg(long, value_name = "TEXT")]
    query: Option<String>,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Box<RawValue>>,
    pagination: Option<Pagination>,
}

#[derive(Deserialize)]
struct Pagination {
    next: Option<String>,
}

impl List {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), Fault> {
        let keys = self.keys(session)?;
        if self.common.style() == Style::Json {
            let objects: Vec<&str> = keys.iter().map(|key| key.get()).collect();
            return output::json(&format!("{{\"data\":[{}]}}", objects.join(",")));
        }
        let keys: Vec<Shown> = keys.iter().map(|key| view::parsed(key)).collect::<Result<_, _>>()?;
        if self.common.style() == Style::Ids {
            return output::print(
                &keys.iter().map(|key| format!("{}\n", output::escape(&key.id))).collect::<String>(),
            );
        }
        output::table(&HEADINGS, keys.iter().map(Shown::row))
    }

    /// All pages, one after another: no single answer grows with the project.
    fn keys(&self, session: &mut Session) -> Result<Vec<Box<RawValue>>, Fault> {
        let project = session.project(self.project.as_deref())?;
        let first = self.path(&project);
        let mut keys = Vec::new();
        let mut path = first.clone();
        loop {
            let page: Page = session.get(&path)?;
            let empty = page.data.is_empty();
            keys.extend(page.data);
            let Some(next) = page.pagination.and_then(|pagination| pagination.next) else { return Ok(keys) };
            if empty {
                return Err(Fault::new(Kind::Protocol, "protocol", "the server's list of keys does not end"));
            }
            path = format!("{first}&paginationToken={}", encode(&next));
        }
    }

    fn path(&self, project: &str) -> String {
        let mut path = format!("/admin/projects/{}/api-keys?limit=100", encode(project));
        for (name, value) in [("status", &self.status), ("q", &self.query)] {
            if let Some(value) = value {
                path.push_str(&format!("&{name}={}", encode(value)));
            }
        }
        path
    }
}
