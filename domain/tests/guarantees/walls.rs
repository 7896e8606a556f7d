//! Between tenants, and between the projects of one, there is a wall that no scope opens.

use crate::given::{Held, NOW, Question, World, allows, key_of, pepper, refusal, rng};
use domain::catalog::types::{Ownership, Segment};
use domain::{
    Action, Address, Ask, Asked, Grant, Presented, Project, ProjectId, Reason, Verdict, Wanted, verify,
};
use rand_core::Rng;

#[test]
fn every_type_of_the_default_keeps_two_tenants_apart() {
    let mut world = World::new();
    let everything = || Grant::Scopes(vec![("*".to_owned(), "*".to_owned())]);
    let held = [&world.own, &world.foreign].map(|home| key_of(home, everything(), &mut world.rng));
    let known = world.knowing(&held);
    let tenants = [&world.own, &world.foreign];
    for resource_type in world.catalog.types().iter() {
        for (at, key) in held.iter().enumerate() {
            let (own, other) = (tenants[at], tenants[1 - at]);
            let (ours, theirs) = (own.organization_id.as_str(), other.organization_id.as_str());
            let of = |home: &Project, endpoint: &str| {
                let literal = match resource_type.ownership {
                    Ownership::Project => home.id.to_string(),
                    Ownership::Organization => home.organization_id.to_string(),
                    Ownership::Registered => endpoint.to_owned(),
                    Ownership::NamedInAsk | Ownership::CheckedByUpstream => "x".to_owned(),
                };
                let segments = resource_type.segments.iter().map(|segment| match segment {
                    Segment::Free(_) => literal.clone(),
                    Segment::OneOf(words) => words[0].clone(),
                });
                [resource_type.name.clone()].into_iter().chain(segments).collect::<Vec<_>>().join("/")
            };
            let names = ["own", "foreign"];
            let (mine, foreign) = (of(own, names[at]), of(other, names[1 - at]));
            let asked = |resource: &str, organization: Option<&str>| {
                let question = Question { organization, ..Question::of("read", resource) };
                allows(&known, key, question)
            };
            let by_upstream = resource_type.ownership == Ownership::CheckedByUpstream;
            let unnamed = resource_type.ownership == Ownership::NamedInAsk;
            assert_eq!(asked(&mine, None), !unnamed, "{mine}");
            assert!(asked(&mine, Some(ours)), "{mine}");
            assert_eq!(asked(&foreign, None), by_upstream, "{foreign}");
            assert_eq!(asked(&foreign, Some(ours)), by_upstream || unnamed, "{foreign}");
            for resource in [&mine, &foreign] {
                assert!(!asked(resource, Some(theirs)), "{resource} of the other");
            }
            // A type that the upstream checks is checked against the organization that the verdict names.
            let told = crate::given::decide(&known, &key.text, Question::of("read", &foreign));
            let (Verdict::Granted(found) | Verdict::Denied(_, Some(found))) = told else {
                panic!("{told:?}")
            };
            assert_eq!(found.organization.as_str(), ours);
        }
    }
}

const GRANTS: [&[(&str, &str)]; 5] = [
    &[("*", "*")],
    &[("read", "ENDPOINT/#"), ("read", "ORGANIZATION/#")],
    &[
        ("read", "ENDPOINT/own"),
        ("read", "ENDPOINT/sister"),
        ("read", "ENDPOINT/foreign"),
        ("read", "ENDPOINT/nobody"),
    ],
    &[("read", "PROJECT/#"), ("read", "PROJECT/#/DATA"), ("read", "DATA")],
    &[("read", "PLACE/#/#/THING/#/#"), ("read", "PROJECT/#/CONTROL")],
];
const SHAPES: [&str; 8] = [
    "ENDPOINT/?",
    "PROJECT/?",
    "PROJECT/?/DATA",
    "PROJECT/?/CONTROL",
    "ORGANIZATION/?",
    "DATA",
    "PLACE/Site/?/THING/?/?",
    "GRAPHQL",
];

