//! A server that cannot hear of a revocation says that it does not know, and never `allowed`.

use crate::harness::{Key, Request, Site, Stage, Tally, Tenant};
use serde_json::json;
use std::time::Duration;

/// The status of a verification, and its code if there is one.
fn asked(tenant: &Tenant, key: &Key) -> (u16, String) {
    let answer = tenant.ask(&json!({"key": key.value}));
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_server_cut_off_from_its_database_stops_deciding_and_comes_back_on_postgres() {
    let Some(site) = Site::postgres() else { return };
    let mut stage = Stage::on(site.with("KEYDESK_LEASE_SECONDS", "1"));
    let key = stage.owner.key();
    assert_eq!(stage.owner.verify(&key), "allowed");
    stage.site.cut_off(true);
    while asked(&stage.owner, &key).0 == 200 {}
    let mut tally = Tally::default();
    for _ in 0..20 {
        let answer = stage.owner.ask(&json!({"key": key.value}));
        tally.problem("verify", &answer, 503, "stale");
        tally.that(answer.header("retry-after").is_some(), "Retry-After", &answer);
        std::thread::sleep(Duration::from_millis(20));
    }
    tally.status("ready", &Request::new("GET", "/readyz").send(stage.server.data), 503);
    tally.status("alive", &Request::new("GET", "/livez").send(stage.server.data), 200);
    tally.admin("read", &stage.owner.get(&key.path()), 503, "UNAVAILABLE");
    tally.admin("revoke", &stage.owner.delete(&key.path()), 503, "UNAVAILABLE");
    let bought = stage.owner.buy();
    tally.that(bought.status == 503 && bought.json()["error"] == "temporarily_unavailable", "token", &bought);

    stage.site.cut_off(false);
    while asked(&stage.owner, &key).0 != 200 {}
    tally.equal("again", &stage.owner.verify(&key).as_str(), &"allowed");
    while stage.owner.get(&key.path()).status == 503 {}
    tally.status("revoke again", &stage.owner.delete(&key.path()), 202);
    tally.equal("and dead", &stage.owner.verify(&key).as_str(), &"revoked");
    tally.that(stage.server.is_alive(), "the process", &"");
    tally.end();
}

#[test]
fn a_server_that_was_stopped_does_not_answer_from_before_on_postgres() {
    let Some(site) = Site::postgres() else { return };
    let stage = Stage::on(site.with("KEYDESK_LEASE_SECONDS", "1"));
    let second = stage.site.start();
    let there = Tenant { data: second.data, ..stage.owner.clone() };
    for round in 0..3 {
        let key = stage.owner.key();
        while asked(&there, &key).1 != "allowed" {}
        second.signal("STOP");
        assert_eq!(stage.owner.delete(&key.path()).status, 202);
        // Longer than the lease: from now on nobody may rely on what it knew.
        std::thread::sleep(Duration::from_millis(1500));
        second.signal("CONT");
        for _ in 0..50 {
            let (status, code) = asked(&there, &key);
            assert!(
                (status, code.as_str()) == (503, "stale") || code == "revoked",
                "round {round}: {status} {code}"
            );
        }
        while asked(&there, &key).1 != "revoked" {}
    }
}

#[test]
fn what_one_server_acknowledged_reaches_every_other_on_postgres() {
    let Some(site) = Site::postgres() else { return };
    let stage = Stage::on(site);
    let second = stage.site.start();
    let there = Tenant { data: second.data, ..stage.owner.clone() };
    let key = stage.owner.key();
    while asked(&there, &key).1 != "allowed" {}
    assert_eq!(stage.owner.patch(&key.path(), &json!({"enabled": false})).status, 200);
    while asked(&there, &key).1 != "disabled" {}
    assert_eq!(stage.owner.delete(&key.path()).status, 202);
    while asked(&there, &key).1 != "revoked" {}
    for _ in 0..100 {
        assert_eq!(asked(&there, &key).1, "revoked", "it came back");
    }
}
