//! Nobody grants what they lack: subsets of scopes, and the ceilings of callers.

use crate::given::{NOW, rng};
use domain::access::{Binding, Caller, Limits, MemberRole};
use domain::catalog::types::Types;
use domain::{
    Action, ActorId, Address, Asked, Beyond, Catalog, Ceiling, Given, Grant, Networks, OrganizationId,
    ProjectId, Scope, Timestamp, beyond, subset,
};
use proptest::prelude::*;
use std::sync::LazyLock;

/// Few words and short chains, so that every address there is can be asked: `PART` stands alone, behind `UNIT`
/// or behind another `PART`.
const SMALL: &str = r#"
[[resource_type]]
name = "UNIT"
segments = [["Big", "Small"], "id"]
tenant_checked_by_upstream = true

[[resource_type]]
name = "PART"
segments = ["id"]
within = ["UNIT", "PART"]
tenant_checked_by_upstream = true

[[resource_type]]
name = "WHOLE"
segments = []
within = ["PART"]
tenant_checked_by_upstream = true

[[key_class]]
name = "standard"
prefix = "rpa"
"#;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::parse(SMALL).unwrap());
const IDS: [Option<&str>; 3] = [Some("a"), Some("b"), None];
const SIZES: [Option<&str>; 3] = [Some("Big"), Some("Small"), None];

type Segments = Vec<Option<&'static str>>;

/// Every address of at most three resources, with known and unknown segments.
fn addresses() -> Vec<Segments> {
    let mut all: Vec<Segments> = vec![vec![Some("WHOLE")]];
    let parts: Vec<Segments> = IDS.iter().map(|id| vec![Some("PART"), *id]).collect();
    let units: Vec<Segments> =
        SIZES.iter().flat_map(|size| IDS.iter().map(|id| vec![Some("UNIT"), *size, *id])).collect();
    let behind = |heads: &[Segments]| -> Vec<Segments> {
        let chain = |head: &Segments, tail: &Segments| [head.clone(), tail.clone()].concat();
        heads.iter().flat_map(|head| parts.iter().map(move |part| chain(head, part))).collect()
    };
    let (unit_parts, part_parts) = (behind(&units), behind(&parts));
    let longest = behind(&unit_parts);
    for heads in [&parts, &unit_parts, &part_parts] {
        all.extend(heads.iter().map(|head| [head.clone(), vec![Some("WHOLE")]].concat()));
    }
    [all, units, parts, unit_parts, part_parts, longest].concat()
}

fn types() -> &'static Types {
    CATALOG.types()
}

/// Whether the scopes allow the ask, as a verification would find it.
fn allows(scopes: &[Scope], action: Action, segments: &Segments) -> bool {
    let address = Address::parse(Asked::Segments(segments), types()).unwrap();
    scopes.iter().any(|scope| scope.allows(action, &address))
}

/// The first ask that the one set allows and the other does not.
fn separating(one: &[Scope], other: &[Scope]) -> Option<(Action, Segments)> {
    static ASKED: LazyLock<Vec<Segments>> = LazyLock::new(addresses);
    let asks = ASKED.iter().flat_map(|address| Action::EACH.map(|action| (action, address)));
    let mut found =
        asks.filter(|(action, address)| allows(one, *action, address) && !allows(other, *action, address));
    found.next().map(|(action, address)| (action, address.clone()))
}

fn scope() -> impl Strategy<Value = Scope> {
    let id = || prop::sample::select(vec!["a", "b", "#"]);
    let size = prop::sample::select(vec!["Big", "Small", "#"]);
    let filter = prop_oneof![
        1 => Just("*".to_owned()),
        4 => id().prop_map(|id| format!("PART/{id}")),
        4 => (size.clone(), id()).prop_map(|(size, id)| format!("UNIT/{size}/{id}")),
        4 => (size.clone(), id(), id()).prop_map(|(size, unit, id)| format!("UNIT/{size}/{unit}/PART/{id}")),
        2 => (id(), id()).prop_map(|(one, two)| format!("PART/{one}/PART/{two}")),
        2 => Just("WHOLE".to_owned()),
        2 => id().prop_map(|id| format!("PART/{id}/WHOLE")),
        2 => (size, id(), id(), id())
            .prop_map(|(size, unit, one, two)| format!("UNIT/{size}/{unit}/PART/{one}/PART/{two}")),
    ];
    let action = prop::sample::select(vec!["read", "write", "admin", "*"]);
    (action, filter).prop_map(|(action, filter)| Scope::parse(action, &filter, types()).unwrap())
}

