//! The schema and what is shown under it are the same; a refusal has one shape.

use super::{READ_SCHEMA, SCHEMA, answer, key, select};
use crate::store::KeyRow;
use api::graphql::{Kind, Schema};
use domain::{
    Access, ActorId, Digest, Grant, Key, KeyId, KeyState, Level, Name, Networks, Preset, ProjectId,
    Timestamp, Version,
};
use http::StatusCode;
use std::collections::{BTreeMap, BTreeSet};

fn row() -> KeyRow {
    let id = "01a1fd74-d772-79df-9763-35a5869daa68";
    let key = Key {
        id: KeyId::parse(id).unwrap(),
        project_id: ProjectId::parse(id).unwrap(),
        name: Name::parse("n", 80).unwrap(),
        digest: Digest::from_bytes([0; 32]),
        class: "standard".into(),
        hint: "rpa_AAAA…AAAA".into(),
        grant: Grant::default_roles(),
        state: KeyState::Active,
        expires_at: None,
        networks: Networks::default(),
        created_at: Timestamp::from_micros(0),
        created_by: ActorId::Operator,
        import: None,
    };
    KeyRow { key, version: Version(1), last_use: None }
}

fn fields(of: &str) -> BTreeSet<String> {
    READ_SCHEMA.object(of).unwrap().keys().cloned().collect()
}

#[test]
fn a_key_has_the_fields_that_the_schema_says() {
    let now = Timestamp::from_micros(1);
    let shown: BTreeSet<String> = key::show(row(), now).into_iter().map(|(name, _)| name).collect();
    assert_eq!(shown, fields("ApiKey"));
    let made = key::with_secret(row(), now, Some("secret"));
    assert_eq!(made.into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>(), fields("NewApiKey"));
}

#[test]
fn the_committed_schema_is_read_and_has_the_types_that_operations_begin_with() {
    assert!(Schema::parse(SCHEMA).is_ok());
    for kind in [Kind::Query, Kind::Mutation] {
        assert!(READ_SCHEMA.object(select::root(kind)).is_some());
    }
    assert!(READ_SCHEMA.object(select::root(Kind::Subscription)).is_none());
}

#[test]
fn permissions_are_one_line_that_says_all() {
    let level = |id: &str, level| (id.to_owned(), level);
    let restricted = Access {
        preset: Preset::Restricted,
        levels: BTreeMap::from([level("graphql", Level::ReadOnly), level("ai", Level::Restricted)]),
        endpoints: BTreeMap::from([level("ep1", Level::ReadWrite), level("ai", Level::None)]),
    };
    let preset = |preset| Access { preset, levels: BTreeMap::new(), endpoints: BTreeMap::new() };
    let scope = |action: &str, filter: &str| (action.to_owned(), filter.to_owned());
    for (grant, expected) in [
        (Grant::Access(preset(Preset::All)), "ALL"),
        (Grant::Access(preset(Preset::ReadOnly)), "READ_ONLY"),
        (Grant::Access(preset(Preset::Restricted)), "RESTRICTED"),
        (
            Grant::Access(restricted),
            "RESTRICTED ai=RESTRICTED graphql=READ_ONLY endpoints/ai=NONE endpoints/ep1=READ_WRITE",
        ),
        (
            Grant::Roles(["DataPlaneViewer".into(), "ProjectEditor".into()].into()),
            "ROLES DataPlaneViewer ProjectEditor",
        ),
        (Grant::Scopes(vec![scope("read", "THING/#/#"), scope("*", "*")]), "SCOPES read:THING/#/# *:*"),
    ] {
        assert_eq!(key::permissions(&grant), expected);
    }
}

#[test]
fn what_the_front_refuses_and_a_panic_look_like_graphql_and_say_nothing_more() {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    let refused = answer::refusal(status, "internal", "something went wrong", "0123");
    assert_eq!(refused.status(), status);
    assert_eq!(refused.headers()["content-type"], "application/graphql-response+json");
    let body = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(axum::body::to_bytes(refused.into_body(), 1 << 10))
        .unwrap();
    let expected = r#"{"errors":[{"extensions":{"code":"INTERNAL","request_id":"0123"},"message":"something went wrong"}]}"#;
    assert_eq!(body, expected);
}
