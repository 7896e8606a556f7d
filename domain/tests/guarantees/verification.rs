//! Whether a key may pass, and for which reason it may not.

use crate::given::{Held, NOW, Question, World, allows, decide, key_of, refusal, rng};
use crate::model::{self, CHAINING, Holder, both_forms, chain, is_own, text, words};
use domain::{
    Action, ActorId, Address, Ask, Catalog, Grant, KeyState, Networks, Presented, Reason, Timestamp, Verdict,
    Wanted, verify,
};
use proptest::prelude::*;
use rand_core::Rng;
use std::sync::LazyLock;

#[test]
fn the_first_check_that_fails_is_the_reason() {
    for faults in 0..96 {
        let removed = faults % 2 == 1;
        let state = [
            KeyState::Active,
            KeyState::Disabled { since: NOW },
            KeyState::Revoked { at: NOW, by: ActorId::Operator },
        ][faults / 2 % 3];
        let expired = faults / 6 % 2 == 1;
        let elsewhere = faults / 12 % 2 == 1;
        let foreign = faults / 24 % 2 == 1;
        let unscoped = faults / 48 % 2 == 1;

        let mut world = World::new();
        let mut held = world.key(&[(if unscoped { "write" } else { "read" }, "*")]);
        world.own.removed_at = removed.then_some(NOW);
        held.key.state = state;
        held.key.expires_at = expired.then_some(NOW);
        held.key.networks = Networks::parse(["203.0.113.0/24"]).unwrap();
        let known = world.knowing([&held]);
        let question = Question::of("read", if foreign { "ENDPOINT/foreign" } else { "ENDPOINT/own" })
            .from(if elsewhere { "198.51.100.1" } else { "203.0.113.1" });

        let first = [
            (removed, Reason::Disabled),
            (matches!(state, KeyState::Revoked { .. }), Reason::Revoked),
            (expired, Reason::Expired),
            (matches!(state, KeyState::Disabled { .. }), Reason::Disabled),
            (elsewhere, Reason::IpNotAllowed),
            (foreign || unscoped, Reason::InsufficientScope),
        ]
        .into_iter()
        .find_map(|(fails, reason)| fails.then_some(reason));
        assert_eq!(refusal(&known, &held, question), first, "{faults}: {held:?}", held = held.key);
    }
}

#[test]
fn a_well_formed_key_of_nobody_is_unknown() {
    let mut world = World::new();
    let (held, other) = (world.key(&[("*", "*")]), world.key(&[("*", "*")]));
    let known = world.knowing([&held]);
    assert_eq!(refusal(&known, &other, Question::nothing()), Some(Reason::Unknown));
    assert!(matches!(decide(&known, &other.text, Question::nothing()), Verdict::Denied(_, None)));
}

#[test]
fn a_verdict_names_the_key_and_whose_it_is_also_when_it_is_refused() {
    let mut world = World::new();
    let held = world.key(&[("read", "*")]);
    let known = world.knowing([&held]);
    let named = |question| match decide(&known, &held.text, question) {
        Verdict::Granted(found) | Verdict::Denied(_, Some(found)) => {
            (found.key.id, found.organization.clone())
        }
        Verdict::Denied(reason, None) => panic!("{reason:?}"),
    };
    let expected = (held.key.id, world.own.organization_id.clone());
    assert_eq!(named(Question::of("read", "COMMERCE")), expected);
    assert_eq!(named(Question::of("write", "COMMERCE")), expected);
}

#[test]
fn the_code_of_each_reason_is_the_one_on_the_wire() {
    let codes = [
        (Reason::Malformed, "malformed"),
        (Reason::Unknown, "unknown"),
        (Reason::Revoked, "revoked"),
        (Reason::Disabled, "disabled"),
        (Reason::Expired, "expired"),
        (Reason::IpNotAllowed, "ip_not_allowed"),
        (Reason::InsufficientScope, "insufficient_scope"),
    ];
    for (reason, code) in codes {
        assert_eq!(reason.code(), code);
    }
}

#[test]
fn a_key_is_valid_until_the_microsecond_it_expires() {
    let mut world = World::new();
    let mut held = world.key(&[("read", "*")]);
    held.key.expires_at = Some(NOW);
    let known = world.knowing([&held]);
    for (micros, expected) in [
        (i64::MIN, None),
        (NOW.micros() - 1, None),
        (NOW.micros(), Some(Reason::Expired)),
        (NOW.micros() + 1, Some(Reason::Expired)),
        (i64::MAX, Some(Reason::Expired)),
    ] {
        let question = Question::nothing().at(Timestamp::from_micros(micros));
        assert_eq!(refusal(&known, &held, question), expected, "{micros}");
    }
}

