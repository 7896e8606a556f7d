//! Roles as pages show them: those that somebody has, and those that could be given.

use super::words::said;
use crate::console::fault::Fault;
use crate::console::plan::limits;
use crate::console::visit::Visit;
use crate::ops;
use crate::ops::role_bindings::ListAsk;
use crate::store::{RoleBinding, Slice};
use domain::access::{Binding, Caller, MemberRole, Operation};
use domain::catalog::PlanLimits;
use domain::{PrincipalType, ProjectId};
use std::collections::BTreeMap;

/// Roles that are looked at for one page.
const ROLES_MAX: i64 = 1_000;

/// The roles of one member, and what can be done about them here.
pub(in crate::console) struct Roles {
    /// The page about the member.
    pub(in crate::console) path: String,
    pub(in crate::console) held: Vec<Held>,
    pub(in crate::console) choices: Vec<Choice>,
    /// Projects that one of the roles could be in.
    pub(in crate::console) projects: Vec<(String, String)>,
    /// Whether all of the roles are the visitor's to give, so that they may change whoever has them.
    pub(in crate::console) covered: bool,
}

/// A role that somebody has.
pub(in crate::console) struct Held {
    pub(in crate::console) id: String,
    pub(in crate::console) role: String,
    pub(in crate::console) means: &'static str,
    pub(in crate::console) place: String,
    pub(in crate::console) may_take: bool,
}

/// A role that could be given.
pub(in crate::console) struct Choice {
    pub(in crate::console) role: &'static str,
    pub(in crate::console) means: &'static str,
    pub(in crate::console) of_projects: bool,
    /// Why it cannot be, here.
    pub(in crate::console) closed: Option<String>,
}

impl Roles {
    pub(in crate::console) async fn of(
        visit: &Visit,
        kind: PrincipalType,
        id: &str,
        path: String,
    ) -> Result<Roles, Fault> {
        let caller = visit.caller();
        let ask = ListAsk {
            principal_type: Some(kind.name().into()),
            principal_id: Some(id.to_owned()),
            ..ListAsk::default()
        };
        let bindings = bindings(visit, ask).await?;
        let projects = names_of_projects(visit).await?;
        let limits = limits(visit).await?;
        let as_binding = |binding: &RoleBinding| {
            let role = MemberRole::parse(&binding.role)?;
            Some(Binding { role, project: binding.resource.project() })
        };
        let may = |binding: Option<Binding>| {
            binding.is_some_and(|binding| caller.may(Operation::GiveRole(binding)))
        };
        let covered = bindings.iter().all(|binding| may(as_binding(binding)));
        let held = bindings.iter().map(|binding| Held {
            id: binding.id.to_string(),
            role: binding.role.clone(),
            means: MemberRole::parse(&binding.role).map_or("", said),
            place: place(binding.resource.project(), &projects),
            may_take: may(as_binding(binding)),
        });
        let (held, given) = (held.collect(), projects.iter().filter(|(id, _)| gives_in(caller, **id)));
        let given = given.map(|(id, name)| (id.to_string(), name.clone())).collect();
        Ok(Roles { path, held, choices: choices(caller, &limits, &projects), projects: given, covered })
    }
}

/// The roles of everybody of one kind, by whom they belong to.
pub(in crate::console) async fn held_by_each(
    visit: &Visit,
    kind: PrincipalType,
) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let ask = ListAsk { principal_type: Some(kind.name().into()), ..ListAsk::default() };
    let projects = names_of_projects(visit).await?;
    let mut each: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for binding in bindings(visit, ask).await? {
        let text = match binding.resource.project() {
            Some(project) => format!("{} ({})", binding.role, place(Some(project), &projects)),
            None => binding.role,
        };
        each.entry(binding.principal.id()).or_default().push(text);
    }
    Ok(each)
}

/// Those that whoever is new in the organization could begin with.
pub(in crate::console) async fn choices_in_organization(visit: &Visit) -> Result<Vec<Choice>, Fault> {
    let limits = limits(visit).await?;
    let mut choices = choices(visit.caller(), &limits, &BTreeMap::new());
    choices.retain(|choice| !choice.of_projects);
    Ok(choices)
}

async fn bindings(visit: &Visit, ask: ListAsk) -> Result<Vec<RoleBinding>, Fault> {
    let slice = Slice { after: None, limit: ROLES_MAX };
    let rows = ops::role_bindings::list(&visit.app, visit.caller(), ask, slice).await?;
    Ok(rows.into_iter().map(|row| row.binding).collect())
}

async fn names_of_projects(visit: &Visit) -> Result<BTreeMap<ProjectId, String>, Fault> {
    let rows = ops::projects::list(&visit.app, visit.caller()).await?;
    Ok(rows.into_iter().map(|row| (row.project.id, row.project.name.as_str().to_owned())).collect())
}

fn place(project: Option<ProjectId>, projects: &BTreeMap<ProjectId, String>) -> String {
    match project {
        None => "the organization".into(),
        Some(id) => projects.get(&id).map_or_else(|| id.to_string(), |name| format!("project {name}")),
    }
}

fn gives_in(caller: &Caller, project: ProjectId) -> bool {
    MemberRole::ALL
        .into_iter()
        .any(|role| caller.may(Operation::GiveRole(Binding { role, project: Some(project) })))
}

/// The roles that the caller may give somewhere; those that the plan leaves out are shown, and closed.
fn choices(caller: &Caller, limits: &PlanLimits, projects: &BTreeMap<ProjectId, String>) -> Vec<Choice> {
    let somewhere = |role: MemberRole| {
        let may = |project| caller.may(Operation::GiveRole(Binding { role, project }));
        if role.is_of_projects() { projects.keys().any(|id| may(Some(*id))) } else { may(None) }
    };
    let closed = |role: MemberRole| {
        let lack = if role.is_of_keys() { limits.lacks_role(role.name()) } else { None };
        lack.map(|_| format!("not in the plan {}", limits.shown()))
    };
    let choice = |role: MemberRole| Choice {
        role: role.name(),
        means: said(role),
        of_projects: role.is_of_projects(),
        closed: closed(role),
    };
    MemberRole::ALL.into_iter().filter(|role| somewhere(*role)).map(choice).collect()
}
