//! What must hold for an import: before it costs any work, before its first key is written, and when all of them
//! become keys.

use super::Draft;
use crate::ops::keys::bootstrapped;
use crate::ops::{ceiling, plans, sight};
use crate::store::Tx;
use crate::{App, Error};
use domain::access::{Caller, Operation};
use domain::{ActorId, Catalog, ImportId, Key, KeyId, Level, Project};
use std::sync::Arc;

/// Who imports, into what, and what the keys come to.
pub(super) struct Terms {
    pub(super) caller: Caller,
    pub(super) project: Project,
    catalog: Arc<Catalog>,
    count: i64,
    /// A key of each level: all others may do the same as one of these.
    samples: Vec<Key>,
}

impl Terms {
    pub(super) fn of(app: &App, catalog: Arc<Catalog>, draft: &Draft) -> Terms {
        let (caller, project, now) = (draft.caller.clone(), draft.project.clone(), app.now());
        let (id, import) = (KeyId::generate(now, &mut app.rng()), ImportId::generate(now, &mut app.rng()));
        let of_level = |level| draft.entries.iter().find(|entry| entry.graphql == level);
        let samples = [Level::ReadOnly, Level::ReadWrite].into_iter().filter_map(of_level);
        let samples = samples.map(|entry| entry.key(id, import, &project, caller.actor, now)).collect();
        let count = i64::try_from(draft.len()).unwrap_or(i64::MAX);
        Terms { caller, project, catalog, count, samples }
    }

    /// What legacy keys may do is on every plan, as they were there before it; how many there may be is not.
    pub(super) async fn hold(&self, tx: &mut Tx) -> Result<(), Error> {
        let caller = self.still_stand(tx).await?;
        let plan = bootstrapped(tx, &self.project).await?;
        if matches!(caller.actor, ActorId::Key(_)) {
            // It would have to be held to its networks and its end, line by line, and legacy keys have no end.
            return Err(Error::NotForKeys("import keys"));
        }
        for key in &self.samples {
            ceiling::permit(tx, &caller, &self.catalog, key).await?;
        }
        plans::room_for_keys(tx, self.catalog.plan(plan), self.project.id, self.count).await
    }

    /// Whoever imports, with what it may do by now, if it still may import and the project is still there.
    pub(super) async fn still_stand(&self, tx: &mut Tx) -> Result<Caller, Error> {
        let caller = sight::permitted_now(tx, &self.caller, Operation::WriteKeys(self.project.id)).await?;
        sight::project_now(tx, self.project.id).await?;
        Ok(caller)
    }
}
