//! Whoever changes the log behind the store's back is found out, at the first row that is wrong.

use crate::both;
use crate::place::Place;
use crate::records::Home;
use control::store::{ChainFault, Store};
use domain::Version;

/// A database with five changes.
async fn five_changes(place: &Place) -> Store {
    let store = place.open().await;
    let home = Home::made(&store).await;
    for _ in 0..3 {
        home.create(&store, &home.key()).await.unwrap();
    }
    assert_eq!(store.check_chain().await.unwrap(), Ok(Version(5)));
    store
}

fn broken_at(version: i64) -> Result<Version, ChainFault> {
    Err(ChainFault { version: Version(version) })
}

both!(an_empty_chain_is_whole);
async fn an_empty_chain_is_whole(place: &Place) {
    let store = place.open().await;

    assert_eq!(store.check_chain().await.unwrap(), Ok(Version::START));
}

both!(an_edited_field_is_found);
async fn an_edited_field_is_found(place: &Place) {
    let store = five_changes(place).await;
    let edits = [
        "update changes set body = body || ' ' where version = 3",
        "update changes set actor = 'somebody' where version = 3",
        "update changes set action = action || 'x' where version = 3",
        "update changes set organization_id = 'org_x' where version = 3",
        "update changes set made_at = made_at + 1 where version = 3",
        "update changes set hash = (select hash from changes where version = 4) where version = 3",
        // A border moved between two fields, so that all of them read as before in one piece.
        "update changes set actor = actor || substr(action, 1, 1), action = substr(action, 2) where version = 3",
    ];
    place.execute("create table kept as select * from changes where version = 3").await;
    for edit in edits {
        place.execute(edit).await;
        assert_eq!(store.check_chain().await.unwrap(), broken_at(3), "{edit}");
        place.execute("delete from changes where version = 3; insert into changes select * from kept").await;
        assert_eq!(store.check_chain().await.unwrap(), Ok(Version(5)));
    }
}

both!(a_row_taken_from_the_middle_is_found);
async fn a_row_taken_from_the_middle_is_found(place: &Place) {
    let store = five_changes(place).await;

    place.execute("delete from changes where version = 3").await;
    assert_eq!(store.check_chain().await.unwrap(), broken_at(3));

    // Closing the gap hides nothing.
    place.execute("update changes set version = 3 where version = 4").await;
    assert_eq!(store.check_chain().await.unwrap(), broken_at(3));
}

both!(a_cut_tail_is_found);
async fn a_cut_tail_is_found(place: &Place) {
    let store = five_changes(place).await;

    place.execute("delete from changes where version = 5").await;
    assert_eq!(store.check_chain().await.unwrap(), broken_at(5));

    place.execute("delete from changes").await;
    assert_eq!(store.check_chain().await.unwrap(), broken_at(1));
}

both!(a_row_beyond_the_end_is_found);
async fn a_row_beyond_the_end_is_found(place: &Place) {
    let store = five_changes(place).await;

    place.execute("update clock set version = 4, hash = (select hash from changes where version = 4)").await;

    assert_eq!(store.check_chain().await.unwrap(), broken_at(6), "the clock does not know of version 5");
}

both!(two_swapped_rows_are_found);
async fn two_swapped_rows_are_found(place: &Place) {
    let store = five_changes(place).await;

    place.execute(
        "update changes set version = -3 where version = 3; update changes set version = 3 where version = 4; \
         update changes set version = 4 where version = -3",
    )
    .await;

    assert_eq!(store.check_chain().await.unwrap(), broken_at(3));
}

both!(a_log_longer_than_a_page_is_walked_to_its_end);
async fn a_log_longer_than_a_page_is_walked_to_its_end(place: &Place) {
    let store = place.open().await;
    let work = async |tx: &mut control::store::Tx| {
        for _ in 0..2001 {
            crate::records::note(tx, "one of many").await?;
        }
        Ok::<_, control::store::StoreError>(())
    };
    store.write(control::store::Lane::Ordinary, work).await.unwrap();
    assert_eq!(store.check_chain().await.unwrap(), Ok(Version(2001)));

    place.execute("update changes set body = '[]' where version = 2000").await;

    assert_eq!(store.check_chain().await.unwrap(), broken_at(2000));
}
