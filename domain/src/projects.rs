//! The projects there are, each in a place of its own that its keys remember.

use crate::table::Table;
use crate::{OrganizationId, Project, ProjectId};
use std::sync::Arc;

/// Projects that are copied together when one of them changes.
const CHUNK: usize = 256;

/// A project as a verification needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) organization: OrganizationId,
    /// It is alive only while its organization is.
    pub(crate) alive: bool,
}

/// Where a project stands. It never moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(u32);

/// Found by id when something changes, by place when something is decided: that is one look instead of a
/// search, and keys of the same project look at the same memory.
#[derive(Debug, Clone)]
pub(crate) struct Projects {
    places: Table<ProjectId, Place>,
    /// `None`: keys have been seen of a project that was not, and nobody reaches anything through it.
    homes: Arc<Vec<Arc<Vec<Option<Home>>>>>,
    count: u32,
}

impl Projects {
    pub(crate) fn new() -> Projects {
        Projects { places: Table::new(), homes: Arc::default(), count: 0 }
    }

    pub(crate) fn put(&mut self, project: &Project) {
        let home =
            Home { organization: project.organization_id.clone(), alive: project.removed_at.is_none() };
        let place = self.place_of(project.id);
        let chunk = Arc::make_mut(&mut self.homes).get_mut(place.chunk());
        if let Some(found) = chunk.and_then(|chunk| Arc::make_mut(chunk).get_mut(place.within())) {
            *found = Some(home);
        }
    }

    /// The place of a project, made when there is none yet.
    pub(crate) fn place_of(&mut self, id: ProjectId) -> Place {
        if let Some(place) = self.places.get(&id) {
            return *place;
        }
        let place = Place(self.count);
        self.count += 1;
        self.places.insert(id, place);
        let homes = Arc::make_mut(&mut self.homes);
        if homes.len() <= place.chunk() {
            homes.push(Arc::new(Vec::with_capacity(CHUNK)));
        }
        if let Some(last) = homes.last_mut() {
            Arc::make_mut(last).push(None);
        }
        place
    }

    pub(crate) fn at(&self, place: Place) -> Option<&Home> {
        self.homes.get(place.chunk())?.get(place.within())?.as_ref()
    }
}

impl Place {
    fn chunk(self) -> usize {
        self.index() / CHUNK
    }

    fn within(self) -> usize {
        self.index() % CHUNK
    }

    fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}
