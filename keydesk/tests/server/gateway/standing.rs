//! What takes its time ends when the request that it began with would be refused, and not before.

use super::streams::{connect, events, say_back, until, websocket};
use super::{head, stage, with, writer};
use crate::harness::{Key, Tally, Upstream, answer};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::channel;

/// Whether the word comes back, or the connection is at its end.
fn passes(socket: &mut TcpStream, word: &str) -> bool {
    let mut said = vec![0; word.len()];
    socket.write_all(word.as_bytes()).is_ok()
        && socket.read_exact(&mut said).is_ok()
        && said == word.as_bytes()
}

#[test]
fn a_websocket_ends_with_its_key_and_with_no_other() {
    let upstream = Upstream::answering(say_back);
    let stage = stage(&upstream);
    let mut tally = Tally::default();
    let owner = &stage.owner;
    type End<'t> = (&'t str, &'t dyn Fn(&Key));
    let ends: [End<'_>; 4] = [
        ("revoked", &|key| drop(owner.delete(&key.path()))),
        ("disabled", &|key| assert_eq!(owner.patch(&key.path(), &json!({"enabled": false})).status, 200)),
        ("narrowed", &|key| {
            assert_eq!(owner.patch(&key.path(), &json!({"scopes": [{"action": "write"}]})).status, 200)
        }),
        ("elsewhere", &|key| {
            assert_eq!(owner.patch(&key.path(), &json!({"allowed_ip_cidrs": ["192.0.2.0/24"]})).status, 200)
        }),
    ];
    for (what, end) in ends {
        let (key, other) = (writer(&stage), writer(&stage));
        let (mut mine, mut idle, mut others) =
            (websocket(&stage, &key).0, websocket(&stage, &key).0, websocket(&stage, &other).0);
        // Something has changed, but not for this key.
        owner.patch(&key.path(), &json!({"name": "renamed"}));
        tally.that(passes(&mut mine, "still"), format_args!("{what}: renamed"), &"");
        end(&key);
        tally.that(!passes(&mut mine, "more"), format_args!("{what}: nothing passes"), &"");
        tally.equal(format_args!("{what}: one on which nothing passes"), &idle.read(&mut [0]).ok(), &Some(0));
        tally.that(passes(&mut others, "other"), format_args!("{what}: the other key's"), &"");
    }
    tally.end();
}

#[test]
fn a_websocket_ends_when_its_key_does() {
    let upstream = Upstream::answering(say_back);
    let stage = stage(&upstream);
    let key = writer(&stage);
    let mut mine = websocket(&stage, &key).0;
    stage.owner.run_out(&key);
    assert!(!passes(&mut mine, "more"));
}

#[test]
fn an_answer_that_has_begun_ends_with_its_key() {
    let (upstream, say) = events();
    let stage = stage(&upstream);
    let key = writer(&stage);
    let mut socket = connect(&stage);
    socket.write_all(format!("{}\r\n", head(&key, "GET /p/events")).as_bytes()).unwrap();
    say.send("data: 1\n\n").unwrap();
    until(&mut socket, "data: 1\n\n\r\n");
    stage.owner.delete(&key.path());
    say.send("data: 2\n\n").unwrap();
    let mut rest = String::new();
    // It breaks off, so that nobody takes it for whole.
    drop(socket.read_to_string(&mut rest));
    assert!(!rest.contains("data: 2") && !rest.contains("0\r\n\r\n"), "{rest}");
}

#[test]
fn an_answer_that_comes_too_late_is_not_handed_over() {
    let (begun, begins) = channel();
    let (say, hear) = channel();
    let (begun, hear) = (Mutex::new(begun), Mutex::new(hear));
    let upstream = Upstream::answering(move |_, socket| {
        begun.lock().unwrap().send(()).unwrap();
        hear.lock().unwrap().recv().unwrap();
        answer(socket, "200 OK", "the result");
        true
    });
    let stage = stage(&upstream);
    let key = writer(&stage);
    let gateway = stage.server.gateway();
    let request = with(&key, "GET", "/p/slow");
    let asking = std::thread::spawn(move || request.send(gateway));
    begins.recv().unwrap();
    stage.owner.delete(&key.path());
    say.send(()).unwrap();
    let said = asking.join().unwrap();
    assert_eq!((said.status, said.problem_code().as_deref()), (401, Some("revoked")), "{said:?}");
}