#[test]
fn what_is_shown_of_a_key_is_what_a_verification_says() {
    let mut world = World::new();
    let mut held = world.key(&[("read", "*")]);
    let states = [
        KeyState::Active,
        KeyState::Disabled { since: NOW },
        KeyState::Revoked { at: NOW, by: ActorId::Operator },
    ];
    for state in states {
        for expires_at in [None, Some(NOW), Some(NOW.plus_seconds(1))] {
            held.key.state = state;
            held.key.expires_at = expires_at;
            let known = world.knowing([&held]);
            let said = refusal(&known, &held, Question::nothing()).map_or("active", Reason::code);
            assert_eq!(held.key.status(NOW).name(), said, "{state:?} {expires_at:?}");
        }
    }
}

#[test]
fn a_revoked_key_cannot_be_brought_back() {
    let revoked = KeyState::Active.revoked(NOW, ActorId::Operator);
    let later = NOW.plus_seconds(1);
    assert_eq!(revoked.enabled(), revoked);
    assert_eq!(revoked.disabled(later), revoked);
    assert_eq!(revoked.revoked(later, ActorId::Operator), revoked);
    assert_eq!(KeyState::Active.disabled(NOW).disabled(later), KeyState::Disabled { since: NOW });
    assert_eq!(KeyState::Active.disabled(NOW).enabled(), KeyState::Active);
}

#[test]
fn a_key_with_networks_is_used_from_there_only() {
    let mut world = World::new();
    let mut held = world.key(&[("read", "*")]);
    held.key.networks = Networks::parse(["203.0.113.0/24"]).unwrap();
    let known = world.knowing([&held]);
    let question = Question::nothing();
    assert_eq!(refusal(&known, &held, question.from("203.0.113.255")), None);
    assert_eq!(refusal(&known, &held, question.from("::ffff:203.0.113.1")), None);
    assert_eq!(refusal(&known, &held, question.from("203.0.114.0")), Some(Reason::IpNotAllowed));
    assert_eq!(refusal(&known, &held, question.from("2001:db8::1")), Some(Reason::IpNotAllowed));
    assert_eq!(refusal(&known, &held, question), Some(Reason::IpNotAllowed), "an unknown address is nowhere");
}

#[test]
fn a_key_without_scopes_opens_nothing_but_is_known() {
    let mut world = World::new();
    let held = world.key(&[]);
    let known = world.knowing([&held]);
    assert!(allows(&known, &held, Question::nothing()));
    assert_eq!(refusal(&known, &held, Question::of("read", "COMMERCE")), Some(Reason::InsufficientScope));
}

#[test]
fn a_grant_that_does_not_fit_the_catalog_opens_nothing() {
    let mut world = World::new();
    let held = world.key(&[("read", "COMMERCE"), ("read", "NOTHING/x")]);
    let known = world.knowing([&held]);
    assert_eq!(refusal(&known, &held, Question::of("read", "COMMERCE")), Some(Reason::InsufficientScope));
}

#[test]
fn a_key_of_a_project_that_nobody_knows_is_disabled() {
    let mut world = World::new();
    let stray = crate::given::project(world.own.organization_id.clone(), &mut world.rng);
    let held = key_of(&stray, Grant::default_roles(), &mut world.rng);
    let known = world.knowing([&held]);
    assert_eq!(refusal(&known, &held, Question::nothing()), Some(Reason::Disabled));
}

