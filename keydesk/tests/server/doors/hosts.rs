//! On loopback the data listener answers to its own names and to those it was told of, and to no other.

use super::{bearer, stage, writer};
use crate::harness::{Request, Site, Tally};

#[test]
fn another_host_is_not_answered() {
    let stage = stage();
    let key = writer(&stage);
    let mut tally = Tally::default();
    let ask = |host: &str| {
        bearer(Request::new("POST", "/authz/ext/v2/ep1/run").header("Host", host), &key)
            .send(stage.owner.data)
    };
    for host in ["api.example.com", "API.example.com", "h.example:8443"] {
        tally.status(host, &ask(host), 200);
    }
    for host in ["evil.example", "api.example.com.evil.example", "h.example", "api.example.com:8443"] {
        tally.status(host, &ask(host), 421);
    }
    tally.status("not valid", &ask("api.example.com, evil.example"), 400);
    tally.end();
    assert_eq!(Site::sqlite().flag("--data-hosts", "a/b").refused().0, 78);
    assert_eq!(Site::sqlite().flag("--forward-headers", "forwarded").refused().0, 78);
}

#[test]
fn a_gateway_for_any_host_says_so() {
    let stage = crate::harness::Stage::on(Site::sqlite().flag("--data-hosts", "*"));
    let answer = Request::new("GET", "/livez").header("Host", "anything.example").send(stage.owner.data);
    assert_eq!(answer.status, 200, "{answer:?}");
}
