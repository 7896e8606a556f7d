//! `key advice`: what a key does not need.

use super::Style;
use super::change::One;
use super::view::parsed;
use crate::client::Session;
use crate::exit::Fault;
use crate::output;
use serde::Deserialize;
use serde_json::value::RawValue;

/// `key advice`
#[derive(Debug, clap::Args)]
pub(crate) struct Advise {
    /// How many days of calls to look at, 1 to 90 [default: 30]
    #[arg(long, value_name = "N")]
    days: Option<u8>,
    #[command(flatten)]
    pub(super) one: One,
}

#[derive(Deserialize)]
struct Answer {
    from: String,
    calls: i64,
    unused_scopes: Vec<Scope>,
    suggestion: Option<Suggestion>,
    incomplete: bool,
}

#[derive(Deserialize)]
struct Suggestion {
    scopes: Vec<Scope>,
}

#[derive(Deserialize)]
struct Scope {
    action: String,
    resource_filter: String,
}

impl Advise {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), Fault> {
        let days = self.days.map(|days| format!("?days={days}")).unwrap_or_default();
        let raw: Box<RawValue> = session.get(&format!("{}/advice{days}", self.one.path()))?;
        if self.one.common.style() == Style::Json {
            return output::json(raw.get());
        }
        let answer: Answer = parsed(&raw)?;
        let row = |word: &str, scope: &Scope| {
            vec![word.to_owned(), format!("{}:{}", scope.action, scope.resource_filter)]
        };
        let unused = answer.unused_scopes.iter().map(|scope| row("unused", scope));
        let enough = answer.suggestion.iter().flat_map(|suggestion| &suggestion.scopes);
        output::table(&["", "SCOPE"], unused.chain(enough.map(|scope| row("enough", scope))))?;
        output::note(&format!("{} calls were allowed since {}", answer.calls, output::escape(&answer.from)));
        if answer.incomplete {
            output::note("it may have done more than is on record, so nothing is suggested");
        }
        if answer.suggestion.is_some() {
            output::note(
                "give those that are enough to `keydesk key update --scope …` to have no more than them",
            );
        }
        Ok(())
    }
}
