//! Everything a tenant has, to see that nothing was changed and nothing was lost.

use super::Tenant;
use serde_json::Value;

/// The projects, the keys of all of them whatever their state, and the log.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) organization: Value,
    pub(crate) projects: Vec<Value>,
    pub(crate) keys: Vec<Value>,
    pub(crate) changes: Vec<Value>,
}

impl Census {
    pub(super) fn of(tenant: &Tenant) -> Census {
        let list = |path: &str| tenant.get(path).json()["data"].as_array().expect("a list").clone();
        let projects = list("/admin/projects");
        let keys_of = |project: &Value| {
            let id = project["id"].as_str().expect("an id");
            let mut keys = list(&format!("/admin/projects/{id}/api-keys?status=all"));
            keys.iter_mut().for_each(without_last_use);
            keys
        };
        let organization = tenant.get(&format!("/admin/organizations/{}", tenant.organization)).json();
        let keys = projects.iter().flat_map(keys_of).collect();
        Census { organization, keys, projects, changes: changes(tenant) }
    }
}

/// A key that is verified is used, which changes nothing of it and shows some seconds later.
fn without_last_use(key: &mut Value) {
    for member in ["last_used_at", "last_used_ip"] {
        key[member] = Value::Null;
    }
}

/// Short: the log says what differs.
impl std::fmt::Debug for Census {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let last = self.changes.iter().rev().take(3).map(|change| (&change["version"], &change["action"]));
        let (projects, keys, changes) = (self.projects.len(), self.keys.len(), self.changes.len());
        write!(
            f,
            "{projects} projects, {keys} keys, {changes} changes, the last {:?}",
            last.collect::<Vec<_>>()
        )
    }
}

/// The whole log of the tenant, page by page.
fn changes(tenant: &Tenant) -> Vec<Value> {
    let mut changes = Vec::new();
    let mut path = "/admin/changes".to_owned();
    loop {
        let page = tenant.get(&path).json();
        changes.extend(page["data"].as_array().expect("a list").iter().cloned());
        let Some(next) = page["pagination"]["next"].as_str() else { return changes };
        path = format!("/admin/changes?paginationToken={next}");
    }
}
