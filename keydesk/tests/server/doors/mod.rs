//! The doors for gateways, asked as gateways ask, and as somebody who would like to be taken for one.

mod credentials;
mod deploy;
mod ext;
mod forward;
mod grpc;
mod hosts;
mod reload;
mod socket;
mod socket_file;
mod tokens;

use crate::harness::{Answer, Key, Request, Site, Stage, Tally};
use serde_json::json;

/// A gateway is at 127.0.0.1; whoever else is on this machine is none.
pub(super) fn stage() -> Stage {
    let hosts = "api.example.com,h.example:8443";
    with_endpoint(Site::sqlite().flag("--trusted-proxies", "127.0.0.1/32").flag("--data-hosts", hosts))
}

/// With ENDPOINT/ep1, which is there for every key that is made from now on.
pub(super) fn with_endpoint(site: Site) -> Stage {
    let stage = Stage::on(site);
    let project = &stage.owner.project;
    let added = stage.site.run(&["resource", "add", "ENDPOINT/ep1", "--project", project, "--name", "e"]);
    assert!(added.status.success(), "{added:?}");
    stage
}

pub(super) fn writer(stage: &Stage) -> Key {
    stage.owner.key_with(json!({"scopes": [{"action": "*"}]}))
}

pub(super) fn reader(stage: &Stage) -> Key {
    stage.owner.key_with(json!({"scopes": [{"action": "read"}]}))
}

/// A question about this request, without a credential.
pub(super) fn forward(method: &str, uri: &str) -> Request {
    Request::new("GET", "/authz/forward")
        .header("X-Forwarded-Method", method)
        .header("X-Forwarded-Host", "api.example.com")
        .header("X-Forwarded-Uri", uri)
        .header("X-Forwarded-For", "203.0.113.9")
}

pub(super) fn bearer(request: Request, key: &Key) -> Request {
    request.header("Authorization", format!("Bearer {}", key.value))
}

/// The answer lets the request pass, and says all there is to say.
pub(super) fn passes(tally: &mut Tally, case: &str, answer: &Answer) {
    tally.status(case, answer, 200);
    for name in data::http::IDENTITY {
        tally.that(answer.header(name).is_some(), format_args!("{case}: {name}"), answer);
    }
}

/// The answer lets nothing pass, and says nothing of anybody.
pub(super) fn refuses(tally: &mut Tally, case: &str, answer: &Answer, status: u16, code: &str) {
    tally.problem(case, answer, status, code);
    tally.equal(format_args!("{case}: kept"), &answer.header("cache-control"), &Some("no-store"));
    for name in data::http::IDENTITY {
        tally.equal(format_args!("{case}: {name}"), &answer.header(name), &None);
    }
}
