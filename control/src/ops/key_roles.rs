//! The roles of a key: role bindings on its project and the roles of its grant are the same data seen twice.

use crate::store::{RoleBinding, Tx};
use crate::{App, Error};
use domain::{Grant, Key, OrganizationId, Principal, Resource, RoleBindingId, Timestamp};

/// As many ids as the grant can need.
pub(super) fn binding_ids(app: &App, grant: &Grant, now: Timestamp) -> Vec<RoleBindingId> {
    let count = match grant {
        Grant::Roles(roles) => roles.len(),
        Grant::Scopes(_) | Grant::Access(_) => 0,
    };
    let mut rng = app.rng();
    (0..count).map(|_| RoleBindingId::generate(now, &mut rng)).collect()
}

/// Makes the bindings of a key those of its grant; what is there already stays.
pub(super) async fn rebind(
    tx: &mut Tx,
    key: &Key,
    organization: &OrganizationId,
    ids: Vec<RoleBindingId>,
    now: Timestamp,
) -> Result<(), Error> {
    let before = tx.bindings_of(Principal::ApiKey(key.id)).await?;
    let wanted = roles_of(key);
    for binding in before.iter().filter(|binding| !wanted.contains(&&binding.role)) {
        tx.delete_binding(binding.id).await?;
    }
    let missing = wanted.into_iter().filter(|role| before.iter().all(|binding| binding.role != **role));
    for (id, role) in ids.into_iter().zip(missing) {
        tx.insert_binding(&binding(id, key, organization, role, now)).await?;
    }
    Ok(())
}

fn roles_of(key: &Key) -> Vec<&String> {
    match &key.grant {
        Grant::Roles(roles) => roles.iter().collect(),
        Grant::Scopes(_) | Grant::Access(_) => Vec::new(),
    }
}

fn binding(
    id: RoleBindingId,
    key: &Key,
    organization: &OrganizationId,
    role: &str,
    now: Timestamp,
) -> RoleBinding {
    RoleBinding {
        id,
        organization_id: organization.clone(),
        principal: Principal::ApiKey(key.id),
        resource: Resource::Project(key.project_id),
        role: role.into(),
        created_at: now,
    }
}
