//! What a role means, for whoever gives it.

use domain::access::MemberRole;

/// A role, said in a few words.
pub(super) fn said(role: MemberRole) -> &'static str {
    match role {
        MemberRole::OrgOwner => "everything",
        MemberRole::OrgManager => "everything but owners and deleting the organization",
        MemberRole::OrgMember => "sees who is in the organization",
        MemberRole::OrgBillingAdmin => "sees the organization",
        MemberRole::ProjectOwner => "everything in one project",
        MemberRole::ProjectManager => "keys and roles of one project",
        MemberRole::ProjectMember => "sees a project, its keys and roles",
        MemberRole::ProjectEditor
        | MemberRole::ProjectViewer
        | MemberRole::ControlPlaneEditor
        | MemberRole::ControlPlaneViewer
        | MemberRole::DataPlaneEditor
        | MemberRole::DataPlaneViewer => "sees a project and its keys",
    }
}
