//! What is said about recorded calls is what each of them, made again, would say.

use crate::given::{Held, NOW, World};
use crate::recorded::{Call, Dice, Traffic, dice, refusal};
use domain::{
    ClientNetwork, Fate, Grant, Holder, OTHER, Preview, Proposed, Reason, Recorded, Scope, Snapshot, advise,
    preview, subset,
};

/// What the key as it would be says about its record.
fn foretold(world: &World, known: &Snapshot, changed: &Held, rows: &[Recorded]) -> (Vec<Fate>, Preview) {
    let holder = Holder {
        types: world.catalog.types(),
        project: world.own.id,
        organization: &world.own.organization_id,
        registered_to: |name: &str| known.registered_to(name),
    };
    let scopes = changed.key.grant.compile(&world.catalog, world.own.id).unwrap();
    let proposed = Proposed::new(&changed.key, &scopes, holder, NOW);
    (rows.iter().map(|row| proposed.fate(row)).collect(), preview(&proposed, rows))
}

/// Counts of what was compared, so that a test cannot pass by comparing nothing.
#[derive(Debug, Default)]
struct Compared {
    allowed: i64,
    refused: i64,
    unsure: i64,
}

fn compare_preview(dice: &mut Dice, world: &World, all: &[Traffic]) -> Compared {
    let changed: Vec<Held> = all.iter().map(|traffic| dice.change(&traffic.held)).collect();
    let known = world.knowing(&changed);
    let mut compared = Compared::default();
    for (traffic, changed) in all.iter().zip(&changed) {
        let rows: Vec<Recorded> = traffic.rows.iter().map(|(row, _)| row.clone()).collect();
        let (fates, found) = foretold(world, &known, changed, &rows);
        let (mut refused, mut unsure, mut total) = (0, 0, 0);
        for ((row, calls), fate) in traffic.rows.iter().zip(fates) {
            let verdicts: Vec<Option<Reason>> =
                calls.iter().map(|call| refusal(&known, world, changed, call)).collect();
            total += row.calls;
            match fate {
                Fate::Allowed => assert!(verdicts.iter().all(Option::is_none), "{row:?} {:?}", changed.key),
                Fate::Refused(reason) => {
                    refused += row.calls;
                    // A check that nobody can make on the record may fail before the one that surely fails.
                    let named = |verdict: &Option<Reason>| {
                        *verdict == Some(reason)
                            || (reason == Reason::InsufficientScope && *verdict == Some(Reason::IpNotAllowed))
                    };
                    assert!(verdicts.iter().all(named), "{reason:?} {verdicts:?} {row:?} {:?}", changed.key);
                }
                Fate::Unsure => {
                    unsure += row.calls;
                    let whole = row.resource != OTHER
                        && matches!(row.network, ClientNetwork::V4(_) | ClientNetwork::V6(_));
                    // Only a list with a part of the network in it leaves open what is wholly on record.
                    assert!(!whole || changed.key.networks.entries().count() > 0, "{row:?}");
                }
            }
        }
        assert_eq!((found.calls, found.refused, found.unsure), (total, refused, unsure));
        assert_eq!(found.by.iter().map(|group| group.calls).sum::<i64>() + found.rest.1, refused);
        for group in &found.by {
            let mine = |row: &&Recorded| {
                (row.action, &row.resource, row.network) == (group.action, &group.resource, group.network)
            };
            let mine: Vec<&Recorded> = rows.iter().filter(mine).collect();
            assert!(mine.iter().any(|row| row.first_at == group.first_at) && !mine.is_empty());
            assert!(mine.iter().any(|row| row.last_at == group.last_at));
        }
        compared.allowed += total - refused - unsure;
        compared.refused += refused;
        compared.unsure += unsure;
    }
    compared
}

/// How many keys could have less.
fn compare_advice(world: &World, all: &[Traffic]) -> usize {
    let types = world.catalog.types();
    let compiled = |held: &Held| held.key.grant.compile(&world.catalog, world.own.id).unwrap();
    let mut suggested = 0;
    for traffic in all {
        let present = compiled(&traffic.held);
        let seen = traffic.rows.iter().filter_map(|(row, _)| Some((row.action?, row.resource.as_str())));
        let advice = advise(&present, seen, types);
        let calls: Vec<&Call> = traffic.rows.iter().flat_map(|(_, calls)| calls).collect();
        let alone = |scope: &Scope| with(&traffic.held, std::slice::from_ref(scope));
        for scope in &present {
            let held = alone(scope);
            let known = world.knowing([&held]);
            let asked = calls.iter().filter(|call| call.wanted.is_some());
            let used = asked.copied().any(|call| refusal(&known, world, &held, call).is_none());
            let folded = traffic.rows.iter().any(|(row, _)| row.resource == OTHER);
            let ours = scope.filter.text() == "GRAPHQL"
                || (scope.actions.text() == "admin" && scope.filter.text().starts_with("ORGANIZATION"));
            let told = advice.unused.contains(scope);
            assert!(
                if folded { !told || !used } else { told == (!used && !ours) },
                "{scope:?} {told} {used}"
            );
        }
        let Some(suggestion) = advice.suggestion else { continue };
        suggested += 1;
        assert!(subset(&suggestion, &present) && !subset(&present, &suggestion));
        let less = with(&traffic.held, &suggestion);
        let known = world.knowing([&less]);
        for call in calls {
            assert_eq!(refusal(&known, world, &less, call), None, "{:?} {suggestion:?}", call.wanted);
        }
    }
    suggested
}

/// The same key with nothing but these scopes.
fn with(held: &Held, scopes: &[Scope]) -> Held {
    let written = |scope: &Scope| (scope.actions.text().to_owned(), scope.filter.text().to_owned());
    let grant = Grant::Scopes(scopes.iter().map(written).collect());
    Held { text: held.text.clone(), key: domain::Key { grant, ..held.key.clone() } }
}

fn compare(keys: usize, calls: usize) -> (Compared, usize) {
    let (world, mut dice) = (World::new(), dice(7));
    let all = dice.traffic(&world, keys, calls);
    let compared = compare_preview(&mut dice, &world, &all);
    (compared, compare_advice(&world, &all))
}

#[test]
fn preview_and_advice_are_what_each_call_made_again_would_say() {
    let (compared, suggested) = compare(150, 200);
    assert!(compared.allowed > 1000 && compared.refused > 1000 && compared.unsure > 100, "{compared:?}");
    assert!(suggested > 50, "{suggested}");
}

#[test]
fn preview_and_advice_of_a_million_calls() {
    let (compared, suggested) = compare(10_000, 100);
    // Of the calls that a key could make, the rest was refused before as well.
    assert!(compared.allowed > 50_000 && compared.refused > 50_000 && compared.unsure > 10_000, "{compared:?}");
    assert!(suggested > 3_000, "{suggested}");
}
