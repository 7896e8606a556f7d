//! Secrets at rest: in their own files and nowhere else, and the right ones or none.

use crate::harness::{Site, Stage, Tally, ended};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Every file of the data directory with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn holds(bytes: &[u8], secret: &[u8]) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret)
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Where these secrets were found, but for the files that are theirs.
fn found(folder: &Path, log: &str, secrets: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut found = Vec::new();
    let own = |name: &str| ["first-run.json", "pepper", "master.key"].contains(&name);
    let mut places: Vec<(String, Vec<u8>)> = files(folder)
        .into_iter()
        .map(|(path, bytes)| (path.file_name().unwrap().to_string_lossy().into_owned(), bytes))
        .filter(|(name, _)| !own(name))
        .collect();
    places.push(("the log".into(), log.into()));
    for (place, bytes) in &places {
        found.extend(
            secrets
                .iter()
                .filter(|(_, secret)| holds(bytes, secret))
                .map(|(name, _)| format!("{name} in {place}")),
        );
    }
    found
}

#[test]
fn no_secret_is_in_the_database_or_in_the_log() {
    let stage = Stage::on(Site::sqlite().with("KEYDESK_LOG", "trace"));
    let (owner, folder) = (&stage.owner, stage.site.data());
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap().trim().to_owned();
    let printed: Value = serde_json::from_str(&text("first-run.json")).unwrap();
    let code = printed["setup_url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    let mut secrets: Vec<(String, Vec<u8>)> = vec![
        ("client secret".into(), owner.client_secret.clone().into()),
        ("setup code".into(), code.into()),
        ("access token".into(), owner.token.rsplit('.').next().unwrap().into()),
        ("pepper".into(), text("pepper").into()),
        ("pepper, raw".into(), unhex(&text("pepper"))),
        ("master key".into(), text("master.key").into()),
        ("master key, raw".into(), unhex(&text("master.key"))),
    ];
    for number in 0..50 {
        let call = owner.call("POST", &owner.keys()).header("Idempotency-Key", number.to_string());
        let value =
            owner.send(&call.json(&json!({"name": "k"}))).json()["value"].as_str().unwrap().to_owned();
        // Asked about in every way, some of which are mistakes.
        owner.verdict(&json!({"key": value}));
        owner.ask(&json!({"key": value, "action": value, "resource": value}));
        owner.get(&format!("/admin/api-keys/{value}"));
        owner.get(&format!("{}?q={value}", owner.keys()));
        owner.post(&owner.keys(), json!({"name": "k", "class": value}).to_string());
        // The random part: the prefix and the ends are in the hint.
        secrets.push((format!("key {number}"), value[10..40].into()));
    }
    owner.post("/oauth/token", format!("grant_type=x&client_secret={}", owner.client_secret));
    assert_eq!(found(folder, &stage.server.log(), &secrets), Vec::<String>::new());
    let Stage { server, site, .. } = stage;
    assert!(server.stop().success());
    assert_eq!(found(site.data(), "", &secrets), Vec::<String>::new(), "after the end");
}

#[test]
fn nobody_else_on_the_machine_can_read_a_secret() {
    let stage = Stage::sqlite();
    let folder = stage.site.data();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700);
    for name in ["pepper", "master.key", "first-run.json"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
}

/// A site that has run, with one key, and is stopped.
fn stopped() -> (Site, crate::harness::Census, String) {
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

#[test]
fn secrets_from_the_environment_are_not_written_down() {
    let (pepper, master) = ("1f".repeat(16) + &"e0".repeat(16), "2f".repeat(16) + &"e1".repeat(16));
    let site = Site::sqlite().with("KEYDESK_PEPPER", &pepper).with("KEYDESK_MASTER_KEY", &master);
    let stage = Stage::on(site.with("KEYDESK_LOG", "trace"));
    let key = stage.owner.key();
    assert_eq!(stage.owner.verify(&key), "allowed");
    let secrets =
        [("pepper".to_owned(), pepper.into_bytes()), ("master key".to_owned(), master.into_bytes())];
    assert_eq!(found(stage.site.data(), &stage.server.log(), &secrets), Vec::<String>::new());
    for name in ["pepper", "master.key"] {
        assert!(!stage.site.data().join(name).exists(), "{name} was made");
    }
}
