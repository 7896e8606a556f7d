//! Which API keys may administer. "All" is no administrator: neither `*`, nor a preset, nor a role makes one.

use crate::{Action, Actions, Catalog, Grant, Key, OrganizationId, Scope};

/// What a filter that makes administrators begins with.
const ORGANIZATION: &str = "ORGANIZATION/";

/// Whether a key of the organization administers it: its class is marked for that, and it was given the literal
/// action `admin` on the organization, scope by scope.
pub fn administers(key: &Key, organization: &OrganizationId, catalog: &Catalog) -> bool {
    let marked = catalog.class(&key.class).is_some_and(|class| class.admin_api);
    // Roles are the catalog's to change: what they come to mean was granted by no owner.
    let scopes = match &key.grant {
        Grant::Scopes(_) => key.grant.compile(catalog, key.project_id).unwrap_or_default(),
        Grant::Roles(_) | Grant::Access(_) => return false,
    };
    marked && scopes.iter().any(|scope| is_on(scope, organization))
}

fn is_on(scope: &Scope, organization: &OrganizationId) -> bool {
    let target = scope.filter.text().strip_prefix(ORGANIZATION);
    scope.actions == Actions::only(Action::Admin)
        && target.is_some_and(|target| target == "#" || target == organization.as_str())
}

/// Whether a key with these scopes could be an administrator: only an owner of the organization grants them.
pub fn makes_administrators(scopes: &[Scope]) -> bool {
    let literal = Actions::only(Action::Admin);
    scopes.iter().any(|scope| scope.actions == literal && scope.filter.text().starts_with(ORGANIZATION))
}
