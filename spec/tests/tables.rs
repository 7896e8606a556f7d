//! The tables of the documents, read by the slow evaluator.

use spec::address::{array, filter, matches};
use spec::catalog::DEFAULT;
use spec::grant::{Grant, scopes};
use spec::network::{allows, networks};
use spec::{Ask, Key, World, verify};

const ORGANIZATION: &str = "org_a";
const PROJECT: &str = "p1";
const CONTROL: &str = "PROJECT/p1/CONTROL";
const DATA: &str = "PROJECT/p1/DATA";

fn world() -> World {
    let own = |text: &str| (text.to_owned(), PROJECT.to_owned());
    World {
        catalog: DEFAULT,
        organizations: vec![ORGANIZATION.to_owned(), "org_b".to_owned()],
        projects: vec![
            (PROJECT.to_owned(), ORGANIZATION.to_owned()),
            ("p2".to_owned(), ORGANIZATION.to_owned()),
        ],
        resources: vec![
            own("ENDPOINT/ep1"),
            own("ENDPOINT/ep2"),
            ("ENDPOINT/ep3".to_owned(), "p2".to_owned()),
        ],
    }
}

fn key(grant: Grant) -> Key {
    Key {
        organization: ORGANIZATION.to_owned(),
        project: PROJECT.to_owned(),
        revoked: false,
        disabled: false,
        expires_at: None,
        networks: vec![],
        grant,
    }
}

fn scope(action: &str, text: &str) -> Grant {
    Grant::Scopes(vec![(action.to_owned(), Some(text.to_owned()))])
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, level)| ((*name).to_owned(), (*level).to_owned())).collect()
}

fn access(preset: &str, levels: &[(&str, &str)], endpoints: &[(&str, &str)]) -> Grant {
    Grant::Access(preset.to_owned(), pairs(levels), pairs(endpoints))
}

fn ask(action: &str, resource: &str, organization: Option<&str>) -> Ask {
    Ask {
        action: Some(action.to_owned()),
        resource: Some(resource.to_owned()),
        client: None,
        organization: organization.map(str::to_owned),
    }
}

fn may(grant: &Grant, action: &str, resource: &str) -> bool {
    verify(&world(), &key(grant.clone()), &ask(action, resource, Some(ORGANIZATION)), 0) == "allowed"
}

#[test]
fn the_test_table_of_filters_holds() {
    let place = scope("write", "PLACE/Site/S1/THING/#/#");
    assert!(may(&place, "write", "PLACE/Site/S1/THING/Battery/B1"));
    assert!(!may(&place, "write", "PLACE/Site/S2/THING/Battery/B2"));
    assert!(!may(&place, "read", "PLACE/Site/S1/THING/Battery/B1"));
    assert!(!may(&place, "write", "PLACE/Site/S1"));

    let batteries = scope("read", "THING/Battery/#");
    assert!(may(&batteries, "read", "PLACE/Site/S1/THING/Battery/B1"));
    assert!(may(&batteries, "read", "THING/Battery/#"));
    assert!(!may(&batteries, "read", "PLACE/Site/S1/THING/Charger/C1"));

    let places = scope("read", "PLACE/#/#");
    assert!(may(&places, "read", "PLACE/Fleet/F1"));
    assert!(!may(&places, "read", "PLACE/Fleet/F1/THING/Battery/B1"));

    let things_in_sites = scope("read", "PLACE/Site/#/THING/#/#");
    assert!(!may(&things_in_sites, "read", "THING/#/#"));
    assert!(may(&things_in_sites, "read", "PLACE/Site/S1/THING/#/#"));

    let everything = scope("*", "*");
    assert!(may(&everything, "admin", "THING/Battery/B1"));
    assert!(may(&everything, "read", "ORGANIZATION/org_a"));
    assert!(!may(&everything, "read", "ORGANIZATION/org_b"));

    assert!(may(&scope("read", "THING/#/B1"), "read", "THING/Battery/B1"));
    assert!(!may(&scope("read", "THING/#/B1"), "read", "THING/Battery/#"));
    assert!(!may(&scope("read", "THING/battery/#"), "read", "THING/Battery/B1"));
}

#[test]
fn an_escaped_character_is_a_character_and_never_a_separator_or_wildcard() {
    let asked = array(&[Some("THING".to_owned()), None, Some("a/b#".to_owned())]);
    assert_eq!(asked, "THING/#/a%2Fb%23");
    assert!(may(&scope("read", "THING/#/a%2fb%23"), "read", &asked));
    assert!(!may(&scope("read", "THING/#/%23"), "read", "THING/x/#"));
    assert!(!may(&scope("read", "THING/#/%23"), "read", "THING/x/y"));
}

