//! `/authz/forward`: nginx, Caddy, Traefik, APISIX and HAProxy ask here.

use super::{bearer, forward, passes, reader, refuses, stage, with_endpoint, writer};
use crate::harness::{Request, Site, Stage, Tally};
use serde_json::json;

#[test]
fn the_upstream_is_told_whose_key_it_is() {
    let stage = stage();
    let scopes = json!([{"action": "read", "resource_filter": "ENDPOINT/ep1"}, {"action": "write", "resource_filter": "ENDPOINT/#"}]);
    let key = stage.owner.key_with(json!({"name": "Ü%\" b", "scopes": scopes}));
    let mut tally = Tally::default();
    for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"] {
        let mut ask = Request::new(method, "/authz/forward?action=admin&resource=GRAPHQL");
        for (name, value) in [
            ("X-Forwarded-Method", "POST"),
            ("X-Forwarded-Host", "api.example.com"),
            ("X-Forwarded-Uri", "/v2/ep1/run?wait=1"),
        ] {
            ask = ask.header(name, value);
        }
        let answer = bearer(ask, &key).send(stage.owner.data);
        passes(&mut tally, method, &answer);
        for (name, value) in [
            ("x-auth-key-id", key.id.as_str()),
            ("x-auth-key-name", "%C3%9C%25\"%20b"),
            ("x-auth-subject", &format!("key:{}", key.id)),
            ("x-auth-org", &stage.owner.organization),
            ("x-auth-project", &stage.owner.project),
            ("x-auth-scopes", "read:ENDPOINT/ep1 write:ENDPOINT/#"),
            ("x-auth-env", ""),
            ("x-auth-outcome", "allowed"),
            ("x-auth-jwt", ""),
            ("cache-control", "no-store"),
        ] {
            tally.equal(format_args!("{method}: {name}"), &answer.header(name), &Some(value));
        }
        tally.equal("no body", &answer.body.is_empty(), &true);
        tally.equal("no content type", &answer.header("content-type"), &None);
    }
    tally.end();
}

#[test]
fn scopes_that_fit_no_header_are_replaced_by_the_one_that_matched() {
    let stage = stage();
    let filler = |index: u32| json!({"action": "read", "resource_filter": format!("MONITOR/{index:0>60}")});
    let mut scopes: Vec<_> = (0..20).map(filler).collect();
    scopes.push(json!({"action": "*", "resource_filter": "ENDPOINT/#"}));
    let key = stage.owner.key_with(json!({"scopes": scopes}));
    let answer = bearer(forward("POST", "/v2/ep1/run"), &key).send(stage.owner.data);
    assert_eq!(answer.header("x-auth-scopes"), Some("*:ENDPOINT/#"), "{answer:?}");
}

#[test]
fn a_refusal_is_401_or_403_whatever_the_route_says() {
    let stage = stage();
    let (reader, writer) = (reader(&stage), writer(&stage));
    let mut tally = Tally::default();
    let mut refused = |case: &str, request: Request, status, code| {
        refuses(&mut tally, case, &request.send(stage.owner.data), status, code);
    };
    let run = || forward("POST", "/v2/ep1/run");
    refused("no key", run(), 401, "unauthenticated");
    refused("junk", run().header("Authorization", "Bearer junk"), 401, "invalid_key");
    // The route says `errors = "unauthorized"`, which is for the gateway's answers only.
    refused("no right", bearer(run(), &reader), 403, "insufficient_scope");
    refused("nobody's", bearer(forward("GET", "/v2/ep2/health"), &writer), 403, "insufficient_scope");
    refused("no route", bearer(forward("GET", "/v3/x"), &writer), 403, "no_route");
    refused("no such method", bearer(forward("GET", "/v2/ep1/run"), &writer), 403, "no_route");
    refused("lower case", bearer(forward("post", "/v2/ep1/run"), &writer), 403, "no_route");
    refused("slash", bearer(forward("POST", "/v2/ep1/run/"), &writer), 403, "no_route");
    refused("dots", bearer(forward("POST", "/v2/ep1/../ep1/run"), &writer), 403, "ambiguous_path");
    refused("graphql", bearer(forward("POST", "/graphql"), &writer), 403, "operation_not_told");
    refused(
        "absolute",
        bearer(forward("POST", "http://api.example.com/v2/ep1/run"), &writer),
        403,
        "ambiguous_path",
    );
    let long = format!("/v2/{}/run", "e".repeat(1100));
    refused("too long for a resource", bearer(forward("POST", &long), &writer), 403, "no_resource");
    let abroad = stage.stranger().key_with(json!({"scopes": [{"action": "*"}]}));
    refused("a stranger", bearer(run(), &abroad), 403, "insufficient_scope");
    let off = stage.owner.key_with(json!({"scopes": [{"action": "*"}], "enabled": false}));
    refused("disabled", bearer(run(), &off), 401, "disabled");
    assert_eq!(stage.owner.delete(&writer.path()).status, 202);
    refused("revoked", bearer(run(), &writer), 401, "revoked");
    tally.end();
}

