//! Which project each registered resource belongs to: cheap to clone and to patch, however many there are.

use crate::table::{Table, Word};
use crate::{ProjectId, Registration};
use std::hash::{BuildHasher, RandomState};

/// Names and projects, by a keyed hash of the name.
#[derive(Debug, Clone)]
pub(crate) struct Registry {
    /// Keyed, because tenants choose the ids that the operator registers: nobody can make names that collide.
    hasher: RandomState,
    places: Table<Hashed, Vec<Place>>,
}

/// A name and its project.
type Place = (Box<str>, ProjectId);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hashed(u64);

impl Word for Hashed {
    fn word(&self) -> u64 {
        self.0
    }
}

impl Registry {
    pub(crate) fn of(resources: Vec<(String, ProjectId)>) -> Registry {
        let mut registry = Registry { hasher: RandomState::new(), places: Table::new() };
        for (name, project) in resources {
            registry.set(&name, Some(project));
        }
        registry
    }

    /// Takes over what became of a resource.
    pub(crate) fn put(&mut self, resource: &Registration) {
        self.set(resource.resource.as_str(), resource.released_at.is_none().then_some(resource.project_id));
    }

    /// The project that the name is registered to.
    pub(crate) fn project_of(&self, name: &str) -> Option<ProjectId> {
        let here = self.places.get(&self.hashed(name))?;
        here.iter().find(|(found, _)| **found == *name).map(|(_, project)| *project)
    }

    fn set(&mut self, name: &str, project: Option<ProjectId>) {
        let hashed = self.hashed(name);
        let others = self.places.get(&hashed).into_iter().flatten().filter(|(found, _)| **found != *name);
        let mut here: Vec<Place> = others.cloned().collect();
        here.extend(project.map(|project| (name.into(), project)));
        if here.is_empty() {
            self.places.remove(&hashed);
        } else {
            self.places.insert(hashed, here);
        }
    }

    fn hashed(&self, name: &str) -> Hashed {
        Hashed(self.hasher.hash_one(name))
    }
}
