//! The Admin API's objects: the published ones, with Keydesk's own fields beside them.

mod advice;
mod change;
mod import;
mod invite;
mod key;
mod member;
mod organization;
mod project;
mod resource;
mod role_binding;
mod service_account;
mod signing_key;
mod usage;
mod user;
mod write;

pub use advice::{
    Advice, OrganizationAdvice, Preview, PreviewGroup, PreviewRefused, PreviewRest, PreviewUnsure,
    ReviewedKey, Suggestion,
};
pub use change::{ChangeList, ChangeSummary};
pub use import::{ImportEntry, ImportProgress, ImportReport};
pub use invite::{CreateInvite, Invite, InviteList};
pub use key::{AccessBody, ApiKey, ApiKeyList, ApiKeyWithSecret, Pagination, ScopeBody};
pub use member::RoleAskBody;
pub use organization::{Organization, OrganizationList};
pub use project::{Project, ProjectList};
pub use resource::{Resource, ResourceList};
pub use role_binding::{CreateRoleBinding, RoleBinding, RoleBindingList};
pub use service_account::{
    CreateServiceAccount, ServiceAccount, ServiceAccountList, ServiceAccountWithSecret, UpdateServiceAccount,
};
pub use signing_key::{RotateSigningKey, SigningKey, SigningKeyList};
pub use usage::{Usage, UsageCount};
pub use user::{User, UserList};
pub use write::{CreateKey, CreateProject, RegisterResource, UpdateKey, UpdateOrganization, UpdateProject};
