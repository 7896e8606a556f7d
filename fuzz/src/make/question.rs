//! What is asked with a key: mostly what it may do, or something close to that.

use super::{address, network};
use crate::case::{Asked, Key, Question, Words, World};
use crate::places::{NOW, ORGANIZATIONS, PROJECTS, named, organization_of};
use crate::random::Random;
use domain::Grant;

/// One of the keys, and the question.
pub(crate) fn question(random: &mut Random, world: &World) -> (usize, Question) {
    let at = random.below(world.keys.len());
    let Some(key) = world.keys.get(at) else { unreachable!("a world has keys") };
    let wanted = (!random.chance(3)).then(|| (action(random, key), resource(random, world, key)));
    let own = named(&ORGANIZATIONS, organization_of(key.project));
    let organization = match random.below(20) {
        0..=7 => None,
        8 => Some(*random.pick(&[&"", &"ORG_A", &"org_a ", &"org_c"])),
        9 => Some(random.pick(&ORGANIZATIONS)),
        _ => Some(own),
    };
    let now = NOW - 1 + random.below(3) as i64;
    let client = network::client(random, &key.networks);
    let secret = if random.chance(94) { key.secret } else { random.below(4) };
    (at, Question { secret, wanted, client, organization: organization.map(str::to_owned), now })
}

fn action(random: &mut Random, key: &Key) -> String {
    let granted = match &key.grant {
        Grant::Scopes(scopes) => random.one_of(scopes).map(|(action, _)| action.clone()),
        Grant::Roles(_) | Grant::Access(_) => None,
    };
    match random.below(100) {
        0 => random.pick(&["*", "Read", "", "delete"]).to_owned(),
        1..=50 => granted.filter(|action| action != "*").unwrap_or_else(|| "read".to_owned()),
        _ => random.pick(&["read", "write", "admin"]).to_owned(),
    }
}

fn resource(random: &mut Random, world: &World, key: &Key) -> Asked {
    let text = match random.below(100) {
        0..=24 => address::chain(random, world.words, key.project, 15),
        25..=30 => match random.one_of(&world.resources) {
            Some((resource, _)) => resource.clone(),
            None => "ENDPOINT/a".to_owned(),
        },
        _ => {
            let filter = granted(random, world.words, key);
            address::near(random, world.words, &filter, key.project)
        }
    };
    let text = if random.chance(6) { address::mistaken(random, text) } else { text };
    match address::segments(&text).filter(|_| random.chance(35)) {
        Some(segments) => Asked::Array(segments),
        None => Asked::Text(text),
    }
}

/// A filter that the key holds, or what its roles and levels are about.
fn granted(random: &mut Random, words: Words, key: &Key) -> String {
    let project = named(&PROJECTS, key.project);
    let found = match &key.grant {
        Grant::Scopes(scopes) => random.one_of(scopes).map(|(_, filter)| filter.clone()),
        Grant::Roles(_) => {
            let tail = random.pick(match words {
                Words::Default => &["/DATA", "/DATA", "/CONTROL", ""],
                Words::Odd => &["/DATA/a", "/ROOM/Big/a", "/ENDPOINT/a", ""],
            });
            Some(format!("PROJECT/{project}{tail}"))
        }
        Grant::Access(access) => {
            let endpoints: Vec<&String> = access.endpoints.keys().collect();
            let id = random.one_of(&endpoints).map_or("a", |id| id.as_str());
            let name = random.pick(&["ENDPOINT", "SHELF"]);
            Some(if random.chance(40) {
                "GRAPHQL".to_owned()
            } else {
                format!("{name}/{}", spec::address::encode(id))
            })
        }
    };
    match found {
        Some(filter) if filter != "*" && !filter.is_empty() => filter,
        Some(_) | None => address::chain(random, words, key.project, 10),
    }
}
