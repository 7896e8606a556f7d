//! The same things said to the slow evaluator.

use crate::case::{Asked, Import, Key, Question, Standing, State, Words, World};
use crate::catalogs::slow_catalog;
use crate::places::{FOREIGN, ORGANIZATIONS, PROJECTS, named, organization_of};
use domain::{Grant, Level, Preset};
use spec::address::Link;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A world as the slow evaluator knows it.
#[derive(Debug)]
pub(crate) struct Known {
    world: spec::World,
    words: Words,
    keys: Vec<Held>,
}

/// A key, and what is none of the slow evaluator's business: how it is found.
#[derive(Debug)]
struct Held {
    secret: usize,
    imported: bool,
    /// Whether it is there: security 8, an import flips all its keys at once.
    there: bool,
    key: spec::Key,
}

impl Known {
    pub(crate) fn new(world: &World) -> Known {
        let open =
            |(at, name): (usize, &&str)| (world.closed.get(at) != Some(&true)).then(|| (*name).to_owned());
        let alive = |(at, standing): (usize, &Standing)| (*standing == Standing::Alive).then(|| project(at));
        Known {
            world: spec::World {
                catalog: slow_catalog(world.words),
                organizations: ORGANIZATIONS.iter().enumerate().filter_map(open).collect(),
                projects: world.projects.iter().enumerate().filter_map(alive).collect(),
                resources: world.resources.iter().map(|(text, at)| (text.clone(), project(*at).0)).collect(),
            },
            words: world.words,
            keys: world.keys.iter().map(|written| held(world, written)).collect(),
        }
    }

    /// The code of the verdict.
    pub(crate) fn verdict(&self, key: usize, question: &Question) -> &'static str {
        let Some(held) = self.keys.get(key) else { return "unknown" };
        let ask = spec::Ask {
            action: question.wanted.as_ref().map(|(action, _)| action.clone()),
            resource: question.wanted.as_ref().map(|(_, asked)| match asked {
                Asked::Text(text) => text.clone(),
                Asked::Array(segments) => spec::address::array(segments),
            }),
            client: question.client,
            organization: question.organization.clone(),
        };
        let code = spec::verify(&self.world, &held.key, &ask, question.now);
        match code {
            "malformed_request" => "malformed_request",
            // architecture, "Verification" 2: a string that is not ours is looked up among the imported ones; absent,
            // it still reads `malformed`.
            _ if !self.ours(question.secret) && !held.imported => "malformed",
            code if question.secret == held.secret && held.there => code,
            _ if self.ours(question.secret) => "unknown",
            _ => "malformed",
        }
    }
}

fn project(at: usize) -> (String, String) {
    (named(&PROJECTS, at).to_owned(), named(&ORGANIZATIONS, organization_of(at)).to_owned())
}

impl Known {
    /// catalog, `[[key_class]]`: a prefix that is removed makes its keys `malformed`. The odd catalog has but one.
    fn ours(&self, secret: usize) -> bool {
        match self.words {
            Words::Default => secret < FOREIGN,
            Words::Odd => secret == 0,
        }
    }
}

fn held(world: &World, written: &Key) -> Held {
    let complete = |import: usize| world.imports.get(import) == Some(&Import::Complete);
    Held {
        secret: written.secret,
        imported: written.import.is_some(),
        there: written.import.is_none_or(complete),
        key: key(written),
    }
}

fn key(key: &Key) -> spec::Key {
    let (project, organization) = project(key.project);
    spec::Key {
        organization,
        project,
        revoked: key.state == State::Revoked,
        disabled: key.state == State::Disabled,
        expires_at: key.expires_at,
        networks: key.networks.clone(),
        grant: written(&key.grant),
    }
}

fn written(grant: &Grant) -> spec::grant::Grant {
    match grant {
        Grant::Scopes(scopes) => {
            let scope = |(action, filter): &(String, String)| (action.clone(), Some(filter.clone()));
            spec::grant::Grant::Scopes(scopes.iter().map(scope).collect())
        }
        Grant::Roles(names) => spec::grant::Grant::Roles(names.iter().cloned().collect()),
        Grant::Access(access) => {
            let preset = match access.preset {
                Preset::All => "all",
                Preset::ReadOnly => "read_only",
                Preset::Restricted => "restricted",
            };
            let levels = access.levels.iter().map(level).collect();
            let endpoints = access.endpoints.iter().map(level).collect();
            spec::grant::Grant::Access(preset.to_owned(), levels, endpoints)
        }
    }
}

