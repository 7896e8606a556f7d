//! Imports that are written piece by piece: nobody ever sees half of one.

use super::{code, import, keys, path};
use crate::harness::{Answer, Site, Stage, Tenant};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Enough for a dozen pieces.
const MANY: usize = 3000;

fn value(number: usize) -> String {
    format!("a legacy value of many, {number}")
}

fn file(count: usize) -> String {
    let rows: String = (0..count).map(|n| format!("key {n},\"{}\",read_only\n", value(n))).collect();
    format!("name,value,graphql\n{rows}")
}

/// Some of the keys, whichever pieces they are in.
fn sample() -> [String; 4] {
    [0, MANY / 3, MANY / 2, MANY - 1].map(value)
}

/// Looks on until told to stop: once any key of the import is found, all of them must be.
fn watch(tenant: &Tenant, over: &AtomicBool) -> usize {
    let mut rounds = 0;
    while !over.load(Ordering::SeqCst) {
        let found: Vec<String> = sample().iter().map(|value| code(tenant, value)).collect();
        assert!(found.iter().all(|code| code == "allowed" || code == "malformed"), "{found:?}");
        let first = found.iter().position(|code| code == "allowed").unwrap_or(found.len());
        assert!(found[first..].iter().all(|code| code == "allowed"), "half an import: {found:?}");
        rounds += 1;
    }
    rounds
}

/// Runs `work` while somebody looks on from each of the servers.
fn watched<T>(watchers: &[Tenant], work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let looking: Vec<_> = watchers.iter().map(|tenant| scope.spawn(|| watch(tenant, &over))).collect();
        let done = work();
        over.store(true, Ordering::SeqCst);
        for one in looking {
            assert!(one.join().unwrap() > 1, "nobody looked on");
        }
        done
    })
}

both!(all_keys_of_an_import_are_found_from_one_version_on);
fn all_keys_of_an_import_are_found_from_one_version_on(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let before = owner.key();
    let answer = watched(std::slice::from_ref(owner), || owner.post(&path(owner), file(MANY)));
    assert_eq!((answer.status, &answer.json()["imported"]), (200, &json!(MANY)), "{answer:?}");
    assert!(sample().iter().all(|value| code(owner, value) == "allowed"));
    assert_eq!(owner.verify(&before), "allowed");
    assert_eq!(keys(owner, "all").len(), MANY + 1);
    let again = owner.post(&path(owner), file(MANY));
    assert_eq!((again.status, &again.json()["error"]["details"]["count"]), (400, &json!(MANY)));
    let sound = stage.site.run(&["audit", "verify"]);
    assert!(sound.status.success(), "{sound:?}");
}

#[test]
fn a_second_server_on_the_database_sees_an_import_whole_or_not_at_all() {
    let Some(site) = Site::postgres() else { return };
    let stage = Stage::on(site);
    let second = stage.site.start();
    let there = Tenant { public: second.public, data: second.data, ..stage.owner.clone() };
    let answer = watched(&[stage.owner.clone(), there.clone()], || {
        let answer = stage.owner.post(&path(&stage.owner), file(MANY));
        while code(&there, &value(0)) != "allowed" {}
        answer
    });
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(sample().iter().all(|value| code(&there, value) == "allowed"));
}

fn wait_for_a_piece(owner: &Tenant) {
    let is_staged = |change: &Value| change["action"] == "import.staged";
    let mut path = "/admin/changes".to_owned();
    loop {
        let page = owner.get(&path).json();
        if page["data"].as_array().unwrap().iter().any(is_staged) {
            return;
        }
        if let Some(next) = page["pagination"]["next"].as_str() {
            path = format!("/admin/changes?paginationToken={next}");
        }
    }
}

/// Tries until no other import is in the way.
fn import_at_last(owner: &Tenant, count: usize) -> Answer {
    loop {
        let answer = owner.post(&path(owner), file(count));
        if answer.status != 503 {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn assert_nothing_or_everything(owner: &Tenant) -> bool {
    let codes: Vec<String> = sample().iter().map(|value| code(owner, value)).collect();
    let count = keys(owner, "all").len();
    let nothing = count == 0 && codes.iter().all(|code| code == "malformed");
    let everything = count == MANY && codes.iter().all(|code| code == "allowed");
    assert!(nothing || everything, "{count} keys, {codes:?}");
    everything
}

both!(an_import_that_a_power_cut_ends_leaves_nothing_or_everything_and_can_be_made_again);
fn an_import_that_a_power_cut_ends_leaves_nothing_or_everything_and_can_be_made_again(site: Site) {
    let stage = Stage::on(site);
    let Stage { owner, server, site } = stage;
    let request = owner.call("POST", &path(&owner)).body(file(MANY));
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| request.try_send(owner.public));
        wait_for_a_piece(&owner);
        server.kill();
        sending.join().unwrap();
    });
    let server = site.start();
    let owner = site.owner(&server);
    if !assert_nothing_or_everything(&owner) {
        let answer = import_at_last(&owner, MANY);
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert!(assert_nothing_or_everything(&owner));
    let sound = site.run(&["audit", "verify"]);
    assert!(sound.status.success(), "{sound:?}");
}

both!(an_import_that_nobody_waits_for_any_more_leaves_nothing);
fn an_import_that_nobody_waits_for_any_more_leaves_nothing(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let body = file(MANY);
    let mut socket = TcpStream::connect(owner.public).unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nAccept: application/x-ndjson\r\n\
         Content-Length: {}\r\n\r\n",
        path(owner),
        owner.public,
        owner.token,
        body.len()
    );
    socket.write_all(&[head.as_bytes(), body.as_bytes()].concat()).unwrap();
    let mut line = String::new();
    let mut lines = BufReader::new(&socket);
    while !line.contains("\"done\"") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0);
    }
    drop(lines);
    drop(socket);
    let answer = import_at_last(owner, MANY);
    // Where it was already past its last piece, everything is there.
    assert!(answer.status == 200 || assert_nothing_or_everything(owner), "{answer:?}");
    assert!(assert_nothing_or_everything(owner));
}