#[test]
fn what_is_no_filter_is_refused() {
    for text in [
        "/THING/a/b",
        "THING/a/b/",
        "thing/a/b",
        "THING/a",
        "THING/a/b/c",
        "THING/a#/b",
        "THING/#a/b",
        "THING/*/b",
        "**",
        "#",
        "THING/./b",
        "THING/../b",
        "THING/%2E%2e/b",
        "THING/%zz/b",
        "THING/%00/b",
        "THING/%C2%80/b",
        "THING/%ff/b",
        "THING/%4/b",
        "THING/a b/c",
        "THING//b",
        "PLACE/City/1",
        "PLACE/site/1",
        "THING/a/b/PLACE/Site/1",
        "GRAPHQL/x",
        "THING/é/b",
        "THING/a?/b",
        "NOTHING",
        "THING/a\\/b",
        "*/THING/a/b",
        "THING/a/b/*",
    ] {
        assert_eq!(filter(Some(text), &DEFAULT), None, "{text}");
    }
    for text in
        ["*", "", "PLACE/#/#", "PLACE/Site/s1/THING/a/b/MONITOR/m", "GRAPHQL", "DATA", "THING/~:@/%C3%A9"]
    {
        assert!(filter(Some(text), &DEFAULT).is_some(), "{text}");
    }
    let all = filter(None, &DEFAULT).expect("absent is `*`");
    assert!(matches(&all, &filter(Some("GRAPHQL"), &DEFAULT).expect("a chain")));
}

#[test]
fn the_table_of_roles_holds() {
    let table = [
        ("ProjectEditor", "read write", "read write"),
        ("ProjectViewer", "read", "read"),
        ("ControlPlaneEditor", "read write", ""),
        ("ControlPlaneViewer", "read", ""),
        ("DataPlaneEditor", "", "read write"),
        ("DataPlaneViewer", "", "read"),
    ];
    for (role, control, data) in table {
        let grant = Grant::Roles(vec![role.to_owned()]);
        for action in ["read", "write", "admin"] {
            assert_eq!(may(&grant, action, CONTROL), control.contains(action), "{role} {action} {CONTROL}");
            assert_eq!(may(&grant, action, DATA), data.contains(action), "{role} {action} {DATA}");
            assert!(!may(&grant, action, "PROJECT/p2/DATA"));
        }
    }
    let union = Grant::Roles(vec!["ControlPlaneViewer".to_owned(), "DataPlaneEditor".to_owned()]);
    assert!(may(&union, "read", CONTROL) && !may(&union, "write", CONTROL) && may(&union, "write", DATA));
    assert_eq!(scopes(&Grant::Roles(vec!["OrgOwner".to_owned()]), PROJECT, &DEFAULT), None);
}

#[test]
fn the_table_of_access_levels_holds() {
    // The grant; what may be done to GRAPHQL, ENDPOINT/ep1, ENDPOINT/ep2 and CONTROL.
    let table = [
        (access("all", &[], &[]), ["read write", "read write", "read write", "read write"]),
        (access("read_only", &[], &[]), ["read", "read", "read", "read"]),
        (access("restricted", &[], &[]), ["", "", "", ""]),
        (access("restricted", &[("graphql", "read_only")], &[]), ["read", "", "", ""]),
        (access("restricted", &[("graphql", "none"), ("ai", "read_only")], &[]), ["", "read", "read", ""]),
        (access("restricted", &[("ai", "read_write")], &[]), ["", "read write", "read write", ""]),
        (
            access("restricted", &[("ai", "restricted")], &[("ep1", "read_only"), ("ep2", "none")]),
            ["", "read", "", ""],
        ),
        (access("restricted", &[("ai", "restricted")], &[("ep2", "read_write")]), ["", "", "read write", ""]),
    ];
    for (grant, allowed) in table {
        for (resource, actions) in
            ["GRAPHQL", "ENDPOINT/ep1", "ENDPOINT/ep2", CONTROL].into_iter().zip(allowed)
        {
            for action in ["read", "write", "admin"] {
                assert_eq!(
                    may(&grant, action, resource),
                    actions.contains(action),
                    "{grant:?} {action} {resource}"
                );
            }
        }
    }
    for grant in [
        access("restricted", &[("graphql", "restricted")], &[]),
        access("restricted", &[("ai", "read_only")], &[("ep1", "read_only")]),
        access("restricted", &[("ai", "restricted")], &[("ep1", "restricted")]),
        access("restricted", &[("ai", "restricted")], &[("", "read_only")]),
        access("restricted", &[("rest", "read_only")], &[]),
        access("all", &[("graphql", "none")], &[]),
        access("read_write", &[], &[]),
        Grant::Scopes(vec![]),
        Grant::Roles(vec![]),
        scope("Admin", "*"),
        scope("reed", "*"),
        scope("", "*"),
    ] {
        assert_eq!(scopes(&grant, PROJECT, &DEFAULT), None, "{grant:?}");
    }
}

