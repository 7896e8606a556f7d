//! One key: what it is, what it may do, what it was used for, and what can be done with it.

use super::shown::{Chip, Knowledge, ShownKey};
use super::summary::{self, Line};
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::page::page;
use crate::console::twin::Twin;
use crate::console::usage::over_time::{OverTime, over_time};
use crate::console::usage::range::Range;
use crate::console::visit::Visit;
use crate::console::words::{Moment, count};
use crate::ops;
use crate::store::KeyRow;
use askama::Template;
use axum::response::Response;
use domain::access::Operation;
use domain::{ActorId, KeyStatus, Scope};

/// How far back advice looks.
const ADVICE_DAYS: i64 = 30;

#[derive(Template)]
#[template(path = "keys/detail.html")]
struct DetailPage {
    frame: Frame,
    key: ShownKey,
    project: String,
    project_name: String,
    class: String,
    created: Moment,
    created_by: String,
    used_from: Option<String>,
    scopes: Vec<(String, String)>,
    summary: Vec<Line>,
    networks: Vec<String>,
    reach: Vec<Line>,
    range: Range,
    usage: OverTime,
    advice: Option<Advice>,
    /// Whether it can be switched on or off, or neither.
    switch: Option<&'static str>,
    may_write: bool,
    revoked: bool,
    legacy: bool,
    twin: Twin,
}

/// What the key could do without.
struct Advice {
    calls: String,
    unused: Vec<(String, String)>,
    narrower: bool,
    incomplete: bool,
}

/// The page of a key; of a revoked one, too.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let query = visit.query(&["done", "range"])?;
    let (app, caller, now) = (&visit.app, visit.caller(), visit.app.now());
    let range = query.get("range").map_or(Range::Week, |range| Range::parse(Some(range)));
    let row = ops::keys::on_record(app, caller, visit.id()).await?;
    let project = ops::projects::show(app, caller, &row.key.project_id.to_string()).await?.project;
    let catalog = app.catalog().await?;
    let known = Knowledge { catalog: &catalog, recorded_since: app.store.usage_since().await?, now };
    let key = &row.key;
    let status = key.status(now);
    let compiled = key.grant.compile(&catalog, key.project_id).unwrap_or_default();
    let may_write = caller.may(Operation::WriteKeys(project.id)) && status != KeyStatus::Revoked;
    let frame = Frame::of_project(&visit, Section::Keys, project.id, key.name.as_str()).await?;
    page(&DetailPage {
        frame: frame.with_notice(query.get("done").and_then(done)),
        project: project.id.to_string(),
        project_name: project.name.as_str().to_owned(),
        class: key.class.clone(),
        created: Moment::new(key.created_at, now),
        created_by: maker(&visit, key.created_by).await?,
        used_from: row.last_use.as_ref().and_then(|used| used.ip).map(|ip| ip.to_string()),
        scopes: compiled.iter().map(pair).collect(),
        summary: summary::of_scopes(&compiled, &catalog),
        networks: key.networks.entries().map(|entry| entry.to_string()).collect(),
        reach: summary::of_networks(&key.networks),
        range,
        usage: over_time(&visit, Some(visit.id()), range).await?,
        advice: if may_write { advice(&visit, &row).await? } else { None },
        switch: may_write.then(|| switch(status)).flatten(),
        may_write,
        revoked: status == KeyStatus::Revoked,
        legacy: key.import.is_some(),
        twin: Twin::read(app, &format!("/admin/api-keys/{}", key.id))
            .or(format!("keydesk key show {}", key.id)),
        key: ShownKey::new(&row, &known),
    })
}

fn pair(scope: &Scope) -> (String, String) {
    (scope.actions.text().to_owned(), scope.filter.text().to_owned())
}

fn switch(status: KeyStatus) -> Option<&'static str> {
    match status {
        KeyStatus::Active => Some("disable"),
        KeyStatus::Disabled => Some("enable"),
        KeyStatus::Expired | KeyStatus::Revoked => None,
    }
}

/// Who made it, as one would say it.
async fn maker(visit: &Visit, actor: ActorId) -> Result<String, Fault> {
    Ok(match actor {
        ActorId::Operator => "the operator".into(),
        ActorId::Key(id) => format!("API key {id}"),
        ActorId::ServiceAccount(id) => {
            let found = visit.app.store.account(id).await?;
            found.map_or_else(
                || format!("service account {id}"),
                |row| format!("service account {}", row.account.name.as_str()),
            )
        }
        ActorId::User(id) => {
            let found = visit.app.store.user(id).await?;
            found.map_or_else(|| "a former member".into(), |row| row.user.email.as_str().to_owned())
        }
    })
}

/// Nothing, where there is too much on record to look at for a page.
async fn advice(visit: &Visit, row: &KeyRow) -> Result<Option<Advice>, Fault> {
    let id = row.key.id.to_string();
    let found = match ops::advice::of_key(&visit.app, visit.caller(), &id, ADVICE_DAYS).await {
        Ok(found) => found,
        Err(crate::Error::Conflict(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let advice = Advice {
        calls: count(found.calls, "call"),
        unused: found.unused.iter().map(pair).collect(),
        narrower: found.suggestion.is_some(),
        incomplete: found.incomplete,
    };
    Ok(Some(advice).filter(|advice| !advice.unused.is_empty() || advice.narrower))
}

fn done(word: &str) -> Option<&'static str> {
    match word {
        "changed" => Some("Saved. The next call with this key is decided by what you see here."),
        "unchanged" => Some("Nothing was different, so nothing was changed."),
        "enabled" => Some("The key is enabled: the next call with it may pass."),
        "disabled" => Some("The key is disabled: the next call with it is refused."),
        _ => None,
    }
}

/// The chip of a state, for pages that ask whether it should change.
pub(super) fn chip(row: &KeyRow, visit: &Visit) -> Chip {
    Chip::of_status(row.key.status(visit.app.now()))
}
