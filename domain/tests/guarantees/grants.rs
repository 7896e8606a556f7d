//! How each way to write down a grant becomes scopes.

use crate::given::World;
use crate::model;
use domain::{Access, Catalog, Grant, Level, Preset, ProjectId, Scope};
use std::collections::{BTreeMap, BTreeSet};

fn access(preset: Preset, levels: &[(&str, Level)], endpoints: &[(&str, Level)]) -> Grant {
    let map = |entries: &[(&str, Level)]| -> BTreeMap<String, Level> {
        entries.iter().map(|(name, level)| ((*name).to_owned(), *level)).collect()
    };
    Grant::Access(Access { preset, levels: map(levels), endpoints: map(endpoints) })
}

fn restricted(levels: &[(&str, Level)], endpoints: &[(&str, Level)]) -> Grant {
    access(Preset::Restricted, levels, endpoints)
}

fn roles(names: &[&str]) -> Grant {
    Grant::Roles(names.iter().map(|name| (*name).to_owned()).collect())
}

fn scopes(written: &[(&str, &str)]) -> Grant {
    Grant::Scopes(
        written.iter().map(|(action, filter)| ((*action).to_owned(), (*filter).to_owned())).collect(),
    )
}

fn project() -> ProjectId {
    World::new().own.id
}

/// `action filter` of each scope, in order, with the project's id as `{project}`.
fn compiled(grant: &Grant) -> Vec<String> {
    let shown = |scope: &Scope| format!("{} {}", scope.actions, scope.filter.text());
    let scopes = grant.compile(&Catalog::builtin(), project()).unwrap();
    scopes.iter().map(|scope| shown(scope).replace(&project().to_string(), "{project}")).collect()
}

fn refusal(grant: &Grant) -> String {
    grant
        .compile(&Catalog::builtin(), project())
        .map_or_else(|error| error.to_string(), |scopes| panic!("{scopes:?}"))
}

#[test]
fn a_preset_reads_or_writes_everything_and_never_administers() {
    assert_eq!(compiled(&access(Preset::All, &[], &[])), ["read *", "write *"]);
    assert_eq!(compiled(&access(Preset::ReadOnly, &[], &[])), ["read *"]);
}

#[test]
fn a_level_opens_its_own_api_and_nothing_else() {
    use Level::{None, ReadOnly, ReadWrite, Restricted};
    for (grant, expected) in [
        (restricted(&[], &[]), &[][..]),
        (restricted(&[("graphql", None), ("ai", None)], &[]), &[]),
        (restricted(&[("graphql", ReadOnly)], &[]), &["read GRAPHQL"]),
        (restricted(&[("graphql", ReadWrite)], &[]), &["read GRAPHQL", "write GRAPHQL"]),
        (restricted(&[("ai", ReadOnly)], &[]), &["read ENDPOINT/#"]),
        (restricted(&[("ai", ReadWrite)], &[]), &["read ENDPOINT/#", "write ENDPOINT/#"]),
        (restricted(&[("ai", Restricted)], &[]), &[]),
        (
            restricted(&[("ai", Restricted)], &[("ep1", ReadWrite), ("ep2", ReadOnly), ("ep3", None)]),
            &["read ENDPOINT/ep1", "write ENDPOINT/ep1", "read ENDPOINT/ep2"],
        ),
        (
            restricted(&[("ai", Restricted), ("graphql", ReadOnly)], &[("ep1", ReadOnly)]),
            &["read ENDPOINT/ep1", "read GRAPHQL"],
        ),
        (
            restricted(&[("ai", Restricted)], &[("#", ReadOnly), ("a/b", ReadOnly)]),
            &["read ENDPOINT/%23", "read ENDPOINT/a%2Fb"],
        ),
    ] {
        assert_eq!(compiled(&grant), expected, "{grant:?}");
    }
}

#[test]
fn levels_that_mean_nothing_are_refused() {
    use Level::{None, ReadOnly, ReadWrite, Restricted};
    let beside = "`access.levels` and `access.endpoints` are only allowed with the preset restricted";
    let orphans = "`access.endpoints` needs an API whose level is restricted";
    for (grant, expected) in [
        (access(Preset::All, &[("ai", ReadOnly)], &[]), beside),
        (access(Preset::All, &[], &[("ep1", None)]), beside),
        (access(Preset::ReadOnly, &[("graphql", None)], &[]), beside),
        (
            restricted(&[("nothing", ReadOnly)], &[]),
            "`access.levels`: `nothing` is not an API of this catalog",
        ),
        (restricted(&[("AI", None)], &[]), "`access.levels`: `AI` is not an API of this catalog"),
        (
            restricted(&[("graphql", Restricted)], &[]),
            "`access.levels.graphql` cannot be restricted: this API has one level for everything",
        ),
        (restricted(&[], &[("ep1", ReadOnly)]), orphans),
        (restricted(&[("ai", ReadWrite)], &[("ep1", ReadOnly)]), orphans),
        (
            restricted(&[("ai", Restricted)], &[("ep1", Restricted)]),
            "`access.endpoints`: `ep1` must be none, read_only or read_write",
        ),
    ] {
        assert_eq!(refusal(&grant), expected, "{grant:?}");
    }
}

#[test]
fn an_endpoint_that_cannot_exist_is_refused_at_every_level() {
    for id in ["", ".", "..", "\0", "a\nb"] {
        for level in [Level::None, Level::ReadOnly, Level::ReadWrite] {
            let message = refusal(&restricted(&[("ai", Level::Restricted)], &[(id, level)]));
            assert!(message.contains("segment 2 of resource filter"), "{id:?} {level:?}: {message}");
        }
    }
}