#[test]
fn two_hundred_thousand_random_addresses_of_two_tenants_never_cross() {
    let mut world = World::new();
    let homes = [world.own.clone(), world.sister.clone(), world.foreign.clone()];
    let grant = |scopes: &[(&str, &str)]| {
        Grant::Scopes(scopes.iter().map(|(action, filter)| ((*action).into(), (*filter).into())).collect())
    };
    let each = homes.iter().flat_map(|home| GRANTS.iter().map(move |scopes| (home, *scopes)));
    let held: Vec<(Held, &Project)> =
        each.map(|(home, scopes)| (key_of(home, grant(scopes), &mut world.rng), home)).collect();
    let known = world.knowing(held.iter().map(|(held, _)| held));
    let types = known.catalog().types();
    let presented: Vec<Presented> = held
        .iter()
        .map(|(held, _)| Presented::parse(&held.text, known.catalog(), &pepper()).unwrap())
        .collect();
    let ids = homes.iter().flat_map(|home| [home.id.to_string(), home.organization_id.to_string()]);
    let ids: Vec<String> =
        ids.chain(["own", "sister", "foreign", "nobody", "#"].map(str::to_owned)).collect();
    let organizations = [None, Some(world.organization()), Some(world.other_organization()), Some("#")];
    let mut rng = rng(5);
    let mut draw = |below: usize| rng.next_u32() as usize % below;
    let mut allowed = vec![0; held.len()];
    for round in 0..200_000 {
        let mut resource = SHAPES[draw(SHAPES.len())].to_owned();
        while resource.contains('?') {
            resource = resource.replacen('?', &written(&ids[draw(ids.len())], draw(6)), 1);
        }
        let at = round % held.len();
        let organization = organizations[draw(organizations.len())];
        let Ok(address) = Address::parse(Asked::Text(&resource), types) else { panic!("{resource}") };
        let wanted = Some(Wanted { action: Action::Read, address });
        let ask = Ask { wanted, client: None, organization };
        if !matches!(verify(&known, &presented[at], &ask, NOW), Verdict::Granted(_)) {
            continue;
        }
        allowed[at] += 1;
        let home = held[at].1;
        assert!(organization.is_none_or(|named| named == home.organization_id.as_str()), "{resource}");
        assert!(is_of(&resource, home, &homes, organization.is_some()), "{resource} by a key of {home:?}");
    }
    assert!(allowed.iter().all(|count| *count > 0), "{allowed:?}");
}

/// The id as it is, or with its first character escaped; `#` only as it is.
fn written(id: &str, way: usize) -> String {
    match (way, id) {
        (0, id) if id != "#" => format!("%{:02x}{}", id.as_bytes()[0], &id[1..]),
        (1, id) if id != "#" => format!("%{:02X}{}", id.as_bytes()[0], &id[1..]),
        _ => id.to_owned(),
    }
}

/// Whether an address of one of the shapes is the project's to reach, said from the documents.
fn is_of(resource: &str, home: &Project, homes: &[Project; 3], named: bool) -> bool {
    let (first, rest) = resource.split_once('/').unwrap_or((resource, ""));
    let id = rest.split('/').next().unwrap();
    let plain = if let Some(escaped) = id.strip_prefix('%') {
        let byte = u8::from_str_radix(&escaped[..2], 16).unwrap();
        format!("{}{}", char::from(byte), &escaped[2..])
    } else {
        id.to_owned()
    };
    let registered = ["own", "sister", "foreign"].iter().position(|name| *name == plain);
    match first {
        "ENDPOINT" if plain == "#" => named,
        "ENDPOINT" => registered.is_some_and(|at| homes[at].id == home.id),
        "PROJECT" => named && plain == "#" || plain == home.id.to_string(),
        "ORGANIZATION" => named && plain == "#" || plain == home.organization_id.as_str(),
        "DATA" => named,
        _ => true,
    }
}

#[test]
fn a_project_or_organization_that_is_unknown_or_removed_is_reached_by_nobody() {
    let mut world = World::new();
    let everything = || Grant::Scopes(vec![("*".to_owned(), "*".to_owned())]);
    let own = world.own.clone();
    let mut held = vec![key_of(&own, everything(), &mut world.rng)];
    held.push(key_of(&world.sister.clone(), everything(), &mut world.rng));
    held.push(key_of(&world.foreign.clone(), everything(), &mut world.rng));
    world.sister.removed_at = Some(NOW);
    world.foreign.removed_at = Some(NOW);
    let known = world.knowing(&held);
    let stray = ProjectId::generate(NOW, &mut world.rng);
    for resource in [
        format!("PROJECT/{}", world.sister.id),
        format!("PROJECT/{}/DATA", world.sister.id),
        format!("PROJECT/{}", world.foreign.id),
        format!("PROJECT/{stray}"),
        format!("ORGANIZATION/{}", world.foreign.organization_id),
        "ORGANIZATION/nobody".to_owned(),
        "ENDPOINT/sister".to_owned(),
        "ENDPOINT/foreign".to_owned(),
    ] {
        for organization in [None, Some(world.organization()), Some(world.other_organization())] {
            let question = || Question { organization, ..Question::of("read", &resource) };
            assert_eq!(refusal(&known, &held[0], question()), Some(Reason::InsufficientScope), "{resource}");
            for removed in &held[1..] {
                assert_eq!(refusal(&known, removed, question()), Some(Reason::Disabled), "{resource}");
            }
        }
    }
}
