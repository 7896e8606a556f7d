//! Request bodies of the Admin API.

use super::{AccessBody, ScopeBody};
use crate::body::{Body, Unknown, names, present};
use serde::Deserialize;
use utoipa::ToSchema;

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub struct CreateKey {
    /// 1 to 80 characters.
    #[schema(example = "ci")]
    pub name: String,
    /// At most one of `roles`, `scopes` and `access`; none means `["ProjectEditor"]`.
    pub roles: Option<Vec<String>>,
    /// Scopes as they are.
    pub scopes: Option<Vec<ScopeBody>>,
    /// A preset.
    pub access: Option<AccessBody>,
    /// The key class of the catalog; the first one when absent.
    pub class: Option<String>,
    /// RFC 3339, in the future.
    pub expires_at: Option<String>,
    /// Addresses, CIDRs or `*`; absent, null and [] mean no restriction.
    pub allowed_ip_cidrs: Option<Vec<String>>,
    /// Whether it is made switched on; true when absent.
    pub enabled: Option<bool>,
    /// Fields nobody knows.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

/// What to change of a key; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub struct UpdateKey {
    /// 1 to 80 characters.
    pub name: Option<String>,
    /// Replaces the grant.
    pub roles: Option<Vec<String>>,
    /// Replaces the grant.
    pub scopes: Option<Vec<ScopeBody>>,
    /// Replaces the grant.
    pub access: Option<AccessBody>,
    /// RFC 3339 in the future; null takes the expiry away.
    #[serde(default, deserialize_with = "present")]
    pub expires_at: Option<Option<String>>,
    /// Replaces the networks; null and [] take the restriction away.
    #[serde(default, deserialize_with = "present")]
    pub allowed_ip_cidrs: Option<Option<Vec<String>>>,
    /// Switches the key on or off.
    pub enabled: Option<bool>,
    /// Fields nobody knows.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

/// A project to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub struct CreateProject {
    /// 1 to 512 characters.
    #[schema(example = "production")]
    pub name: String,
    /// 0 or more; kept as sent.
    pub max_pods: Option<i64>,
    /// Kept as sent.
    pub force_encryption_with_cmek: Option<bool>,
    /// Fields nobody knows.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

/// What to change of a project; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub struct UpdateProject {
    /// 1 to 512 characters.
    pub name: Option<String>,
    /// 0 or more; kept as sent.
    pub max_pods: Option<i64>,
    /// Can be turned on, not off.
    pub force_encryption_with_cmek: Option<bool>,
    /// Fields nobody knows.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

/// A resource to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub struct RegisterResource {
    /// One literal resource of an owned type, in canonical form.
    #[schema(example = "ENDPOINT/ep1")]
    pub resource: String,
    /// 1 to 512 characters; the resource itself when absent.
    #[schema(example = "images")]
    pub name: Option<String>,
    /// Fields nobody knows.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

/// What to change of an organization; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub struct UpdateOrganization {
    /// 1 to 512 characters.
    pub name: Option<String>,
    /// Fields nobody knows.
    #[serde(flatten)]
    #[schema(ignore)]
    pub unknown: Unknown,
}

fn grant_fields(scopes: Option<&Vec<ScopeBody>>, access: Option<&AccessBody>) -> Vec<String> {
    let scopes = scopes.into_iter().flatten().enumerate();
    let mut fields: Vec<String> = scopes.flat_map(|(at, scope)| scope.unknown_fields(at)).collect();
    fields.extend(access.into_iter().flat_map(|access| names("access.", &access.unknown)));
    fields
}

impl Body for CreateKey {
    fn unknown_fields(&self) -> Vec<String> {
        let nested = grant_fields(self.scopes.as_ref(), self.access.as_ref());
        names("", &self.unknown).into_iter().chain(nested).collect()
    }
}

impl Body for UpdateKey {
    fn unknown_fields(&self) -> Vec<String> {
        let nested = grant_fields(self.scopes.as_ref(), self.access.as_ref());
        names("", &self.unknown).into_iter().chain(nested).collect()
    }
}

macro_rules! flat_body {
    ($($body:ty),*) => {$(
        impl Body for $body {
            fn unknown_fields(&self) -> Vec<String> {
                names("", &self.unknown)
            }
        }
    )*};
}
flat_body!(CreateProject, UpdateProject, UpdateOrganization, RegisterResource);
