//! Databases that are damaged, lost, replaced or of another time.

use crate::harness::{Site, Stage, Tally};
use serde_json::json;
use std::fs;
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
fn an_emptied_database_is_not_filled_from_the_log_beside_it() {
    let Stage { server, site, .. } = Stage::sqlite();
    server.kill();
    assert!(fs::metadata(site.data().join("keydesk.db-wal")).unwrap().len() > 0);
    fs::write(database(&site), "").unwrap();
    let (code, said) = site.refused();
    assert_eq!(code, 74, "D-02 {said}");
    assert_eq!(fs::metadata(database(&site)).unwrap().len(), 0);
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
