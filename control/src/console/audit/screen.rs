//! `/audit`: the log of changes, oldest first, as the API gives it.

use super::names::{Actor, Names};
use super::targets::{Target, named};
use super::words::what;
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::page::page;
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops;
use crate::rest::changes::{read_version, targets};
use askama::Template;
use axum::response::Response;
use domain::{Change, Version};

/// Changes on a page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    changes: Vec<Row>,
    /// The version that the page begins at, if it does not begin at the beginning.
    from: Option<i64>,
    next: Option<i64>,
    twin: Twin,
}

/// One change.
struct Row {
    version: i64,
    when: Moment,
    who: Actor,
    what: String,
    targets: Vec<Target>,
    hash: String,
    /// Whether it follows from the change before; unknown where that is somebody else's.
    follows: Option<bool>,
}

/// Oldest first: the log is read forward.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let query = visit.query(&["from"])?;
    let asked = query.get("from").filter(|from| !from.is_empty());
    let from = asked.map(read_version).transpose()?.unwrap_or(Version::START);
    // One more tells whether there is another page.
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut found = ops::changes::list(&visit.app, visit.caller(), from, limit).await?;
    let next = found.get(PAGE).map(|change| change.version.0);
    found.truncate(PAGE);
    let path = format!("/admin/changes?limit={PAGE}");
    page(&AuditPage {
        frame: Frame::of(&visit, Section::Audit, "Audit log").await?,
        changes: rows(&visit, found).await,
        from: (from > Version::START).then_some(from.0),
        next,
        twin: Twin::read(&visit.app, &path).or("keydesk audit list"),
    })
}

async fn rows(visit: &Visit, changes: Vec<Change>) -> Vec<Row> {
    let (now, mut names, mut rows) = (visit.app.now(), Names::default(), Vec::new());
    let mut before: Option<(Version, domain::ChangeHash)> = None;
    for change in changes {
        let follows = before
            .filter(|(version, _)| version.next() == change.version)
            .map(|(_, hash)| change.follows(hash));
        before = Some((change.version, change.hash));
        rows.push(Row {
            version: change.version.0,
            when: Moment::new(change.at, now),
            who: names.actor(visit, &change.actor).await,
            what: what(&change.action),
            targets: named(visit, &mut names, &targets(&change)).await,
            hash: change.hash.to_string(),
            follows,
        });
    }
    rows
}
