//! Starting and stopping: on a damaged, missing or busy database, and after a crash.

use crate::harness::{Request, Site, Stage, Tally};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

#[test]
fn a_second_server_on_the_same_data_is_refused_and_the_first_goes_on() {
    let mut stage = Stage::sqlite();
    let key = stage.owner.key();
    let (code, said) = stage.site.refused();
    assert_eq!(code, 75, "{said}");
    assert!(stage.server.is_alive());
    assert_eq!(stage.owner.verify(&key), "allowed");
    stage.owner.key();
}

#[test]
fn two_servers_do_not_share_a_port() {
    let stage = Stage::sqlite();
    let taken = [stage.server.public.to_string(), stage.server.data.to_string()];
    for flag in ["--listen", "--data-listen"] {
        for address in &taken {
            let (code, said) = Site::sqlite().flag(flag, address).refused();
            assert_eq!(code, 78, "{flag} {address}: {said}");
        }
    }
}

#[test]
fn a_killed_server_starts_again_with_everything_it_acknowledged() {
    let mut site = Site::sqlite();
    let mut keys = Vec::new();
    for _ in 0..3 {
        let stage = Stage::on(site);
        keys.push(stage.owner.key());
        for key in &keys {
            assert_eq!(stage.owner.verify(key), "allowed");
        }
        let Stage { server, site: kept, .. } = stage;
        server.kill();
        site = kept;
    }
}

#[test]
fn a_first_start_that_was_cut_short_can_be_repeated() {
    let files = [
        "keydesk.lock",
        "keydesk.db",
        "keydesk.db-wal",
        "keydesk.reserve",
        "pepper",
        "master.key",
        "first-run.json",
    ];
    let mut tally = Tally::default();
    for name in files.iter().cycle().take(3 * files.len()) {
        let site = Site::sqlite();
        let mut first = site.serve().stderr(Stdio::null()).spawn().unwrap();
        // Cut off as soon as the file is there, and so before or while it is filled.
        while !site.data().join(name).exists() {}
        first.kill().unwrap();
        first.wait().unwrap();
        let (code, said) = site.refused();
        tally.that(said.ends_with("ready\n"), format_args!("cut off at {name}: {code}"), &said);
        let printed = std::fs::read_to_string(site.data().join("first-run.json")).unwrap_or_default();
        tally.that(
            printed.ends_with("}\n"),
            format_args!("cut off at {name}: the first credential"),
            &printed.len(),
        );
        if said.ends_with("ready\n") && !printed.is_empty() {
            let server = site.start();
            let owner = site.owner(&server);
            tally.equal(format_args!("cut off at {name}"), &owner.verify(&owner.key()).as_str(), &"allowed");
        }
    }
    tally.end();
}

#[test]
fn a_request_under_way_is_answered_before_the_server_ends() {
    let Stage { server, owner, site } = Stage::sqlite();
    let body = r#"{"name":"late"}"#;
    let mut slow = TcpStream::connect(server.public).unwrap();
    let (keys, token, length) = (owner.keys(), &owner.token, body.len());
    let head = format!(
        "POST {keys} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n",
        server.public
    );
    slow.write_all(head.as_bytes()).unwrap();
    let mut seen = [0; 25];
    slow.read_exact(&mut seen).unwrap();
    assert_eq!(&seen, b"HTTP/1.1 100 Continue\r\n\r\n");
    let mut idle = TcpStream::connect(server.data).unwrap();
    server.signal("TERM");
    // An idle connection is closed, and that it is shows that the server drains. One that the kernel has not
    // handed over yet is reset with the listener.
    assert!(matches!(idle.read(&mut [0; 1]), Ok(0) | Err(_)));
    assert!(Request::new("GET", "/livez").try_send(server.data).is_none(), "still accepting");
    slow.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(server.wait().code(), Some(0));
    let server = site.start();
    assert_eq!(site.owner(&server).census().keys[0]["name"], "late");
}

#[test]
fn every_signal_to_end_is_obeyed_and_hang_up_is_not_one() {
    for signal in ["TERM", "INT"] {
        let mut stage = Stage::sqlite();
        stage.server.signal("HUP");
        assert!(stage.server.is_alive());
        stage.server.signal(signal);
        assert_eq!(stage.server.wait().code(), Some(0), "{signal}");
    }
}
