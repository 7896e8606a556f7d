//! `/usage`: what the organization's keys were used for, and which of them are worth a look.

use super::over_time::{OverTime, counted, over_time};
use super::range::Range;
use super::shown::{Row, rows};
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::keys::shown::{Chip, chip_of};
use crate::console::page::page;
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::grouped;
use crate::ops;
use crate::ops::usage::Interval;
use crate::store::UsageBy;
use askama::Template;
use axum::response::Response;
use domain::access::Operation;

/// Keys worth a look that are shown.
const KEYS: usize = 10;

#[derive(Template)]
#[template(path = "usage.html")]
struct UsagePage {
    frame: Frame,
    range: Range,
    by: UsageBy,
    /// The one key that the page is about, if it is about one.
    key: Option<(String, String)>,
    over_time: OverTime,
    rows: Vec<Row>,
    /// What can be told apart here.
    ways: Vec<UsageBy>,
    review: Option<Review>,
    twin: Twin,
}

/// Keys that are worth a look.
struct Review {
    keys: Vec<Reviewed>,
    total: usize,
    incomplete: bool,
}

struct Reviewed {
    id: String,
    name: String,
    chips: Vec<Chip>,
}

impl UsagePage {
    /// The address of the same page with another choice.
    fn href(&self, range: &Range, by: &UsageBy) -> String {
        let key = self.key.as_ref().map(|(id, _)| format!("&key={id}")).unwrap_or_default();
        format!("/usage?range={}&by={}{key}", range.name(), by.name())
    }

    fn grouped(&self, calls: &i64) -> String {
        grouped(*calls)
    }

    fn calls(&self) -> String {
        grouped(self.over_time.allowed.saturating_add(self.over_time.refused))
    }

    fn refused_share(&self) -> String {
        let total = self.over_time.allowed.saturating_add(self.over_time.refused);
        let tenths = i128::from(self.over_time.refused) * 1_000 / i128::from(total.max(1));
        format!("{}.{} %", tenths / 10, tenths % 10)
    }
}

/// The last day, and its outcomes, unless something else is asked for.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let query = visit.query(&["range", "by", "key"])?;
    let range = Range::parse(query.get("range"));
    let asked = query.get("by").unwrap_or_default();
    let by = UsageBy::EACH.into_iter().find(|by| by.name() == asked).unwrap_or(UsageBy::Outcome);
    let key = match query.get("key") {
        Some(id) => {
            let key = ops::keys::on_record(&visit.app, visit.caller(), id).await?.key;
            Some((key.id.to_string(), key.name.as_str().to_owned()))
        }
        None => None,
    };
    let id = key.as_ref().map(|(id, _)| id.as_str());
    let over_time = over_time(&visit, id, range).await?;
    let usage = counted(&visit, id, &range.ask(visit.app.now(), by, None)).await?;
    let rows = rows(&visit, by, &usage).await;
    let frame = Frame::of(&visit, Section::Usage, "Usage").await?;
    let twin = twin(&visit, id, range, by);
    let review = if id.is_none() { Some(review(&visit).await?) } else { None };
    let ways = ways(&visit, id);
    page(&UsagePage { frame, range, by, key, over_time, rows, ways, review, twin })
}

/// Keys, and what they reach, are told apart for whoever sees all projects; of one key they are.
fn ways(visit: &Visit, key: Option<&str>) -> Vec<UsageBy> {
    let sees_all = visit.caller().projects(Operation::ReadProject).is_none();
    let shown = |by: &UsageBy| match by {
        UsageBy::Outcome | UsageBy::Action => true,
        UsageBy::Key => key.is_none() && sees_all,
        UsageBy::Resource | UsageBy::Network => key.is_some() || sees_all,
    };
    UsageBy::EACH.into_iter().filter(shown).collect()
}

async fn review(visit: &Visit) -> Result<Review, Fault> {
    let (app, caller) = (&visit.app, visit.caller());
    let found = ops::advice::of_organization(app, caller, caller.organization.as_str(), KEYS).await?;
    let reviewed = |reviewed: ops::advice::Reviewed| Reviewed {
        id: reviewed.row.key.id.to_string(),
        name: reviewed.row.key.name.as_str().to_owned(),
        chips: reviewed.findings.into_iter().map(chip_of).collect(),
    };
    let keys = found.keys.into_iter().map(reviewed).collect();
    Ok(Review { keys, total: found.total, incomplete: found.incomplete })
}

fn twin(visit: &Visit, key: Option<&str>, range: Range, by: UsageBy) -> Twin {
    let path = match key {
        Some(id) => format!("/admin/api-keys/{id}/usage"),
        None => format!("/admin/organizations/{}/usage", visit.caller().organization),
    };
    let from = api::time::format(range.from(visit.app.now()).micros());
    let interval = match range.interval() {
        Interval::Hour => "hour",
        Interval::Day => "day",
    };
    let of = key.map(|id| format!(" --key {id}")).unwrap_or_default();
    let by = by.name();
    Twin::read(&visit.app, &format!("{path}?from={from}&interval={interval}&by={by}"))
        .or(format!("keydesk usage{of} --from {from} --interval {interval} --by {by}"))
}
