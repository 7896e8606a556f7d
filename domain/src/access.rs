//! Who may administer what: role × operation × target, decided in one place for every surface.

use crate::{ActorId, Grant, Networks, OrganizationId, ProjectId, Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// What a principal may be in an organization or in one of its projects (`compat.md` 1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberRole {
    /// Everything in the organization.
    OrgOwner,
    /// Everything but deleting the organization.
    OrgManager,
    /// Sees the organization.
    OrgMember,
    /// Sees the organization; pays for it.
    OrgBillingAdmin,
    /// Everything in one project.
    ProjectOwner,
    /// Everything in one project but deleting it.
    ProjectManager,
    /// Sees one project and its keys.
    ProjectMember,
}

impl MemberRole {
    /// The role of exactly this name.
    pub fn parse(text: &str) -> Option<MemberRole> {
        use MemberRole::{OrgBillingAdmin, OrgManager, OrgMember, OrgOwner};
        use MemberRole::{ProjectManager, ProjectMember, ProjectOwner};
        [OrgOwner, OrgManager, OrgMember, OrgBillingAdmin, ProjectOwner, ProjectManager, ProjectMember]
            .into_iter()
            .find(|role| role.name() == text)
    }

    /// The name as written on the wire.
    pub fn name(self) -> &'static str {
        match self {
            MemberRole::OrgOwner => "OrgOwner",
            MemberRole::OrgManager => "OrgManager",
            MemberRole::OrgMember => "OrgMember",
            MemberRole::OrgBillingAdmin => "OrgBillingAdmin",
            MemberRole::ProjectOwner => "ProjectOwner",
            MemberRole::ProjectManager => "ProjectManager",
            MemberRole::ProjectMember => "ProjectMember",
        }
    }
}

/// One role of a principal, and where it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// What it is there.
    pub role: MemberRole,
    /// The project, or `None` for the whole organization.
    pub project: Option<ProjectId>,
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
    /// What an API key that calls is held to; `None` for people and service accounts.
    pub limits: Option<Limits>,
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
        self.bindings.iter().any(|binding| match binding.project {
            None => organization_role_allows(binding.role, operation),
            Some(project) => project_role_allows(binding.role, project, operation),
        })
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
        | Operation::UpdateProject(_)
        | Operation::DeleteProject(_) => true,
        Operation::UpdateOrganization | Operation::DeleteOrganization | Operation::WriteKeys(_) => false,
    }
}

fn organization_role_allows(role: MemberRole, operation: Operation) -> bool {
    match role {
        MemberRole::OrgOwner => true,
        MemberRole::OrgManager => operation != Operation::DeleteOrganization,
        MemberRole::OrgMember | MemberRole::OrgBillingAdmin => operation == Operation::ReadOrganization,
        MemberRole::ProjectOwner | MemberRole::ProjectManager | MemberRole::ProjectMember => false,
    }
}

fn project_role_allows(role: MemberRole, own: ProjectId, operation: Operation) -> bool {
    let rank = match role {
        MemberRole::ProjectOwner => Rank::Owner,
        MemberRole::ProjectManager => Rank::Manager,
        MemberRole::ProjectMember => Rank::Member,
        MemberRole::OrgOwner
        | MemberRole::OrgManager
        | MemberRole::OrgMember
        | MemberRole::OrgBillingAdmin => return false,
    };
    let (project, least) = match operation {
        Operation::ReadOrganization => return true,
        Operation::ReadProject(project) => (project, Rank::Member),
        Operation::UpdateProject(project) | Operation::WriteKeys(project) => (project, Rank::Manager),
        Operation::DeleteProject(project) => (project, Rank::Owner),
        Operation::UpdateOrganization
        | Operation::DeleteOrganization
        | Operation::ReadChanges
        | Operation::CreateProject => return false,
    };
    project == own && rank >= least
}

#[derive(PartialEq, PartialOrd)]
enum Rank {
    Member,
    Manager,
    Owner,
}
