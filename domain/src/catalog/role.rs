//! `[[role]]`: named sets of scopes for keys.

use super::mistake::Mistakes;
use super::raw::{RawRole, RawScope};
use super::types::Types;
use crate::scope::{Actions, shorten};
use crate::{Filter, Scope};
use toml::Spanned;

/// The only name a filter of a role may use.
const PROJECT: &str = "{project}";
/// A project of nobody's, to check templates with.
const SAMPLE_PROJECT: &str = "00000000-0000-7000-8000-000000000000";

/// A named set of scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What a key with this role may do.
    pub scopes: Vec<RoleScope>,
}

/// A scope of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleScope {
    /// What may be done.
    pub actions: Actions,
    /// To what; `{project}` stands for the key's own project.
    pub filter: String,
}

impl Role {
    /// The scopes this role means for a key of the project.
    pub fn scopes_for(&self, project: &str, types: &Types) -> Vec<Scope> {
        let compile = |scope: &RoleScope| {
            // Checked when the catalog was read, with another id in the same place.
            let filter = Filter::parse(&scope.filter.replace(PROJECT, project), types).ok()?;
            Some(Scope { actions: scope.actions, filter })
        };
        self.scopes.iter().filter_map(compile).collect()
    }
}

pub(super) fn read(raw: RawRole, types: &Types, mistakes: &mut Mistakes<'_>) -> Role {
    if raw.scopes.is_empty() {
        mistakes.note(&raw.name.span(), "a role must have at least one scope");
    }
    let scopes = raw.scopes.into_iter().filter_map(|raw| scope(raw, types, mistakes)).collect();
    Role { name: raw.name.into_inner(), scopes }
}

fn scope(raw: Spanned<RawScope>, types: &Types, mistakes: &mut Mistakes<'_>) -> Option<RoleScope> {
    let span = raw.span();
    let RawScope { action, resource_filter: filter } = raw.into_inner();
    let sample = filter.replace(PROJECT, SAMPLE_PROJECT);
    if filter.is_empty() {
        mistakes.note(&span, "an empty filter would reach everything; if that is meant, write `*`");
        return None;
    }
    if sample.contains(['{', '}']) {
        let message = format!("filter `{}`: the only name a role knows is {PROJECT}", shorten(&filter));
        mistakes.note(&span, message);
        return None;
    }
    let sample = mistakes.keep(&span, Scope::parse(&action, &sample, types))?;
    Some(RoleScope { actions: sample.actions, filter })
}
