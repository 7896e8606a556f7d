//! Usage: a batch is added once however often it is sent, and what is read is what was added.

use crate::both;
use crate::place::Place;
use crate::records::{Home, moment, rng};
use crate::sound::sound;
use control::store::{UsageBy, UsageCount, UsageOf, UsageQuery, UsageSpan};
use domain::{
    Action, Called, ClientNetwork, KeyId, LastUse, OrganizationId, ProjectId, Reason, Unseen, UsageBatch,
    Version,
};
use std::sync::Arc;

const DAY: UsageSpan = UsageSpan { from: moment_const(0), to: moment_const(86_400) };

/// The same moments as [`moment`], for constants; the first is the start of a day and so of an hour.
const fn moment_const(seconds: i64) -> domain::Timestamp {
    domain::Timestamp::from_micros(1_800_057_600_000_000).plus_seconds(seconds)
}

fn called(key: KeyId, organization: &OrganizationId, project: ProjectId, hour: i64, calls: i64) -> Called {
    let at = moment_const(hour * 3600 + 5);
    Called {
        key,
        organization: organization.clone(),
        project,
        hour: at.hour(),
        action: Some(Action::Read),
        resource: "GRAPHQL".into(),
        organization_named: false,
        refused: None,
        network: ClientNetwork::V4([203, 0, 113]),
        calls,
        first_at: at,
        last_at: at.plus_seconds(calls),
    }
}

fn batch(sequence: i64, called: Vec<Called>) -> UsageBatch {
    UsageBatch { node: "node".into(), sequence, called, last_uses: Vec::new(), unseen: Vec::new() }
}

fn asked(of: &UsageOf, by: UsageBy, bucket: Option<i64>, values_max: i64) -> UsageQuery {
    UsageQuery { of: of.clone(), span: DAY, by, bucket, values_max }
}

fn count(value: &str, start: i64, calls: i64) -> UsageCount {
    UsageCount { value: value.into(), start, calls }
}

both!(a_batch_is_added_once_and_ticks_nothing);
async fn a_batch_is_added_once_and_ticks_nothing(place: &Place) {
    let store = place.open().await;
    let home = Home::made(&store).await;
    let key = KeyId::generate(moment(0), &mut rng());
    let organization = &home.organization.id;
    let row = |calls| called(key, organization, home.project.id, 0, calls);

    assert!(store.add_usage(batch(1, vec![row(3), row(4)]), moment(0)).await.unwrap());
    assert!(!store.add_usage(batch(1, vec![row(3), row(4)]), moment(0)).await.unwrap(), "sent again");
    assert!(store.add_usage(batch(2, vec![row(5)]), moment(0)).await.unwrap());
    assert!(!store.add_usage(batch(1, vec![row(9)]), moment(0)).await.unwrap(), "a straggler");

    let of = UsageOf::Key(key, organization.clone());
    let counts = store.usage(&asked(&of, UsageBy::Outcome, None, 10)).await.unwrap();
    assert_eq!(counts, [count("allowed", 0, 12)]);
    let calls = store.usage_calls(key, DAY, 10).await.unwrap();
    assert_eq!((calls.len(), calls[0].calls, calls[0].resource.as_str()), (1, 12, "GRAPHQL"));
    assert_eq!((calls[0].first_at, calls[0].last_at), (moment_const(5), moment_const(10)));
    assert_eq!(sound(place, &store).await, Version(2));
}

both!(counts_are_told_apart_by_what_is_asked_and_never_cross_an_organization);
async fn counts_are_told_apart_by_what_is_asked_and_never_cross_an_organization(place: &Place) {
    let store = place.open().await;
    let (ours, theirs) = (Home::made(&store).await, Home::new());
    let [one, two, foreign] = [1, 2, 3].map(|seconds| KeyId::generate(moment(seconds), &mut rng()));
    let ask = |key, hour, calls| called(key, &ours.organization.id, ours.project.id, hour, calls);
    let refused = Called { refused: Some(Reason::InsufficientScope), ..ask(one, 1, 2) };
    let elsewhere =
        Called { resource: Arc::from("OTHER/x"), network: ClientNetwork::Unknown, ..ask(two, 0, 1) };
    let only = Called { action: None, resource: "".into(), ..ask(two, 25, 7) };
    let stranger = called(foreign, &theirs.organization.id, theirs.project.id, 0, 100);
    let rows = vec![ask(one, 0, 10), refused, elsewhere, only, stranger];
    store.add_usage(batch(1, rows), moment(0)).await.unwrap();

    let of = UsageOf::Organization(ours.organization.id.clone());
    let hour = 3_600_000_000;
    let start = moment_const(0).micros();
    let usage = async |by, bucket, most| store.usage(&asked(&of, by, bucket, most)).await.unwrap();
    assert_eq!(
        usage(UsageBy::Outcome, Some(hour), 10).await,
        [count("allowed", start, 11), count("insufficient_scope", start + hour, 2)]
    );
    assert_eq!(
        usage(UsageBy::Key, None, 10).await,
        [count(&one.to_string(), 0, 12), count(&two.to_string(), 0, 1)]
    );
    assert_eq!(usage(UsageBy::Resource, None, 1).await, [count("GRAPHQL", 0, 12), count("other", 0, 1)]);
    assert_eq!(usage(UsageBy::Action, None, 10).await, [count("read", 0, 13)], "the 25th hour is not asked");
    assert_eq!(usage(UsageBy::Network, None, 10).await[0], count("203.0.113.0/24", 0, 12));
    assert_eq!(store.usage_rows(&of, DAY, 2).await.unwrap(), 2);
    assert_eq!(store.usage_rows(&of, DAY, 100).await.unwrap(), 3);
}

