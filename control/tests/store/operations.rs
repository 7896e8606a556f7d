//! An operation is all or nothing, and answers for nobody but itself.

use crate::both;
use crate::held::{Held, Waiting, answers, queue_all};
use crate::place::Place;
use crate::records::{Home, insert, moment, note};
use crate::sound::sound;
use control::store::{Lane, StoreError, Tx};
use domain::{Key, Version};
use std::sync::Arc;

both!(a_digest_that_is_there_takes_the_whole_operation_back);
async fn a_digest_that_is_there_takes_the_whole_operation_back(place: &Place) {
    let store = place.open().await;
    let home = Home::made(&store).await;
    let first = home.key();
    home.create(&store, &first).await.unwrap();
    let before = sound(place, &store).await;
    let (other, same) = (home.key(), Key { digest: first.digest, ..home.key() });
    let (ids, organization) = ([other.id, same.id], home.organization.id.clone());

    let work = async move |tx: &mut Tx| {
        tx.keep_answer("me", "once", &[0; 32], "answer", moment(0)).await?;
        insert(tx, &other, &organization).await?;
        insert(tx, &same, &organization).await
    };
    let refused = store.write(Lane::Ordinary, work).await;

    assert!(matches!(refused, Err(StoreError::Taken)), "{refused:?}");
    for id in ids {
        assert!(store.key(id).await.unwrap().is_none());
    }
    assert_eq!(place.number("select count(*) from idempotency").await, 0);
    assert_eq!(sound(place, &store).await, before);
}

both!(a_revoked_digest_stays_taken);
async fn a_revoked_digest_stays_taken(place: &Place) {
    let store = place.open().await;
    let home = Home::made(&store).await;
    let mut key = home.key();
    home.create(&store, &key).await.unwrap();
    key.state = key.state.revoked(moment(1), key.created_by);
    home.update(&store, &key).await.unwrap();

    let again = home.create(&store, &Key { digest: key.digest, ..home.key() }).await;

    assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");
    assert_eq!(store.key(key.id).await.unwrap().unwrap().key, key);
}

both!(of_64_operations_in_one_transaction_only_the_failed_are_taken_back);
async fn of_64_operations_in_one_transaction_only_the_failed_are_taken_back(place: &Place) {
    let store = Arc::new(place.open().await);
    let home = Home::made(&store).await;
    let keys: Vec<Key> = (0..64).map(|_| home.key()).collect();
    let taken = keys.first().unwrap().digest;

    let held = Held::begin(&store).await;
    let mut writes: Vec<Waiting<'_, Version>> = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        // Every third fails after its work, or in the middle of it, which on PostgreSQL spoils the transaction.
        let fails = number % 3 == 2;
        let digest = if fails && number % 2 == 0 { taken } else { key.digest };
        let (key, organization) = (Key { digest, ..key.clone() }, home.organization.id.clone());
        let work = async move |tx: &mut Tx| {
            let version = insert(tx, &key, &organization).await?;
            if fails { Err(StoreError::Failed) } else { Ok(version) }
        };
        writes.push(Box::pin(store.write(Lane::Ordinary, work)));
    }
    queue_all(&mut writes).await;
    held.let_go().await.unwrap();
    let answers = answers(writes).await;

    for (number, (key, answer)) in keys.iter().zip(answers).enumerate() {
        assert_eq!(answer.is_ok(), number % 3 != 2, "operation {number}: {answer:?}");
        let row = store.key(key.id).await.unwrap();
        assert_eq!(row.map(|row| row.version), answer.ok(), "operation {number}");
    }
    // Two for the home, one held, 43 keys: the failed ones left no gap.
    assert_eq!(sound(place, &store).await, Version(2 + 1 + 43));
}

both!(a_panic_ends_its_transaction_and_nothing_more);
async fn a_panic_ends_its_transaction_and_nothing_more(place: &Place) {
    let store = Arc::new(place.open().await);
    let home = Home::made(&store).await;
    let (before, after) = (home.key(), home.key());
    let before_id = before.id;

    let held = Held::begin(&store).await;
    let mut writes: Vec<Waiting<'_, Version>> = Vec::new();
    let organization = home.organization.id.clone();
    writes.push(Box::pin(
        store.write(Lane::Ordinary, async move |tx| insert(tx, &before, &organization).await),
    ));
    writes.push(Box::pin(store.write(Lane::Ordinary, async |tx| {
        note(tx, "a bug").await?;
        panic!("this panic is part of the test")
    })));
    writes.push(Box::pin(home.create(&store, &after)));
    queue_all(&mut writes).await;
    let held = held.let_go().await;
    let answers = answers(writes).await;

    // What shared the transaction is not there, and nobody was told that it is.
    assert!(matches!(held, Err(StoreError::OutcomeUnknown)), "{held:?}");
    assert!(
        matches!(
            answers.as_slice(),
            [Err(StoreError::OutcomeUnknown), Err(StoreError::OutcomeUnknown), Ok(Version(3))]
        ),
        "{answers:?}"
    );
    assert!(store.key(before_id).await.unwrap().is_none());
    assert_eq!(store.key(after.id).await.unwrap().unwrap().key, after);
    assert_eq!(sound(place, &store).await, Version(3));
}

both!(a_caller_that_goes_away_takes_nothing_with_it);
async fn a_caller_that_goes_away_takes_nothing_with_it(place: &Place) {
    let store = Arc::new(place.open().await);
    let home = Home::made(&store).await;
    let (left, stayed) = (home.key(), home.key());

    let held = Held::begin(&store).await;
    let mut leaves: Vec<Waiting<'_, Version>> = vec![Box::pin(home.create(&store, &left))];
    queue_all(&mut leaves).await;
    drop(leaves);
    held.let_go().await.unwrap();
    home.create(&store, &stayed).await.unwrap();

    // Half an operation would be worse than one that nobody waits for.
    assert!(store.key(left.id).await.unwrap().is_some());
    assert_eq!(sound(place, &store).await, Version(5));
}
