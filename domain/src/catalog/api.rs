//! `[[api]]`: what a key can have an access level for.

use super::mistake::Mistakes;
use super::raw::RawApi;
use super::types::{TypeId, Types};
use crate::Filter;
use crate::scope::shorten;
use toml::Spanned;

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
    let scope_of = match (raw.resource, raw.per_resource) {
        (Some(resource), None) => whole(&resource, types, mistakes)?,
        (None, Some(name)) => per_resource(&name, types, mistakes)?,
        (Some(_), Some(_)) | (None, None) => {
            mistakes.note(&raw.id.span(), "an API has either `resource` or `per_resource`");
            return None;
        }
    };
    Some(Api { id: raw.id.into_inner(), name: raw.name, scope_of })
}

fn whole(resource: &Spanned<String>, types: &Types, mistakes: &mut Mistakes<'_>) -> Option<ApiTarget> {
    if resource.get_ref().is_empty() {
        mistakes
            .note(&resource.span(), "an empty filter would reach everything; if that is meant, write `*`");
        return None;
    }
    let filter = mistakes.keep(&resource.span(), Filter::parse(resource.get_ref(), types))?;
    Some(ApiTarget::Whole(filter.text().to_owned()))
}

fn per_resource(name: &Spanned<String>, types: &Types, mistakes: &mut Mistakes<'_>) -> Option<ApiTarget> {
    let Some((type_id, found)) = types.named(name.get_ref()) else {
        mistakes.note(&name.span(), format!("`{}` is not a resource type", shorten(name.get_ref())));
        return None;
    };
    if found.segments.len() != 1 {
        mistakes.note(&name.span(), "a type with levels for each resource must have exactly one segment");
        return None;
    }
    Some(ApiTarget::PerResource { type_id, type_name: found.name.clone() })
}
