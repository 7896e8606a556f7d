//! `key review`: which keys of the organization are worth a look.

use super::view::parsed;
use super::{Common, Style};
use crate::client::{Session, encode};
use crate::exit::{Fault, Kind};
use crate::output;
use serde::Deserialize;
use serde_json::value::RawValue;

/// `key review`
#[derive(Debug, clap::Args)]
pub(crate) struct Review {
    /// No more than this many, the worst; all when absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    #[command(flatten)]
    pub(super) common: Common,
}

/// Most keys that one answer has.
const PAGE: usize = 100;

#[derive(Deserialize)]
struct Page {
    data: Vec<Box<RawValue>>,
    total: u64,
    incomplete: bool,
    pagination: Option<Pagination>,
}

#[derive(Deserialize)]
struct Pagination {
    next: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    id: String,
    name: String,
    project_id: String,
    findings: Vec<String>,
    last_used_at: Option<String>,
}

impl Review {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), Fault> {
        let (keys, page) = self.keys(session)?;
        let shown = keys.len();
        if self.common.style() == Style::Json {
            let objects: Vec<&str> = keys.iter().map(|key| key.get()).collect();
            let (data, total, incomplete) = (objects.join(","), page.total, page.incomplete);
            return output::json(&format!(
                "{{\"data\":[{data}],\"total\":{total},\"incomplete\":{incomplete}}}"
            ));
        }
        let keys: Vec<Found> = keys.iter().map(|key| parsed(key)).collect::<Result<_, _>>()?;
        if self.common.style() == Style::Ids {
            let ids: String = keys.iter().map(|key| format!("{}\n", output::escape(&key.id))).collect();
            return output::print(&ids);
        }
        output::table(&["ID", "NAME", "PROJECT", "FINDINGS", "LAST USED"], keys.into_iter().map(Found::row))?;
        output::note(&format!("{shown} of {} keys that are worth a look", page.total));
        if page.incomplete {
            output::note("uses may be missing from the record, or there are more keys than are looked at");
        }
        Ok(())
    }

    /// Page after page, as far as was asked for; and the last page, without its keys.
    fn keys(&self, session: &mut Session) -> Result<(Vec<Box<RawValue>>, Page), Fault> {
        let most = self.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let first = format!("/admin/organizations/{}/advice", encode(&session.organization()?));
        let mut keys = Vec::new();
        let mut token = String::new();
        loop {
            let limit = most.saturating_sub(keys.len()).min(PAGE);
            let mut page: Page = session.get(&format!("{first}?limit={limit}{token}"))?;
            let empty = page.data.is_empty();
            keys.append(&mut page.data);
            let next = page.pagination.as_mut().and_then(|pagination| pagination.next.take());
            match next.filter(|_| keys.len() < most) {
                None => return Ok((keys, page)),
                Some(_) if empty => {
                    let message = "the server's list of keys does not end";
                    return Err(Fault::new(Kind::Protocol, "protocol", message));
                }
                Some(next) => token = format!("&paginationToken={}", encode(&next)),
            }
        }
    }
}

impl Found {
    fn row(self) -> Vec<String> {
        let used = self.last_used_at.unwrap_or_else(|| "never".into());
        vec![self.id, self.name, self.project_id, self.findings.join(", "), used]
    }
}
