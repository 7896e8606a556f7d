//! What a key may do, in each of the ways to write it down.

use super::address;
use crate::case::Words;
use crate::finding::Finding;
use crate::random::Random;
use domain::{Access, Grant, Level, Preset};

const APIS: [&str; 5] = ["graphql", "ai", "rest", "all", "none"];
const ROLES: [&str; 9] = [
    "ProjectEditor",
    "ProjectViewer",
    "ControlPlaneEditor",
    "ControlPlaneViewer",
    "DataPlaneEditor",
    "DataPlaneViewer",
    "Keeper",
    "Guest",
    "OrgOwner",
];
const ACTIONS: [&str; 6] = ["read", "read", "write", "write", "admin", "*"];
const ODD_ACTIONS: [&str; 6] = ["reed", "Read", "", "read ", "read,write", "**"];
const LEVELS: [&Level; 4] = [&Level::None, &Level::ReadOnly, &Level::ReadWrite, &Level::Restricted];

/// A grant of a key of the project, with a mistake in so many of a hundred scopes.
pub(crate) fn grant(random: &mut Random, words: Words, project: usize, mistakes: usize) -> Grant {
    match random.below(10) {
        0..=5 => Grant::Scopes(scopes(random, words, project, mistakes)),
        6 | 7 => {
            // Mostly those that the catalog has.
            let first = if words == Words::Default { 0 } else { 6 };
            let known: Vec<&str> = ROLES.iter().skip(first).take(6).chain(&ROLES[..2]).copied().collect();
            let names = 1 + random.below(2);
            let mut roles: Vec<&str> = (0..names).map(|_| random.pick(&known)).collect();
            if random.chance(mistakes) {
                roles.push(random.pick(&ROLES));
            }
            if random.chance(1) {
                roles.clear();
            }
            Grant::Roles(roles.into_iter().map(str::to_owned).collect())
        }
        _ => Grant::Access(access(random, mistakes)),
    }
}

/// Two grants, of which the first is often the second narrowed or widened a little.
pub(crate) fn subset(random: &mut Random, words: Words) -> Finding {
    let held = grant(random, words, 0, 0);
    let given = match &held {
        Grant::Scopes(scopes) if random.chance(80) => {
            let near = |(action, filter): &(String, String)| {
                let action = if random.chance(30) { random.pick(&ACTIONS) } else { action };
                (action.to_owned(), address::near(random, words, filter, 0))
            };
            Grant::Scopes(scopes.iter().take(2).map(near).collect())
        }
        Grant::Scopes(_) | Grant::Roles(_) | Grant::Access(_) => grant(random, words, 0, 0),
    };
    Finding::Subset(words, given, held)
}

fn scopes(random: &mut Random, words: Words, project: usize, mistakes: usize) -> Vec<(String, String)> {
    let count = match random.below(200) {
        0 => 0,
        1 if random.chance(20) => 127 + random.below(4),
        _ => 1 + random.below(4),
    };
    let scope = |_| {
        let mistaken = random.chance(mistakes);
        let action = random.pick(if mistaken { &ODD_ACTIONS } else { &ACTIONS });
        let filter = address::filter(random, words, project);
        let filter = if random.chance(mistakes) { address::mistaken(random, filter) } else { filter };
        (action.to_owned(), filter)
    };
    (0..count).map(scope).collect()
}

fn access(random: &mut Random, mistakes: usize) -> Access {
    let level = |random: &mut Random| *random.pick(&LEVELS);
    let mut levels = random.some(3, |random| {
        let known = if random.chance(mistakes) { &APIS[..] } else { &APIS[..2] };
        (random.pick(known).to_owned(), level(random))
    });
    let mut endpoints = random.some(3, |random| {
        let level = if random.chance(mistakes) { level(random) } else { *random.pick(&LEVELS[..3]) };
        (address::value(random).to_owned(), level)
    });
    let preset = *random.pick(&[&Preset::All, &Preset::ReadOnly, &Preset::Restricted, &Preset::Restricted]);
    if preset != Preset::Restricted && !random.chance(mistakes) {
        levels.clear();
        endpoints.clear();
    }
    if !endpoints.is_empty() && !random.chance(mistakes) {
        levels.push(("ai".to_owned(), Level::Restricted));
    }
    if preset == Preset::Restricted && random.chance(1) {
        endpoints.extend((0..126 + random.below(5)).map(|at| (format!("ep{at}"), Level::None)));
    }
    Access { preset, levels: levels.into_iter().collect(), endpoints: endpoints.into_iter().collect() }
}
