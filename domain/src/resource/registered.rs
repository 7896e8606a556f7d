//! Resources of owned types: registered to a project by the operator, and to whom nobody else reaches.

use super::address::Address;
use super::asked::{Asked, AskedError};
use super::{literal_filter, segment};
use crate::catalog::types::{Ownership, Types};
use crate::{ActorId, Name, OrganizationId, ProjectId, ResourceId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The one way to write one resource of an owned type, such as `ENDPOINT/ep1`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceName(Box<str>);

/// Why a text names no resource that can be registered.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum ResourceNameError {
    /// Not even a resource that can be asked for.
    #[error(transparent)]
    Asked(#[from] AskedError),
    /// `*`, which is a filter.
    #[error("the resource is a wildcard; name one resource, such as ENDPOINT/ep1")]
    Wildcard,
    /// More than one type.
    #[error("the resource is a chain of types; name only the owned one, such as ENDPOINT/ep1")]
    Chain,
    /// A type that is not marked `owned`.
    #[error("{0} is not an owned type of the catalog, and only resources of those are registered")]
    NotOwned(String),
    /// `#` in place of a segment.
    #[error("the resource holds `#`, which stands for any; name one resource, such as ENDPOINT/ep1")]
    Open,
    /// An escape that need not or must not be there.
    #[error("the resource must be written in its one form, {0}")]
    NotCanonical(String),
}

impl ResourceName {
    /// Reads exactly one literal resource of an owned type, in canonical form.
    ///
    /// # Errors
    /// It is something else; the message says what.
    pub fn parse(text: &str, types: &Types) -> Result<ResourceName, ResourceNameError> {
        if text == "*" {
            return Err(ResourceNameError::Wildcard);
        }
        let address = Address::parse(Asked::Text(text), types)?;
        let [link] = &*address.links else { return Err(ResourceNameError::Chain) };
        let resource_type = types.get(link.resource_type).ok_or(ResourceNameError::Chain)?;
        if resource_type.ownership != Ownership::Registered {
            return Err(ResourceNameError::NotOwned(resource_type.name.clone()));
        }
        if address.leaves_open(link) {
            return Err(ResourceNameError::Open);
        }
        match address.canonical(link, types) {
            Some(name) if name.as_str() == text => Ok(ResourceName(text.into())),
            Some(name) => Err(ResourceNameError::NotCanonical(name.as_str().into())),
            None => Err(AskedError::TooLong.into()),
        }
    }

    /// Takes back what was stored, though the catalog may since have lost the type.
    pub fn restored(text: &str) -> Option<ResourceName> {
        (1..=super::address::BYTES_MAX).contains(&text.len()).then(|| ResourceName(text.into()))
    }

    /// The resource of this type that the operator's API calls by this id.
    pub fn of(type_name: &str, id: &str) -> Option<ResourceName> {
        ResourceName::restored(&literal_filter(type_name, id))
    }

    /// What the operator's API calls it: all behind the type, unescaped.
    pub fn id(&self) -> Option<String> {
        segment::decode(self.0.split_once('/')?.1).ok()
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One registration of a resource. A released one is a tombstone: it says to whom the name may come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Of this registration; the next one of the same name has another.
    pub id: ResourceId,
    /// What was registered.
    pub resource: ResourceName,
    /// Shown name.
    pub name: Name,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The project whose keys reach it.
    pub project_id: ProjectId,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Who registered it.
    pub created_by: ActorId,
    /// When it was released; nobody reaches it from then on.
    pub released_at: Option<Timestamp>,
}