#[test]
fn the_request_is_told_once_and_in_one_family_of_headers() {
    let stage = stage();
    let key = writer(&stage);
    let mut tally = Tally::default();
    let whole = || bearer(forward("POST", "/v2/ep1/run"), &key);
    passes(&mut tally, "as it should be", &whole().send(stage.owner.data));
    for (name, value) in [
        ("X-Forwarded-Method", "POST"),
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Uri", "/v2/ep1/run"),
        ("X-Forwarded-Host", "api.example.com"),
    ] {
        refuses(
            &mut tally,
            name,
            &whole().header(name, value).send(stage.owner.data),
            403,
            "request_not_told",
        );
    }
    for name in [
        "X-Original-URL",
        "X-Original-URI",
        "X-Original-Method",
        "X-Rewrite-URL",
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
        "X-Forwarded-Path",
        "x_forwarded_uri",
        "X_Forwarded_Method",
        "X-Forwarded_Host",
        "x_http_method_override",
        "X_ORIGINAL_URL",
    ] {
        for value in ["", "POST", "/v2/ep1/run"] {
            let answer = whole().header(name, value).send(stage.owner.data);
            refuses(&mut tally, name, &answer, 403, "request_overridden");
        }
    }
    for missing in ["method", "host", "uri"] {
        let mut ask = Request::new("GET", "/authz/forward");
        for (name, value) in [("method", "POST"), ("host", "api.example.com"), ("uri", "/v2/ep1/run")] {
            if name != missing {
                ask = ask.header(&format!("X-Forwarded-{name}"), value);
            }
        }
        refuses(&mut tally, missing, &bearer(ask, &key).send(stage.owner.data), 403, "request_not_told");
    }
    for (host, code) in
        [("a b", "no_route"), ("user@api.example.com", "no_route"), ("a,b", "no_route"), ("", "no_route")]
    {
        let ask = Request::new("GET", "/authz/forward")
            .header("X-Forwarded-Method", "POST")
            .header("X-Forwarded-Host", host)
            .header("X-Forwarded-Uri", "/v2/ep1/run");
        refuses(&mut tally, host, &bearer(ask, &key).send(stage.owner.data), 403, code);
    }
    let answer = bearer(forward("POST", "/v2/ep1/run"), &key)
        .header("X-Forwarded-Uri", b"/\xff")
        .send(stage.owner.data);
    refuses(&mut tally, "bytes", &answer, 403, "request_not_told");
    tally.end();
}

#[test]
fn ingress_controllers_tell_it_in_another_family() {
    let stage = with_endpoint(Site::sqlite().flag("--forward-headers", "x-original"));
    let key = writer(&stage);
    let ask = |url: &str| {
        let request = Request::new("GET", "/authz/forward").header("X-Original-Method", "POST");
        bearer(request.header("X-Original-URL", url), &key)
    };
    let mut tally = Tally::default();
    passes(&mut tally, "whole", &ask("https://api.example.com/v2/ep1/run?a=1").send(stage.owner.data));
    for url in ["/v2/ep1/run", "api.example.com/v2/ep1/run", "https://api.example.com", "ftp://a/v2/ep1/run"]
    {
        refuses(&mut tally, url, &ask(url).send(stage.owner.data), 403, "request_not_told");
    }
    let both = ask("https://api.example.com/v2/ep1/run").header("X-Forwarded-Uri", "/v2/ep1/run");
    refuses(&mut tally, "both", &both.send(stage.owner.data), 403, "request_overridden");
    tally.end();
}

