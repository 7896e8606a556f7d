//! The roles that people and service accounts can have.

use serde::{Deserialize, Serialize};

/// What a principal may be in an organization or in one of its projects (`compat.md` 1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberRole {
    /// Everything in the organization.
    OrgOwner,
    /// Everything but deleting the organization and giving or taking away its owners.
    OrgManager,
    /// Sees the organization and who is in it.
    OrgMember,
    /// Sees the organization; pays for it.
    OrgBillingAdmin,
    /// Everything in one project.
    ProjectOwner,
    /// Everything in one project but deleting it and giving or taking away its owners.
    ProjectManager,
    /// Sees one project, its keys and who has a role there.
    ProjectMember,
    /// Works with a project's data. On the Admin API this and the five below see the project and its keys.
    ProjectEditor,
    /// Sees a project's data.
    ProjectViewer,
    /// Works with what holds a project's data.
    ControlPlaneEditor,
    /// Sees what holds a project's data.
    ControlPlaneViewer,
    /// Works with the data itself.
    DataPlaneEditor,
    /// Sees the data itself.
    DataPlaneViewer,
}

impl MemberRole {
    /// All of them: first those of an organization, then those of a project.
    pub const ALL: [MemberRole; 13] = [
        MemberRole::OrgOwner,
        MemberRole::OrgManager,
        MemberRole::OrgMember,
        MemberRole::OrgBillingAdmin,
        MemberRole::ProjectOwner,
        MemberRole::ProjectManager,
        MemberRole::ProjectMember,
        MemberRole::ProjectEditor,
        MemberRole::ProjectViewer,
        MemberRole::ControlPlaneEditor,
        MemberRole::ControlPlaneViewer,
        MemberRole::DataPlaneEditor,
        MemberRole::DataPlaneViewer,
    ];

    /// The role of exactly this name.
    pub fn parse(text: &str) -> Option<MemberRole> {
        MemberRole::ALL.into_iter().find(|role| role.name() == text)
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
            MemberRole::ProjectEditor => "ProjectEditor",
            MemberRole::ProjectViewer => "ProjectViewer",
            MemberRole::ControlPlaneEditor => "ControlPlaneEditor",
            MemberRole::ControlPlaneViewer => "ControlPlaneViewer",
            MemberRole::DataPlaneEditor => "DataPlaneEditor",
            MemberRole::DataPlaneViewer => "DataPlaneViewer",
        }
    }

    /// Whether it holds in one project; the others hold in a whole organization.
    pub fn is_of_projects(self) -> bool {
        match self {
            MemberRole::OrgOwner
            | MemberRole::OrgManager
            | MemberRole::OrgMember
            | MemberRole::OrgBillingAdmin => false,
            MemberRole::ProjectOwner
            | MemberRole::ProjectManager
            | MemberRole::ProjectMember
            | MemberRole::ProjectEditor
            | MemberRole::ProjectViewer
            | MemberRole::ControlPlaneEditor
            | MemberRole::ControlPlaneViewer
            | MemberRole::DataPlaneEditor
            | MemberRole::DataPlaneViewer => true,
        }
    }

    /// Whether it is one of the six published roles of API keys.
    pub fn is_of_keys(self) -> bool {
        match self {
            MemberRole::ProjectEditor
            | MemberRole::ProjectViewer
            | MemberRole::ControlPlaneEditor
            | MemberRole::ControlPlaneViewer
            | MemberRole::DataPlaneEditor
            | MemberRole::DataPlaneViewer => true,
            MemberRole::OrgOwner
            | MemberRole::OrgManager
            | MemberRole::OrgMember
            | MemberRole::OrgBillingAdmin
            | MemberRole::ProjectOwner
            | MemberRole::ProjectManager
            | MemberRole::ProjectMember => false,
        }
    }
}
