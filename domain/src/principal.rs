//! Who can have a role, and where a role can hold.

use crate::{InviteId, KeyId, OrganizationId, ProjectId, ServiceAccountId, UserId};

/// A kind of principal (`compat.md` 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalType {
    /// A person.
    User,
    /// A machine that administers.
    ServiceAccount,
    /// A key.
    ApiKey,
    /// Whoever will accept an invitation.
    Invite,
}

impl PrincipalType {
    /// All of them.
    pub const ALL: [PrincipalType; 4] =
        [PrincipalType::User, PrincipalType::ServiceAccount, PrincipalType::ApiKey, PrincipalType::Invite];

    /// The type of exactly this name.
    pub fn parse(text: &str) -> Option<PrincipalType> {
        PrincipalType::ALL.into_iter().find(|kind| kind.name() == text)
    }

    /// The name as written on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            PrincipalType::User => "user",
            PrincipalType::ServiceAccount => "service_account",
            PrincipalType::ApiKey => "api_key",
            PrincipalType::Invite => "invite",
        }
    }
}

/// One principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// A person.
    User(UserId),
    /// A machine that administers.
    ServiceAccount(ServiceAccountId),
    /// A key.
    ApiKey(KeyId),
    /// Whoever will accept this invitation.
    Invite(InviteId),
}

impl Principal {
    /// The principal of this type with this id; anything else names nobody.
    pub fn parse(kind: PrincipalType, id: &str) -> Option<Principal> {
        match kind {
            PrincipalType::User => UserId::parse(id).map(Principal::User),
            PrincipalType::ServiceAccount => ServiceAccountId::parse(id).map(Principal::ServiceAccount),
            PrincipalType::ApiKey => KeyId::parse(id).map(Principal::ApiKey),
            PrincipalType::Invite => InviteId::parse(id).map(Principal::Invite),
        }
    }

    /// Which kind it is.
    pub fn kind(self) -> PrincipalType {
        match self {
            Principal::User(_) => PrincipalType::User,
            Principal::ServiceAccount(_) => PrincipalType::ServiceAccount,
            Principal::ApiKey(_) => PrincipalType::ApiKey,
            Principal::Invite(_) => PrincipalType::Invite,
        }
    }

    /// Its id as text.
    pub fn id(self) -> String {
        match self {
            Principal::User(id) => id.to_string(),
            Principal::ServiceAccount(id) => id.to_string(),
            Principal::ApiKey(id) => id.to_string(),
            Principal::Invite(id) => id.to_string(),
        }
    }
}

/// As the log names it: `kind id`.
impl std::fmt::Display for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind().name(), self.id())
    }
}

/// Where a role holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// In a whole organization.
    Organization(OrganizationId),
    /// In one project.
    Project(ProjectId),
}

impl Resource {
    /// The resource of this type with this id.
    pub fn parse(kind: &str, id: &str) -> Option<Resource> {
        match kind {
            "organization" => OrganizationId::parse(id).map(Resource::Organization),
            "project" => ProjectId::parse(id).map(Resource::Project),
            _ => None,
        }
    }

    /// The type as written on the wire and in the store.
    pub fn kind(&self) -> &'static str {
        match self {
            Resource::Organization(_) => "organization",
            Resource::Project(_) => "project",
        }
    }

    /// Its id as text.
    pub fn id(&self) -> String {
        match self {
            Resource::Organization(id) => id.to_string(),
            Resource::Project(id) => id.to_string(),
        }
    }

    /// The project, unless it is the whole organization.
    pub fn project(&self) -> Option<ProjectId> {
        match self {
            Resource::Organization(_) => None,
            Resource::Project(id) => Some(*id),
        }
    }
}
