//! A create that is sent twice makes one thing, for a day.

use crate::both;
use crate::held::{Held, Waiting, answers, queue_all};
use crate::place::Place;
use crate::records::{Home, insert, moment};
use crate::sound::sound;
use control::store::{Lane, Replay, Store, StoreError, Tx};
use domain::{Timestamp, Version};
use std::sync::Arc;

const REQUEST: [u8; 32] = [1; 32];
const OTHER_REQUEST: [u8; 32] = [2; 32];
const DAY: i64 = 24 * 3600;

async fn replay(
    store: &Store,
    principal: &'static str,
    key: &'static str,
    request: [u8; 32],
    now: Timestamp,
) -> Replay {
    let work = async move |tx: &mut Tx| tx.replay(principal, key, &request, now).await;
    store.write::<_, StoreError, _>(Lane::Ordinary, work).await.unwrap()
}

async fn keep(
    store: &Store,
    principal: &'static str,
    key: &'static str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let work = async move |tx: &mut Tx| tx.keep_answer(principal, key, &REQUEST, "the answer", now).await;
    store.write(Lane::Ordinary, work).await
}

both!(the_same_request_gets_the_same_answer_and_another_is_told);
async fn the_same_request_gets_the_same_answer_and_another_is_told(place: &Place) {
    let store = place.open().await;
    assert_eq!(replay(&store, "me", "once", REQUEST, moment(0)).await, Replay::New);
    keep(&store, "me", "once", moment(0)).await.unwrap();

    assert_eq!(replay(&store, "me", "once", REQUEST, moment(0)).await, Replay::Same("the answer".into()));
    assert_eq!(replay(&store, "me", "once", OTHER_REQUEST, moment(0)).await, Replay::Different);
    assert_eq!(replay(&store, "me", "Once", REQUEST, moment(0)).await, Replay::New);
    assert_eq!(replay(&store, "you", "once", REQUEST, moment(0)).await, Replay::New);
    assert!(matches!(keep(&store, "me", "once", moment(1)).await, Err(StoreError::Taken)));
}

both!(an_answer_is_kept_for_a_day);
async fn an_answer_is_kept_for_a_day(place: &Place) {
    let store = place.open().await;
    keep(&store, "me", "once", moment(0)).await.unwrap();

    // Whether or not somebody else has kept something in the meantime.
    assert_eq!(replay(&store, "me", "once", REQUEST, moment(DAY)).await, Replay::Same("the answer".into()));
    assert_eq!(replay(&store, "me", "once", REQUEST, moment(DAY + 1)).await, Replay::New);
    keep(&store, "you", "a day later", moment(DAY)).await.unwrap();
    assert_eq!(place.number("select count(*) from idempotency").await, 2);

    keep(&store, "me", "once", moment(DAY + 1)).await.unwrap();

    let day_later = replay(&store, "me", "once", REQUEST, moment(DAY + DAY + 1)).await;
    assert_eq!(day_later, Replay::Same("the answer".into()));
    assert_eq!(place.number("select count(*) from idempotency").await, 2);
}

both!(a_failed_create_leaves_no_answer);
async fn a_failed_create_leaves_no_answer(place: &Place) {
    let store = place.open().await;
    let work = async |tx: &mut Tx| {
        tx.keep_answer("me", "once", &REQUEST, "never true", moment(0)).await?;
        Err::<(), _>(StoreError::Failed)
    };

    store.write(Lane::Ordinary, work).await.unwrap_err();

    assert_eq!(replay(&store, "me", "once", REQUEST, moment(0)).await, Replay::New);
}

both!(of_creates_sent_at_once_one_makes_the_key);
async fn of_creates_sent_at_once_one_makes_the_key(place: &Place) {
    let stores = [Arc::new(place.open().await), Arc::new(place.open().await)];
    let [store, other] = &stores;
    let home = Home::made(store).await;

    let held = Held::begin(store).await;
    let mut creates: Vec<Waiting<'_, Replay>> = [store, store, other, other]
        .into_iter()
        .map(|store| -> Waiting<'_, Replay> { Box::pin(create_once(store, &home)) })
        .collect();
    queue_all(&mut creates).await;
    held.let_go().await.unwrap();
    let answers = answers(creates).await;

    let new = answers.iter().filter(|answer| matches!(answer, Ok(Replay::New))).count();
    let same = answers.iter().filter(|answer| matches!(answer, Ok(Replay::Same(_)))).count();
    assert_eq!((new, same), (1, 3), "{answers:?}");
    assert_eq!(place.number("select count(*) from api_keys").await, 1);
    assert_eq!(sound(place, store).await, Version(4));
}

async fn create_once(store: &Store, home: &Home) -> Result<Replay, StoreError> {
    let (key, organization) = (home.key(), home.organization.id.clone());
    let work = async move |tx: &mut Tx| {
        let seen = tx.replay("me", "once", &REQUEST, moment(0)).await?;
        if seen == Replay::New {
            tx.keep_answer("me", "once", &REQUEST, &key.id.to_string(), moment(0)).await?;
            insert(tx, &key, &organization).await?;
        }
        Ok(seen)
    };
    store.write(Lane::Ordinary, work).await
}
