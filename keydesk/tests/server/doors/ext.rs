//! `/authz/ext/…`: Envoy and the Gateway API hand on the request line itself.

use super::{bearer, passes, reader, refuses, stage, writer};
use crate::harness::{Request, Tally};

#[test]
fn the_request_line_is_the_question() {
    let stage = stage();
    let (writer, reader) = (writer(&stage), reader(&stage));
    let mut tally = Tally::default();
    let ask = |method: &str, path: &str| {
        Request::new(method, &format!("/authz/ext{path}")).header("Host", "api.example.com")
    };
    let answer = bearer(ask("POST", "/v2/ep1/run?a=%2e%2e"), &writer).send(stage.owner.data);
    passes(&mut tally, "write", &answer);
    tally.equal(
        "the key is taken out",
        &answer.header("x-envoy-auth-headers-to-remove"),
        &Some("authorization,x-api-key,api-key"),
    );
    passes(&mut tally, "read", &bearer(ask("GET", "/v2/ep1/health"), &reader).send(stage.owner.data));
    for (method, path, code) in [
        ("POST", "/v2/ep1/run", "insufficient_scope"),
        ("PUT", "/v2/ep1/run", "no_route"),
        ("GET", "", "ambiguous_path"),
        ("GET", "/", "no_route"),
        ("GET", "?a=/v2/ep1/health", "ambiguous_path"),
        ("GET", "/v2/ep1/health/", "no_route"),
        ("GET", "//v2/ep1/health", "ambiguous_path"),
        ("GET", "/v2/ep1/../ep1/health", "ambiguous_path"),
        ("GET", "/v2/ep1%2Fhealth", "ambiguous_path"),
        ("GET", "/v2/%65p1/health", "ambiguous_path"),
        ("GET", "/v2/ep1/health;x", "ambiguous_path"),
        ("GET", "/v2/ep1/%252e", "ambiguous_path"),
        ("GET", "/v2/ep1\\health", "ambiguous_path"),
    ] {
        let answer = bearer(ask(method, path), &reader).send(stage.owner.data);
        refuses(&mut tally, &format!("{method} {path}"), &answer, 403, code);
    }
    let beside = bearer(Request::new("GET", "/authz/extv2/ep1/health"), &reader).send(stage.owner.data);
    tally.problem("beside the prefix", &beside, 404, "not_found");
    for name in [
        "X-Forwarded-Uri",
        "X-Forwarded-Method",
        "X-Original-URL",
        "X_HTTP_Method_Override",
        "X-HTTP-Method-Override",
    ] {
        let answer = bearer(ask("GET", "/v2/ep1/health"), &reader).header(name, "GET").send(stage.owner.data);
        refuses(&mut tally, name, &answer, 403, "request_overridden");
    }
    refuses(
        &mut tally,
        "no key",
        &ask("GET", "/v2/ep1/health").send(stage.owner.data),
        401,
        "unauthenticated",
    );
    tally.end();
}