#[test]
fn the_address_of_the_client_is_the_right_most_that_is_no_proxy() {
    let stage = stage();
    let key =
        stage.owner.key_with(json!({"scopes": [{"action": "*"}], "allowed_ip_cidrs": ["203.0.113.9/32"]}));
    let from = |lines: &[&str]| {
        let mut ask = Request::new("GET", "/authz/forward")
            .header("X-Forwarded-Method", "POST")
            .header("X-Forwarded-Host", "api.example.com")
            .header("X-Forwarded-Uri", "/v2/ep1/run");
        for line in lines {
            ask = ask.header("X-Forwarded-For", line);
        }
        bearer(ask, &key).send(stage.owner.data)
    };
    let mut tally = Tally::default();
    for lines in [
        &["203.0.113.9"][..],
        &["198.51.100.1, 203.0.113.9"],
        &["198.51.100.1", "203.0.113.9"],
        &["203.0.113.9, 127.0.0.1"],
    ] {
        passes(&mut tally, &lines.join("|"), &from(lines));
    }
    for lines in [
        &[][..],
        &[""],
        &["203.0.113.9, 198.51.100.1"],
        &["203.0.113.9", "198.51.100.1"],
        &["203.0.113.9, unknown"],
        &["203.0.113.9,"],
        &["203.0.113.9:80"],
        &["127.0.0.1"],
        &["203.0.113.9", "127.0.0.2"],
    ] {
        refuses(&mut tally, &lines.join("|"), &from(lines), 403, "ip_not_allowed");
    }
    tally.end();
}

#[test]
fn who_is_no_gateway_is_not_believed() {
    let token = "a token that is long enough";
    let site = Site::sqlite().flag("--trusted-proxies", "10.0.0.0/8").with("KEYDESK_DATA_TOKEN", token);
    let stage = Stage::on(site);
    let key = writer(&stage);
    let mut tally = Tally::default();
    let ask = || bearer(forward("POST", "/v2/ep1/run"), &key);
    let answer = ask().send(stage.owner.data);
    refuses(&mut tally, "without the token", &answer, 401, "unauthenticated");
    tally.equal("no challenge for clients", &answer.header("www-authenticate"), &Some("X-Keydesk-Token"));
    let answer = ask().header("X-Keydesk-Token", token).send(stage.owner.data);
    refuses(&mut tally, "with it", &answer, 403, "insufficient_scope");

    let stage = Stage::on(Site::sqlite().flag("--trusted-proxies", "10.0.0.0/8"));
    let key = writer(&stage);
    let answer = bearer(forward("POST", "/v2/ep1/run"), &key).send(stage.owner.data);
    refuses(&mut tally, "somebody on this machine", &answer, 403, "gateway_not_trusted");
    tally.end();
}

#[test]
fn each_gateway_has_a_token_of_its_own_that_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    let (nginx, envoy) = ("the token of nginx", "the token of envoy");
    std::fs::write(&file, format!("# nginx\n{nginx}\n\n# envoy\n  {envoy}\n")).unwrap();
    let stage = Stage::on(Site::sqlite().flag("--data-token-file", file.to_str().unwrap()));
    let key = writer(&stage);
    let status = |token: &str| {
        let ask = bearer(forward("POST", "/v2/ep1/run"), &key).header("X-Keydesk-Token", token);
        ask.send(stage.owner.data).problem_code()
    };
    let (none, known) = (Some("unauthenticated".to_owned()), Some("insufficient_scope".to_owned()));
    assert_eq!((status(nginx), status(envoy)), (known.clone(), known.clone()));
    assert_eq!((status("# nginx"), status(&format!("{nginx}\t{envoy}"))), (none.clone(), none.clone()));

    std::fs::write(&file, format!("{envoy}\n")).unwrap();
    stage.server.signal("HUP");
    while status(nginx) != none {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(status(envoy), known);

    std::fs::write(&file, "short\n").unwrap();
    stage.server.signal("HUP");
    while !stage.server.log().contains("the data tokens were not read again") {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(status(envoy), known, "a file that is no good changes nothing");
}
