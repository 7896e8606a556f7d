//! The form of a key, new or old: what can be chosen, what was, and what that comes to.

use super::draft::Draft;
use super::summary::{self, Line};
use crate::console::fault::{Fault, told};
use crate::console::plan;
use crate::console::visit::Visit;
use crate::ops;
use crate::ops::trial::{Outcome, Trial};
use crate::store::Slice;
use domain::catalog::{Api, ApiTarget, Catalog, PlanLimits};
use domain::{Grant, Preset, Project, Reason};
use std::collections::BTreeMap;

/// Resources offered in the table; more are written as scopes.
const RESOURCES_MAX: i64 = 200;

/// One thing to choose, or why not.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) chosen: bool,
    /// Why it cannot be chosen; empty when it can.
    pub(super) closed: String,
}

/// A row of the table of levels.
pub(super) struct LevelRow {
    pub(super) field: String,
    pub(super) label: String,
    pub(super) note: String,
    pub(super) level: String,
    /// Whether it has levels of its own for each resource, or is one of those.
    pub(super) per_resource: bool,
}

/// Everything that the form shows.
pub(super) struct Editor {
    pub(super) draft: Draft,
    pub(super) kinds: Vec<Choice>,
    pub(super) classes: Vec<Choice>,
    pub(super) expiries: Vec<Choice>,
    pub(super) apis: Vec<LevelRow>,
    pub(super) endpoints: Vec<LevelRow>,
    pub(super) roles: Vec<Choice>,
    pub(super) summary: Vec<Line>,
    pub(super) reach: Vec<Line>,
    pub(super) verdict: Option<Line>,
    pub(super) own_address: Option<String>,
    /// Why what the key may do stays as it is; nothing when it can be changed.
    pub(super) locked: Option<String>,
    pub(super) error: Option<String>,
}

impl Editor {
    pub(super) const ACTIONS: [(&'static str, &'static str); 4] =
        [("read", "read"), ("write", "write"), ("admin", "admin"), ("*", "* (any)")];
    pub(super) const LEVELS: [(&'static str, &'static str); 3] =
        [("none", "None"), ("read_only", "Read only"), ("read_write", "Read/Write")];

    /// Fills the form. `kept`: what the expiry is now, in words, of a key that has one.
    pub(super) async fn fill(
        visit: &Visit,
        project: &Project,
        draft: Draft,
        kept: Option<String>,
        error: Option<String>,
    ) -> Result<Editor, Fault> {
        let catalog = visit.app.catalog().await?;
        let limits = &plan::limits(visit).await?;
        let names = registered(visit, project).await?;
        let tried = tried(visit, project, &draft).await;
        let (summary, verdict) = match &tried {
            Ok(trial) => (summary::of_scopes(&trial.scopes, &catalog), trial.outcome.as_ref().map(verdict)),
            Err(why) => (vec![Line { text: why.clone(), warns: true }], None),
        };
        let reach = draft.allowed().map(|networks| summary::of_networks(&networks));
        let reach = reach.unwrap_or_else(|error| vec![Line { text: told(&error), warns: true }]);
        Ok(Editor {
            kinds: kinds(&draft, limits),
            classes: classes(&draft, &catalog),
            expiries: expiries(&draft, kept),
            apis: catalog.apis().iter().map(|api| api_row(api, &draft)).collect(),
            endpoints: endpoint_rows(&draft, names),
            roles: roles(&draft, &catalog, limits),
            summary,
            reach,
            verdict,
            locked: None,
            own_address: visit.browser().ip.map(|ip| ip.to_string()),
            error,
            draft,
        })
    }
}

impl Editor {
    /// The same for a key that is there: a plan may leave its permissions as they were made.
    pub(super) async fn fill_existing(
        visit: &Visit,
        project: &Project,
        draft: Draft,
        kept: Option<String>,
        error: Option<String>,
    ) -> Result<Editor, Fault> {
        let limits = plan::limits(visit).await?;
        let editor = Editor::fill(visit, project, draft, kept, error).await?;
        let things = "changing what a key may do once it is made; make another key instead";
        Ok(Editor { locked: plan::not_included(&limits, limits.permission_changes, things), ..editor })
    }
}

/// What can be chosen of this plan first: a new key begins with the least.
pub(super) fn least(limits: &PlanLimits) -> String {
    let first = kinds(&Draft::new(), limits).into_iter().find(|choice| choice.closed.is_empty());
    first.map(|choice| choice.value).unwrap_or_default()
}

/// What a draft comes to, or why it comes to nothing.
async fn tried(visit: &Visit, project: &Project, draft: &Draft) -> Result<Trial, String> {
    let read = || Ok((draft.grant()?, draft.allowed()?, draft.question()?));
    let (grant, networks, question) = read().map_err(|error| told(&error))?;
    let project = project.id.to_string();
    let tried = ops::trial::of_grant(&visit.app, visit.caller(), &project, grant, &networks, question);
    tried.await.map_err(|error| told(&error))
}

