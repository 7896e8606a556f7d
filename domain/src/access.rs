//! Who may administer what: role × operation × target, decided in one place for every surface.

mod roles;

pub use roles::MemberRole;

use crate::{ActorId, Grant, Networks, OrganizationId, ProjectId, Scope, Timestamp};

/// One role of a principal, and where it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// What it is there.
    pub role: MemberRole,
    /// The project, or `None` for the whole organization.
    pub project: Option<ProjectId>,
}

impl Binding {
    /// Whether the role can hold there: a role of organizations in one, a role of projects in one.
    pub fn fits(self) -> bool {
        self.role.is_of_projects() == self.project.is_some()
    }
}

/// What may be done on the Admin API. Each names the object it is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// See the organization.
    ReadOrganization,
    /// Rename it or make its signing key.
    UpdateOrganization,
    /// Remove it.
    DeleteOrganization,
    /// Read the log of its changes.
    ReadChanges,
    /// Make a project.
    CreateProject,
    /// See a project and its keys.
    ReadProject(ProjectId),
    /// Rename a project.
    UpdateProject(ProjectId),
    /// Remove a project and all its keys.
    DeleteProject(ProjectId),
    /// Create, change, toggle or revoke keys of a project.
    WriteKeys(ProjectId),
    /// See who is there: people, service accounts, invitations.
    ReadMembers,
    /// Make, change and remove service accounts, invite and remove people. Beyond that, what a member may do
    /// must be the caller's to give: see [`Caller::covers`].
    WriteMembers,
    /// See which member has which role in the organization, or in one project.
    ReadBindings(Option<ProjectId>),
    /// Give this role to a member, or take it away.
    GiveRole(Binding),
    /// See which resources are registered to a project.
    ReadResources(ProjectId),
    /// Register resources to a project or release them; no role allows it, only the operator's credential.
    WriteResources(ProjectId),
}

/// An authenticated principal of the Admin API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is, for the log.
    pub actor: ActorId,
    /// The only organization it can see.
    pub organization: OrganizationId,
    /// Its roles there; an API key has none.
    pub bindings: Vec<Binding>,
    /// Which of its secrets bought the token that it calls with; `None` for who calls without one.
    pub generation: Option<i64>,
    /// What an API key that calls is held to; `None` for people and service accounts.
    pub limits: Option<Limits>,
    /// Whether it is the operator's credential, which registers resources to projects of every organization.
    pub operator: bool,
}

/// What a key that calls may do itself: it hands on no more than that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Its grant as written.
    pub grant: Grant,
    /// The same, compiled.
    pub scopes: Vec<Scope>,
    /// Where it may be used from.
    pub networks: Networks,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
}

impl Caller {
    /// Whether any of the caller's roles allows the operation. The union of roles; no deny rule.
    pub fn may(&self, operation: Operation) -> bool {
        if self.limits.is_some() {
            return key_allows(operation);
        }
        let of_operator = matches!(operation, Operation::ReadResources(_) | Operation::WriteResources(_));
        (self.operator && of_operator)
            || self.bindings.iter().any(|binding| match binding.project {
                None => organization_role_allows(binding.role, operation),
                Some(project) => project_role_allows(binding.role, project, operation),
            })
    }

    /// The projects where the caller may do this; `None` when it may in every one there is.
    pub fn projects(&self, operation: impl Fn(ProjectId) -> Operation) -> Option<Vec<ProjectId>> {
        if self.may(operation(ProjectId::OF_NONE)) {
            return None;
        }
        let named = self.bindings.iter().filter_map(|binding| binding.project);
        Some(named.filter(|project| self.may(operation(*project))).collect())
    }

    /// Whether all of these roles are the caller's to give and to take away. Only then may it make, take over
    /// or remove the principal that has them: a new secret of an owner's account would be an owner's.
    pub fn covers(&self, bindings: &[Binding]) -> bool {
        bindings.iter().all(|binding| self.may(Operation::GiveRole(*binding)))
    }
}

impl Caller {
    /// Whether this is an owner of the whole organization, in person or as a service account: never a key.
    pub fn owns_organization(&self) -> bool {
        let owner = Binding { role: MemberRole::OrgOwner, project: None };
        self.limits.is_none() && self.bindings.contains(&owner)
    }
}

