//! Whether a database holds together: the check that ends most tests.

use crate::place::Place;
use control::store::{ChangeFilter, Store};
use domain::{Change, Effect, ImportId, ImportState, Key, KeyId, Project, ProjectId, Version};
use std::collections::{BTreeMap, BTreeSet};

/// Checks that the chain is whole and that rows and changes say the same: no key or resource without its
/// change, no change without its key or resource, no role without its key. Answers with the newest version.
pub(crate) async fn sound(place: &Place, store: &Store) -> Version {
    let head = store.check_chain().await.unwrap().expect("the chain is whole");
    let told = Told::by(&changes_from(store, Version(1)).await);
    let (_, loaded) = store.load().await.unwrap();
    assert_eq!(loaded.version, head);
    let keys: BTreeMap<KeyId, Key> = loaded.keys.into_iter().map(|key| (key.id, key)).collect();
    let projects: BTreeMap<ProjectId, Project> =
        loaded.projects.into_iter().map(|project| (project.id, project)).collect();
    same(&keys, &told.keys);
    same(&projects, &told.projects);
    same(&loaded.resources.into_iter().collect(), &told.resources);
    assert_eq!(loaded.imports.into_iter().collect::<BTreeSet<_>>(), told.imports);
    let roles: usize = keys.values().map(roles_of).sum();
    let bound = place.number("select count(*) from role_bindings where principal_type = 'api_key'").await;
    assert_eq!(usize::try_from(bound), Ok(roles), "roles of no key, or of a key that has others");
    head
}

/// Every change from the version on, however many there are.
pub(crate) async fn changes_from(store: &Store, mut from: Version) -> Vec<Change> {
    let mut all = Vec::new();
    loop {
        let filter = ChangeFilter { from, organization: None, limit: 500 };
        let page = store.changes(filter).await.unwrap();
        let Some(last) = page.last() else { return all };
        from = last.version.next();
        all.extend(page);
    }
}

/// The keys, projects and registered resources as the changes tell them.
#[derive(Default)]
struct Told {
    keys: BTreeMap<KeyId, Key>,
    projects: BTreeMap<ProjectId, Project>,
    resources: BTreeMap<String, ProjectId>,
    imports: BTreeSet<ImportId>,
}

impl Told {
    fn by(changes: &[Change]) -> Told {
        let mut told = Told::default();
        for effect in changes.iter().flat_map(|change| change.effects().unwrap()) {
            match effect {
                Effect::Key(key) => drop(told.keys.insert(key.id, *key)),
                Effect::Project(project) => drop(told.projects.insert(project.id, project)),
                Effect::Resource(resource) if resource.released_at.is_some() => {
                    told.resources.remove(resource.resource.as_str());
                }
                Effect::Resource(resource) => {
                    told.resources.insert(resource.resource.to_string(), resource.project_id);
                }
                Effect::Import(import) if import.state == ImportState::Complete => {
                    told.imports.insert(import.id);
                }
                Effect::Forgotten { keys, .. } => keys.iter().for_each(|key| drop(told.keys.remove(key))),
                Effect::Organization(_)
                | Effect::Import(_)
                | Effect::SigningKey(_)
                | Effect::RevokedToken(_)
                | Effect::Catalog(_)
                | Effect::Note(_) => {}
            }
        }
        told
    }
}

fn roles_of(key: &Key) -> usize {
    match &key.grant {
        domain::Grant::Roles(roles) => roles.len(),
        domain::Grant::Scopes(_) | domain::Grant::Access(_) => 0,
    }
}

/// Like `assert_eq`, but names the first difference and not a thousand rows.
fn same<I: Ord + std::fmt::Debug, T: PartialEq + std::fmt::Debug>(
    rows: &BTreeMap<I, T>,
    told: &BTreeMap<I, T>,
) {
    for (id, row) in rows {
        assert_eq!(Some(row), told.get(id), "left: the row, right: what its changes say");
    }
    for id in told.keys() {
        assert!(rows.contains_key(id), "there are changes but no row of {id:?}");
    }
}
