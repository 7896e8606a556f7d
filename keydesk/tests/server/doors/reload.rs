//! Routes that change under a running server, and what a request means to them.

use super::{bearer, forward, stage, writer};
use crate::harness::{Stage, Tally, keydesk};
use std::fs;
use std::process::Output;

/// The built-in catalog, with a route for this path.
fn with_route(path: &str) -> String {
    let printed = String::from_utf8(keydesk(&["catalog", "print"]).output().unwrap().stdout).unwrap();
    format!(
        "{printed}\n[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"{path}\"\naction = \"read\"\nresource = \"ENDPOINT/ep1\"\n"
    )
}

#[test]
fn a_changed_file_is_read_without_a_signal_and_a_bad_one_changes_nothing() {
    let Stage { server, site, .. } = stage();
    assert!(server.stop().success());
    let file = site.data().join("catalog.toml");
    fs::write(&file, with_route("/one")).unwrap();
    let stage = Stage::on(site.flag("--catalog", file.to_str().unwrap()));
    let key = writer(&stage);
    let status = |path: &str| bearer(forward("GET", path), &key).send(stage.owner.data).status;
    assert_eq!((status("/one"), status("/two")), (200, 403));

    // In its place, as editors and configuration maps do it.
    let next = site_file(&stage, "next.toml");
    fs::write(&next, with_route("/two")).unwrap();
    fs::rename(&next, &file).unwrap();
    while status("/two") != 200 {}
    assert_eq!(status("/one"), 403);

    fs::write(&file, with_route("/three/../four")).unwrap();
    while !stage.server.log().contains("the catalog was not reloaded") {}
    assert!(stage.server.log().contains("is not in the one form"), "{}", stage.server.log());
    assert_eq!(status("/two"), 200);

    fs::write(&file, with_route("/five")).unwrap();
    stage.server.signal("HUP");
    while status("/five") != 200 {}
}

fn site_file(stage: &Stage, name: &str) -> std::path::PathBuf {
    stage.site.data().join(name)
}

#[test]
fn a_route_is_explained() {
    let stage = stage();
    let explain =
        |arguments: &[&str]| -> Output { stage.site.run(&[&["route", "explain"], arguments].concat()) };
    let mut tally = Tally::default();
    let json = explain(&["POST", "https://api.example.com/v2/ep1/run?x=1", "--output", "json"]);
    let told: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let expected = serde_json::json!({
        "route": {"host": "*", "methods": ["POST"], "path": "/v2/{endpoint}/run"},
        "action": "write", "resource": "ENDPOINT/ep1", "required_scope": "write:ENDPOINT/ep1", "upstream_credential": null,
    });
    tally.equal("json", &told, &expected);
    let table = String::from_utf8(explain(&["GET", "/v2/a%20b/status/j"]).stdout).unwrap();
    tally.that(
        table.contains("read:ENDPOINT/a%20b") && table.contains("GET|POST /v2/{endpoint}/status/{job}"),
        "table",
        &table,
    );
    let graphql = String::from_utf8(explain(&["POST", "/graphql"]).stdout).unwrap();
    tally.that(
        graphql.contains("read:GRAPHQL for a query, write:GRAPHQL for a mutation"),
        "graphql",
        &graphql,
    );
    for (method, url, code, said) in [
        ("GET", "/v2/ep1/run", 65, "no route has this host"),
        ("POST", "/v2/ep1/../run", 65, "dot segment"),
        ("POST", "/v2/%65p1/run", 65, "an escape of a character that needs none"),
        ("POST", "https://user@h/v2/ep1/run", 65, "the host is not"),
        ("POST", "api.example.com/v2", 64, "neither http://"),
    ] {
        let done = explain(&[method, url]);
        let told = String::from_utf8(done.stderr).unwrap();
        tally.that(
            done.status.code() == Some(code) && told.contains(said),
            format_args!("{method} {url}"),
            &told,
        );
    }
    let file = site_file(&stage, "other.toml");
    fs::write(&file, with_route("/one")).unwrap();
    let other = explain(&["GET", "/one", "--catalog", file.to_str().unwrap()]);
    tally.that(other.status.success(), "of a file", &other);
    tally.end();
}
