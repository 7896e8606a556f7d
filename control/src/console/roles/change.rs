//! Giving a role, and taking it away.

use crate::Error;
use crate::console::fault::Fault;
use crate::console::visit::Visit;
use crate::ops::role_bindings::BindingAsk;
use crate::ops::roles::RoleAsk;
use crate::ops::{self, Precondition};
use domain::PrincipalType;
use domain::access::MemberRole;

/// Gives whom the path names the role that the form says.
pub(in crate::console) async fn give(visit: &Visit, kind: PrincipalType) -> Result<(), Error> {
    let role = visit.form.get("role");
    let of_projects = MemberRole::parse(role).is_some_and(MemberRole::is_of_projects);
    let role = if of_projects { in_project(visit, role)? } else { in_organization(role) };
    let ask = BindingAsk { principal_type: kind.name().into(), principal_id: visit.id().to_owned(), role };
    ops::role_bindings::create(&visit.app, visit.caller(), ask, None).await?;
    Ok(())
}

fn in_project(visit: &Visit, role: &str) -> Result<RoleAsk, Error> {
    let project = visit.form.get("project");
    if project.is_empty() {
        return Err(Error::Invalid(format!("choose the project in which {role} is meant")));
    }
    let (resource_type, resource_id) = ("project".into(), Some(project.to_owned()));
    Ok(RoleAsk { resource_type, resource_id, role: role.to_owned() })
}

fn in_organization(role: &str) -> RoleAsk {
    RoleAsk { resource_type: "organization".into(), resource_id: None, role: role.to_owned() }
}

/// The role in the organization that the form says somebody new begins with; none is nothing.
pub(in crate::console) fn ask_in_organization(visit: &Visit) -> Vec<RoleAsk> {
    let role = Some(visit.form.get("role")).filter(|role| !role.is_empty());
    role.into_iter().map(in_organization).collect()
}

/// Takes the role away that the path names, from whom the path names.
///
/// # Errors
/// Outside: a page of its own; inside: what the page about the member says.
pub(in crate::console) async fn take(visit: &Visit, kind: PrincipalType) -> Result<Result<(), Error>, Fault> {
    let (app, caller, id) = (&visit.app, visit.caller(), visit.child());
    let binding = ops::role_bindings::show(app, caller, id).await?.binding;
    if binding.principal.kind() != kind || binding.principal.id() != visit.id() {
        return Err(Fault::absent());
    }
    Ok(ops::role_bindings::remove(app, caller, id, Precondition(None)).await)
}
