//! What the upstream gets in place of the client's key: what the node has by the name that the route says, and no other.

use super::streams::{connect, say_back, until};
use super::{head, stage_on, with, writer};
use crate::harness::{Request, Site, Stage, Tally, Upstream};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::PathBuf;

const VALUE: &str = "Bearer upstream-s3cret";

/// A site whose folder of credentials holds these files.
fn site(files: &[(&str, &str)]) -> (Site, PathBuf) {
    let site = Site::sqlite();
    let folder = site.data().join("credentials");
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    (site.flag("--gateway-credentials", folder.to_str().unwrap()), folder)
}

fn stage(upstream: &Upstream) -> (Stage, PathBuf) {
    let (site, folder) = site(&[("api", &format!("{VALUE}\n")), (".hidden", "two\nlines")]);
    (stage_on(site, upstream), folder)
}

#[test]
fn the_upstream_gets_what_the_node_has_and_never_what_the_client_sent() {
    let upstream = Upstream::plain();
    let (stage, _) = stage(&upstream);
    let key = writer(&stage);
    let (value, token) = (&key.value, stage.owner.token_of(&key));
    let get = |name: &str, value: &str| Request::new("GET", "/c/x").header(name, value);
    let in_query = format!("/graphql-c?query=%7Ba%7D&api_key={value}");
    let document = json!({"query": "{a}"});
    let ways = [
        ("Bearer", get("Authorization", &format!("Bearer {value}"))),
        ("bearer", get("authorization", &format!("bearer {value}"))),
        ("bare", get("Authorization", value)),
        ("X-Api-Key", get("X-Api-Key", value)),
        ("Api-Key", get("Api-Key", value)),
        ("twice", get("X-Api-Key", value).header("Authorization", value)),
        ("a token", get("Authorization", &format!("Bearer {token}"))),
        ("one hop", get("Authorization", value).header("Connection", "Authorization, X-Api-Key")),
        ("underscores", get("Authorization", value).header("X_Api_Key", "another").header("Api_Key", "x")),
        ("proxy", get("Authorization", value).header("Proxy-Authorization", "Basic x")),
        ("with a body", with(&key, "POST", "/c/x").body("b")),
        ("query", Request::new("GET", &in_query)),
        ("query of a POST", Request::new("POST", &format!("/graphql-c?api_key={value}")).json(&document)),
        ("GraphQL", with(&key, "POST", "/graphql-c").json(&document)),
    ];
    let mut tally = Tally::default();
    for (count, (way, request)) in ways.iter().enumerate() {
        tally.status(way, &request.send(stage.server.gateway()), 200);
        let all = upstream.seen();
        tally.equal(format_args!("{way}: arrived"), &all.len(), &(count + 1));
        let seen = all.last().cloned().unwrap_or_default();
        tally.equal(way, &seen.all("authorization"), &vec![VALUE]);
        let told = format!("{seen:?}");
        tally.that(
            !told.contains(value.as_str()) && !told.contains(&token),
            "nothing of the client's",
            &seen,
        );
    }
    tally.status("another route", &with(&key, "GET", "/p/x").send(stage.server.gateway()), 200);
    tally.equal("its upstream", &upstream.seen().pop().unwrap().all("authorization"), &vec![]);
    tally.that(!stage.server.log().contains("s3cret"), "the log", &stage.server.log());
    tally.end();
}

#[test]
fn trailers_do_not_bring_another_and_websockets_get_it_too() {
    let upstream = Upstream::answering(say_back);
    let (stage, _) = stage(&upstream);
    let key = writer(&stage);
    let mut socket = connect(&stage);
    let start = head(&key, "GET /c/socket");
    socket.write_all(format!("{start}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n").as_bytes()).unwrap();
    assert!(until(&mut socket, "\r\n\r\n").starts_with("HTTP/1.1 101"));
    assert_eq!(upstream.only().all("authorization"), [VALUE]);

    let mut socket = connect(&stage);
    let start = head(&key, "POST /c/x");
    let chunked = "Trailer: authorization, x-kept\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n";
    let trailers = format!("Authorization: {}\r\nX-Kept: 1\r\n\r\n", key.value);
    socket.write_all(format!("{start}{chunked}{trailers}").as_bytes()).unwrap();
    until(&mut socket, "\r\n\r\n");
    let seen = upstream.seen().pop().unwrap();
    assert_eq!(seen.all("authorization"), [VALUE]);
    assert_eq!(seen.trailers, [("x-kept".to_owned(), "1".to_owned())]);
}

#[test]
fn a_route_whose_credential_is_not_here_is_refused_before_its_upstream_is_asked() {
    let upstream = Upstream::plain();
    let (stage, _) = stage(&upstream);
    let key = writer(&stage);
    let mut tally = Tally::default();
    let refused = with(&key, "GET", "/absent").send(stage.server.gateway());
    tally.problem("not here", &refused, 503, "upstream_credential_missing");
    let stranger = Request::new("GET", "/absent").send(stage.server.gateway());
    tally.problem("a stranger learns nothing of it", &stranger, 401, "unauthenticated");
    tally.equal("connections", &upstream.connections(), &0);
    let log = stage.server.log();
    let warned = log.lines().filter(|line| line.contains("WARN") && line.contains("a credential that this"));
    let warned: Vec<&str> = warned.collect();
    tally.that(warned.len() == 1 && warned[0].contains("not_here"), "one warning", &log);
    tally.end();
}

