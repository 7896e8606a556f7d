//! Whether one set of scopes gives nothing that another does not give.

use crate::{Action, Scope};

/// The first of the scopes given that allows something which none of those held allows; `None` when they are a
/// subset. "Something" is every ask there can be: each action on each address, unknown segments included.
///
/// One scope is enough to cover another for one action, and several together cover no more: the ask whose every
/// open segment is unknown is allowed by a filter that leaves the same segments open, and by no other.
pub fn beyond<'s>(given: &'s [Scope], held: &[Scope]) -> Option<&'s Scope> {
    given.iter().find(|scope| !covered(scope, held))
}

/// Whether everything that the scopes given allow is allowed by those held.
pub fn subset(given: &[Scope], held: &[Scope]) -> bool {
    beyond(given, held).is_none()
}

fn covered(scope: &Scope, held: &[Scope]) -> bool {
    let mut actions = Action::EACH.into_iter().filter(|action| scope.actions.include(*action));
    // Each action by itself: `*` may be held as `read`, `write` and `admin`.
    actions.all(|action| {
        held.iter().any(|held| held.actions.include(action) && held.filter.covers(&scope.filter))
    })
}
