//! Allowed and refused calls over time: of one key, or of all keys of the organization.

use super::range::Range;
use crate::console::chart::{Bar, Chart};
use crate::console::visit::Visit;
use crate::ops::usage::{Interval, Usage, UsageAsk};
use crate::store::UsageBy;
use crate::{Error, ops};
use std::collections::BTreeMap;

const ALLOWED: &str = "allowed";
const MICROS: i64 = 1_000_000;

/// A chart with its sums.
pub(in crate::console) struct OverTime {
    pub(in crate::console) chart: Chart,
    pub(in crate::console) allowed: i64,
    pub(in crate::console) refused: i64,
    /// Whether calls may be missing.
    pub(in crate::console) incomplete: bool,
}

/// Counts for the chart; of this key, or of all.
pub(in crate::console) async fn over_time(
    visit: &Visit,
    key: Option<&str>,
    range: Range,
) -> Result<OverTime, Error> {
    let now = visit.app.now();
    let interval = range.interval();
    let usage = counted(visit, key, &range.ask(now, UsageBy::Outcome, Some(interval))).await?;
    let mut sums: BTreeMap<i64, (i64, i64)> = range.starts(now).map(|start| (start, (0, 0))).collect();
    for count in &usage.counts {
        // What is on record of no piece of this time is not of this time.
        let Some((allowed, refused)) = sums.get_mut(&(count.start / MICROS)) else { continue };
        let sum = if count.value == ALLOWED { allowed } else { refused };
        *sum = sum.saturating_add(count.calls);
    }
    let bars: Vec<Bar> = sums
        .into_iter()
        .map(|(start, (allowed, refused))| Bar { label: label(start, interval), allowed, refused })
        .collect();
    let each = match interval {
        Interval::Hour => "hour",
        Interval::Day => "day",
    };
    let total = |part: fn(&Bar) -> i64| bars.iter().map(part).fold(0, i64::saturating_add);
    let (allowed, refused) = (total(|bar| bar.allowed), total(|bar| bar.refused));
    let chart = Chart::new(format!("Calls in the last {}, for each {each}", range.label()), bars);
    Ok(OverTime { chart, allowed, refused, incomplete: usage.incomplete })
}

/// The same question to either operation.
pub(super) async fn counted(visit: &Visit, key: Option<&str>, ask: &UsageAsk) -> Result<Usage, Error> {
    let (app, caller) = (&visit.app, visit.caller());
    match key {
        Some(id) => ops::usage::of_key_on_record(app, caller, id, ask).await,
        None => ops::usage::of_organization(app, caller, caller.organization.as_str(), ask).await,
    }
}

/// Such as `2026-11-21 07:00`, or the day alone.
fn label(start: i64, interval: Interval) -> String {
    let text = api::time::format(start.saturating_mul(MICROS)).replace('T', " ");
    let length = match interval {
        Interval::Hour => "2026-11-21 07:00".len(),
        Interval::Day => "2026-11-21".len(),
    };
    text.chars().take(length).collect()
}
