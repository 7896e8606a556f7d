//! Where a key may stand, and that there is one.

use super::{forward, passes, reader, refuses, stage, writer};
use crate::harness::{Request, Tally};

#[test]
fn a_key_stands_in_one_of_three_headers() {
    let stage = stage();
    let key = writer(&stage).value;
    let mut tally = Tally::default();
    let run = || forward("POST", "/v2/ep1/run");
    for (name, value) in [
        ("Authorization", format!("Bearer {key}")),
        ("authorization", format!("bearer  {key}")),
        ("Authorization", key.clone()),
        ("X-Api-Key", key.clone()),
        ("Api-Key", key.clone()),
    ] {
        passes(&mut tally, name, &run().header(name, &value).send(stage.owner.data));
        let beside = run().header(name, &value).header("x-unrelated", "y").header("X-Api-Key", "");
        if name != "X-Api-Key" {
            passes(&mut tally, "an empty one is none", &beside.send(stage.owner.data));
        }
    }
    let twice = run()
        .header("Authorization", format!("Bearer {key}"))
        .header("X-Api-Key", &key)
        .header("Api-Key", &key);
    passes(&mut tally, "the same in all of them", &twice.send(stage.owner.data));
    for (name, value) in [
        ("Authorization", format!("Basic {key}")),
        ("Authorization", format!("DPoP {key}")),
        ("Authorization", format!("Bearer{key}")),
        ("Authorization", "Bearer".to_owned()),
        ("Authorization", "Bearer ".to_owned()),
        ("Authorization", format!("Bearer {key} x")),
        ("X-Api-Key", format!("Bearer {key}")),
        ("X-Api-Key", key.to_lowercase()),
    ] {
        refuses(&mut tally, &value, &run().header(name, &value).send(stage.owner.data), 401, "invalid_key");
    }
    for (name, value) in [
        ("Cookie", format!("api_key={key}")),
        ("X_Api_Key", key.clone()),
        ("Proxy-Authorization", format!("Bearer {key}")),
    ] {
        refuses(&mut tally, name, &run().header(name, &value).send(stage.owner.data), 401, "unauthenticated");
    }
    let answer = run().header("X-Api-Key", b"\xff\xfe").send(stage.owner.data);
    refuses(&mut tally, "bytes", &answer, 401, "invalid_key");
    tally.end();
}

#[test]
fn two_keys_at_once_are_refused() {
    let stage = stage();
    let (one, other) = (writer(&stage).value, reader(&stage).value);
    let mut tally = Tally::default();
    for headers in [
        [("Authorization", format!("Bearer {one}")), ("X-Api-Key", other.clone())],
        [("X-Api-Key", one.clone()), ("Api-Key", other.clone())],
        [("Authorization", one.clone()), ("Authorization", one.clone())],
        [("X-Api-Key", one.clone()), ("X-Api-Key", one.clone())],
        [("X-Api-Key", format!("{one},{one}")), ("Api-Key", String::new())],
        [("Authorization", format!("Bearer {one}, Bearer {other}")), ("Api-Key", String::new())],
    ] {
        let mut forwarded = forward("POST", "/v2/ep1/run");
        let mut ext = Request::new("POST", "/authz/ext/v2/ep1/run");
        for (name, value) in &headers {
            forwarded = forwarded.header(name, value);
            ext = ext.header(name, value);
        }
        let names = format!("{} {}", headers[0].0, headers[1].0);
        // nginx makes 500 of a 400.
        refuses(&mut tally, &names, &forwarded.send(stage.owner.data), 401, "several_credentials");
        refuses(&mut tally, &names, &ext.send(stage.owner.data), 400, "several_credentials");
    }
    tally.end();
}

#[test]
fn the_query_holds_a_key_only_where_the_route_says_so() {
    let stage = stage();
    let printed = crate::harness::keydesk(&["catalog", "print"]).output().unwrap().stdout;
    let text = String::from_utf8(printed).unwrap().replacen(
        "path = \"/v2/{endpoint}/run\"\n",
        "path = \"/v2/{endpoint}/run\"\nkey_in_query = \"api_key\"\n",
        1,
    );
    let file = stage.site.data().join("catalog.toml");
    std::fs::write(&file, text).unwrap();
    let (one, other) = (writer(&stage).value, reader(&stage).value);
    let mut tally = Tally::default();
    let ask = |uri: &str| forward("POST", uri).send(stage.owner.data);
    let run = format!("/v2/ep1/run?api_key={one}");
    refuses(&mut tally, "the default", &ask(&run), 401, "unauthenticated");

    let crate::harness::Stage { server, site, .. } = stage;
    assert!(server.stop().success());
    let stage = crate::harness::Stage::on(site.flag("--catalog", file.to_str().unwrap()));
    let ask = |request: Request| request.send(stage.owner.data);
    passes(&mut tally, "allowed", &ask(forward("POST", &run)));
    passes(&mut tally, "among others", &ask(forward("POST", &format!("/v2/ep1/run?a=b&api_key={one}&c"))));
    passes(&mut tally, "the same one", &ask(forward("POST", &run).header("X-Api-Key", &one)));
    let two = ask(forward("POST", &run).header("X-Api-Key", &other));
    refuses(&mut tally, "two", &two, 401, "several_credentials");
    let two = ask(forward("POST", &format!("{run}&api_key={other}")));
    refuses(&mut tally, "two in the query", &two, 401, "several_credentials");
    for (query, code) in [
        (format!("API_KEY={one}"), "unauthenticated"),
        (format!("x=api_key={one}"), "unauthenticated"),
        (format!("api%5Fkey={one}"), "unauthenticated"),
        ("api_key=".to_owned(), "unauthenticated"),
        (format!("api_key={}", one.replacen('_', "%5F", 1)), "invalid_key"),
    ] {
        refuses(&mut tally, &query, &ask(forward("POST", &format!("/v2/ep1/run?{query}"))), 401, code);
    }
    let elsewhere = ask(forward("POST", &format!("/v2/ep1/runsync?api_key={one}")));
    refuses(&mut tally, "another route", &elsewhere, 401, "unauthenticated");
    tally.end();
}
