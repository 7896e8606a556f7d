//! `[[role]]`: named sets of scopes for keys.

use super::mistake::Mistakes;
use super::raw::RawRole;
use super::types::Types;
use crate::Scope;

/// A project of nobody's, to check templates with.
const SAMPLE_PROJECT: &str = "00000000-0000-7000-8000-000000000000";

/// A named set of scopes; `{project}` in a filter stands for the key's own project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    scopes: Vec<(String, String)>,
}

impl Role {
    /// The scopes this role means for a key of the project.
    pub fn scopes_for(&self, project: &str, types: &Types) -> Vec<Scope> {
        let scope = |(action, filter): &(String, String)| {
            // Checked when the catalog was read, with another id in the same place.
            Scope::parse(action, &filter.replace("{project}", project), types).ok()
        };
        self.scopes.iter().filter_map(scope).collect()
    }
}

pub(super) fn read(raw: RawRole, types: &Types, mistakes: &mut Mistakes<'_>) -> Option<Role> {
    if raw.scopes.is_empty() {
        mistakes.note(&raw.name.span(), "a role must have at least one scope");
    }
    let mut scopes = Vec::new();
    for scope in raw.scopes {
        let span = scope.span();
        let scope = scope.into_inner();
        let sample = scope.resource_filter.replace("{project}", SAMPLE_PROJECT);
        if mistakes.keep(&span, Scope::parse(&scope.action, &sample, types)).is_some() {
            scopes.push((scope.action, scope.resource_filter));
        }
    }
    Some(Role { name: raw.name.into_inner(), scopes })
}
