//! Counts as rows of a table: what they are of, and how much of everything that is.

use crate::console::visit::Visit;
use crate::console::words::grouped;
use crate::ops;
use crate::ops::usage::Usage;
use crate::store::UsageBy;
use domain::OTHER;

/// Rows that are shown; the rest is one row.
const ROWS: usize = 20;

/// One of the things that calls have in common.
pub(super) struct Row {
    pub(super) label: String,
    /// Empty where it leads nowhere.
    pub(super) href: String,
    pub(super) calls: String,
    /// In percent, for the drawing.
    pub(super) share: i64,
    /// The same in words.
    pub(super) said: String,
}

/// The rows, the most calls first. Names of keys are looked up for those that are shown.
pub(super) async fn rows(visit: &Visit, by: UsageBy, usage: &Usage) -> Vec<Row> {
    let total = usage.counts.iter().fold(0, |sum: i64, count| sum.saturating_add(count.calls));
    let mut rows = Vec::new();
    for count in usage.counts.iter().take(ROWS) {
        let (label, href) = match by {
            UsageBy::Key => key(visit, &count.value).await,
            UsageBy::Outcome => (count.value.replace('_', " "), String::new()),
            UsageBy::Action | UsageBy::Resource | UsageBy::Network => {
                (value(by, &count.value), String::new())
            }
        };
        rows.push(row(label, href, count.calls, total));
    }
    let rest = usage.counts.iter().skip(ROWS).fold(0, |sum: i64, count| sum.saturating_add(count.calls));
    if rest > 0 {
        rows.push(row("Everything else".into(), String::new(), rest, total));
    }
    rows
}

fn row(label: String, href: String, calls: i64, total: i64) -> Row {
    let share = i64::try_from(i128::from(calls) * 100 / i128::from(total.max(1))).unwrap_or_default();
    let said = if share == 0 { "less than 1 %".into() } else { format!("{share} %") };
    Row { label, href, calls: grouped(calls), share, said }
}

/// What cannot be seen any more has its id only.
async fn key(visit: &Visit, id: &str) -> (String, String) {
    if id == OTHER {
        return ("Other keys".into(), String::new());
    }
    match ops::keys::on_record(&visit.app, visit.caller(), id).await {
        Ok(row) => (row.key.name.as_str().to_owned(), format!("/keys/{}", row.key.id)),
        Err(_) => (id.to_owned(), String::new()),
    }
}

fn value(by: UsageBy, value: &str) -> String {
    match (by, value) {
        (_, OTHER) => "Everything else".into(),
        (UsageBy::Network, "") => "Unknown address".into(),
        (_, "") => "None asked for".into(),
        (_, value) => value.to_owned(),
    }
}
