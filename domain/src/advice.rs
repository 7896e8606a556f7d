//! Least privilege: which scopes of a key were never used, and what would have been enough.

use crate::catalog::types::{TypeId, Types};
use crate::{Action, Actions, Address, Asked, Filter, OTHER, Scope, subset};
use std::collections::{BTreeMap, BTreeSet};

/// Up to this many resources that are alike are named one by one; of more, what they have in common.
const NAMED_MAX: usize = 8;
/// Most scopes that a grant can have.
const SCOPES_MAX: usize = 128;
/// Most that are put together before it is given up to name resources.
const DRAFT_MAX: usize = 512;
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

    fn suggestion(&self, present: &[Scope], types: &Types) -> Option<Vec<Scope>> {
        let drafts = [self.draft(present, types, true), self.draft(present, types, false)];
        let fits = drafts.into_iter().filter(|draft| draft.len() <= DRAFT_MAX).map(smallest);
        let found = fits.into_iter().find(|draft| draft.len() <= SCOPES_MAX)?;
        (subset(&found, present) && !subset(present, &found)).then_some(found)
    }

    /// `named`: with the resources there were, or else with the filters as they are.
    fn draft(&self, present: &[Scope], types: &Types, named: bool) -> Vec<Scope> {
        let mut draft = Vec::new();
        for ((action, at, _), texts) in &self.narrow {
            let Some(scope) = present.get(*at) else { continue };
            let filters = if named { narrowed(scope, texts, types) } else { vec![scope.filter.clone()] };
            draft.extend(filters.into_iter().map(|filter| given(scope, *action, filter)));
        }
        for action in &self.somewhere {
            let held = present.iter().filter(|scope| scope.actions.include(*action));
            draft.extend(held.map(|scope| given(scope, *action, scope.filter.clone())));
        }
        draft.extend(kept(present, types));
        draft
    }
}

/// What Keydesk's own GraphQL API may have been used for.
fn kept(present: &[Scope], types: &Types) -> Vec<Scope> {
    let (Ok(address), Ok(filter)) =
        (Address::parse(Asked::Text(GRAPHQL), types), Filter::parse(GRAPHQL, types))
    else {
        return Vec::new();
    };
    let held = [Action::Read, Action::Write].into_iter();
    let held = held.filter(|action| present.iter().any(|scope| scope.allows(*action, &address)));
    held.map(|action| Scope { actions: Actions::only(action), filter: filter.clone() }).collect()
}

/// One action of a scope, on less. `*` makes no administrator and `admin` may, so it stays `*` there.
fn given(scope: &Scope, action: Action, filter: Filter) -> Scope {
    let whole =
        scope.actions == Actions::ALL && action == Action::Admin && filter.text().starts_with(ORGANIZATION);
    Scope { actions: if whole { Actions::ALL } else { Actions::only(action) }, filter }
}

/// Filters of resources that are alike: each by name while they are few, then what they have in common.
fn narrowed(scope: &Scope, texts: &BTreeSet<String>, types: &Types) -> Vec<Filter> {
    let common;
    let texts: Vec<&str> = if texts.len() <= NAMED_MAX {
        texts.iter().map(String::as_str).collect()
    } else {
        common = in_common(texts);
        vec![&common]
    };
    let read: Result<Vec<Filter>, _> = texts.iter().map(|text| Filter::parse(text, types)).collect();
    match read {
        Ok(filters) if filters.iter().all(|filter| scope.filter.covers(filter)) => filters,
        Ok(_) | Err(_) => vec![scope.filter.clone()],
    }
}

/// The texts, with `#` in each place where they differ.
fn in_common(texts: &BTreeSet<String>) -> String {
    let mut texts = texts.iter().map(|text| text.split('/'));
    let mut common: Vec<&str> = texts.next().map(Iterator::collect).unwrap_or_default();
    for text in texts {
        for (kept, piece) in common.iter_mut().zip(text) {
            if *kept != piece {
                *kept = "#";
            }
        }
    }
    common.join("/")
}

/// The same scopes without those that others cover, and `*` in place of all three actions.
fn smallest(mut draft: Vec<Scope>) -> Vec<Scope> {
    let order = |scope: &Scope| (scope.filter.text().to_owned(), scope.actions);
    draft.sort_by_key(order);
    draft.dedup();
    let mut at = 0;
    while at < draft.len() {
        let scope = draft.remove(at);
        if !subset(std::slice::from_ref(&scope), &draft) {
            draft.insert(at, scope);
            at += 1;
        }
    }
    let all = draft.chunk_by(|one, other| one.filter == other.filter).flat_map(|alike| match alike {
        [one, _, _] => vec![Scope { actions: Actions::ALL, filter: one.filter.clone() }],
        fewer => fewer.to_vec(),
    });
    all.collect()
}