fn level((name, level): (&String, &Level)) -> (String, String) {
    let level = match level {
        Level::None => "none",
        Level::ReadOnly => "read_only",
        Level::ReadWrite => "read_write",
        Level::Restricted => "restricted",
    };
    (name.clone(), level.to_owned())
}

/// The canonical text of a filter.
pub(crate) fn filter(words: Words, text: &str) -> Option<String> {
    spec::address::filter(Some(text), &slow_catalog(words)).map(|links| canonical(&links))
}

/// The blocks of a list, without those that were there before.
pub(crate) fn networks(entries: &[String]) -> Option<Vec<(usize, String)>> {
    let list = spec::network::networks(entries)?;
    Some(list.into_iter().fold(Vec::new(), |mut kept, network| {
        if !kept.contains(&network) {
            kept.push(network);
        }
        kept
    }))
}

/// Action and canonical filter of each scope.
pub(crate) fn grant(words: Words, at: usize, grant: &Grant) -> Option<Vec<(String, String)>> {
    shown(spec::grant::scopes(&written(grant), &project(at).0, &slow_catalog(words))?)
}

/// What a key means that had this level for GraphQL where it was made.
pub(crate) fn legacy(words: Words, had: Level) -> Option<Vec<(String, String)>> {
    let (_, level) = level((&String::new(), &had));
    let grant = spec::grant::Grant::Legacy(level);
    shown(spec::grant::scopes(&grant, &project(0).0, &slow_catalog(words))?)
}

/// Their order means nothing (compat 3.4).
fn shown(scopes: Vec<(String, Vec<Link>)>) -> Option<Vec<(String, String)>> {
    let mut shown: Vec<_> = scopes.into_iter().map(|(action, links)| (action, canonical(&links))).collect();
    shown.sort();
    Some(shown)
}

/// security 12: every ask that the one allows is allowed by the other. The hardest ask of a filter is the filter itself,
/// with its `#` as "unknown": nothing matches that but `#`. Of `*` it is a resource of a type that is yet to come.
pub(crate) fn subset(words: Words, given: &Grant, held: &Grant) -> bool {
    let scopes = |grant| {
        let scopes = spec::grant::scopes(&written(grant), &project(0).0, &slow_catalog(words));
        scopes.unwrap_or_default()
    };
    let (given, held) = (scopes(given), scopes(held));
    let actions = ["read", "write", "admin"];
    let allowed = |scopes: &[(String, Vec<Link>)], action: &str, asked: &[Link]| {
        let mut actions = scopes.iter().filter(|(of, _)| of == "*" || of == action);
        actions.any(|(_, filter)| {
            filter.is_empty() || (!asked.is_empty() && spec::address::matches(filter, asked))
        })
    };
    given.iter().all(|(of, filter)| {
        let mut asked = actions.iter().filter(|action| of == "*" || of == *action);
        asked.all(|action| allowed(&held, action, filter))
    })
}

/// Every call that the one lets through is let through by the other: asked of the unknown address and of those at both
/// ends of each block and beside them, where anything that one has and the other has not begins or ends.
pub(crate) fn within(given: &[String], held: &[String]) -> Option<bool> {
    let mut clients = vec![None];
    for (width, start) in
        [given, held].map(spec::network::networks).into_iter().collect::<Option<Vec<_>>>()?.concat()
    {
        let edges = [format!("{start:0<width$}"), format!("{start:1<width$}")];
        for edge in edges.iter().filter_map(|bits| u128::from_str_radix(bits, 2).ok()) {
            clients
                .extend([edge, edge.wrapping_add(1), edge.wrapping_sub(1)].map(|bits| address(width, bits)));
        }
    }
    // Whoever is let through by no list at all, and by an empty one.
    clients.extend([address(32, 1), address(128, 1)]);
    let allows = |entries: &[String], client| spec::network::allows(entries, client);
    Some(clients.into_iter().all(|client| !allows(given, client) || allows(held, client)))
}

fn address(width: usize, bits: u128) -> Option<IpAddr> {
    match width {
        32 => u32::try_from(bits).ok().map(|bits| Ipv4Addr::from_bits(bits).into()),
        _ => Some(Ipv6Addr::from_bits(bits).into()),
    }
}

/// catalog, "Grammar of a filter": plain characters as they are, all others as upper-case `%XX`.
fn canonical(links: &[Link]) -> String {
    if links.is_empty() {
        return "*".to_owned();
    }
    let segments = links.iter().flat_map(|link| {
        let values = link.segments.iter().cloned();
        std::iter::once(Some(link.kind.0.to_owned())).chain(values)
    });
    spec::address::array(&segments.collect::<Vec<_>>())
}
