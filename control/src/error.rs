//! Why an operation was refused or failed.

use crate::store::StoreError;
use domain::{Beyond, GrantError, NameError, NetworkError};

/// The objects of the Admin API, as their 404 names them (`compat.md` 1.7: clients match the words).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// An organization.
    Organization,
    /// A project.
    Project,
    /// An API key.
    ApiKey,
    /// A service account.
    ServiceAccount,
    /// A role binding.
    RoleBinding,
    /// An invitation.
    Invite,
    /// A person.
    User,
    /// A resource that is registered to a project.
    Resource,
}

impl Object {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Object::Organization => "Organization",
            Object::Project => "Project",
            Object::ApiKey => "API Key",
            Object::ServiceAccount => "Service Account",
            Object::RoleBinding => "Role Binding",
            Object::Invite => "Invite",
            Object::User => "User",
            Object::Resource => "Resource",
        }
    }
}

/// Why an operation did not happen. Nothing was changed, except where the store says that nobody knows.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No credential at all.
    #[error("a valid access token or API key is needed: send it as `Authorization: Bearer <it>`")]
    NoCredential,
    /// A credential that is good for nothing, whatever is wrong with it.
    #[error("a valid access token or API key is needed: send it as `Authorization: Bearer <it>`")]
    Unauthenticated,
    /// A valid API key, but no administrator's.
    #[error(
        "this API key may not administer: that takes a key class made for it, and the action `admin` on \
         ORGANIZATION/…, granted by an owner of the organization"
    )]
    NoAdministrator,
    /// Not there, or not the caller's to see: the same words, the same work.
    #[error("{} {id} not found", .object.words())]
    NotFound {
        /// What was looked for.
        object: Object,
        /// The id as asked for.
        id: String,
    },
    /// A valid API key whose scopes do not reach this: the one word that published clients of GraphQL know.
    #[error("Unauthorized")]
    OutOfReach,
    /// The caller sees the object but may not do this to it.
    #[error("the caller's roles do not allow this: {0}")]
    Forbidden(&'static str),
    /// The plan of the organization does not include it.
    #[error("{0}")]
    NotInPlan(String),
    /// The plan of the organization has no room for another one.
    #[error("{0}")]
    QuotaFull(String),
    /// More than the caller can give.
    #[error(transparent)]
    Beyond(Beyond),
    /// What a key that calls may do to no key.
    #[error("an API key may not {0}; a person or a service account may")]
    NotForKeys(&'static str),
    /// The request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// A page token, limit or other parameter is off.
    #[error("{0}")]
    OutOfRange(String),
    /// The state of the object does not allow it, and trying again will not help.
    #[error("{0}")]
    Conflict(String),
    /// What would be made is there already.
    #[error("{0}")]
    AlreadyExists(String),
    /// A one-time code that opens nothing: wrong, used or expired, in the same words.
    #[error("this code is wrong, used or expired: ask for a new one")]
    Code,
    /// Done too often; later it will do.
    #[error("{message}")]
    TooOften {
        /// What to do.
        message: String,
        /// After how many seconds trying again may help.
        retry_after: i64,
    },
    /// Something else must be done first.
    #[error("{0}")]
    Blocked(String),
    /// If-Match named another version.
    #[error("the object was changed in the meantime: read it again, then send its new ETag in If-Match")]
    Stale,
    /// The Idempotency-Key was used for another request.
    #[error("this Idempotency-Key was used for another request; use a fresh one")]
    KeyReused,
    /// Lines of an import have faults.
    #[error("{0}")]
    Faults(Box<crate::ops::import::Faults>),
    /// No place for another import just now.
    #[error("{0}; try again when that has ended")]
    Importing(&'static str),
    /// Nobody waits for the import any more, or it stood still for too long.
    #[error("the import was given up: nothing was imported")]
    GivenUp,
    /// The data plane of this process may not decide.
    #[error("this node has not heard from the log in time and may not decide; try again")]
    Behind,
    /// The signing key cannot be used.
    #[error("the signing key cannot be used")]
    Signing,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<GrantError> for Error {
    fn from(error: GrantError) -> Error {
        Error::Invalid(error.to_string())
    }
}

impl From<NetworkError> for Error {
    fn from(error: NetworkError) -> Error {
        Error::Invalid(format!("`allowed_ip_cidrs`: {error}"))
    }
}

impl Error {
    /// A name that cannot be one.
    pub fn name(error: NameError) -> Error {
        Error::Invalid(format!("`name` {error}"))
    }
}
