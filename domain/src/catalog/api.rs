//! `[[api]]`: what a key can have an access level for.

use super::mistake::Mistakes;
use super::raw::RawApi;
use super::types::{TypeId, Types};
use crate::Filter;

/// One API of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// Its id in `access.levels`.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// What a level for it reaches.
    pub scope_of: ApiTarget,
}

/// What a level for an API reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiTarget {
    /// One resource filter for the whole API.
    Whole(String),
    /// Each resource of a type may have a level of its own.
    PerResource {
        /// The type.
        type_id: TypeId,
        /// Its name.
        type_name: String,
    },
}

pub(super) fn read(raw: RawApi, types: &Types, mistakes: &mut Mistakes<'_>) -> Option<Api> {
    let span = raw.id.span();
    let scope_of = match (raw.resource, raw.per_resource) {
        (Some(resource), None) => {
            let filter = mistakes.keep(&resource.span(), Filter::parse(resource.get_ref(), types))?;
            ApiTarget::Whole(filter.text().to_owned())
        }
        (None, Some(name)) => match types.named(name.get_ref()) {
            Some((type_id, found)) if found.segments.len() == 1 => {
                ApiTarget::PerResource { type_id, type_name: found.name.clone() }
            }
            Some(_) => {
                mistakes.note(&name.span(), "a type with levels for each resource must have exactly one segment");
                return None;
            }
            None => {
                mistakes.note(&name.span(), format!("`{}` is not a resource type", name.get_ref()));
                return None;
            }
        },
        (Some(_), Some(_)) | (None, None) => {
            mistakes.note(&span, "an API has either `resource` or `per_resource`");
            return None;
        }
    };
    Some(Api { id: raw.id.into_inner(), name: raw.name, scope_of })
}
