//! Registered resources: one row for each name, for ever.

use crate::both;
use crate::place::Place;
use crate::records::{Home, moment, put};
use crate::sound::sound;
use control::store::{Lane, ResourceFilter, ResourceRow, Slice, Store, StoreError, Tx};
use domain::{ActorId, Effect, ProjectId, Registration, ResourceName};

const ALL: ResourceFilter =
    ResourceFilter { project: None, released: true, after: String::new(), limit: 1000 };

const TEN: Slice = Slice { after: None, limit: 10 };

async fn named(store: &Store, name: &'static str) -> Option<ResourceRow> {
    let work = async move |tx: &mut Tx| tx.resource_named(name).await;
    store.write::<_, StoreError, _>(Lane::Ordinary, work).await.unwrap()
}

fn names(rows: Vec<ResourceRow>) -> Vec<String> {
    rows.into_iter().map(|row| row.resource.resource.to_string()).collect()
}

both!(a_registration_comes_back_as_it_was_written);
async fn a_registration_comes_back_as_it_was_written(place: &Place) {
    let store = place.open().await;
    let (home, other) = (Home::made(&store).await, Home::made(&store).await);
    let longest = format!("ENDPOINT/{}", "x".repeat(1024 - "ENDPOINT/".len()));
    let mut kept = Vec::new();
    for text in ["ENDPOINT/ep1", "ENDPOINT/EP1", "ENDPOINT/%F0%9F%94%91%2F%23%2A", &longest] {
        let resource = home.resource(text);
        let version = put(&store, &resource).await;
        let row = named(&store, Box::leak(text.to_owned().into_boxed_str())).await.unwrap();
        assert_eq!((&row.resource, row.version), (&resource, version));
        kept.push(resource);
    }
    let foreign = other.register(&store, "ENDPOINT/ep2", None).await;

    let page = store.resources_of(home.project.id, &TEN).await.unwrap();
    let mut found: Vec<Registration> = page.into_iter().map(|row| row.resource).collect();
    found.sort_by_key(|resource| resource.id);
    kept.sort_by_key(|resource| resource.id);
    assert_eq!(found, kept);
    assert_eq!(store.resources(&ALL).await.unwrap().len(), 5);
    let of_other = ResourceFilter { project: Some(other.project.id), ..ALL };
    assert_eq!(names(store.resources(&of_other).await.unwrap()), [foreign.resource.to_string()]);
    sound(place, &store).await;
}

both!(a_name_has_one_row_whatever_becomes_of_it);
async fn a_name_has_one_row_whatever_becomes_of_it(place: &Place) {
    let store = place.open().await;
    let (home, other) = (Home::made(&store).await, Home::made(&store).await);
    let first = home.register(&store, "ENDPOINT/ep1", None).await;
    put(&store, &Registration { released_at: Some(moment(1)), ..first.clone() }).await;

    let tombstone = named(&store, "ENDPOINT/ep1").await.unwrap().resource;
    assert_eq!(tombstone, Registration { released_at: Some(moment(1)), ..first.clone() });
    assert!(store.resources_of(home.project.id, &TEN).await.unwrap().is_empty());
    assert!(store.load().await.unwrap().1.resources.is_empty());
    assert_eq!(store.resources(&ALL).await.unwrap().len(), 1);
    let in_use = ResourceFilter { released: false, ..ALL };
    assert!(store.resources(&in_use).await.unwrap().is_empty());

    let second = other.register(&store, "ENDPOINT/ep1", None).await;
    assert_eq!(named(&store, "ENDPOINT/ep1").await.unwrap().resource, second);
    assert_eq!(store.load().await.unwrap().1.resources, [("ENDPOINT/ep1".to_owned(), other.project.id)]);
    assert_eq!(place.number("select count(*) from resources").await, 1);
    let by_id = async move |tx: &mut Tx| tx.resource(first.id).await;
    let by_id = store.write::<_, StoreError, _>(Lane::Ordinary, by_id).await.unwrap();
    assert!(by_id.is_none(), "the id was of the first registration");
    sound(place, &store).await;
}

both!(a_registration_to_a_removed_project_reads_as_released);
async fn a_registration_to_a_removed_project_reads_as_released(place: &Place) {
    let store = place.open().await;
    let mut home = Home::made(&store).await;
    home.register(&store, "ENDPOINT/ep1", None).await;
    home.project.removed_at = Some(moment(7));
    let project = home.project.clone();
    let work = async move |tx: &mut Tx| {
        tx.update_project(&project).await?;
        let organization = project.organization_id.clone();
        let effects = [Effect::Project(project)];
        tx.record(moment(7), ActorId::Operator, "project.deleted", organization.as_str(), &effects).await
    };
    store.write::<_, StoreError, _>(Lane::Ordinary, work).await.unwrap();

    assert_eq!(named(&store, "ENDPOINT/ep1").await.unwrap().resource.released_at, Some(moment(7)));
    assert!(store.resources(&ResourceFilter { released: false, ..ALL }).await.unwrap().is_empty());
    let listed = store.resources(&ALL).await.unwrap();
    assert_eq!(listed.first().unwrap().resource.released_at, Some(moment(7)));
    sound(place, &store).await;
}

both!(pages_of_resources_show_each_once_though_all_were_made_at_one_moment);
async fn pages_of_resources_show_each_once_though_all_were_made_at_one_moment(place: &Place) {
    let store = place.open().await;
    let (home, other) = (Home::made(&store).await, Home::made(&store).await);
    let mut made = Vec::new();
    for number in 0..17 {
        made.push(home.register(&store, &format!("ENDPOINT/ep{number}"), None).await.resource.to_string());
    }
    other.register(&store, "ENDPOINT/theirs", None).await;
    made.sort();
    for limit in [1, 5, 17, 100] {
        let mut by_time = paged_by_time(&store, home.project.id, limit).await;
        by_time.sort();
        assert_eq!(by_time, made, "pages of {limit}");
        let mut by_name = paged_by_name(&store, home.project.id, limit).await;
        by_name.sort();
        assert_eq!(by_name, made, "pages of {limit}");
    }
}

async fn paged_by_time(store: &Store, project: ProjectId, limit: i64) -> Vec<String> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.resources_of(project, &Slice { after: after.clone(), limit }).await.unwrap();
        let Some(last) = page.last() else { return seen };
        after = Some((last.resource.created_at, last.resource.id.to_string()));
        seen.extend(names(page));
    }
}

async fn paged_by_name(store: &Store, project: ProjectId, limit: i64) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    loop {
        let after = seen.last().cloned().unwrap_or_default();
        let filter = ResourceFilter { project: Some(project), after, limit, ..ALL };
        let page = store.resources(&filter).await.unwrap();
        if page.is_empty() {
            return seen;
        }
        seen.extend(names(page));
    }
}

#[test]
fn a_stored_name_has_the_length_of_an_address() {
    assert!(ResourceName::restored("").is_none());
    assert!(ResourceName::restored(&"x".repeat(1024)).is_some());
    assert!(ResourceName::restored(&"x".repeat(1025)).is_none());
}