#[test]
fn without_a_folder_no_route_with_a_credential_is_served() {
    let upstream = Upstream::plain();
    let stage = stage_on(Site::sqlite(), &upstream);
    let key = writer(&stage);
    for path in ["/c/x", "/absent"] {
        let refused = with(&key, "GET", path).send(stage.server.gateway());
        assert_eq!(refused.problem_code().as_deref(), Some("upstream_credential_missing"), "{refused:?}");
    }
    let document = with(&key, "POST", "/graphql-c").json(&json!({"query": "{a}"}));
    let refused = document.send(stage.server.gateway());
    assert_eq!(refused.status, 503);
    assert_eq!(refused.json()["errors"][0]["extensions"]["code"], "UPSTREAM_CREDENTIAL_MISSING");
    assert_eq!(upstream.connections(), 0);
}

/// Has the server read everything again, and waits until it says this.
fn reload(stage: &Stage, until: &str) {
    let before = stage.server.log().len();
    stage.server.signal("HUP");
    while !stage.server.log()[before..].contains(until) {}
}

#[test]
fn the_folder_is_read_again_on_sighup_and_a_bad_one_changes_nothing() {
    let upstream = Upstream::plain();
    let (stage, folder) = stage(&upstream);
    let key = writer(&stage);
    let sent = |path: &str| {
        let answer = with(&key, "GET", path).send(stage.server.gateway());
        let seen = upstream.seen().pop().filter(|_| answer.status == 200);
        seen.map_or(answer.status.to_string(), |seen| seen.all("authorization").join(";"))
    };
    assert_eq!((sent("/c/x").as_str(), sent("/absent").as_str()), (VALUE, "503"));

    fs::write(folder.join("api"), "Bearer next-s3cret").unwrap();
    fs::write(folder.join("not_here"), "Basic here-s3cret\r\n").unwrap();
    reload(&stage, "the credentials for upstreams are those in");
    assert_eq!(
        (sent("/c/x").as_str(), sent("/absent").as_str()),
        ("Bearer next-s3cret", "Basic here-s3cret")
    );

    fs::write(folder.join("api"), "Bearer last-s3cret\nBearer another-s3cret\n").unwrap();
    reload(&stage, "the credentials for upstreams were not read again");
    assert_eq!(
        (sent("/c/x").as_str(), sent("/absent").as_str()),
        ("Bearer next-s3cret", "Basic here-s3cret")
    );

    fs::remove_file(folder.join("api")).unwrap();
    reload(&stage, "a credential that this node does not have");
    assert_eq!((sent("/c/x").as_str(), sent("/absent").as_str()), ("503", "Basic here-s3cret"));
    assert!(!stage.server.log().contains("s3cret"), "{}", stage.server.log());
}

#[test]
fn a_folder_that_cannot_be_read_keeps_the_server_from_starting() {
    let mut tally = Tally::default();
    for (name, text, why) in [
        ("api", "", "api: is empty"),
        ("api", "\n", "api: is empty"),
        ("api", "s3cret\ns3cret\n", "api: is not one line of visible ASCII"),
        ("api", "Bearer s3cret\u{e9}", "api: is not one line of visible ASCII"),
        ("api", " s3cret", "api: begins or ends with a space"),
        ("Api", "s3cret", "Api: a name is 1 to 64 of"),
        ("api.txt", "s3cret", "api.txt: a name is 1 to 64 of"),
    ] {
        let (code, said) = site(&[(name, text)]).0.refused();
        tally.equal(why, &code, &78);
        tally.that(said.contains(why) && !said.contains("s3cret"), why, &said);
    }
    let long = site(&[("api", &"s".repeat(5000))]).0.refused();
    tally.that(long.0 == 78 && long.1.contains("api: is longer than 4096 bytes"), "long", &long);
    let larger = site(&[("api", &"s".repeat(9000))]).0.refused();
    tally.that(larger.0 == 78 && larger.1.contains("api: is larger than 8192 bytes"), "larger", &larger);
    let (inside, folder) = site(&[]);
    fs::create_dir(folder.join("api")).unwrap();
    tally.equal("a folder in it", &inside.refused().0, &78);
    let nowhere = Site::sqlite().flag("--gateway-credentials", "/nonexistent").refused();
    tally.that(nowhere.0 == 78 && nowhere.1.contains("/nonexistent"), "no folder", &nowhere);
    tally.end();
}

#[test]
fn the_folder_is_named_by_the_variable_or_the_file_too() {
    let named = |site: Site| {
        let (code, said) = site.refused();
        assert_eq!(code, 78, "{said}");
        assert!(said.contains("gateway_credentials: /nonexistent: "), "{said}");
    };
    named(Site::sqlite().with("KEYDESK_GATEWAY_CREDENTIALS", "/nonexistent"));
    let site = Site::sqlite();
    fs::create_dir_all(site.data()).unwrap();
    fs::write(site.data().join("keydesk.toml"), "gateway_credentials = \"/nonexistent\"\n").unwrap();
    named(site);
}

#[test]
fn the_name_is_explained() {
    let stage = stage_on(Site::sqlite(), &Upstream::plain());
    let explain = |more: &[&str]| {
        let told = stage.site.run(&[&["route", "explain", "GET", "/c/x"], more].concat());
        String::from_utf8(told.stdout).unwrap()
    };
    assert!(
        explain(&[]).lines().any(|line| line.starts_with("Upstream credential") && line.ends_with("api"))
    );
    let json: Value = serde_json::from_str(&explain(&["--output", "json"])).unwrap();
    assert_eq!(json["upstream_credential"], "api");
}
