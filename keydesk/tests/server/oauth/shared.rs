//! Rotation by the command, through power cuts, and with two servers on one database.

use super::rotation::{listed, rotate};
use crate::harness::{Key, Server, Site, Stage, Tally, Tenant, part, seconds};
use serde_json::{Value, json};

const URL: (&str, &str) = ("--public-url", "https://keys.example");

/// `keydesk signing-key …` against this server.
fn command(stage: &Stage, arguments: &[&str]) -> (Option<i32>, String) {
    let owner = &stage.owner;
    let mut command = crate::harness::keydesk(&[&["signing-key"], arguments].concat());
    command.env("KEYDESK_URL", format!("http://{}", owner.public));
    command.env("KEYDESK_CLIENT_ID", &owner.client_id).env("KEYDESK_CLIENT_SECRET", &owner.client_secret);
    let ended = command.output().unwrap();
    (ended.status.code(), String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned())
}

both!(the_command_rotates_and_lists);
fn the_command_rotates_and_lists(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key();
    let token = owner.token_of(&key);
    let old = part(&token, 0)["kid"].as_str().unwrap().to_owned();
    let mut tally = Tally::default();
    let (code, said) = command(&stage, &["list"]);
    tally.that(code == Some(0) && said.contains(&old), "list", &said);
    let (code, said) = command(&stage, &["rotate"]);
    tally.equal(format_args!("rotate: {said}"), &code, &Some(0));
    let next = owner.kids().into_iter().find(|kid| command_names(&stage, kid, "next"));
    tally.that(next.is_some(), "the next one is listed and published", &owner.kids());
    tally.equal("the old one's token", &owner.token_verdict(&token).as_str(), &"allowed");
    let at_once = ["rotate", "--at-once", "--algorithm", "EdDSA", "--organization", &owner.organization];
    let (code, said) = command(&stage, &at_once);
    tally.equal(format_args!("at once: {said}"), &code, &Some(0));
    tally.equal("the old one's token", &owner.token_verdict(&token).as_str(), &"malformed");
    tally.equal("its algorithm", &part(&owner.token_of(&key), 0)["alg"], &json!("EdDSA"));
    for arguments in [vec!["rotate", "--algorithm", "RS256"], vec!["rotate", "--now"], vec!["nonsense"]] {
        tally.equal(format_args!("{arguments:?}"), &command(&stage, &arguments).0, &Some(64));
    }
    tally.end();
}

fn command_names(stage: &Stage, kid: &str, state: &str) -> bool {
    command(stage, &["list"]).1.lines().any(|line| line.contains(kid) && line.contains(state))
}

/// A set of keys that works: one signs, what it signs is good and published, none is there twice.
fn works(tally: &mut Tally, case: &str, owner: &Tenant, key: &Key) -> String {
    let path = format!("/admin/organizations/{}/signing-keys", owner.organization);
    let keys = listed(owner, &path);
    let count = |state: &str| keys.iter().filter(|key| key["state"] == state).count();
    tally.equal(format_args!("{case}: active"), &count("active"), &1);
    tally.that(count("next") <= 1, format_args!("{case}: next"), &keys);
    let mut kids: Vec<&Value> = keys.iter().map(|key| &key["kid"]).collect();
    let all = kids.len();
    kids.dedup();
    tally.equal(format_args!("{case}: each once"), &kids.len(), &all);
    let published = owner.kids();
    for kid in kids {
        tally.that(
            published.contains(&kid.as_str().unwrap().to_owned()),
            format_args!("{case}: published"),
            kid,
        );
    }
    let token = owner.token_of(key);
    tally.equal(format_args!("{case}: good"), &owner.token_verdict(&token).as_str(), &"allowed");
    let active = keys.iter().find(|key| key["state"] == "active").unwrap();
    tally.equal(format_args!("{case}: signs"), &part(&token, 0)["kid"], &active["kid"]);
    token
}

both!(a_power_cut_in_the_middle_of_a_rotation_leaves_keys_that_work);
fn a_power_cut_in_the_middle_of_a_rotation_leaves_keys_that_work(site: Site) {
    let mut site = site.flag(URL.0, URL.1);
    let mut tally = Tally::default();
    let mut kept: Option<(Key, String)> = None;
    for round in 0..6_u64 {
        let Stage { owner, server, site: place } = Stage::on(site);
        let (key, token) = kept.unwrap_or_else(|| {
            let key = owner.key();
            (key.clone(), owner.token_of(&key))
        });
        works(&mut tally, &format!("round {round}"), &owner, &key);
        let at_once = round % 2 == 1;
        if !at_once {
            // Nothing before it was at once, or what was is told below.
            let code = owner.token_verdict(&token);
            tally.that(["allowed", "malformed"].contains(&&*code), format_args!("round {round}"), &code);
        }
        let fresh = owner.token_of(&key);
        let path = format!("/admin/organizations/{}/signing-keys", owner.organization);
        let request = owner.call("POST", &path).json(&json!({"at_once": at_once}));
        let answered = std::thread::scope(|scope| {
            let rotation = scope.spawn(|| request.try_send(owner.public));
            std::thread::sleep(std::time::Duration::from_micros(300 * round));
            server.kill();
            rotation.join().unwrap()
        });
        site = place;
        let server = site.start();
        let owner = site.owner(&server);
        works(&mut tally, &format!("after {round}"), &owner, &key);
        let code = owner.token_verdict(&fresh);
        if at_once && answered.is_some() {
            tally.equal(format_args!("after {round}: withdrawn"), &code.as_str(), &"malformed");
        } else if !at_once {
            tally.equal(format_args!("after {round}: good still"), &code.as_str(), &"allowed");
        }
        drop(server);
        kept = Some((key, fresh));
    }
    tally.end();
}

