//! Lists and their query parameters (bad-input J-28).

use crate::harness::{Site, Stage, Tally};
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_query_parameter_that_is_unknown_or_repeated_is_refused_on_every_route() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let before = owner.census();
    let (project, organization) = (
        format!("/admin/projects/{}", owner.project),
        format!("/admin/organizations/{}", owner.organization),
    );
    let mut tally = Tally::default();
    for (method, path) in [
        ("GET", "/admin/organizations"),
        ("GET", &organization),
        ("PATCH", &organization),
        ("DELETE", &organization),
        ("GET", "/admin/projects"),
        ("POST", "/admin/projects"),
        ("GET", &project),
        ("PATCH", &project),
        ("DELETE", &project),
        ("GET", &owner.keys()),
        ("POST", &owner.keys()),
        ("GET", &key.path()),
        ("PATCH", &key.path()),
        ("DELETE", &key.path()),
        ("GET", &format!("{project}/resources")),
        ("POST", &format!("{project}/resources")),
        ("DELETE", &format!("{project}/resources/{}", key.id)),
        ("GET", "/admin/changes"),
        ("POST", &format!("{organization}/bootstrap")),
    ] {
        let field = if path.ends_with("/resources") { "resource" } else { "name" };
        let call = owner.call(method, &format!("{path}?statsu=active")).json(&json!({field: "ENDPOINT/n"}));
        tally.admin(format_args!("{method} {path}?statsu"), &owner.send(&call), 400, "INVALID_ARGUMENT");
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

both!(a_bad_page_is_refused);
fn a_bad_page_is_refused(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let mut tally = Tally::default();
    let invalid = [
        "limit=10&limit=20",
        "limit[]=10",
        "limit%5B%5D=10",
        "status=Active",
        "status=",
        "status=active&status=active",
        "status=active,expired",
        "q=a&q=b",
        "q=%zz",
        "q=%",
        "q=%ff",
        "q=a%00b",
        "q=%0a",
        "Limit=10",
        "paginationToken=",
        "paginationToken=x",
        "paginationToken=1.x",
        "paginationToken=-1.",
        "paginationToken='%20or%201=1--",
        "page=2",
        "&=",
        "=1",
        "status=all;limit=10",
        "pagination_token=1",
    ];
    for query in invalid {
        let answer = owner.get(&format!("{}?{query}", owner.keys()));
        tally.admin(query, &answer, 400, "INVALID_ARGUMENT");
    }
    for limit in
        ["0", "101", "-1", "+1", "1.0", "1e1", "", "ten", "0x1", "%20", "9223372036854775808", "\u{ff11}"]
    {
        for list in [owner.keys(), "/admin/changes".into()] {
            let answer = owner.get(&format!("{list}?limit={limit}"));
            let found = answer.status == 400
                && ["OUT_OF_RANGE", "INVALID_ARGUMENT"]
                    .map(str::to_owned)
                    .map(Some)
                    .contains(&answer.admin_code());
            // Bytes that are not ASCII are no request target at all.
            tally.that(
                found || !limit.is_ascii() && answer.status == 400,
                format_args!("{list} limit={limit}"),
                &answer,
            );
        }
    }
    for token in ["0", "-1", "x", "1.5", "9223372036854775808", ""] {
        let answer = owner.get(&format!("/admin/changes?paginationToken={token}"));
        tally.admin(format_args!("changes {token}"), &answer, 400, "INVALID_ARGUMENT");
    }
    tally.end();
}

both!(pages_hold_every_key_once);
fn pages_hold_every_key_once(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let made: Vec<String> = (0..25).map(|_| owner.key().id).collect();
    for limit in [1, 7, 25, 100] {
        let (mut found, mut pages, mut next) = (Vec::new(), 0, String::new());
        loop {
            let page = owner.get(&format!("{}?limit={limit}{next}", owner.keys())).json();
            found.extend(ids(&page));
            pages += 1;
            let Some(token) = page["pagination"]["next"].as_str() else { break };
            next = format!("&paginationToken={token}");
        }
        assert_eq!(found, made, "limit {limit}");
        assert_eq!(pages, made.len().div_ceil(limit), "limit {limit}");
    }
    let whole = owner.get(&owner.keys()).json();
    assert_eq!(ids(&whole), made);
    assert!(whole.get("pagination").is_none(), "published lists have no pages");
}

both!(a_search_takes_every_sign_literally);
fn a_search_takes_every_sign_literally(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let names = ["100%", "a_b", "a!b", "A'B", "ÄÖ", "plain"];
    for name in names {
        owner.key_with(json!({"name": name}));
    }
    let mut tally = Tally::default();
    for (query, expected) in [
        ("%25", vec!["100%"]),
        ("_", vec!["a_b"]),
        ("!", vec!["a!b"]),
        ("%27", vec!["A'B"]),
        ("a%27b", vec!["A'B"]),
        ("PLAIN", vec!["plain"]),
        ("%C3%A4", vec!["ÄÖ"]),
        ("%25%25", vec![]),
        ("", names.to_vec()),
        ("+", vec![]),
        ("%5c", vec![]),
        ("*", vec![]),
    ] {
        let page = owner.get(&format!("{}?q={query}", owner.keys())).json();
        let found: Vec<&str> =
            page["data"].as_array().unwrap().iter().filter_map(|key| key["name"].as_str()).collect();
        tally.equal(format_args!("q={query}"), &found, &expected);
    }
    tally.end();
}