#[test]
fn star_on_star_opens_the_keys_own_resources_and_no_others() {
    let mut world = World::new();
    let held = world.key(&[("*", "*")]);
    let known = world.knowing([&held]);
    let (ours, theirs) = (world.organization(), world.other_organization());
    let own = world.own.id.to_string();
    let escaped = format!("%{:02x}{}", own.as_bytes()[0], &own[1..]);
    let stray = "01890000-0000-7000-8000-000000000000";
    let (sister, foreign) = (world.sister.id.to_string(), world.foreign.id.to_string());
    // Resource; allowed when the ask names: no organization, the key's own.
    for (resource, unnamed, named) in [
        (format!("PROJECT/{own}"), true, true),
        (format!("PROJECT/{own}/DATA"), true, true),
        (format!("PROJECT/{own}/CONTROL"), true, true),
        (format!("PROJECT/{escaped}/DATA"), true, true),
        (format!("PROJECT/{}", own.to_uppercase()), false, false),
        (format!("PROJECT/{}", own.replace('-', "")), false, false),
        (format!("PROJECT/{sister}"), false, false),
        (format!("PROJECT/{sister}/DATA"), false, false),
        (format!("PROJECT/{foreign}"), false, false),
        (format!("PROJECT/{foreign}/DATA"), false, false),
        (format!("PROJECT/{stray}"), false, false),
        ("PROJECT/own".to_owned(), false, false),
        ("PROJECT/%23".to_owned(), false, false),
        ("PROJECT/#".to_owned(), false, true),
        ("PROJECT/#/DATA".to_owned(), false, true),
        (format!("ORGANIZATION/{ours}"), true, true),
        (format!("ORGANIZATION/{}", ours.replacen('o', "%6F", 1)), true, true),
        (format!("ORGANIZATION/{theirs}"), false, false),
        ("ORGANIZATION/nobody".to_owned(), false, false),
        ("ORGANIZATION/#".to_owned(), false, true),
        ("ENDPOINT/own".to_owned(), true, true),
        ("ENDPOINT/%6fwn".to_owned(), true, true),
        ("ENDPOINT/sister".to_owned(), false, false),
        ("ENDPOINT/foreign".to_owned(), false, false),
        ("ENDPOINT/forei%67n".to_owned(), false, false),
        ("ENDPOINT/nobody".to_owned(), false, false),
        ("ENDPOINT/Own".to_owned(), false, false),
        ("ENDPOINT/%23".to_owned(), false, false),
        ("ENDPOINT/#".to_owned(), false, true),
        ("DATA".to_owned(), false, true),
        ("CONTROL".to_owned(), false, true),
        ("THING/Battery/b1".to_owned(), true, true),
        ("THING/#/#".to_owned(), true, true),
        ("PLACE/Site/s1/THING/Battery/b1".to_owned(), true, true),
        ("GRAPHQL".to_owned(), true, true),
        ("COMMERCE".to_owned(), true, true),
    ] {
        for action in ["read", "write", "admin"] {
            let question = Question::of(action, &resource);
            assert_eq!(allows(&known, &held, question), unnamed, "{action} {resource}");
            assert_eq!(
                allows(&known, &held, question.in_organization(ours)),
                named,
                "{action} {resource} in own"
            );
            for other in [theirs, "", "nobody", "#", "*"] {
                let refused = refusal(&known, &held, question.in_organization(other));
                assert_eq!(refused, Some(Reason::InsufficientScope), "{action} {resource} in `{other}`");
            }
        }
    }
}

#[test]
fn naming_another_organization_is_refused_even_when_nothing_else_is_asked() {
    let mut world = World::new();
    let held = world.key(&[("*", "*")]);
    let known = world.knowing([&held]);
    let question = Question::nothing();
    assert!(allows(&known, &held, question.in_organization(world.organization())));
    assert!(!allows(&known, &held, question.in_organization(world.other_organization())));
}

#[test]
fn a_resource_of_the_sister_project_is_reached_by_the_keys_of_that_project_only() {
    let mut world = World::new();
    let everything = || Grant::Scopes(vec![("*".to_owned(), "*".to_owned())]);
    let held =
        [&world.own, &world.sister, &world.foreign].map(|home| key_of(home, everything(), &mut world.rng));
    let known = world.knowing(&held);
    for (at, key) in held.iter().enumerate() {
        for (other, name) in ["own", "sister", "foreign"].into_iter().enumerate() {
            assert_eq!(
                allows(&known, key, Question::of("read", &format!("ENDPOINT/{name}"))),
                at == other,
                "{name}"
            );
        }
    }
}

#[test]
fn an_ownership_wall_holds_for_every_suffix_that_a_filter_may_match() {
    let mut world = World::new();
    let held = world.key(&[("*", "DATA"), ("*", "PROJECT/#/DATA"), ("*", "CONTROL")]);
    let known = world.knowing([&held]);
    let foreign = format!("PROJECT/{}/DATA", world.foreign.id);
    let own = format!("PROJECT/{}/DATA", world.own.id);
    assert!(allows(&known, &held, Question::of("read", &own)));
    assert!(!allows(&known, &held, Question::of("read", &foreign)));
}

#[test]
fn a_registration_reaches_no_further_than_its_project_lives() {
    let mut world = World::new();
    let held = world.key(&[("*", "*")]);
    world.own.removed_at = Some(NOW);
    let known = world.knowing([&held]);
    assert_eq!(refusal(&known, &held, Question::of("read", "ENDPOINT/own")), Some(Reason::Disabled));
}

