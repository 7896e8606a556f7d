//! What would have been enough: fewer or narrower scopes, put together from what the present ones were seen to allow.

use super::{GRAPHQL, ORGANIZATION, Seen};
use crate::catalog::types::Types;
use crate::{Action, Actions, Address, Asked, Filter, Scope, subset};
use std::collections::BTreeSet;

/// Up to this many resources that are alike are named one by one; of more, what they have in common.
const NAMED_MAX: usize = 8;
/// Most scopes that a grant can have.
const SCOPES_MAX: usize = 128;
/// Most that are put together before it is given up to name resources.
const DRAFT_MAX: usize = 512;

impl Seen {
    /// `None` when nothing narrower than the present scopes would do.
    pub(super) fn suggestion(&self, present: &[Scope], types: &Types) -> Option<Vec<Scope>> {
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