/// A key that administers sees its organization and works on its projects and keys. What concerns people, other
/// credentials and the organization itself is left to people and service accounts: a leaked key must not be
/// able to lock them out.
fn key_allows(operation: Operation) -> bool {
    match operation {
        Operation::ReadOrganization
        | Operation::ReadChanges
        | Operation::CreateProject
        | Operation::ReadProject(_)
        | Operation::ReadResources(_)
        | Operation::UpdateProject(_)
        | Operation::DeleteProject(_)
        | Operation::WriteKeys(_) => true,
        Operation::UpdateOrganization
        | Operation::DeleteOrganization
        | Operation::ReadMembers
        | Operation::WriteMembers
        | Operation::ReadBindings(_)
        | Operation::GiveRole(_)
        | Operation::WriteResources(_) => false,
    }
}

fn organization_role_allows(role: MemberRole, operation: Operation) -> bool {
    match role {
        MemberRole::OrgOwner => is_an_owners(operation),
        MemberRole::OrgManager => {
            let owner = |binding: Binding| binding.role == MemberRole::OrgOwner;
            operation != Operation::DeleteOrganization
                && is_an_owners(operation)
                && !matches!(operation, Operation::GiveRole(binding) if owner(binding))
        }
        MemberRole::OrgMember => matches!(
            operation,
            Operation::ReadOrganization | Operation::ReadMembers | Operation::ReadBindings(None)
        ),
        MemberRole::OrgBillingAdmin => operation == Operation::ReadOrganization,
        MemberRole::ProjectOwner
        | MemberRole::ProjectManager
        | MemberRole::ProjectMember
        | MemberRole::ProjectEditor
        | MemberRole::ProjectViewer
        | MemberRole::ControlPlaneEditor
        | MemberRole::ControlPlaneViewer
        | MemberRole::DataPlaneEditor
        | MemberRole::DataPlaneViewer => false,
    }
}

/// Not even an owner gives a role where it cannot hold, or registers resources.
fn is_an_owners(operation: Operation) -> bool {
    let misplaced = matches!(operation, Operation::GiveRole(binding) if !binding.fits());
    !misplaced && !matches!(operation, Operation::WriteResources(_))
}

fn project_role_allows(role: MemberRole, own: ProjectId, operation: Operation) -> bool {
    let Some(rank) = Rank::of(role) else { return false };
    let (project, least) = match operation {
        Operation::ReadOrganization => return true,
        Operation::ReadProject(project) | Operation::ReadResources(project) => (project, Rank::Guest),
        Operation::ReadBindings(Some(project)) => (project, Rank::Member),
        Operation::UpdateProject(project) | Operation::WriteKeys(project) => (project, Rank::Manager),
        Operation::DeleteProject(project) => (project, Rank::Owner),
        // Whoever gives roles in a project must find those they are given to.
        Operation::ReadMembers => return rank >= Rank::Manager,
        Operation::GiveRole(Binding { role: MemberRole::ProjectOwner, project: Some(project) }) => {
            (project, Rank::Owner)
        }
        Operation::GiveRole(Binding { role, project: Some(project) }) if role.is_of_projects() => {
            (project, Rank::Manager)
        }
        Operation::GiveRole(_)
        | Operation::ReadBindings(None)
        | Operation::WriteMembers
        | Operation::UpdateOrganization
        | Operation::DeleteOrganization
        | Operation::ReadChanges
        | Operation::CreateProject
        | Operation::WriteResources(_) => return false,
    };
    project == own && rank >= least
}

/// How much a role may in its project.
#[derive(PartialEq, PartialOrd)]
enum Rank {
    Guest,
    Member,
    Manager,
    Owner,
}

impl Rank {
    fn of(role: MemberRole) -> Option<Rank> {
        match role {
            MemberRole::ProjectOwner => Some(Rank::Owner),
            MemberRole::ProjectManager => Some(Rank::Manager),
            MemberRole::ProjectMember => Some(Rank::Member),
            MemberRole::ProjectEditor
            | MemberRole::ProjectViewer
            | MemberRole::ControlPlaneEditor
            | MemberRole::ControlPlaneViewer
            | MemberRole::DataPlaneEditor
            | MemberRole::DataPlaneViewer => Some(Rank::Guest),
            MemberRole::OrgOwner
            | MemberRole::OrgManager
            | MemberRole::OrgMember
            | MemberRole::OrgBillingAdmin => None,
        }
    }
}
