//! Usage as the schema asks for it and shows it.

use super::select::Chosen;
use crate::Error;
use crate::ops::usage::{Interval, Usage, UsageAsk};
use crate::store::UsageBy;
use api::time::format;
use domain::Timestamp;
use serde_json::{Map, Value as Json, json};

/// Whose usage, and which; the values fit the schema.
pub(super) fn ask(field: &Chosen) -> Result<(&str, UsageAsk), Error> {
    let text = |name: &str| field.arguments.get(name).and_then(Json::as_str);
    let time = |name: &str| {
        let refused =
            || Error::Invalid(format!("`{name}` must be an RFC 3339 time such as 2026-11-21T07:48:00Z"));
        let read = |text: &str| api::time::parse(text).map(Timestamp::from_micros).ok_or_else(refused);
        text(name).map(read).transpose()
    };
    let interval = text("interval").map(|word| if word == "HOUR" { Interval::Hour } else { Interval::Day });
    let asked = text("by").map(str::to_ascii_lowercase);
    let by = UsageBy::EACH.into_iter().find(|by| Some(by.name()) == asked.as_deref());
    let ask = UsageAsk { from: time("from")?, to: time("to")?, interval, by: by.unwrap_or(UsageBy::Outcome) };
    Ok((text("id").unwrap_or_default(), ask))
}

/// All fields of the type `Usage`.
pub(super) fn show(ask: &UsageAsk, found: Usage) -> Map<String, Json> {
    let total = found.counts.iter().fold(0, |sum: i64, count| sum.saturating_add(count.calls));
    let counts = found.counts.into_iter().map(|count| {
        let start = ask.interval.map(|_| format(count.start));
        json!({ "value": count.value, "start": start, "calls": count.calls })
    });
    let fields: [(&str, Json); 3] =
        [("data", counts.collect()), ("total", total.into()), ("incomplete", found.incomplete.into())];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
