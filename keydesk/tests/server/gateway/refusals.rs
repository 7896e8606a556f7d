//! Who does not pass, in the words of each API.

use super::{reader, stage, stage_on, with, writer};
use crate::harness::{Request, Site, Tally, Upstream};
use serde_json::json;

#[test]
fn each_refusal_has_the_shape_of_its_api_and_reaches_no_upstream() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    let (reader, writer) = (reader(&stage), writer(&stage));
    let off = super::writer(&stage);
    assert_eq!(stage.owner.delete(&off.path()).status, 202);
    let document = json!({"query": "mutation{a}"});
    let mut tally = Tally::default();
    let gateway = stage.server.gateway();
    let mut case = |name: &str, request: Request, status: u16, code: &str| {
        let answer = request.send(gateway);
        tally.problem(name, &answer, status, code);
    };
    // Serverless: everything is 401.
    case("ai: nobody", Request::new("POST", "/v2/ep1/run"), 401, "unauthenticated");
    case("ai: junk", Request::new("POST", "/v2/ep1/run").header("Authorization", "x"), 401, "invalid_key");
    case("ai: revoked", with(&off, "POST", "/v2/ep1/run"), 401, "revoked");
    case("ai: may not", with(&reader, "POST", "/v2/ep1/run"), 401, "insufficient_scope");
    case("ai: not theirs", with(&writer, "POST", "/v2/ep2/run"), 401, "insufficient_scope");
    case(
        "ai: two keys",
        with(&writer, "POST", "/v2/ep1/run").header("X-Api-Key", &reader.value),
        401,
        "several_credentials",
    );
    case(
        "ai: override",
        with(&reader, "GET", "/v2/ep1/health").header("X-HTTP-Method-Override", "POST"),
        401,
        "request_overridden",
    );
    // Problem: 401 and 403.
    case("nobody", Request::new("GET", "/p/x"), 401, "unauthenticated");
    case("revoked", with(&off, "GET", "/p/x"), 401, "revoked");
    case("may not", with(&reader, "POST", "/p/x"), 403, "insufficient_scope");
    case(
        "two keys",
        with(&writer, "GET", "/p/x").header("X-Api-Key", &reader.value),
        400,
        "several_credentials",
    );
    case(
        "override",
        with(&writer, "GET", "/p/x").header("X_Original_URL", "/p/y"),
        403,
        "request_overridden",
    );
    // No route, whoever asks.
    case("no route", with(&writer, "GET", "/nothing"), 404, "no_route");
    case("no method", with(&writer, "PATCH", "/p/x"), 404, "no_route");
    case("no upstream", with(&writer, "GET", "/doors-only"), 404, "no_route");
    case("two ways", with(&writer, "GET", "/p/a%2Fb"), 403, "ambiguous_path");
    case("dots", with(&writer, "GET", "/p/../v2/ep1/health"), 403, "ambiguous_path");
    case("unreachable", with(&writer, "GET", "/nobody"), 502, "upstream_unreachable");
    for (name, request, status, code, message) in [
        ("nobody", Request::new("POST", "/graphql"), 401, "UNAUTHENTICATED", "Unauthorized"),
        ("revoked", with(&off, "POST", "/graphql"), 401, "REVOKED", "Unauthorized"),
        ("may not", with(&reader, "POST", "/graphql"), 200, "INSUFFICIENT_SCOPE", "Unauthorized"),
    ] {
        let answer = request.json(&document).send(gateway);
        tally.status(name, &answer, status);
        let errors = &answer.json()["errors"];
        tally.equal(name, &errors[0]["message"], &json!(message));
        tally.equal(name, &errors[0]["extensions"]["code"], &json!(code));
        tally.equal(name, &answer.header("content-type"), &Some("application/json"));
    }
    tally.equal("nothing arrived", &upstream.seen().len(), &0);
    tally.end();
}

#[test]
fn postgres_a_node_that_may_not_decide_lets_nothing_pass() {
    let Some(site) = Site::postgres() else { return };
    let upstream = Upstream::plain();
    let stage = stage_on(site.flag("--lease-seconds", "1"), &upstream);
    let key = writer(&stage);
    let ask = || with(&key, "GET", "/p/x").send(stage.server.gateway());
    let ready = || Request::new("GET", "/readyz").send(stage.server.data);
    assert_eq!(ask().status, 200);
    stage.site.cut_off(true);
    let stale = std::iter::repeat_with(ask).find(|answer| answer.status != 200).unwrap();
    let unready = ready();
    stage.site.cut_off(false);
    assert_eq!((unready.status, &unready.json()["checks"]["snapshot"]), (503, &json!("stale")));
    assert_eq!((stale.status, stale.problem_code().as_deref()), (503, Some("stale")), "{stale:?}");
    let document = with(&key, "POST", "/graphql").json(&json!({"query": "{a}"}));
    while document.send(stage.server.gateway()).status != 200 {}
    while ready().status != 200 {}
}