both!(an_import_tells_how_far_it_is_to_who_asks_for_lines);
fn an_import_tells_how_far_it_is_to_who_asks_for_lines(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let lines = |body: String| -> (Answer, Vec<Value>) {
        let request = owner.call("POST", &path(owner)).header("Accept", "application/x-ndjson").body(body);
        let answer = owner.send(&request);
        let text = dechunked(&answer.text());
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (answer, lines)
    };
    let (answer, told) = lines(file(MANY));
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-ndjson")));
    assert!(told.len() > 3, "{told:?}");
    let done: Vec<u64> = told.iter().filter_map(|line| line["done"].as_u64()).collect();
    assert!(done.is_sorted() && done.len() == told.len() - 1, "{done:?}");
    assert_eq!(told.last().unwrap()["imported"], json!(MANY));
    let (answer, told) = lines(file(MANY));
    assert_eq!(answer.status, 200, "the head left before that was known");
    let last = told.last().unwrap();
    assert_eq!((&last["status"], &last["error"]["details"]["count"]), (&json!(400), &json!(MANY)));
    let answer = owner.post(&path(owner), "[]");
    assert_eq!(answer.status, 400, "what is found before the head leaves has its own status");
}

/// The text of a chunked body.
fn dechunked(text: &str) -> String {
    let mut lines = text.split("\r\n");
    let mut whole = String::new();
    while let (Some(_size), Some(piece)) = (lines.next(), lines.next()) {
        whole.push_str(piece);
    }
    whole
}

both!(two_imports_of_the_same_keys_end_with_one_of_them);
fn two_imports_of_the_same_keys_end_with_one_of_them(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let sending: Vec<_> = [owner, &stranger]
            .map(|tenant| scope.spawn(move || tenant.post(&path(tenant), file(MANY))))
            .into_iter()
            .collect();
        sending.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400], "{answers:?}");
    let winner = if answers[0].status == 200 { owner } else { &stranger };
    let loser = if answers[0].status == 200 { &stranger } else { owner };
    assert_eq!((keys(winner, "all").len(), keys(loser, "all").len()), (MANY, 0));
    let found = winner.ask(&json!({"key": value(7)})).json();
    assert_eq!(found["key"]["organization_id"], json!(winner.organization));
}

#[test]
fn an_organization_has_one_import_at_a_time() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let busy = std::thread::scope(|scope| {
        let first = scope.spawn(|| owner.post(&path(owner), file(MANY)));
        wait_for_a_piece(owner);
        let second = import(owner, &json!([super::entry("another", super::STRONG)]));
        assert_eq!(first.join().unwrap().status, 200);
        second
    });
    assert_eq!((busy.status, busy.admin_code().as_deref()), (503, Some("UNAVAILABLE")), "{busy:?}");
    assert_eq!(import(owner, &json!([super::entry("another", super::STRONG)])).status, 200);
}

#[test]
fn a_revocation_overtakes_an_import() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let victims: Vec<_> = (0..5).map(|_| owner.key()).collect();
    let answer = std::thread::scope(|scope| {
        let importing = scope.spawn(|| owner.post(&path(owner), file(MANY)));
        wait_for_a_piece(owner);
        for key in &victims {
            assert_eq!(owner.delete(&key.path()).status, 202);
            assert_eq!(owner.verify(key), "revoked");
        }
        let during = code(owner, &value(0));
        let answer = importing.join().unwrap();
        assert_eq!(during, "malformed", "the import was over before the revocations were");
        answer
    });
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn a_body_that_is_too_large_is_refused_and_other_routes_keep_their_limit() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let declared = |length: u64, path: &str| {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: {length}\r\n\r\n",
            owner.public, owner.token
        );
        crate::harness::exchange(owner.public, request.as_bytes()).unwrap()
    };
    let refused = declared((256 << 20) + 1, &path(owner));
    assert_eq!((refused.status, refused.admin_code().as_deref()), (400, Some("INVALID_ARGUMENT")));
    let refused = declared((1 << 20) + 1, &owner.keys());
    assert_eq!(refused.status, 400);
    let odd = declared((1 << 20) + 1, &format!("/admin/projects/{}/x/api-keys/import", owner.project));
    assert_eq!(odd.status, 400);
    let blank = format!("[{}]", " ".repeat(2 << 20));
    let read = owner.post(&path(owner), blank);
    assert!(read.text().contains("no keys"), "two megabytes are read here: {read:?}");
}