fn verdict(outcome: &Outcome) -> Line {
    let plain = |text: String| Line { text, warns: false };
    match outcome {
        Outcome::Allowed(Some(scope)) => {
            plain(format!("Allowed, by {} on {}.", scope.actions.text(), scope.filter.text()))
        }
        Outcome::Allowed(None) => plain("Allowed.".into()),
        Outcome::Refused(Reason::IpNotAllowed) => {
            Line { text: "Refused: the address is in none of the networks.".into(), warns: true }
        }
        Outcome::Refused(_) => Line {
            text: "Refused: no scope covers this, or the resource is not one of this project.".into(),
            warns: true,
        },
        Outcome::Malformed(why) => Line { text: format!("This cannot be asked: {why}."), warns: true },
    }
}

/// The resources registered to the project, by what follows their type.
async fn registered(visit: &Visit, project: &Project) -> Result<Vec<(String, String)>, Fault> {
    let slice = Slice { after: None, limit: RESOURCES_MAX };
    let id = project.id.to_string();
    let rows = ops::resources::list(&visit.app, visit.caller(), &id, &slice).await?;
    let named = |row: &crate::store::ResourceRow| {
        Some((row.resource.resource.id()?, row.resource.name.as_str().to_owned()))
    };
    Ok(rows.iter().filter_map(named).collect())
}

fn api_row(api: &Api, draft: &Draft) -> LevelRow {
    let (per_resource, note) = match &api.scope_of {
        ApiTarget::Whole(filter) => (false, filter.clone()),
        ApiTarget::PerResource { type_name, .. } => (true, format!("{type_name}/#")),
    };
    LevelRow {
        field: format!("level-{}", api.id),
        label: api.name.clone(),
        note,
        level: draft.levels.get(&api.id).cloned().unwrap_or_else(|| "none".into()),
        per_resource,
    }
}

/// The registered ones, and those that the key has a level for though they are registered no more.
fn endpoint_rows(draft: &Draft, names: Vec<(String, String)>) -> Vec<LevelRow> {
    let mut labels: BTreeMap<String, String> =
        draft.endpoints.keys().map(|id| (id.clone(), "not registered to this project".into())).collect();
    labels.extend(names);
    let row = |(id, name): (String, String)| LevelRow {
        field: format!("endpoint-{id}"),
        level: draft.endpoints.get(&id).cloned().unwrap_or_else(|| "none".into()),
        note: if name == id { String::new() } else { name },
        label: id,
        per_resource: true,
    };
    labels.into_iter().map(row).collect()
}

fn kinds(draft: &Draft, limits: &PlanLimits) -> Vec<Choice> {
    let access = |preset| {
        let (levels, endpoints) = (BTreeMap::new(), BTreeMap::new());
        Grant::Access(domain::Access { preset, levels, endpoints })
    };
    let all = [
        (
            "restricted",
            "Restricted",
            "A level for each API, and for single endpoints.",
            Some(access(Preset::Restricted)),
        ),
        ("read_only", "Read only", "Reads everything, changes nothing.", Some(access(Preset::ReadOnly))),
        ("all", "All", "Reads and changes everything. It manages no keys.", Some(access(Preset::All))),
        ("roles", "Roles", "Named sets of permissions in this project.", None),
        (
            "scopes",
            "Scopes",
            "Each permission by itself: an action on a resource filter.",
            Some(Grant::Scopes(Vec::new())),
        ),
    ];
    let choice = |(value, label, hint, grant): (&str, &str, &str, Option<Grant>)| Choice {
        value: value.into(),
        label: label.into(),
        hint: hint.into(),
        chosen: draft.kind == value,
        closed: grant.and_then(|grant| limits.lacks(&grant)).map(|_| not_in(limits)).unwrap_or_default(),
    };
    all.into_iter().map(choice).collect()
}

fn not_in(limits: &PlanLimits) -> String {
    format!("Not in the plan {}.", limits.shown())
}

fn roles(draft: &Draft, catalog: &Catalog, limits: &PlanLimits) -> Vec<Choice> {
    let choice = |name: &str| Choice {
        value: name.to_owned(),
        label: name.to_owned(),
        hint: String::new(),
        chosen: draft.roles.iter().any(|role| role == name),
        closed: limits.lacks_role(name).map(|_| not_in(limits)).unwrap_or_default(),
    };
    catalog.roles().iter().map(|role| choice(&role.name)).collect()
}

fn classes(draft: &Draft, catalog: &Catalog) -> Vec<Choice> {
    let choice = |class: &domain::catalog::KeyClass| Choice {
        value: class.name.clone(),
        label: format!("{} ({}_…)", class.name, class.prefix),
        hint: if class.admin_api { "May administer, if an owner grants that.".into() } else { String::new() },
        chosen: draft.class == class.name,
        closed: String::new(),
    };
    catalog.classes().iter().map(choice).collect()
}

fn expiries(draft: &Draft, kept: Option<String>) -> Vec<Choice> {
    let days = [("7", "In 7 days"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")];
    let other = [("custom", "On a day (midnight UTC)"), ("never", "Never (not recommended)")];
    let kept = kept.map(|words| ("keep".to_owned(), words));
    let all = days.iter().chain(&other).map(|(value, label)| ((*value).to_owned(), (*label).to_owned()));
    let choice = |(value, label): (String, String)| Choice {
        chosen: draft.expires == value,
        value,
        label,
        hint: String::new(),
        closed: String::new(),
    };
    kept.into_iter().chain(all).map(choice).collect()
}
