//! Idempotency-Key (bad-input J-25): a retry makes nothing twice and shows no secret.

use crate::harness::{Answer, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

fn create(owner: &Tenant, once: &str, body: &Value) -> Answer {
    owner.send(&owner.call("POST", &owner.keys()).header("Idempotency-Key", once).json(body))
}

#[test]
fn a_repeated_create_makes_one_key_and_shows_its_secret_once() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let mut tally = Tally::default();
    let first = create(owner, "a", &json!({"name": "k"}));
    let before = owner.census();
    tally.that(first.json()["value"].is_string(), "the first", &first);

    let second = create(owner, "a", &json!({"name": "k"}));
    tally.equal("the second", &second.json()["key"], &first.json()["key"]);
    tally.equal("the second has no secret", &second.json().get("value"), &Some(&Value::Null));
    let stranger = stage.stranger();
    tally.that(
        create(&stranger, "a", &json!({"name": "k"})).json()["value"].is_string(),
        "of somebody else",
        &"",
    );

    let elsewhere =
        owner.call("POST", "/admin/projects").header("Idempotency-Key", "a").json(&json!({"name": "k"}));
    tally.admin("on another path", &owner.send(&elsewhere), 409, "ALREADY_EXISTS");
    tally.admin("another body", &create(owner, "a", &json!({"name": "l"})), 409, "ALREADY_EXISTS");
    for bad in ["", "x".repeat(256).as_str(), "x".repeat(300).as_str(), "\u{e9}"] {
        tally.admin(
            format_args!("{bad:?}"),
            &create(owner, bad, &json!({"name": "k"})),
            400,
            "INVALID_ARGUMENT",
        );
    }
    let call =
        owner.call("POST", &owner.keys()).header("Idempotency-Key", "b").header("Idempotency-Key", "b");
    tally.admin("twice", &owner.send(&call.json(&json!({"name": "k"}))), 400, "INVALID_ARGUMENT");
    tally.equal("nothing of it", &owner.census(), &before);

    tally.status("255 characters", &create(owner, &"x".repeat(255), &json!({"name": "k"})), 200);
    tally.end();
}

#[test]
fn a_create_that_was_refused_may_be_sent_again_with_its_key() {
    let stage = Stage::sqlite();
    let owner = stage.site.organization(&stage.server, &["--name", "late", "--no-bootstrap"]);
    let mut tally = Tally::default();
    tally.admin("too early", &create(&owner, "a", &json!({"name": "k"})), 409, "FAILED_PRECONDITION");
    tally.admin("wrong", &create(&owner, "b", &json!({"name": ""})), 400, "INVALID_ARGUMENT");
    let bootstrap = owner.post(&format!("/admin/organizations/{}/bootstrap", owner.organization), "");
    tally.status("bootstrap", &bootstrap, 200);
    for once in ["a", "b"] {
        let made = create(&owner, once, &json!({"name": "k"}));
        tally.that(made.status == 200 && made.json()["value"].is_string(), once, &made);
    }
    tally.end();
}

#[test]
fn a_repeated_create_of_a_project_makes_one_project() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let create = || {
        let call = owner.call("POST", "/admin/projects").header("Idempotency-Key", "p");
        owner.send(&call.json(&json!({"name": "p"})))
    };
    let (first, second) = (create(), create());
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(first.json()["id"], second.json()["id"]);
    assert_eq!(owner.census().projects.len(), 2);
}

both!(creates_that_are_repeated_at_once_make_one_key);
fn creates_that_are_repeated_at_once_make_one_key(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let all: Vec<_> =
            (0..32).map(|_| scope.spawn(|| create(owner, "together", &json!({"name": "k"})))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.json()["value"].is_string()).count(), 1);
    let keys = owner.census().keys;
    assert_eq!(keys.len(), 1);
    assert!(answers.iter().all(|answer| answer.json()["key"]["id"] == keys[0]["id"]));
}
