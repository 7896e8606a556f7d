//! The most that a caller can give to a key: nobody grants what they lack.

use crate::access::{Caller, MemberRole};
use crate::catalog::types::Types;
use crate::{Actions, Catalog, Filter, Networks, ProjectId, Scope, Timestamp, beyond, makes_administrators};

/// What a caller may give to a key of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    scopes: Vec<Scope>,
    networks: Networks,
    expires_at: Option<Timestamp>,
    /// Whether it may make administrators of keys.
    administrators: bool,
}

/// What a key is about to be given.
#[derive(Debug, Clone, Copy)]
pub struct Given<'k> {
    /// Its grant, compiled.
    pub scopes: &'k [Scope],
    /// Where it may be used from.
    pub networks: &'k Networks,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
}

/// Why a key cannot be given that by this caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Beyond {
    /// The first scope that the caller does not hold.
    #[error("`{0}` is more than you may grant")]
    Scope(String),
    /// `admin` on the organization, from somebody who does not own it.
    #[error("only an owner of the organization, and never a key, grants `admin` on ORGANIZATION/…")]
    Administrator,
    /// Addresses that the key which calls may not be used from.
    #[error("`allowed_ip_cidrs` must lie within the networks of the key you call with")]
    Networks,
    /// A life beyond that of the key which calls.
    #[error("`expires_at` must not be later than that of the key you call with")]
    Expiry,
}

impl Ceiling {
    /// What the caller's roles in the organization and in the project allow, or the limits of the key that calls.
    /// `resources` are canonical names of resources registered to the project.
    pub fn of<'r>(
        caller: &Caller,
        project: ProjectId,
        resources: impl IntoIterator<Item = &'r str>,
        catalog: &Catalog,
    ) -> Ceiling {
        if let Some(limits) = &caller.limits {
            return Ceiling {
                scopes: limits.scopes.clone(),
                networks: limits.networks.clone(),
                expires_at: limits.expires_at,
                administrators: false,
            };
        }
        Ceiling {
            scopes: reached(caller, project, resources, catalog.types()),
            networks: Networks::default(),
            expires_at: None,
            administrators: caller.owns_organization(),
        }
    }

    /// Why this is more than the caller can give; `None` when it is not.
    pub fn refuses(&self, given: Given<'_>) -> Option<Beyond> {
        // Asked apart: a ceiling of `*` on `*` makes no administrators.
        if !self.administrators && makes_administrators(given.scopes) {
            return Some(Beyond::Administrator);
        }
        if let Some(scope) = beyond(given.scopes, &self.scopes) {
            return Some(Beyond::Scope(format!("{} {}", scope.actions, scope.filter.text())));
        }
        if !given.networks.within(&self.networks) {
            return Some(Beyond::Networks);
        }
        let outlives = match (given.expires_at, self.expires_at) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(end), Some(latest)) => end > latest,
        };
        outlives.then_some(Beyond::Expiry)
    }
}

fn reached<'r>(
    caller: &Caller,
    project: ProjectId,
    resources: impl IntoIterator<Item = &'r str>,
    types: &Types,
) -> Vec<Scope> {
    let holds = |wanted: &[MemberRole], place: Option<ProjectId>| {
        caller.bindings.iter().any(|binding| wanted.contains(&binding.role) && binding.project == place)
    };
    let filters = if holds(&[MemberRole::OrgOwner, MemberRole::OrgManager], None) {
        vec![Filter::everything()]
    } else if holds(&[MemberRole::ProjectOwner, MemberRole::ProjectManager], Some(project)) {
        let resources = resources.into_iter().map(str::to_owned);
        // What a catalog has no type for is no resource of its projects.
        let texts = project_filters(project, types).into_iter().chain(resources);
        texts.filter_map(|text| Filter::parse(&text, types).ok()).collect()
    } else {
        Vec::new()
    };
    filters.into_iter().map(|filter| Scope { actions: Actions::ALL, filter }).collect()
}

/// The project itself, and whatever the catalog lets stand directly behind a project: by default what it holds
/// and how it is set up.
fn project_filters(project: ProjectId, types: &Types) -> Vec<String> {
    let own = format!("PROJECT/{project}");
    let Some((project_type, _)) = types.named("PROJECT") else { return Vec::new() };
    let behind = types.iter().filter(|found| found.within.contains(&project_type));
    let parts = behind.map(|found| format!("{own}/{}{}", found.name, "/#".repeat(found.segments.len())));
    [own.clone()].into_iter().chain(parts).collect()
}
