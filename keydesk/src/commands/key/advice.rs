//! `key advice`: what a key does not need, and having it no more.

use super::Style;
use super::change::One;
use super::view::parsed;
use crate::client::Session;
use crate::exit::{Fault, Kind};
use crate::output;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// `key advice`
#[derive(Debug, clap::Args)]
pub(crate) struct Advise {
    /// How many days of calls to look at, 1 to 90 [default: 30]
    #[arg(long, value_name = "N")]
    days: Option<u8>,
    /// Give the key what is enough, unless it has changed meanwhile
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    pub(super) one: One,
}

#[derive(Deserialize)]
struct Answer {
    etag: String,
    from: String,
    calls: i64,
    unused_scopes: Vec<Scope>,
    suggestion: Option<Suggestion>,
    incomplete: bool,
}

#[derive(Serialize, Deserialize)]
struct Suggestion {
    scopes: Vec<Scope>,
}

#[derive(Serialize, Deserialize)]
struct Scope {
    action: String,
    resource_filter: String,
}

impl Advise {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), Fault> {
        let days = self.days.map(|days| format!("?days={days}")).unwrap_or_default();
        let raw: Box<RawValue> = session.get(&format!("{}/advice{days}", self.one.path()))?;
        if self.apply {
            return self.apply(&parsed(&raw)?, session);
        }
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
            output::note("with --apply, the key is given what is enough, and no more than that");
        }
        Ok(())
    }

    fn apply(&self, answer: &Answer, session: &mut Session) -> Result<(), Fault> {
        let Some(suggestion) = &answer.suggestion else {
            let message = "nothing is suggested for this key, so nothing was changed";
            return Err(Fault::new(Kind::Refused, "nothing_suggested", message));
        };
        let key: Box<RawValue> = session.patch_unchanged(&self.one.path(), suggestion, &answer.etag)?;
        self.one.print(&key)
    }
}
