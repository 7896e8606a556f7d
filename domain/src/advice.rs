//! Least privilege: which scopes of a key were never used, and what would have been enough.

mod suggestion;

use crate::catalog::types::{TypeId, Types};
use crate::{Action, Actions, Address, Asked, OTHER, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// What Keydesk's own GraphQL API asks for, which is on no record.
const GRAPHQL: &str = "GRAPHQL";
/// What administrators hold `admin` on.
const ORGANIZATION: &str = "ORGANIZATION/";

/// What can be said of a key's scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// Those that allowed no call.
    pub unused: Vec<Scope>,
    /// Fewer or narrower ones that allow all calls there were, and nothing that the present ones do not allow.
    /// `None` when there were no calls, or the present ones are as narrow.
    pub suggestion: Option<Vec<Scope>>,
}

/// Resources that are alike: asked for by the same action, through the same scope, with the same types in the
/// same places.
type Alike = (Action, usize, Vec<Option<TypeId>>);

/// What the present scopes were seen to allow.
#[derive(Default)]
struct Seen {
    used: BTreeSet<usize>,
    /// Action and scope.
    narrow: BTreeMap<Alike, BTreeSet<String>>,
    /// Actions that were asked for on something that is not on record.
    somewhere: Vec<Action>,
}

/// Looks at calls that were allowed: what was asked for, and the canonical address of what.
pub fn advise<'c>(
    present: &[Scope],
    calls: impl IntoIterator<Item = (Action, &'c str)>,
    types: &Types,
) -> Advice {
    let mut seen = Seen::default();
    for (action, resource) in calls {
        seen.note(present, action, resource, types);
    }
    let unused = present.iter().zip(0..).filter(|(scope, at)| !seen.used.contains(at) && !is_unseen(scope));
    let unused = unused.map(|(scope, _)| scope.clone()).collect();
    let suggestion = if seen.used.is_empty() { None } else { seen.suggestion(present, types) };
    Advice { unused, suggestion }
}

/// Whether the scope is there for what Keydesk itself asks, which is not counted.
fn is_unseen(scope: &Scope) -> bool {
    let admin = scope.actions == Actions::only(Action::Admin);
    scope.filter.text() == GRAPHQL || (admin && scope.filter.text().starts_with(ORGANIZATION))
}

impl Seen {
    fn note(&mut self, present: &[Scope], action: Action, resource: &str, types: &Types) {
        if resource == OTHER {
            if !self.somewhere.contains(&action) {
                self.somewhere.push(action);
            }
            self.used.extend(
                present.iter().zip(0..).filter_map(|(scope, at)| scope.actions.include(action).then_some(at)),
            );
            return;
        }
        // What the catalog has no word for any more cannot be asked for any more.
        let Ok(address) = Address::parse(Asked::Text(resource), types) else { return };
        let mut narrowest: Option<(usize, &Scope)> = None;
        for (at, scope) in present.iter().enumerate().filter(|(_, scope)| scope.allows(action, &address)) {
            self.used.insert(at);
            let longer = narrowest.is_none_or(|(_, best)| scope.filter.pieces() > best.filter.pieces());
            narrowest = if longer { Some((at, scope)) } else { narrowest };
        }
        let Some((at, scope)) = narrowest else { return };
        let pieces = resource.split('/').count();
        let length = scope.filter.pieces().unwrap_or(pieces);
        let Some(parts) = address.suffix(length) else { return };
        let shape = parts.map(|part| part.resource_type()).collect();
        let start = resource.match_indices('/').nth(pieces.saturating_sub(length + 1));
        let start = if length < pieces { start.map_or(0, |(slash, _)| slash + 1) } else { 0 };
        let text = resource.get(start..).unwrap_or_default().to_owned();
        self.narrow.entry((action, at, shape)).or_default().insert(text);
    }
}
