//! `key preview`: what an update would break, without making it.

use super::Style;
use super::change::Update;
use super::view::parsed;
use crate::client::Session;
use crate::exit::Fault;
use crate::output;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Answer {
    from: String,
    calls: i64,
    refused: Refused,
    unsure: Unsure,
    incomplete: bool,
    expires_at: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    calls: i64,
    by: Vec<Group>,
    rest: Option<Rest>,
}

#[derive(Deserialize)]
struct Group {
    action: String,
    resource: String,
    network: String,
    reason: String,
    calls: i64,
    last_seen: String,
}

#[derive(Deserialize)]
struct Rest {
    groups: usize,
    calls: i64,
}

#[derive(Deserialize)]
struct Unsure {
    calls: i64,
}

/// Asks with the same options as the update, and changes nothing.
pub(super) fn run(update: &Update, session: &mut Session) -> Result<(), Fault> {
    let path = format!("{}/preview", update.one.path());
    let raw: Box<RawValue> = session.post(&path, &update.body()?, None)?;
    if update.one.common.style() == Style::Json {
        return output::json(raw.get());
    }
    let answer: Answer = parsed(&raw)?;
    let row = |group: &Group| {
        let cell = |text: &String| if text.is_empty() { "-".to_owned() } else { text.clone() };
        let [action, resource, network] = [&group.action, &group.resource, &group.network].map(cell);
        vec![
            group.calls.to_string(),
            group.reason.clone(),
            action,
            resource,
            network,
            group.last_seen.clone(),
        ]
    };
    let heads = ["CALLS", "REASON", "ACTION", "RESOURCE", "NETWORK", "LAST SEEN"];
    output::table(&heads, answer.refused.by.iter().map(row))?;
    answer.notes();
    Ok(())
}

impl Answer {
    fn notes(&self) {
        if let Some(rest) = &self.refused.rest {
            output::note(&format!("and {} calls of {} more kinds", rest.calls, rest.groups));
        }
        output::note(&format!(
            "of {} calls that were allowed since {}, {} would be refused",
            self.calls, self.from, self.refused.calls
        ));
        if self.unsure.calls > 0 {
            output::note(&format!("of {} calls the record does not say enough", self.unsure.calls));
        }
        if self.incomplete {
            output::note(
                "some calls of the last 30 days were not counted, are not kept any more, or are too many to look at",
            );
        }
        if let Some(end) = &self.expires_at {
            output::note(&format!("from {} on, every call is refused", output::escape(end)));
        }
    }
}
