//! Lists of keys: every key once, those asked for and no others.

use crate::both;
use crate::place::Place;
use crate::records::{Home, moment, name};
use control::store::{KeyFilter, StatusFilter, Store};
use domain::{Key, KeyId, KeyState, KeyStatus};
use std::sync::Arc;
use tokio::task::JoinSet;

const ALL: KeyFilter = KeyFilter { status: StatusFilter::All, name_part: None, after: None, limit: 1000 };

both!(pages_show_every_key_once_though_many_were_made_at_one_moment);
async fn pages_show_every_key_once_though_many_were_made_at_one_moment(place: &Place) {
    let store = place.open().await;
    let (home, other) = (Home::made(&store).await, Home::made(&store).await);
    let mut made = Vec::new();
    for number in 0..23 {
        let key = Key { created_at: moment(number / 10), ..home.key() };
        home.create(&store, &key).await.unwrap();
        made.push((key.created_at, key.id.to_string()));
    }
    other.create(&store, &other.key()).await.unwrap();
    made.sort();

    for limit in [1, 7, 10, 23, 100] {
        assert_eq!(paged(&store, &home, limit).await, made, "pages of {limit}");
    }
}

async fn paged(store: &Store, home: &Home, limit: i64) -> Vec<(domain::Timestamp, String)> {
    let mut seen: Vec<(domain::Timestamp, String)> = Vec::new();
    loop {
        let filter = KeyFilter { after: seen.last().cloned(), limit, ..ALL };
        let page = store.keys_of(home.project.id, &filter, moment(0)).await.unwrap();
        assert!(page.len() <= usize::try_from(limit).unwrap());
        if page.is_empty() {
            return seen;
        }
        seen.extend(page.into_iter().map(|row| (row.key.created_at, row.key.id.to_string())));
    }
}

both!(a_status_is_what_the_key_itself_says);
async fn a_status_is_what_the_key_itself_says(place: &Place) {
    let store = place.open().await;
    let home = Home::made(&store).await;
    let disabled = KeyState::Disabled { since: moment(0) };
    let revoked = KeyState::Revoked { at: moment(0), by: domain::ActorId::Operator };
    let now = moment(10);
    let mut keys = Vec::new();
    for state in [KeyState::Active, disabled, revoked] {
        // The moment of expiry is itself expired.
        for expires_at in [None, Some(moment(9)), Some(now), Some(moment(11))] {
            let key = Key { state, expires_at, ..home.key() };
            home.create(&store, &key).await.unwrap();
            keys.push(key);
        }
    }

    for status in [KeyStatus::Active, KeyStatus::Expired, KeyStatus::Disabled, KeyStatus::Revoked] {
        let shown = found(&store, &home, KeyFilter { status: StatusFilter::Only(status), ..ALL }).await;
        assert_eq!(shown, ids(&keys, |key| key.status(now) == status), "{status:?}");
    }
    let kept = found(&store, &home, KeyFilter { status: StatusFilter::NotRevoked, ..ALL }).await;
    assert_eq!(kept, ids(&keys, |key| key.state != revoked));
    assert_eq!(found(&store, &home, ALL).await, ids(&keys, |_| true));
}

async fn found(store: &Store, home: &Home, filter: KeyFilter) -> Vec<KeyId> {
    let rows = store.keys_of(home.project.id, &filter, moment(10)).await.unwrap();
    let keys: Vec<Key> = rows.into_iter().map(|row| row.key).collect();
    ids(&keys, |_| true)
}

fn ids(keys: &[Key], wanted: impl Fn(&Key) -> bool) -> Vec<KeyId> {
    let mut ids: Vec<KeyId> = keys.iter().filter(|key| wanted(key)).map(|key| key.id).collect();
    ids.sort();
    ids
}