/// Keys with different grants, and a catalog where everything may stand behind everything.
struct Tenants {
    world: World,
    held: Vec<(Held, Vec<(&'static str, &'static str)>)>,
    ids: Vec<String>,
}

const GRANTS: &[&[(&str, &str)]] = &[
    &[("*", "*")],
    &[("read", "ENDPOINT/#"), ("read", "A/#")],
    &[("write", "PROJECT/#/A/#"), ("*", "C"), ("read", "NAMED/#/ENDPOINT/#")],
    &[("read", "B/#/#"), ("read", "A/#/A/#"), ("read", "PROJECT/#"), ("read", "ORGANIZATION/#/C")],
];

fn tenants() -> Tenants {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::parse(&model::toml(CHAINING)).unwrap());
    let mut world = World::with_catalog(CATALOG.clone());
    let held = GRANTS.iter().map(|scopes| (world.key(scopes), scopes.to_vec())).collect();
    let ids = ["own", "sister", "foreign", "a", "x"].map(str::to_owned).into_iter();
    let projects = [&world.own, &world.sister, &world.foreign].map(|project| project.id.to_string());
    let organizations = [world.organization(), world.other_organization()].map(str::to_owned);
    let ids = ids.chain(projects).chain(organizations).collect();
    Tenants { world, held, ids }
}

#[test]
fn a_hundred_thousand_random_addresses_never_cross_a_tenant() {
    let Tenants { world, held, ids } = tenants();
    let known = world.knowing(held.iter().map(|(held, _)| held));
    let presented: Vec<Presented> = held
        .iter()
        .map(|(held, _)| Presented::parse(&held.text, known.catalog(), &crate::given::pepper()).unwrap())
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let organizations = [None, Some(world.organization()), Some(world.other_organization())];
    let mut rng = rng(3);
    let (mut allowed, mut refused) = (0, 0);
    for round in 0..100_000 {
        let chain = chain(CHAINING, &ids, 4, &mut |below| rng.next_u32() as usize % below);
        let (resource, segments) = (text(&chain), words(&chain));
        let at = round % held.len();
        let scopes = &held[at].1;
        let holder = Holder {
            project: world.own.id.to_string(),
            organization: world.organization(),
            registered: &["ENDPOINT/own"],
            asked_organization: organizations[round % organizations.len()],
        };
        let own = is_own(CHAINING, &holder, &chain);
        for (action, form) in ["read", "write"].into_iter().zip(both_forms(&resource, &segments)) {
            let matching = |(held, filter): &(&str, &str)| {
                (*held == "*" || *held == action) && model::matches(filter, &chain)
            };
            let expected = own && scopes.iter().any(matching);
            let address = Address::parse(form, known.catalog().types()).unwrap();
            let wanted = Some(Wanted { action: Action::parse(action).unwrap(), address });
            let ask = Ask { wanted, client: None, organization: holder.asked_organization };
            let found = matches!(verify(&known, &presented[at], &ask, NOW), Verdict::Granted(_));
            assert_eq!(found, expected, "{scopes:?} {action} {resource} {:?}", holder.asked_organization);
            if found { allowed += 1 } else { refused += 1 }
        }
    }
    assert!(
        allowed > 5_000 && refused > 5_000,
        "{allowed} allowed, {refused} refused: too one-sided to tell"
    );
}

/// A chain of up to eight chaining types, told by random bytes.
fn chain_of(ids: &[String], bytes: &[u8]) -> model::Chain {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut bytes = bytes.iter();
    chain(CHAINING, &ids, 8, &mut |below| bytes.next().map_or(0, |byte| usize::from(*byte) % below))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    // A filter may well match the longer resource and not the shorter one: it is another resource. What must
    // never change is that the key has no business there at all, which a key of `*` on `*` shows.
    #[test]
    fn appending_any_tail_never_turns_a_refusal_into_an_allow(
        bytes: [u8; 24], cut in 1usize..8, organization in 0usize..3, grant in 0usize..GRANTS.len(),
    ) {
        let Tenants { world, held, ids } = tenants();
        let known = world.knowing(held.iter().map(|(held, _)| held));
        let organization = [None, Some(world.organization()), Some(world.other_organization())][organization];
        let whole = chain_of(&ids, &bytes);
        let (head, longer) = (text(&whole[..cut.min(whole.len())]), text(&whole));
        let may = |at: usize, resource| {
            let question = Question { organization, ..Question::of("read", resource) };
            allows(&known, &held[at].0, question)
        };
        if !may(0, &head) {
            prop_assert!(!may(0, &longer) && !may(grant, &longer), "{} {}", head, longer);
        }
    }
}