fn scopes() -> impl Strategy<Value = Vec<Scope>> {
    prop::collection::vec(scope(), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_subset_allows_nothing_more_and_what_is_none_allows_something_more(one in scopes(), other in scopes()) {
        let separating = separating(&one, &other);
        if subset(&one, &other) {
            prop_assert!(separating.is_none(), "{one:?} is no subset of {other:?}: {separating:?}");
        } else if !one.iter().any(|scope| scope.filter.text() == "*") {
            // The answer is exact; only `*` itself is refused where each type of today has a filter.
            prop_assert!(separating.is_some(), "{one:?} is a subset of {other:?}");
        }
    }

    #[test]
    fn what_is_beyond_is_the_first_scope_that_alone_is_no_subset(one in scopes(), other in scopes()) {
        let first = one.iter().find(|scope| !subset(std::slice::from_ref(*scope), &other));
        prop_assert_eq!(beyond(&one, &other), first);
    }

    #[test]
    fn subsets_are_an_order(one in scopes(), two in scopes(), three in scopes()) {
        prop_assert!(subset(&one, &one));
        prop_assert!(subset(&[], &one));
        if subset(&one, &two) && subset(&two, &three) {
            prop_assert!(subset(&one, &three));
        }
    }
}

fn read(texts: &[&str], types: &Types) -> Vec<Scope> {
    let scope = |text: &&str| {
        let (action, filter) = text.split_once(' ').unwrap();
        Scope::parse(action, filter, types).unwrap()
    };
    texts.iter().map(scope).collect()
}

#[test]
fn subsets_of_the_default_catalog_are_as_the_table_says() {
    let catalog = Catalog::builtin();
    for (given, held, is_subset) in [
        (&["read *"][..], &["* *"][..], true),
        (&["* *"], &["read *", "write *", "admin *"], true),
        (&["* *"], &["read *", "write *"], false),
        (&["read THING/#/#"], &["read *"], true),
        (&["read *"], &["read THING/#/#"], false),
        (&["read THING/Battery/b1"], &["read THING/Battery/#"], true),
        (&["read THING/Battery/#"], &["read THING/Battery/b1"], false),
        (&["read THING/battery/b1"], &["read THING/Battery/#"], false),
        // A filter on the end of a chain reaches all longer ones; a longer one does not reach the end alone.
        (&["read PLACE/Site/s1/THING/#/#"], &["read THING/#/#"], true),
        (&["read THING/#/#"], &["read PLACE/#/#/THING/#/#"], false),
        (&["read PLACE/Site/s1/THING/a/b"], &["read PLACE/#/#/THING/#/#"], true),
        (&["read PLACE/Site/s1/THING/#/#"], &["read PLACE/Site/s1"], false),
        (&["read PLACE/Site/s1"], &["read PLACE/Site/s1/THING/#/#"], false),
        (&["read PLACE/Site/s1/THING/a/b/MONITOR/m"], &["read MONITOR/#"], true),
        (&["read PLACE/Site/s1/THING/a/b/MONITOR/m"], &["read THING/#/#/MONITOR/m"], true),
        // All words of a closed set are not "any": a call that does not know the word is let through by `#` only.
        (&["read PLACE/#/x"], &["read PLACE/Site/x", "read PLACE/Fleet/x"], false),
        (&["read PLACE/Site/x", "read PLACE/Fleet/x"], &["read PLACE/#/x"], true),
        (&["read THING/%41/b"], &["read THING/A/b"], true),
        (&["read THING/a/b", "write THING/a/b"], &["* THING/a/b"], true),
        (&["read THING/a/b", "write THING/a/c"], &["read THING/a/#", "write THING/a/b"], false),
        (&["read GRAPHQL"], &["read GRAPHQL"], true),
        (&["admin ORGANIZATION/#"], &["* *"], true),
    ] {
        let (given_scopes, held_scopes) = (read(given, catalog.types()), read(held, catalog.types()));
        assert_eq!(subset(&given_scopes, &held_scopes), is_subset, "{given:?} {held:?}");
    }
}

/// A caller with these roles, or a key with these limits.
fn caller(bindings: &[(MemberRole, Option<ProjectId>)], limits: Option<Limits>) -> Caller {
    let bindings =
        bindings.iter().map(|(role, project)| Binding { role: *role, project: *project }).collect();
    let organization = OrganizationId::generate(&mut rng(3));
    Caller { actor: ActorId::Operator, organization, bindings, generation: None, limits, operator: false }
}

fn limits(scopes: Vec<Scope>, networks: &[&str], expires_at: Option<Timestamp>) -> Limits {
    let networks = Networks::parse(networks.iter().copied()).unwrap();
    Limits { grant: Grant::default_roles(), scopes, networks, expires_at }
}

fn refused(caller: &Caller, project: ProjectId, resources: &[&str], scopes: &[Scope]) -> Option<Beyond> {
    let catalog = Catalog::builtin();
    let ceiling = Ceiling::of(caller, project, resources.iter().copied(), &catalog);
    ceiling.refuses(Given { scopes, networks: &Networks::default(), expires_at: None })
}

#[test]
fn a_role_in_a_project_gives_what_is_the_project_s_and_nothing_else() {
    let catalog = Catalog::builtin();
    let mut rng = rng(4);
    let (own, other) = (ProjectId::generate(NOW, &mut rng), ProjectId::generate(NOW, &mut rng));
    let texts = |text: &String| read(&[text.as_str()], catalog.types());
    let inside = [
        format!("* PROJECT/{own}"),
        format!("* PROJECT/{own}/DATA"),
        format!("admin PROJECT/{own}/CONTROL"),
        "write ENDPOINT/ep1".to_owned(),
    ];
    let outside = [
        format!("read PROJECT/{other}"),
        format!("read PROJECT/{other}/DATA"),
        "read PROJECT/#/DATA".to_owned(),
        "read DATA".to_owned(),
        "read *".to_owned(),
        "read ENDPOINT/ep2".to_owned(),
        "read ENDPOINT/#".to_owned(),
        "read THING/#/#".to_owned(),
        "read GRAPHQL".to_owned(),
        "admin ORGANIZATION/#".to_owned(),
    ];
    use MemberRole::{
        OrgBillingAdmin, OrgManager, OrgMember, OrgOwner, ProjectManager, ProjectMember, ProjectOwner,
    };
    for role in [ProjectOwner, ProjectManager] {
        let there = caller(&[(role, Some(own))], None);
        for text in &inside {
            assert_eq!(refused(&there, own, &["ENDPOINT/ep1"], &texts(text)), None, "{role:?} {text}");
        }
        for text in &outside {
            let given = texts(text);
            assert!(refused(&there, own, &["ENDPOINT/ep1"], &given).is_some(), "{role:?} {text}");
        }
        let elsewhere = caller(&[(role, Some(other)), (OrgMember, None)], None);
        let misplaced = caller(&[(role, None)], None);
        for text in inside.iter().chain(&outside) {
            let given = texts(text);
            assert!(refused(&elsewhere, own, &["ENDPOINT/ep1"], &given).is_some(), "elsewhere {text}");
            assert!(refused(&misplaced, own, &["ENDPOINT/ep1"], &given).is_some(), "misplaced {text}");
        }
    }
    for text in inside.iter().chain(&outside) {
        let given = texts(text);
        assert_eq!(refused(&caller(&[(OrgOwner, None)], None), own, &[], &given), None, "{text}");
        let manager = refused(&caller(&[(OrgManager, None)], None), own, &[], &given);
        let administers = text.starts_with("admin ORGANIZATION");
        assert_eq!(manager, administers.then_some(Beyond::Administrator), "{text}");
        let rest =
            [(OrgMember, None), (OrgBillingAdmin, None), (ProjectMember, Some(own)), (OrgOwner, Some(own))];
        for (role, project) in rest {
            let caller = caller(&[(role, project)], None);
            assert!(refused(&caller, own, &[], &given).is_some(), "{role:?} {text}");
        }
    }
}

#[test]
fn a_key_lends_neither_addresses_nor_time_that_it_lacks() {
    let project = ProjectId::generate(NOW, &mut rng(5));
    let catalog = Catalog::builtin();
    let scopes = read(&["read *"], catalog.types());
    let by = caller(&[], Some(limits(scopes.clone(), &["10.0.0.0/8"], Some(NOW.plus_seconds(60)))));
    let ceiling = Ceiling::of(&by, project, [], &catalog);
    let near = Networks::parse(["10.1.0.0/16"]).unwrap();
    let far = Networks::parse(["10.0.0.0/7"]).unwrap();
    let refused = |networks, expires_at| ceiling.refuses(Given { scopes: &scopes, networks, expires_at });
    assert_eq!(refused(&near, Some(NOW.plus_seconds(60))), None);
    assert_eq!(refused(&near, Some(NOW.plus_seconds(61))), Some(Beyond::Expiry));
    assert_eq!(refused(&near, None), Some(Beyond::Expiry));
    assert_eq!(refused(&far, Some(NOW)), Some(Beyond::Networks));
    assert_eq!(refused(&Networks::default(), Some(NOW)), Some(Beyond::Networks));
}

proptest! {
    #[test]
    fn a_chain_of_keys_never_gains(first in scopes(), chain in prop::collection::vec(scopes(), 1..6)) {
        let project = ProjectId::generate(NOW, &mut rng(6));
        let mut held = first.clone();
        for given in chain {
            let by = caller(&[(MemberRole::OrgOwner, None)], Some(limits(held.clone(), &[], None)));
            let ceiling = Ceiling::of(&by, project, [], &CATALOG);
            let key = Given { scopes: &given, networks: &Networks::default(), expires_at: None };
            if ceiling.refuses(key).is_none() {
                prop_assert!(separating(&given, &first).is_none());
                held = given;
            }
        }
    }
}