both!(what_was_not_seen_makes_incomplete_what_it_may_be_missing_from_and_nothing_else);
async fn what_was_not_seen_makes_incomplete_what_it_may_be_missing_from_and_nothing_else(place: &Place) {
    let store = place.open().await;
    let organization = OrganizationId::parse("org_a").unwrap();
    let [one, two] = [1, 2].map(|seconds| KeyId::generate(moment(seconds), &mut rng()));
    let incomplete = async |of: &UsageOf| store.usage_incomplete(of, DAY, moment_const(0)).await.unwrap();
    let of = |key| UsageOf::Key(key, organization.clone());
    let all = UsageOf::Organization(organization.clone());
    let stranger = UsageOf::Organization(OrganizationId::parse("org_b").unwrap());
    let unseen = async |sequence, organization: Option<&OrganizationId>, key, hour: i64| {
        let hour = moment_const(hour * 3600);
        let missed = Unseen { organization: organization.cloned(), key, hour, calls: 1 };
        store
            .add_usage(UsageBatch { unseen: vec![missed], ..batch(sequence, vec![]) }, moment(0))
            .await
            .unwrap()
    };
    assert!(!incomplete(&all).await, "nothing is missing of a new database");

    unseen(1, Some(&organization), Some(one), 24).await;
    assert!(!incomplete(&all).await, "that is tomorrow");
    unseen(2, Some(&organization), Some(one), 23).await;
    assert_eq!(
        [incomplete(&of(one)).await, incomplete(&of(two)).await, incomplete(&all).await],
        [true, false, true]
    );
    unseen(3, Some(&organization), None, 3).await;
    assert_eq!([incomplete(&of(two)).await, incomplete(&stranger).await], [true, false]);
    unseen(4, None, None, 3).await;
    assert!(incomplete(&stranger).await);
}

both!(pruning_takes_what_is_old_a_little_at_a_time_and_says_so);
async fn pruning_takes_what_is_old_a_little_at_a_time_and_says_so(place: &Place) {
    let store = place.open().await;
    let home = Home::made(&store).await;
    let key = KeyId::generate(moment(0), &mut rng());
    let organization = home.organization.id.as_str();
    let rows = (0..10).map(|hour| called(key, &home.organization.id, home.project.id, hour, 1)).collect();
    store.add_usage(batch(1, rows), moment(0)).await.unwrap();
    let before = moment_const(5 * 3600);
    let of = UsageOf::Key(key, home.organization.id.clone());

    store.note_usage_pruned(before, moment(-1)).await.unwrap();
    assert_eq!(store.next_with_usage("").await.unwrap().as_deref(), Some(organization));
    assert_eq!(store.prune_usage(organization, before, 3).await.unwrap(), 3);
    assert_eq!(store.prune_usage(organization, before, 3).await.unwrap(), 2);
    assert_eq!(store.prune_usage(organization, before, 3).await.unwrap(), 0);
    assert_eq!(store.next_with_usage(organization).await.unwrap(), None);

    assert_eq!(store.usage_rows(&of, DAY, 100).await.unwrap(), 5);
    assert!(store.usage_incomplete(&of, DAY, moment_const(0)).await.unwrap());
    assert!(!store.usage_incomplete(&of, DAY, before).await.unwrap(), "the key is younger than what is gone");
}

both!(the_last_use_of_a_key_is_the_newest_one);
async fn the_last_use_of_a_key_is_the_newest_one(place: &Place) {
    let store = place.open().await;
    let home = Home::made(&store).await;
    let key = home.key();
    home.create(&store, &key).await.unwrap();
    assert_eq!(store.key(key.id).await.unwrap().unwrap().last_use, None);
    let used = |seconds, ip: &str| LastUse { at: moment(seconds), ip: Some(ip.parse().unwrap()) };
    let batch = |sequence, last_uses| UsageBatch { last_uses, ..batch(sequence, vec![]) };

    store.add_usage(batch(1, vec![(key.id, used(5, "203.0.113.9"))]), moment(0)).await.unwrap();
    store.add_usage(batch(2, vec![(key.id, used(3, "203.0.113.8"))]), moment(0)).await.unwrap();

    let row = store.key(key.id).await.unwrap().unwrap();
    assert_eq!(row.last_use, Some(used(5, "203.0.113.9")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_processes_that_add_to_the_same_rows_never_wait_for_each_other_in_a_circle() {
    let Some(place) = Place::postgres().await else { return };
    let store = Arc::new(place.open().await);
    let home = Home::made(&store).await;
    let keys: Vec<KeyId> = (0..100).map(|n| KeyId::generate(moment(n), &mut rng())).collect();
    let nodes: Vec<_> = (0..6)
        .map(|node| {
            let (store, home, mut keys) = (Arc::clone(&store), home.clone(), keys.clone());
            if node % 2 == 1 {
                keys.reverse();
            }
            tokio::spawn(async move {
                for sequence in 1..=20 {
                    let organization = &home.organization.id;
                    let rows = keys.iter().map(|key| called(*key, organization, home.project.id, 0, 1));
                    let batch = UsageBatch { node: node.to_string(), ..batch(sequence, rows.collect()) };
                    store.add_usage(batch, moment(0)).await.unwrap();
                }
            })
        })
        .collect();
    for node in nodes {
        node.await.unwrap();
    }
    let of = UsageOf::Organization(home.organization.id.clone());
    let counts = store.usage(&asked(&of, UsageBy::Outcome, None, 10)).await.unwrap();
    assert_eq!(counts, [count("allowed", 0, 6 * 20 * 100)]);
}
