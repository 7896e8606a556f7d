//! "All" is no administrator: which keys administer, and which scopes only an owner grants.

use crate::given::World;
use domain::{Access, Grant, Key, Preset, administers, makes_administrators};
use std::collections::BTreeMap;

/// Whether a key of this class and grant administers the own organization of the world.
fn of(world: &mut World, class: &str, grant: Grant) -> bool {
    let key = Key { class: class.into(), ..world.key_with(grant).key };
    administers(&key, &world.own.organization_id, &world.catalog)
}

fn scopes(written: &[(&str, &str)]) -> Grant {
    Grant::Scopes(written.iter().map(|(action, filter)| ((*action).into(), (*filter).into())).collect())
}

#[test]
fn a_key_administers_by_its_class_and_the_literal_scope_and_by_nothing_else() {
    let mut world = World::new();
    let own = format!("ORGANIZATION/{}", world.own.organization_id);
    let foreign = format!("ORGANIZATION/{}", world.foreign.organization_id);
    for (class, written, expected) in [
        ("admin", &[("admin", own.as_str())][..], true),
        ("admin", &[("admin", "ORGANIZATION/#")], true),
        ("admin", &[("read", "*"), ("admin", &own)], true),
        ("admin", &[("admin", &foreign)], false),
        ("admin", &[("*", &own)], false),
        ("admin", &[("*", "*")], false),
        ("admin", &[("admin", "*")], false),
        ("admin", &[("read", &own), ("write", &own)], false),
        ("admin", &[("write", "GRAPHQL")], false),
        ("admin", &[("admin", "TENANT"), ("admin", "PROJECT/#")], false),
        ("standard", &[("admin", &own)], false),
        ("external", &[("admin", &own)], false),
        ("unheard-of", &[("admin", &own)], false),
        // A grant that no longer fits the catalog grants nothing.
        ("admin", &[("admin", &own), ("read", "GONE/x")], false),
    ] {
        assert_eq!(of(&mut world, class, scopes(written)), expected, "{class} {written:?}");
    }
    let all = Access { preset: Preset::All, levels: BTreeMap::new(), endpoints: BTreeMap::new() };
    assert!(!of(&mut world, "admin", Grant::Access(all)));
    assert!(!of(&mut world, "admin", Grant::default_roles()));
}

#[test]
fn no_role_of_a_catalog_makes_an_administrator() {
    let role = r#"
[[role]]
name = "Root"
scopes = [{ action = "admin", resource_filter = "ORGANIZATION/#" }]
"#;
    let catalog = domain::Catalog::parse(&format!("{}{role}", domain::Catalog::DEFAULT)).unwrap();
    let mut world = World::with_catalog(catalog);
    let root = Grant::Roles(["Root".to_owned()].into());
    assert!(!of(&mut world, "admin", root.clone()));
    // Even so, only an owner gives it.
    let given = root.compile(&world.catalog, world.own.id).unwrap();
    assert!(makes_administrators(&given));
}

#[test]
fn only_admin_on_an_organization_is_left_to_owners() {
    let world = World::new();
    for (action, filter, expected) in [
        ("admin", "ORGANIZATION/#", true),
        ("admin", "ORGANIZATION/elsewhere", true),
        ("*", "ORGANIZATION/#", false),
        ("read", "ORGANIZATION/#", false),
        ("admin", "*", false),
        ("admin", "TENANT", false),
    ] {
        let given = scopes(&[("read", "*"), (action, filter)]).compile(&world.catalog, world.own.id).unwrap();
        assert_eq!(makes_administrators(&given), expected, "{action} {filter}");
    }
}