/// The other server, seen by the same organization.
fn there(owner: &Tenant, second: &Server) -> Tenant {
    Tenant { public: second.public, data: second.data, ..owner.clone() }
}

#[test]
fn two_servers_of_one_database_agree_through_rotations_on_postgres() {
    let Some(site) = Site::postgres() else { return };
    let stage = Stage::on(site.flag(URL.0, URL.1));
    let second = stage.site.start();
    let (here, there) = (&stage.owner, there(&stage.owner, &second));
    let key = here.key();
    while there.verify(&key) != "allowed" {}
    let mut tally = Tally::default();
    let old = here.token_of(&key);
    let both: Vec<_> = std::thread::scope(|scope| {
        let calls: Vec<_> =
            [here, &there].map(|side| scope.spawn(|| rotate(side, json!({})))).into_iter().collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    for answer in &both {
        tally.status("at the same time", answer, 200);
    }
    while there.kids().len() != here.kids().len() {}
    tally.equal("the same keys", &sorted(there.kids()), &sorted(here.kids()));
    for side in [here, &there] {
        works(&mut tally, "one rotation", side, &key);
        tally.equal("bought before", &side.token_verdict(&old).as_str(), &"allowed");
    }
    for (seller, other) in [(here, &there), (&there, here)] {
        let token = seller.token_of(&key);
        tally.equal("bought there, used here", &other.token_verdict(&token).as_str(), &"allowed");
    }
    let taken = here.token_of(&key);
    let back = crate::harness::Request::new("POST", "/oauth/revoke").header("X-Api-Key", &key.value);
    tally.status("taken back here", &back.json(&json!({"token": taken})).send(here.public), 200);
    while there.token_verdict(&taken) == "allowed" {}
    for _ in 0..50 {
        tally.equal("and there", &there.token_verdict(&taken).as_str(), &"revoked");
    }
    let answer = rotate(here, json!({"at_once": true}));
    tally.status("at once", &answer, 200);
    tally.equal("dead here", &here.token_verdict(&old).as_str(), &"malformed");
    while there.token_verdict(&old) == "allowed" {}
    tally.equal("and there", &there.token_verdict(&old).as_str(), &"malformed");
    let fresh = here.token_of(&key);
    while there.token_verdict(&fresh) != "allowed" {}
    let fresh = there.token_of(&key);
    tally.equal("bought there", &here.token_verdict(&fresh).as_str(), &"allowed");
    tally.equal("withdrawn there", &sorted(there.kids()), &sorted(here.kids()));
    tally.end();
}

fn sorted(mut kids: Vec<String>) -> Vec<String> {
    kids.sort();
    kids
}

#[test]
fn a_rotation_runs_its_course_and_the_former_key_retires_on_postgres() {
    let Some(site) = Site::postgres() else { return };
    let stage = Stage::on(site.flag(URL.0, URL.1));
    let key = stage.owner.key();
    let old = stage.owner.token_of(&key);
    assert_eq!(rotate(&stage.owner, json!({})).status, 200);
    let Stage { server, mut site, owner } = stage;
    let path = format!("/admin/organizations/{}/signing-keys", owner.organization);
    let keys = listed(&owner, &path);
    let next = keys.iter().find(|key| key["state"] == "next").unwrap()["id"].clone();
    assert!(server.stop().success());
    let states = |owner: &Tenant| -> Vec<String> {
        let state = |key: &Value| key["state"].as_str().unwrap().to_owned();
        let mut states: Vec<String> = listed(owner, &path).iter().map(state).collect();
        states.sort();
        states
    };
    let mut tally = Tally::default();
    // Time that passes is a rotation that began earlier; what was bought is not touched.
    let next = next.as_str().unwrap();
    let day = 86_400_000_000_i64;
    site.sql(&format!("update signing_keys set signs_from = signs_from - {day} where id <> '{next}'"));
    for (case, ago, kept) in
        [("it signs", 1, true), ("just before the end", 640, true), ("it is over", 700, false)]
    {
        let from = (seconds() - ago) * 1_000_000;
        site.sql(&format!("update signing_keys set signs_from = {from} where id = '{next}'"));
        let stage = Stage::on(site);
        let token = works(&mut tally, case, &stage.owner, &key);
        tally.that(
            part(&token, 0)["kid"] != part(&old, 0)["kid"],
            format_args!("{case}: the next one signs"),
            &token,
        );
        let both = if kept { vec!["active", "retiring"] } else { vec!["active"] };
        tally.equal(case, &states(&stage.owner).iter().map(String::as_str).collect::<Vec<_>>(), &both);
        let code = if kept { "allowed" } else { "malformed" };
        tally.equal(format_args!("{case}: the old token"), &stage.owner.token_verdict(&old).as_str(), &code);
        let kid = part(&old, 0)["kid"].as_str().unwrap().to_owned();
        tally.equal(format_args!("{case}: published"), &stage.owner.kids().contains(&kid), &kept);
        let Stage { server, site: place, .. } = stage;
        assert!(server.stop().success());
        site = place;
    }
    tally.end();
}