#[test]
fn a_resource_is_reached_by_whose_it_is_only() {
    let all = scope("*", "*");
    // The address; whether it is reached without the organization, and with it.
    for (resource, unnamed, named) in [
        ("PROJECT/p1", true, true),
        ("PROJECT/p2", false, false),
        ("PROJECT/#", false, true),
        ("PROJECT/p1/DATA", true, true),
        ("PROJECT/p2/DATA", false, false),
        ("DATA", false, true),
        ("ENDPOINT/ep1", true, true),
        ("ENDPOINT/ep3", false, false),
        ("ENDPOINT/unknown", false, false),
        ("ENDPOINT/#", false, true),
        ("ORGANIZATION/org_a", true, true),
        ("ORGANIZATION/org_b", false, false),
        ("THING/a/b", true, true),
    ] {
        let code =
            |organization| verify(&world(), &key(all.clone()), &ask("read", resource, organization), 0);
        assert_eq!(code(None) == "allowed", unnamed, "{resource}");
        assert_eq!(code(Some(ORGANIZATION)) == "allowed", named, "{resource}");
        assert_eq!(code(Some("org_b")), "insufficient_scope", "{resource}");
    }
}

#[test]
fn the_first_check_that_fails_is_the_code() {
    let mut world = world();
    let mut key = key(Grant::Roles(vec!["DataPlaneViewer".to_owned()]));
    (key.revoked, key.disabled, key.expires_at, key.networks) =
        (true, true, Some(7), vec!["10.0.0.0/8".to_owned()]);
    world.organizations.clear();
    let mut question = ask("write", DATA, None);

    assert_eq!(verify(&world, &key, &question, 7), "disabled");
    world.organizations.push(ORGANIZATION.to_owned());
    assert_eq!(verify(&world, &key, &question, 7), "revoked");
    key.revoked = false;
    assert_eq!(verify(&world, &key, &question, 7), "expired");
    assert_eq!(verify(&world, &key, &question, 6), "disabled");
    key.disabled = false;
    assert_eq!(verify(&world, &key, &question, 6), "ip_not_allowed");
    question.client = Some([10, 1, 2, 3].into());
    assert_eq!(verify(&world, &key, &question, 6), "insufficient_scope");
    question.action = Some("read".to_owned());
    assert_eq!(verify(&world, &key, &question, 6), "allowed");
    question.action = None;
    assert_eq!(verify(&world, &key, &question, 6), "malformed_request");
    question.resource = None;
    assert_eq!(verify(&world, &key, &question, 6), "allowed");
    world.projects.clear();
    assert_eq!(verify(&world, &key, &question, 6), "disabled");
}

#[test]
fn the_rules_of_networks_hold() {
    let list = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    for entry in [
        "010.0.0.0/8",
        "10.0.0.0/08",
        "10.0.0.0/+8",
        "10.1",
        "1.2.3",
        "0x7f.0.0.1",
        "2130706433",
        "256.0.0.1",
        "1.2.3.4.5",
        "1..2.3",
        "10.0.0.0/255.0.0.0",
        "::ffff:0:0/90",
        "::/64",
        "::fffe:0:0/95",
        "fe80::1%eth0/64",
        "[2001:db8::1]/128",
        "10.0.0.1:80",
        "10.0.0.5/8",
        "10.0.0.0/33",
        "::/129",
        "10.0.0.0/",
        "/8",
        "2001:db8::1/64",
        "*/0",
        "**",
    ] {
        assert_eq!(networks(&list(entry)), None, "{entry}");
    }
    assert_eq!(networks(&[String::new()]), None);
    assert_eq!(networks(&["10.0.0.0/ 8".to_owned()]), None);
    assert_eq!(networks(&vec!["*".to_owned(); 1001]), None);
    assert_eq!(networks(&list("::ffff:10.0.0.0/104")), networks(&list("10.0.0.0/8")));
    assert_eq!(networks(&list("203.0.113.7")), networks(&list("203.0.113.7/32")));

    // The list, the client (`-`: not known), and whether it may pass.
    for (entries, client, passes) in [
        ("", "-", true),
        ("", "10.1.2.3", true),
        ("10.0.0.0/8", "10.255.255.255", true),
        ("10.0.0.0/8", "11.0.0.0", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("10.0.0.0/8", "::10.1.2.3", false),
        ("10.0.0.0/8", "64:ff9b::a01:203", false),
        ("10.0.0.0/8", "-", false),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("::/0", "10.1.2.3", false),
        ("::/0", "::ffff:10.1.2.3", false),
        ("0.0.0.0/0", "-", false),
        ("0.0.0.0/0 ::/0", "-", true),
        ("0.0.0.0/1 128.0.0.0/1 ::/0", "-", false),
        ("*", "-", true),
        ("*", "2001:db8::1", true),
        ("2001:db8::/32 203.0.113.7", "2001:db8::1", true),
        ("2001:db8::/32 203.0.113.7", "203.0.113.8", false),
    ] {
        assert_eq!(allows(&list(entries), client.parse().ok()), passes, "{entries} {client}");
    }
}

#[test]
fn the_whole_fits_four_hundred_lines() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = std::fs::read_dir(source).expect("a folder").map(|file| file.expect("a file").path());
    let lines: usize = files.map(|file| std::fs::read_to_string(file).expect("a text").lines().count()).sum();
    assert!(lines <= 400, "{lines} lines");
}
