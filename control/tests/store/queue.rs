//! The queue before the writer: bounded, and with a lane that nothing stands in the way of.

use crate::both;
use crate::held::{Held, Waiting, answers, queue, queue_all};
use crate::place::Place;
use crate::records::note;
use control::store::{Lane, StoreError};
use domain::Version;
use std::sync::Arc;

/// As many as the store lets wait (`store/writer.rs`).
const WAITING: usize = 1024;

both!(more_than_the_queue_holds_is_refused_at_once);
async fn more_than_the_queue_holds_is_refused_at_once(place: &Place) {
    let store = Arc::new(place.open().await);
    let held = Held::begin(&store).await;
    let nothing = || -> Waiting<'_, ()> { Box::pin(store.write(Lane::Ordinary, async |_| Ok(()))) };
    let mut waiting: Vec<Waiting<'_, ()>> = (0..WAITING).map(|_| nothing()).collect();
    queue_all(&mut waiting).await;

    let refused = queue(&mut nothing()).await;

    assert!(matches!(refused, Some(Err(StoreError::Overloaded))), "{refused:?}");
    held.let_go().await.unwrap();
    assert!(answers(waiting).await.iter().all(Result::is_ok));
    nothing().await.unwrap();
}

both!(an_urgent_operation_overtakes_all_that_wait);
async fn an_urgent_operation_overtakes_all_that_wait(place: &Place) {
    let store = Arc::new(place.open().await);
    let held = Held::begin(&store).await;
    let noted = |lane, text| -> Waiting<'_, Version> {
        Box::pin(store.write(lane, async move |tx| note(tx, text).await))
    };
    let mut ordinary: Vec<Waiting<'_, Version>> =
        (0..500).map(|_| noted(Lane::Ordinary, "ordinary")).collect();
    queue_all(&mut ordinary).await;
    let mut urgent = vec![noted(Lane::Urgent, "urgent")];
    queue_all(&mut urgent).await;

    held.let_go().await.unwrap();
    let urgent = answers(urgent).await;
    let ordinary = answers(ordinary).await;

    // Versions are given in the order in which operations run: the first was the held one's.
    assert!(matches!(urgent.as_slice(), [Ok(Version(2))]), "{urgent:?}");
    let versions: Vec<Version> = ordinary.into_iter().map(Result::unwrap).collect();
    assert_eq!(versions, (3..503).map(Version).collect::<Vec<_>>());
}
