//! Starting and stopping: on a damaged, missing or busy database, and after a crash.

use crate::harness::{Request, Site, Stage, Tally};
use serde_json::json;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

/// Files that hold nothing once nobody has the database open.
const PASSING: [&str; 4] = ["keydesk.lock", "keydesk.reserve", "keydesk.db-wal", "keydesk.db-shm"];

fn database(site: &Site) -> std::path::PathBuf {
    site.data().join("keydesk.db")
}

/// The names and bytes of everything that is kept.
fn kept(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .filter(|(name, _)| !PASSING.contains(&name.as_str()))
        .collect();
    all.sort();
    all
}

/// Puts these bytes in place of the database, and of what belongs to it.
fn replace(site: &Site, bytes: &[u8]) {
    for beside in ["keydesk.db-wal", "keydesk.db-shm"] {
        // Not always there.
        let _ = fs::remove_file(site.data().join(beside));
    }
    fs::write(database(site), bytes).unwrap();
}

fn stopped() -> Site {
    let stage = Stage::sqlite();
    stage.owner.key();
    let Stage { server, site, .. } = stage;
    assert!(server.stop().success());
    // Whoever opens it first puts the write-ahead log into the database file.
    assert!(site.run(&["audit", "verify"]).status.success());
    site
}

#[test]
fn a_damaged_database_is_refused_and_left_as_it_is() {
    let mut tally = Tally::default();
    let site = stopped();
    let whole = fs::read(database(&site)).unwrap();
    let noise: Vec<u8> =
        (0_u32..65536).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let header = [&whole[..100], &noise[..]].concat();
    for (case, bytes) in [
        ("D-01 random", noise),
        ("D-01 random behind the header", header),
        ("D-02 half", whole[..whole.len() / 2].to_vec()),
        ("D-02 empty", Vec::new()),
        ("one byte", vec![b'S']),
        ("its header only", whole[..100].to_vec()),
        ("less than a page", whole[..511].to_vec()),
        ("text", b"this is not a database\n".repeat(1000)),
    ] {
        replace(&site, &bytes);
        let before = kept(site.data());
        let (code, said) = site.refused();
        tally.equal(format_args!("{case}: {said}"), &code, &74);
        tally.that(kept(site.data()) == before, format_args!("{case}: untouched"), &"something else");
    }
    replace(&site, &whole);
    let server = site.start();
    tally.equal("restored", &site.owner(&server).census().keys.len(), &1);
    tally.end();
}

#[test]
fn a_lost_database_is_not_replaced_by_an_empty_one() {
    let site = stopped();
    fs::rename(database(&site), site.data().join("elsewhere")).unwrap();
    let before = kept(site.data());
    let (code, said) = site.refused();
    assert_eq!(code, 74, "{said}");
    let init = site.run(&["init", "--json"]);
    assert_eq!((init.status.code(), init.stdout), (Some(74), Vec::new()));
    assert!(kept(site.data()) == before, "something was made or changed");
    // Nor where only one of the two secrets is left.
    fs::remove_file(site.data().join("pepper")).unwrap();
    let (code, said) = site.refused();
    assert_eq!(code, 74, "{said}");
}

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

#[test]
fn a_database_moved_away_under_a_server_stops_it() {
    let Stage { server, site, .. } = Stage::sqlite();
    fs::rename(database(&site), site.data().join("moved.db")).unwrap();
    assert_eq!(server.wait().code(), Some(74));
}

#[test]
fn a_newer_schema_is_left_alone_on_postgres() {
    let Some(site) = Site::postgres() else { return };
    let Stage { server, owner, site } = Stage::on(site);
    let key = owner.key().value;
    assert!(server.stop().success());
    site.sql("insert into schema_versions (version) values (999)");
    let (code, said) = site.refused();
    assert_eq!(code, 78, "{said}");
    site.sql("delete from schema_versions where version = 999");
    let server = site.start();
    assert_eq!(site.owner(&server).verdict(&json!({"key": key})), "allowed");
}

#[test]
fn the_wrong_secrets_for_a_database_are_refused_on_postgres() {
    let Some(site) = Site::postgres() else { return };
    let Stage { server, site, .. } = Stage::on(site);
    assert!(server.stop().success());
    for name in ["pepper", "master.key"] {
        fs::rename(site.data().join(name), site.data().join("away")).unwrap();
        let (code, said) = site.refused();
        assert_eq!(code, 78, "{name}: {said}");
        assert!(!site.data().join(name).exists(), "{name} was made anew");
        fs::rename(site.data().join("away"), site.data().join(name)).unwrap();
    }
    site.start();
}
