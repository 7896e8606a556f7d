//! Routes by the segments of their paths, so that a request need not be held against every route.

use super::path::{RequestPath, decoded};
use super::route::Route;
use super::template::PathSegment;
use std::collections::BTreeMap;

/// What may follow a place in a path. As deep as the longest template, which is bounded.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    literals: BTreeMap<String, Tree>,
    name: Option<Box<Tree>>,
    /// Routes whose template takes all that is left from here.
    rest: Ends,
    /// Routes whose template ends here.
    ends: Ends,
}

/// Methods, and the index of the route for each.
type Ends = Vec<(String, usize)>;

impl Tree {
    pub(super) fn insert(&mut self, route: &Route, index: usize) {
        let mut at = self;
        for segment in &route.segments {
            at = match segment {
                PathSegment::Literal(text) => at.literals.entry(text.clone()).or_default(),
                PathSegment::Name(_) => at.name.get_or_insert_default(),
                PathSegment::Rest(_) => return put(&mut at.rest, route, index),
            };
        }
        put(&mut at.ends, route, index);
    }

    /// The index of the route for this method and path: from left to right, a literal goes before a name and a name
    /// before the rest.
    pub(super) fn find(&self, method: &str, path: &RequestPath<'_>) -> Option<usize> {
        self.walk(method, Some(path.rest()))
    }

    // Each place of the tree is visited at most once, for there is one way to it.
    fn walk(&self, method: &str, rest: Option<&str>) -> Option<usize> {
        let Some(rest) = rest else { return get(&self.ends, method) };
        let (segment, behind) = match rest.split_once('/') {
            Some((segment, behind)) => (segment, Some(behind)),
            None => (rest, None),
        };
        let literal = || self.literals.get(&*decoded(segment))?.walk(method, behind);
        let name = || self.name.as_ref().filter(|_| !segment.is_empty())?.walk(method, behind);
        // Nothing is not "all that is left": `/files/` is another path than those below it.
        let all = || get(&self.rest, method).filter(|_| !rest.is_empty());
        literal().or_else(name).or_else(all)
    }
}

fn put(ends: &mut Ends, route: &Route, index: usize) {
    ends.extend(route.methods.iter().map(|method| (method.clone(), index)));
}

fn get(ends: &Ends, method: &str) -> Option<usize> {
    ends.iter().find(|(known, _)| known == method).map(|(_, index)| *index)
}
