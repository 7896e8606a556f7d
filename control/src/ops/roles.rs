//! Roles of members: read, permitted and bound. Nobody gives what they do not have.

use super::plans;
use super::sight::{self, not_found, permit, project_now};
use crate::error::Object;
use crate::store::{RoleBinding, StoreError, Tx};
use crate::{App, Error};
use domain::access::{Binding, Caller, MemberRole, Operation};
use domain::catalog::PlanLimits;
use domain::{OrganizationId, Principal, Resource, RoleBindingId, Timestamp};

/// Most roles that one principal may have: they are all read on each of its calls.
pub const ROLES_MAX: usize = 128;

/// A role as asked for.
#[derive(Debug, Clone)]
pub struct RoleAsk {
    /// `organization` or `project`.
    pub resource_type: String,
    /// The project; for an organization its own id or nothing.
    pub resource_id: Option<String>,
    /// The name of the role.
    pub role: String,
}

/// A role that the caller may give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) binding: Binding,
    pub(super) resource: Resource,
}

/// Several roles for one new principal.
pub(super) async fn read_all(app: &App, caller: &Caller, asks: &[RoleAsk]) -> Result<Vec<Role>, Error> {
    if asks.len() > ROLES_MAX {
        return Err(Error::Invalid(format!("`role_bindings` must have at most {ROLES_MAX} entries")));
    }
    let mut roles: Vec<Role> = Vec::new();
    for (at, ask) in asks.iter().enumerate() {
        let role = read(app, caller, ask).await.map_err(|error| placed(error, at))?;
        if roles.contains(&role) {
            return Err(Error::Invalid(format!("`role_bindings[{at}]` is there twice; send it once")));
        }
        roles.push(role);
    }
    Ok(roles)
}

/// Which of the entries a refusal is about.
fn placed(error: Error, at: usize) -> Error {
    if let Error::Invalid(message) = error {
        return Error::Invalid(format!("`role_bindings[{at}]`: {message}"));
    }
    error
}

/// One role of a member, which the caller may give.
pub(super) async fn read(app: &App, caller: &Caller, ask: &RoleAsk) -> Result<Role, Error> {
    let resource = resource(app, caller, ask).await?;
    let role = MemberRole::parse(&ask.role).ok_or_else(unknown_role)?;
    let binding = Binding { role, project: resource.project() };
    if !binding.fits() {
        let (kind, role) = (resource.kind(), role.name());
        return Err(Error::Invalid(format!("{role} is no role in a {kind}: give it where it belongs")));
    }
    permit_role(caller, binding)?;
    Ok(Role { binding, resource })
}

fn unknown_role() -> Error {
    let names = MemberRole::ALL.map(MemberRole::name).join(", ");
    Error::Invalid(format!("`role` must be one of {names}"))
}

/// The resource asked for, if the caller sees it.
pub(super) async fn resource(app: &App, caller: &Caller, ask: &RoleAsk) -> Result<Resource, Error> {
    let id = ask.resource_id.as_deref().filter(|id| !id.is_empty());
    match (ask.resource_type.as_str(), id) {
        ("organization", None) => Ok(Resource::Organization(caller.organization.clone())),
        ("organization", Some(id)) => {
            let row = sight::organization(app, caller, id, Operation::ReadOrganization).await?;
            Ok(Resource::Organization(row.organization.id))
        }
        ("project", Some(id)) => {
            let row = sight::project(app, caller, id, Operation::ReadProject).await?;
            Ok(Resource::Project(row.project.id))
        }
        ("project", None) => {
            Err(Error::Invalid("`resource_id` is needed: the id of the project the role is for".into()))
        }
        _ => Err(Error::Invalid("`resource_type` must be organization or project".into())),
    }
}

/// Refuses to give or to take away a role that is beyond the caller.
pub(super) fn permit_role(caller: &Caller, binding: Binding) -> Result<(), Error> {
    let beyond = Error::Forbidden("a role is given and taken away by who has at least its rights");
    caller.may(Operation::GiveRole(binding)).then_some(()).ok_or(beyond)
}

/// What must hold inside the transaction: the rights of the caller, the plan, and the projects.
pub(super) async fn still_permitted(
    tx: &mut Tx,
    caller: &Caller,
    limits: &PlanLimits,
    roles: &[Role],
) -> Result<(), Error> {
    for role in roles {
        permit_role(caller, role.binding)?;
        plans::permit_member_role(limits, role.binding.role)?;
        if let Some(project) = role.binding.project {
            project_now(tx, project).await?;
        }
    }
    Ok(())
}

/// Refuses to change, take over or remove a member that has a role which is not the caller's to give: a new
/// secret of an owner's account would be an owner's.
pub(super) async fn permit_over(
    tx: &mut Tx,
    caller: &Caller,
    principal: Principal,
) -> Result<Vec<Binding>, Error> {
    permit(caller, Operation::WriteMembers)?;
    let bindings = held(&tx.bindings_of(principal).await?)?;
    let beyond = Error::Forbidden("this member has a role that is beyond the caller's");
    caller.covers(&bindings).then_some(()).ok_or(beyond)?;
    Ok(bindings)
}

/// The bindings of a member, as the rules look at them.
pub(super) fn held(bindings: &[RoleBinding]) -> Result<Vec<Binding>, Error> {
    let read = |binding: &RoleBinding| {
        // A role that cannot be read is damage, and damage is not overlooked where rights are compared.
        let role = MemberRole::parse(&binding.role).ok_or(StoreError::Failed)?;
        Ok(Binding { role, project: binding.resource.project() })
    };
    bindings.iter().map(read).collect()
}

/// The bindings of a principal about to be made.
pub(super) fn bindings(
    app: &App,
    organization: &OrganizationId,
    principal: Principal,
    roles: &[Role],
    now: Timestamp,
) -> Vec<RoleBinding> {
    let mut rng = app.rng();
    let mut make = |role: &Role| RoleBinding {
        id: RoleBindingId::generate(now, &mut rng),
        organization_id: organization.clone(),
        principal,
        resource: role.resource.clone(),
        role: role.binding.role.name().into(),
        created_at: now,
    };
    roles.iter().map(&mut make).collect()
}

/// Refuses to leave the organization without anybody who can do everything.
pub(super) async fn another_owner(
    tx: &mut Tx,
    organization: &OrganizationId,
    without: Principal,
) -> Result<(), Error> {
    let alone = || {
        Error::Conflict(
            "the organization must keep an OrgOwner: give that role to somebody else first".into(),
        )
    };
    tx.has_other_owner(organization, without).await?.then_some(()).ok_or_else(alone)
}

/// Whether one of the roles is that of an owner of the organization.
pub(super) fn has_owner(bindings: &[Binding]) -> bool {
    bindings.iter().any(|binding| binding.role == MemberRole::OrgOwner)
}

/// A binding in the words of the log: ids and names of roles, no address.
pub(super) fn noted(binding: &RoleBinding) -> String {
    let RoleBinding { id, principal, role, resource, .. } = binding;
    format!("role_binding {id}: {role} of {principal} on {} {}", resource.kind(), resource.id())
}

/// The member of the organization that is neither absent nor hidden from the caller.
pub(super) fn visible_member<R>(
    caller: &Caller,
    found: Option<R>,
    organization: impl FnOnce(&R) -> &OrganizationId,
    object: Object,
    id: &str,
) -> Result<R, Error> {
    let sees = |row: &R| *organization(row) == caller.organization && caller.may(Operation::ReadMembers);
    found.filter(sees).ok_or_else(|| not_found(object, id))
}
