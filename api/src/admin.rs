//! The Admin API's objects: the published ones, with Keydesk's own fields beside them.

mod change;
mod key;
mod organization;
mod project;
mod write;

pub use change::{ChangeList, ChangeSummary};
pub use key::{AccessBody, ApiKey, ApiKeyList, ApiKeyWithSecret, Pagination, ScopeBody};
pub use organization::{Organization, OrganizationList};
pub use project::{Project, ProjectList};
pub use write::{CreateKey, CreateProject, UpdateKey, UpdateOrganization, UpdateProject};
