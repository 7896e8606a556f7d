//! Worlds, and what becomes of them.

use super::{address, grant, network};
use crate::case::{Import, Key, Standing, State, Step, Words, World};
use crate::places::{FOREIGN, KEYS, NOW, PROJECTS, organization_of};
use crate::random::Random;
use crate::{fast, slow};

pub(crate) fn world(random: &mut Random) -> World {
    let words = if random.chance(60) { Words::Default } else { Words::Odd };
    let closed: Vec<bool> = (0..2).map(|_| random.chance(2)).collect();
    let projects = (0..PROJECTS.len())
        .map(|at| match random.below(40) {
            0 => Standing::Unknown,
            1 => Standing::Removed,
            _ if closed.get(organization_of(at)) == Some(&true) => Standing::Removed,
            _ => Standing::Alive,
        })
        .collect();
    let mut resources: Vec<(String, usize)> =
        random.some(8, |random| (address::owned(random), random.below(PROJECTS.len())));
    resources.sort();
    resources.dedup_by(|next, kept| next.0 == kept.0);
    let mut keys: Vec<Key> = (0..KEYS).map(|_| key(random, words)).collect();
    // What keys have in common is kept once, so some have much in common.
    if let [first, second, ..] = keys.as_mut_slice()
        && random.chance(25)
    {
        second.grant = first.grant.clone();
        second.networks = first.networks.clone();
        second.project = random.below(PROJECTS.len());
    }
    let imports = (0..2).map(|_| import(random)).collect();
    World { words, closed, projects, resources, imports, keys }
}

/// What may happen next.
pub(crate) fn step(random: &mut Random, world: &World) -> Step {
    let project = random.below(PROJECTS.len());
    let closed = world.closed.get(organization_of(project)) == Some(&true);
    match random.below(20) {
        0 if random.chance(40) => Step::Close(random.below(2)),
        1 if random.chance(30) => {
            Step::Words(if world.words == Words::Odd { Words::Default } else { Words::Odd })
        }
        2 => Step::Project(project, Standing::Removed),
        3 | 4 if !closed => Step::Project(project, Standing::Alive),
        5..=7 => resource(random, world),
        8 | 9 => {
            let at = random.below(2);
            match world.imports.get(at) {
                Some(Import::Staged) => {
                    Step::Import(at, *random.pick(&[&Import::Complete, &Import::Abandoned]))
                }
                Some(Import::Complete | Import::Abandoned) | None => resource(random, world),
            }
        }
        _ => rewritten(random, world),
    }
}

fn import(random: &mut Random) -> Import {
    match random.below(16) {
        0 => Import::Abandoned,
        1 | 2 => Import::Staged,
        _ => Import::Complete,
    }
}

fn resource(random: &mut Random, world: &World) -> Step {
    match random.one_of(&world.resources).filter(|_| random.chance(50)) {
        Some((text, _)) if random.chance(60) => Step::Release(text.clone()),
        Some((text, _)) => Step::Register(text.clone(), random.below(PROJECTS.len())),
        None => Step::Register(address::owned(random), random.below(PROJECTS.len())),
    }
}

/// A key as it is after an edit, or after it got another secret; an imported one keeps what it came with.
fn rewritten(random: &mut Random, world: &World) -> Step {
    let at = random.below(KEYS);
    let mut edited = key(random, world.words);
    match world.keys.get(at) {
        Some(known) if world.forgotten(known) => return resource(random, world),
        Some(known) => (edited.import, edited.project) = (known.import, known.project),
        None => {}
    }
    match world.keys.get(at) {
        Some(known) if known.import.is_some() => edited.secret = known.secret,
        _ => edited.secret = class(random, world.words),
    }
    Step::Key(at, edited)
}

/// One of the secrets that are ours, mostly of a class that the catalog has.
fn class(random: &mut Random, words: Words) -> usize {
    match words {
        Words::Default => random.below(FOREIGN),
        Words::Odd => usize::from(random.chance(5)),
    }
}

fn key(random: &mut Random, words: Words) -> Key {
    let import = random.chance(12).then(|| random.below(2));
    let project = if random.chance(70) { 0 } else { random.below(PROJECTS.len()) };
    Key {
        project,
        secret: match import {
            Some(_) if random.chance(85) => FOREIGN + random.below(2),
            _ => class(random, words),
        },
        import,
        state: match random.below(24) {
            0 => State::Revoked,
            1 => State::Disabled,
            _ => State::Active,
        },
        expires_at: random.chance(12).then(|| NOW - 1 + random.below(3) as i64),
        networks: networks(random),
        grant: grant::grant(random, words, project, 1),
    }
}

/// Only what was accepted is on record; that both accept the same is held elsewhere.
fn networks(random: &mut Random) -> Vec<String> {
    if random.chance(70) {
        return Vec::new();
    }
    let entries = random.some(4, network::entry);
    let accepted = |entry: &String| {
        let alone = std::slice::from_ref(entry);
        slow::networks(alone).is_some() && fast::networks(alone).is_some()
    };
    entries.into_iter().filter(accepted).collect()
}