#[test]
fn each_role_means_what_the_published_system_says() {
    let (read_data, write_data) = ("read PROJECT/{project}/DATA", "write PROJECT/{project}/DATA");
    let (read_control, write_control) = ("read PROJECT/{project}/CONTROL", "write PROJECT/{project}/CONTROL");
    for (names, expected) in [
        (&["ProjectEditor"][..], &[read_control, write_control, read_data, write_data][..]),
        (&["ProjectViewer"], &[read_control, read_data]),
        (&["ControlPlaneEditor"], &[read_control, write_control]),
        (&["ControlPlaneViewer"], &[read_control]),
        (&["DataPlaneEditor"], &[read_data, write_data]),
        (&["DataPlaneViewer"], &[read_data]),
        (&["DataPlaneViewer", "ControlPlaneViewer"], &[read_control, read_data]),
    ] {
        assert_eq!(compiled(&roles(names)), expected, "{names:?}");
    }
    assert_eq!(Grant::default_roles(), roles(&["ProjectEditor"]));
}

#[test]
fn a_role_is_one_of_the_catalog_by_its_exact_name() {
    for name in ["Nobody", "projecteditor", "ProjectEditor ", "ProjectOwner", "OrgOwner", ""] {
        let expected = format!("role `{name}` is not a role of this catalog for API keys");
        assert_eq!(refusal(&roles(&["ProjectEditor", name])), expected);
    }
}

#[test]
fn an_empty_list_is_refused() {
    assert_eq!(refusal(&scopes(&[])), "`scopes` must have at least one entry");
    assert_eq!(refusal(&roles(&[])), "`roles` must have at least one entry");
}

#[test]
fn a_list_has_at_most_128_entries() {
    let many = |count| scopes(&vec![("read", "THING/#/#"); count]);
    assert_eq!(compiled(&many(128)).len(), 128);
    assert_eq!(refusal(&many(129)), "`scopes` must have at most 128 entries");

    let names: BTreeSet<String> = (0..129).map(|n| format!("r{n}")).collect();
    assert_eq!(refusal(&Grant::Roles(names)), "`roles` must have at most 128 entries");

    let endpoints = |count: usize| {
        let endpoints = (0..count).map(|n| (format!("ep{n}"), Level::ReadOnly)).collect();
        let levels = BTreeMap::from([("ai".to_owned(), Level::Restricted)]);
        Grant::Access(Access { preset: Preset::Restricted, levels, endpoints })
    };
    assert_eq!(compiled(&endpoints(128)).len(), 128);
    assert_eq!(refusal(&endpoints(129)), "`access.endpoints` must have at most 128 entries");
}

#[test]
fn a_bad_scope_is_told_with_its_place_in_the_list() {
    assert_eq!(
        refusal(&scopes(&[("read", "*"), ("reed", "*")])),
        "`scopes[1]`: action `reed` is not one of read, write, admin, *"
    );
    assert_eq!(
        refusal(&scopes(&[("read", "THING/a#/b")])),
        "`scopes[0]`: segment 2 of resource filter holds a wildcard that is not the whole segment; write %23 for # and %2A for *"
    );
}

#[test]
fn a_grant_is_kept_as_written_but_for_the_spelling_of_its_filters() {
    let canonical = |grant: Grant| grant.canonical(&Catalog::builtin(), project()).unwrap();
    assert_eq!(
        canonical(scopes(&[("read", "THING/%41/%2f"), ("*", ""), ("read", "THING/%41/%2f")])),
        scopes(&[("read", "THING/A/%2F"), ("*", "*"), ("read", "THING/A/%2F")])
    );
    for grant in [
        roles(&["DataPlaneViewer", "ProjectEditor"]),
        access(Preset::All, &[], &[]),
        restricted(&[("ai", Level::Restricted)], &[("ep1", Level::ReadOnly)]),
    ] {
        assert_eq!(canonical(grant.clone()), grant);
    }
    assert!(scopes(&[("read", "x")]).canonical(&Catalog::builtin(), project()).is_err());
}

#[test]
fn a_grant_survives_being_stored() {
    for (grant, stored) in [
        (scopes(&[("read", "THING/#/#")]), r##"{"scopes":[["read","THING/#/#"]]}"##),
        (roles(&["ProjectEditor"]), r#"{"roles":["ProjectEditor"]}"#),
        (
            restricted(&[("ai", Level::Restricted)], &[("ep1", Level::ReadOnly)]),
            r#"{"access":{"preset":"restricted","levels":{"ai":"restricted"},"endpoints":{"ep1":"read_only"}}}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&grant).unwrap(), stored);
        assert_eq!(serde_json::from_str::<Grant>(stored).unwrap(), grant);
    }
}

#[test]
fn a_role_without_a_project_in_it_is_the_same_for_all_projects() {
    let text = model::toml(model::CHAINING)
        + "[[role]]\nname = \"r\"\nscopes = [{ action = \"*\", resource_filter = \"A/#\" }, { action = \"read\", resource_filter = \"PROJECT/{project}\" }]\n";
    let catalog = Catalog::parse(&text).unwrap();
    let world = World::new();
    let compile = |project| roles(&["r"]).compile(&catalog, project).unwrap();
    let (own, sister) = (compile(world.own.id), compile(world.sister.id));
    assert_eq!(own[0], sister[0]);
    assert_eq!(own[1].filter.text(), format!("PROJECT/{}", world.own.id));
    assert_eq!(sister[1].filter.text(), format!("PROJECT/{}", world.sister.id));
}
