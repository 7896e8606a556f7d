//! The commands that work on the machine itself (bad-input L).

use crate::harness::{Site, Stage, Tally, keydesk};
use serde_json::Value;
use std::fs;
use std::process::{Command, Stdio};

#[test]
fn a_command_line_that_is_wrong_says_so_on_stderr_only() {
    let site = Site::sqlite();
    let mut tally = Tally::default();
    for arguments in [
        vec!["nonsense"],
        vec!["serve", "--listn", "x"],
        vec!["serve", "--listen", "localhost"],
        vec!["serve", "extra"],
        vec!["organization"],
        vec!["organization", "create"],
        vec!["organization", "create", "--name", ""],
        vec!["organization", "create", "--name", "a\u{1b}[31m"],
        vec!["organization", "create", "--name", "x", "--plan", "Gold"],
        vec!["organization", "set-plan", "org_X"],
        vec!["organization", "list", "--output", "xml"],
        vec!["init", "--plan", "free"],
        vec!["catalog", "check"],
        vec!["serve", "--pepper", "x"],
        vec!["serve", "--lease-seconds", "ten"],
    ] {
        let ended = site.run(&arguments);
        tally.equal(format_args!("L-01 {arguments:?}"), &ended.status.code(), &Some(64));
        tally.that(
            ended.stdout.is_empty() && !ended.stderr.is_empty(),
            format_args!("L-01 {arguments:?}"),
            &ended,
        );
    }
    let none = keydesk(&[]).output().unwrap();
    tally.that(none.status.code() == Some(64) && none.stdout.is_empty(), "no command", &none);
    tally.that(!site.data().join("keydesk.db").exists(), "nothing was made", &"");
    tally.end();
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let site = Site::sqlite();
    assert!(site.run(&["init", "--json"]).status.success());
    let mut tally = Tally::default();
    for arguments in [vec!["organization", "list"], vec!["organization", "list", "--output", "json"]] {
        tally.that(closed(site.command(&arguments)), format_args!("L-05 {arguments:?}"), &"");
    }
    for arguments in [["catalog", "print"].as_slice(), &["openapi"], &["--help"]] {
        tally.that(closed(keydesk(arguments)), format_args!("L-05 {arguments:?}"), &"");
    }
    tally.end();
}

/// Runs it with nobody reading; true when it ended quietly.
fn closed(mut command: Command) -> bool {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    let quiet =
        ended.status.code().is_none_or(|code| [0, 74, 141].contains(&code)) && !said.contains("panicked");
    if !quiet {
        eprintln!("{:?}: {said}", ended.status);
    }
    quiet
}

#[test]
fn init_happens_once_and_prints_what_is_needed() {
    let site = Site::sqlite();
    let first = site.run(&["init", "--json", "--name", "ours"]);
    assert!(first.status.success(), "{first:?}");
    let printed: Value = serde_json::from_slice(&first.stdout).unwrap();
    for name in ["organization_id", "project_id", "client_id", "client_secret", "setup_url"] {
        assert!(printed[name].as_str().is_some_and(|text| !text.is_empty()), "{name}");
    }
    assert_eq!(printed.as_object().unwrap().len(), 5);
    let again = site.run(&["init", "--json"]);
    assert_eq!(again.status.code(), Some(73));
    assert!(again.stdout.is_empty());
    let said: Value = serde_json::from_slice(&again.stderr).unwrap();
    assert_eq!(said["error"]["code"], "already_initialized");
    // `serve` makes nothing more.
    let server = site.start();
    assert!(!site.data().join("first-run.json").exists());
    drop(server);
    let listed = site.run(&["organization", "list", "--output", "json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["name"], "ours");
}

#[test]
fn a_running_server_follows_the_commands() {
    let stage = Stage::sqlite();
    let mut tally = Tally::default();
    let other = stage.site.organization(&stage.server, &["--name", "other", "--plan", "Standard"]);
    let key = other.key();
    tally.equal("its key", &other.verify(&key).as_str(), &"allowed");
    let set = stage.site.run(&["organization", "set-plan", &other.organization, "Free"]);
    tally.that(set.status.success(), "set-plan", &set);
    let shown = other.get(&format!("/admin/organizations/{}", other.organization)).json();
    tally.equal("its plan", &shown["plan"], &"Free".into());
    let absent = stage.site.run(&["organization", "set-plan", "org_ZGFORTR17E3V5B7R775Z", "Free"]);
    tally.equal("an absent one", &absent.status.code(), &Some(66));
    let strange = stage.site.run(&["organization", "set-plan", "../x", "Free"]);
    tally.equal("no id", &strange.status.code(), &Some(66));
    tally.end();
}

#[test]
fn a_changed_log_is_found_out() {
    let stage = Stage::sqlite();
    for _ in 0..5 {
        stage.owner.key();
    }
    let Stage { server, site, .. } = stage;
    assert!(server.stop().success());
    let sound = site.run(&["audit", "verify"]);
    assert!(sound.status.success(), "{sound:?}");
    let path = site.data().join("keydesk.db");
    let mut bytes = fs::read(&path).unwrap();
    let word = b"api_key.created";
    let at = bytes.windows(word.len()).rposition(|window| window == word).expect("the log is in the file");
    bytes[at + 8..at + 15].copy_from_slice(b"revoked");
    fs::write(&path, bytes).unwrap();
    let broken = site.run(&["audit", "verify"]);
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
    let said = String::from_utf8_lossy(&broken.stdout).into_owned();
    assert!(said.bytes().any(|byte| byte.is_ascii_digit()), "L-13 the first bad version: {said}");
}
