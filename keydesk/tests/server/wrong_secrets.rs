//! With a pepper or a master key that is not the right one, nothing starts.

use crate::harness::{Census, Site, Stage, Tally, ended};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A site that has run, with one key, and is stopped.
fn stopped() -> (Site, Census, String) {
    let stage = Stage::sqlite();
    let key = stage.owner.key().value;
    let census = stage.owner.census();
    let Stage { server, site, .. } = stage;
    assert!(server.stop().success());
    (site, census, key)
}

#[test]
fn with_a_wrong_secret_nothing_starts_and_nothing_is_changed() {
    let (site, before, key) = stopped();
    let mut tally = Tally::default();
    for name in ["pepper", "master.key"] {
        let path = site.data().join(name);
        let other = site.data().join(if name == "pepper" { "master.key" } else { "pepper" });
        let (right, other) = (fs::read(&path).unwrap(), fs::read(other).unwrap());
        let another = "1f".repeat(16) + &"e0".repeat(16);
        for (case, wrong) in [
            ("another", Some(another.clone().into_bytes())),
            ("missing", None),
            ("empty", Some(Vec::new())),
            ("31 bytes", Some("1f".repeat(31).into_bytes())),
            ("33 bytes", Some("1f".repeat(33).into_bytes())),
            ("zero", Some("00".repeat(32).into_bytes())),
            ("all alike", Some("1f".repeat(32).into_bytes())),
            ("no digits", Some("zz".repeat(32).into_bytes())),
            ("not UTF-8", Some(vec![0xff; 64])),
            ("raw", Some(vec![b'\x1f'; 32])),
            ("the other one", Some(other)),
            ("two of them", Some([right.clone(), right.clone()].concat())),
        ] {
            fs::remove_file(&path).unwrap();
            if let Some(wrong) = &wrong {
                fs::write(&path, wrong).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            }
            for (command, (code, said)) in [
                ("serve", site.refused()),
                ("organization list", ended(site.command(&["organization", "list"]))),
                ("init", ended(site.command(&["init", "--json"]))),
            ] {
                tally.equal(format_args!("{name} {case} {command}: {said}"), &code, &78);
                tally.that(
                    !said.contains(&another) && said.lines().count() == 1,
                    format_args!("{name} {case} {command}"),
                    &said,
                );
            }
            tally.equal(format_args!("{name} {case}: file"), &fs::read(&path).ok(), &wrong);
            fs::write(&path, &right).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        for mode in [0o640, 0o604, 0o644, 0o660, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let (code, said) = site.refused();
            tally.equal(format_args!("{name} {mode:o}: {said}"), &code, &78);
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let server = site.start();
    let owner = site.owner(&server);
    tally.equal("afterwards", &owner.census(), &before);
    tally.equal("the key", &owner.verdict(&json!({"key": key})).as_str(), &"allowed");
    tally.end();
}

#[test]
fn a_wrong_secret_in_the_environment_is_refused_before_the_right_file_is_looked_at() {
    let (mut site, before, _) = stopped();
    let mut tally = Tally::default();
    let another = "1f".repeat(16) + &"e0".repeat(16);
    for name in ["KEYDESK_PEPPER", "KEYDESK_MASTER_KEY"] {
        for wrong in [another.as_str(), "x", "00"] {
            site = site.with(name, wrong);
            let (code, said) = site.refused();
            tally.equal(format_args!("{name} {wrong}: {said}"), &code, &78);
        }
        // An empty variable is no variable.
        site = site.with(name, "");
    }
    for name in ["KEYDESK_PEPPER_FILE", "KEYDESK_MASTER_KEY_FILE"] {
        let (code, said) = ended({
            let mut command = site.serve();
            command.env(name, "/nonexistent/secret");
            command
        });
        tally.equal(format_args!("{name}: {said}"), &code, &78);
    }
    let server = site.start();
    tally.equal("afterwards", &site.owner(&server).census(), &before);
    tally.end();
}
