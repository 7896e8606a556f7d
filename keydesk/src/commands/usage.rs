//! `keydesk usage`: what keys were used for, with a small chart.

use crate::client::{Connection, Session, encode};
use crate::exit::{Fault, Kind};
use crate::output::{self, Format};
use clap::builder::NonEmptyStringValueParser;
use serde::Deserialize;
use serde_json::value::RawValue;

/// How wide the longest bar is, in characters.
const BAR_MAX: i64 = 32;

/// `keydesk usage`
#[derive(Debug, clap::Args)]
pub(crate) struct Usage {
    #[command(flatten)]
    connection: Connection,
    /// Only this key; all keys of the organization when absent
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    key: Option<String>,
    /// From this moment (RFC 3339) [default: a day before --to]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until this moment (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Count each hour or day (UTC) by itself
    #[arg(long, value_parser = ["hour", "day"])]
    interval: Option<String>,
    /// What to tell apart
    #[arg(long, default_value = "outcome", value_parser = ["outcome", "action", "resource", "key", "network"])]
    by: String,
    /// table or json
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Count>,
    total: i64,
    #[serde(default)]
    incomplete: bool,
}

#[derive(Deserialize)]
struct Count {
    value: String,
    start: Option<String>,
    calls: i64,
}

impl Usage {
    pub(crate) fn wants_json(&self) -> bool {
        self.output == Format::Json
    }

    pub(crate) fn run(&self) -> Result<(), Fault> {
        let mut session = self.connection.session()?;
        let path = self.path(&mut session)?;
        let answer: Box<RawValue> = session.get(&path)?;
        if self.output == Format::Json {
            return output::json(answer.get());
        }
        let answer: Answer = serde_json::from_str(answer.get()).map_err(|error| {
            Fault::new(Kind::Protocol, "protocol", format!("the server's answer: {error}"))
        })?;
        self.table(&answer)?;
        output::note(&format!("{} calls", answer.total));
        if answer.incomplete {
            output::note("some calls of this time were not counted, or are not kept any more");
        }
        Ok(())
    }

    fn table(&self, answer: &Answer) -> Result<(), Fault> {
        let most = answer.data.iter().map(|count| count.calls).max().unwrap_or(0);
        let row = |count: &Count| {
            let value = if count.value.is_empty() { "-".to_owned() } else { count.value.clone() };
            let cells = [value, count.calls.to_string(), bar(count.calls, most)];
            count.start.iter().cloned().chain(cells).collect()
        };
        let by = self.by.to_uppercase();
        match self.interval {
            Some(_) => output::table(&["START", &by, "CALLS", ""], answer.data.iter().map(row)),
            None => output::table(&[&by, "CALLS", ""], answer.data.iter().map(row)),
        }
    }

    fn path(&self, session: &mut Session) -> Result<String, Fault> {
        let mut path = match &self.key {
            Some(key) => format!("/admin/api-keys/{}/usage", encode(key)),
            None => format!("/admin/organizations/{}/usage", encode(&session.organization()?)),
        };
        path.push_str(&format!("?by={}", self.by));
        for (name, value) in [("from", &self.from), ("to", &self.to), ("interval", &self.interval)] {
            if let Some(value) = value {
                path.push_str(&format!("&{name}={}", encode(value)));
            }
        }
        Ok(path)
    }
}

/// A bar of this part of the longest one; something, where there is something.
fn bar(calls: i64, most: i64) -> String {
    let part = i128::from(calls.max(0)) * i128::from(BAR_MAX) / i128::from(most.max(1));
    let width = usize::try_from(part).unwrap_or(0).max(usize::from(calls > 0));
    "█".repeat(width)
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn a_bar_is_its_part_of_the_longest() {
        let widths = [(0, 9), (1, 1_000_000), (50, 100), (100, 100), (i64::MAX, i64::MAX), (0, 0)];
        let widths = widths.map(|(calls, most)| bar(calls, most).chars().count());
        assert_eq!(widths, [0, 1, 16, 32, 32, 0]);
    }
}
