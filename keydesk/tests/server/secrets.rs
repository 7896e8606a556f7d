//! Secrets at rest: in their own files and nowhere else, and the right ones or none.

use crate::harness::{Site, Stage};
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
fn nobody_else_on_the_machine_can_read_what_is_kept() {
    let site = Site::sqlite();
    // A folder that was there before, open to all.
    fs::create_dir(site.data()).unwrap();
    fs::set_permissions(site.data(), fs::Permissions::from_mode(0o755)).unwrap();
    let stage = Stage::on(site);
    stage.owner.key();
    let open: Vec<PathBuf> = files(stage.site.data())
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| fs::metadata(path).unwrap().permissions().mode() & 0o077 != 0)
        .collect();
    assert_eq!(open, Vec::<PathBuf>::new());
    let made = Stage::sqlite();
    assert_eq!(fs::metadata(made.site.data()).unwrap().permissions().mode() & 0o777, 0o700);
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