both!(a_search_takes_every_sign_at_its_word);
async fn a_search_takes_every_sign_at_its_word(place: &Place) {
    let store = place.open().await;
    let home = Home::made(&store).await;
    let names = ["100%", "100 percent", "a_b", "axb", "wow!", "wow", "ÄPFEL Straße", "back\\slash", "O'Hara"];
    for text in names {
        home.create(&store, &Key { name: name(text), ..home.key() }).await.unwrap();
    }

    let cases: [(&str, &[&str]); 14] = [
        ("%", &["100%"]),
        ("100", &["100 percent", "100%"]),
        ("_", &["a_b"]),
        ("A_B", &["a_b"]),
        ("!", &["wow!"]),
        ("WOW", &["wow", "wow!"]),
        ("!%", &[]),
        ("äpfel", &["ÄPFEL Straße"]),
        ("STRAßE", &["ÄPFEL Straße"]),
        ("\\", &["back\\slash"]),
        ("'", &["O'Hara"]),
        ("o'h", &["O'Hara"]),
        ("l s", &["ÄPFEL Straße"]),
        ("nowhere", &[]),
    ];
    for (part, expected) in cases {
        let filter = KeyFilter { name_part: Some(part.into()), ..ALL };
        let rows = store.keys_of(home.project.id, &filter, moment(0)).await.unwrap();
        let mut shown: Vec<&str> = rows.iter().map(|row| row.key.name.as_str()).collect();
        shown.sort_unstable();
        assert_eq!(shown, expected, "search for {part}");
    }
}

both!(a_search_finds_the_new_name_and_not_the_old);
async fn a_search_finds_the_new_name_and_not_the_old(place: &Place) {
    let store = place.open().await;
    let home = Home::made(&store).await;
    let key = Key { name: name("Before"), ..home.key() };
    home.create(&store, &key).await.unwrap();

    home.update(&store, &Key { name: name("After"), ..key.clone() }).await.unwrap();

    let search = |part: &str| KeyFilter { name_part: Some(part.into()), ..ALL };
    assert_eq!(found(&store, &home, search("aft")).await, [key.id]);
    assert_eq!(found(&store, &home, search("bef")).await, []);
}

both!(only_keys_that_are_not_revoked_are_counted_and_no_further_than_asked);
async fn only_keys_that_are_not_revoked_are_counted_and_no_further_than_asked(place: &Place) {
    let store = place.open().await;
    let (home, other) = (Home::made(&store).await, Home::made(&store).await);
    let states = [
        KeyState::Active,
        KeyState::Disabled { since: moment(0) },
        KeyState::Revoked { at: moment(0), by: domain::ActorId::Operator },
    ];
    for state in states.iter().cycle().take(9) {
        let key = Key { state: *state, expires_at: Some(moment(1)), ..home.key() };
        home.create(&store, &key).await.unwrap();
    }
    other.create(&store, &other.key()).await.unwrap();

    for (most, expected) in [(1, 1), (5, 5), (6, 6), (7, 6), (100_000, 6)] {
        let project = home.project.id;
        let work = async move |tx: &mut control::store::Tx| tx.count_keys(project, most).await;
        let lane = control::store::Lane::Ordinary;
        let counted = store.write::<_, control::store::StoreError, _>(lane, work).await.unwrap();
        assert_eq!(counted, expected, "at most {most}");
    }
}

#[tokio::test]
async fn postgres_lists_that_wait_leave_connections_to_look_ups() {
    let Some(place) = Place::postgres().await else { return };
    let store = Arc::new(place.open().await);
    let home = Home::made(&store).await;
    let mut other = place.connect_postgres().await;
    sqlx::raw_sql("begin; lock table api_keys in access exclusive mode").execute(&mut other).await.unwrap();
    let mut lists = JoinSet::new();
    for _ in 0..20 {
        let (store, project) = (Arc::clone(&store), home.project.id);
        lists.spawn(async move { store.keys_of(project, &ALL, moment(0)).await });
    }
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while place.number(waiting).await < 4 {
        tokio::task::yield_now().await;
    }

    assert!(store.project(home.project.id).await.unwrap().is_some());

    sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    while let Some(list) = lists.join_next().await {
        assert!(list.unwrap().is_ok());
    }
}
